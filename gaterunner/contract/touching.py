"""What a change touches that its spec does not let it touch, and where the spec is about nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from gaterunner.contract.findings import about, found
from gaterunner.contract.held import Held
from gaterunner.contract.links import TAKE_OUT, judge_links
from gaterunner.contract.scope import Outside, Scope, idle_globs
from gaterunner.contract.types import Spec
from gaterunner.model import FileChange, Finding, Severity

if TYPE_CHECKING:
    from gaterunner.policies.context import PolicyContext

_DID = {"A": "added", "M": "changed", "D": "removed", "T": "turned into another kind of file"}


def judge_paths(held: Held, spec: Spec, context: PolicyContext) -> tuple[tuple[Finding, ...], int]:
    """Findings, and how many of the changed paths are in scope. A file that moved counts at both ends.

    Raises ``EvaluationError`` when a tree cannot be had.
    """
    files = {file.path: file for file in context.change.files}
    scope = Scope(spec, context.workflow)
    outside = tuple(scope.outside(files.values()))
    findings = [_told(one, files[one.path]) for one in outside]
    told = {one.path for one in outside}
    links = tuple(judge_links(scope, (file for file in files.values() if file.path not in told), context.repository))
    findings += [*links, *_idle(held, spec, context)]
    return tuple(findings), len(files) - len(outside) - len(links)


def _told(one: Outside, file: FileChange) -> Finding:
    did = _DID[file.status]
    if one.only_new is not None:
        message = f"{did}, and `{one.only_new}` stands under `create`, which lets the change make what is not there yet"
        return found("outside-touchpoints", message, TAKE_OUT, key="", path=one.path)
    if one.area is None:
        near = f"; the nearest that may be touched is `{one.nearest}`" if one.nearest else ""
        message = f"{did} outside of what the spec allows{near}"
        return found("outside-touchpoints", message, TAKE_OUT, key="", path=one.path)
    where = "what looks like " if one.looks_like else ""
    return found(one.area.rule, f"{did} in {where}{one.area.told}", TAKE_OUT, key=one.area.name, path=one.path)


def _idle(held: Held, spec: Spec, context: PolicyContext) -> Iterator[Finding]:
    change = context.change
    trees = (context.repository.tree(commit) for commit in (change.base, change.judged))
    paths = tuple({entry.path: None for tree in trees for entry in tree})
    for key, glob, position in idle_globs(spec, paths):
        message = f"`{glob}` under `{key}` matches no file of base and branch"
        help = "Correct it on the target branch; what is yet to come stands under `touchpoints: create`."
        if key != "allow":
            help = "Correct it on the target branch; a pattern that begins with `**/` need not match any."
        yield about(
            held, "matches-nothing", message, help, key=f"{key}\0{glob}", at=position, severity=Severity.WARNING
        )
