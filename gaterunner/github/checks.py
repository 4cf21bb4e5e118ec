"""Check runs as frozen types, with the limits that GitHub puts on them.

The limits are those of https://docs.github.com/rest/checks/runs; the ones in bytes are stricter than the published
schema, which counts characters.
"""

from __future__ import annotations

import re
from typing import Literal

from msgspec import Struct

ANNOTATIONS_PER_REQUEST = 50
TITLE_CHARACTERS = 255
OUTPUT_BYTES = 65_535
MESSAGE_BYTES = 64 * 1024
_PARTS = 5  # of an external id

Level = Literal["failure", "warning", "notice"]
Conclusion = Literal["success", "failure", "neutral", "cancelled"]


class Annotation(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One remark beside a line of the diff. Lines count from 1; columns are never sent."""

    path: str
    start_line: int
    end_line: int
    annotation_level: Level
    message: str
    title: str | None = None
    raw_details: str | None = None


class CheckOutput(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a person sees on the check's page: ``summary`` and ``text`` are Markdown."""

    title: str
    summary: str
    text: str | None = None


class CheckState(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How far a check is. ``completed_at`` is ISO 8601 UTC; it and ``conclusion`` are set exactly when completed.

    ``details_url`` is where its link leads from now on; None leaves it as it is.
    """

    status: Literal["in_progress", "completed"]
    output: CheckOutput
    conclusion: Conclusion | None = None
    completed_at: str | None = None
    details_url: str | None = None


class CheckTarget(Struct, frozen=True, kw_only=True):
    """Which check is meant, on which commit.

    ``head_sha`` is the full id of the pull request's head, not of its test merge. ``external_id`` is the same for every
    attempt to publish the same run (see ``make_external_id``). ``pull_request`` is its number where there is one,
    ``branch`` the name of what was pushed where there is none. ``going_on`` is the id of a check run in
    progress that is gone on with; no other is made then.
    """

    name: str
    head_sha: str
    external_id: str
    started_at: str
    details_url: str | None = None
    pull_request: int | None = None
    branch: str | None = None
    going_on: int | None = None


class CheckRunOutput(Struct, frozen=True, kw_only=True):
    annotations_count: int = 0


class CheckRun(Struct, frozen=True, kw_only=True):
    """A check run as GitHub tells it."""

    id: int
    name: str
    head_sha: str
    external_id: str | None = None
    html_url: str | None = None
    status: str
    conclusion: str | None = None
    output: CheckRunOutput = CheckRunOutput()


def make_external_id(*, run_id: str, run_attempt: str, job: str, name: str, head_sha: str) -> str:
    """The id by which a check run is found again after an answer was lost; the same for the same run and commit."""
    return "/".join(("gaterunner", run_id, run_attempt, job, name, head_sha))


def is_of_a_rerun(external_id: str) -> bool:
    """Whether an external id is that of a second or later attempt, so that there may be a check of an earlier one."""
    return _parts(external_id)[2:3] not in ([], ["1"])


def is_same_job(one: str | None, other: str) -> bool:
    """Whether two external ids differ in nothing but the attempt: a job that was run again."""
    if one is None:
        return False
    ours, theirs = _parts(one), _parts(other)
    return len(ours) == len(theirs) == _PARTS and (ours[:2], ours[3:]) == (theirs[:2], theirs[3:])


def run_and_job(external_id: str | None) -> tuple[int, str] | None:
    """The workflow run and the job that a check run was made by; None for one that is not of this form."""
    parts = _parts(external_id or "")
    if len(parts) != _PARTS or parts[0] != "gaterunner" or not re.fullmatch("[1-9][0-9]{0,18}", parts[1], re.ASCII):
        return None
    return int(parts[1]), parts[3]


def _parts(external_id: str) -> list[str]:
    # The rest may hold a slash: a check's name.
    return external_id.split("/", _PARTS - 1)
