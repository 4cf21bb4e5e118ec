"""The options of a phase, as a type."""

from __future__ import annotations

import re
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from gaterunner.config.option_types import Name, Names, text_of
from gaterunner.config.problems import Fault

MAX_PHASES = 100
MAX_BRANCH = 200

# The rules of git check-ref-format for what stands behind refs/heads/.
BRANCH_PATTERN = (
    rf"^(?=.{{1,{MAX_BRANCH}}}$)(?![-/.])(?!.*(?:\.\.|//|/\.|@\{{|\.lock(?:/|$)|[/.]$))"
    r"[^\x00-\x20\x7f~^:?*\[\\]+$(?!\n)"
)
_BRANCH = re.compile(BRANCH_PATTERN)
COMMIT_PATTERN = r"^(?:[0-9a-f]{40}|[0-9a-f]{64})$(?!\n)"
_COMMIT = re.compile(COMMIT_PATTERN)


def branch_fault(text: str) -> Fault | None:
    """The name of a branch."""
    if text.startswith("refs/heads/"):
        return Fault("the short name of a branch", f"write {text.removeprefix('refs/heads/')}")
    if _BRANCH.match(text):
        return None
    return Fault("the name of a branch as git knows it", "a pattern is none: a phase has one branch")


def commit_fault(text: str) -> Fault | None:
    """The full id of a commit: a shorter one may come to mean another commit."""
    if _COMMIT.match(text):
        return None
    return Fault("the full id of a commit, 40 or 64 hexadecimal digits", "git rev-parse prints it")


Branch = Annotated[str, text_of(BRANCH_PATTERN, branch_fault, "the name of a branch")]
CommitId = Annotated[str, text_of(COMMIT_PATTERN, commit_fault, "the full id of a commit")]


class PhaseOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """What a phase may say of itself."""

    branch: Annotated[
        Branch | UnsetType, Meta(description="Its one branch. Default: `feat/` and the name of the phase.")
    ] = UNSET
    after: Annotated[
        Names | UnsetType,
        Meta(description="The phases that have to be done before it. Default: the one above it; `[]` for none."),
    ] = UNSET
    gates: Annotated[
        Names | UnsetType,
        Meta(description="The gates that apply to it. Default: all. Fewer only with the policy `spec`."),
    ] = UNSET
    policies: Annotated[
        tuple[Name, ...] | UnsetType,
        Meta(
            description="The policies that apply to it beside `spec`, `phases` and those that are always on. "
            "Default: all. Fewer only with the policy `spec`."
        ),
    ] = UNSET
    done_at: Annotated[
        CommitId | UnsetType,
        Meta(description="A commit that completed it, for a history that does not tell."),
    ] = UNSET
