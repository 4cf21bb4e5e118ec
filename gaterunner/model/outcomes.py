"""What a gate, a policy or a run can come to, and why one was made: the closed lists of words."""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """What became of one gate or policy. The meaning of each is fixed in docs/concepts.md."""

    PASSED = "passed"
    FAILED = "failed"  # observed to be wrong
    UNPROVEN = "unproven"  # ran, but the evidence does not show what it should
    ERRORED = "errored"  # could not be evaluated
    PENDING = "pending"  # waits for time or a deploy
    SKIPPED = "skipped"  # did not need to run, or was not reached
    WAIVED = "waived"  # a recorded exception


RED = (Outcome.FAILED, Outcome.UNPROVEN, Outcome.ERRORED)
"""What keeps a run from passing, the gravest first; what is pending only holds it up."""


class Verdict(StrEnum):
    """What became of the whole run."""

    PASS = "pass"
    FAIL = "fail"
    ERROR = "error"
    PENDING = "pending"


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


class Mode(StrEnum):
    ENFORCE = "enforce"
    SHADOW = "shadow"


class Skip(StrEnum):
    """Why a gate or policy was skipped; only the first two may stand beside a passing verdict."""

    NOT_APPLICABLE = "not-applicable"  # e.g. none of its `paths` was touched, or the change is empty
    NOT_SELECTED = "not-selected"  # --gate named others; the report says that the run is partial
    NOT_REACHED = "not-reached"  # an earlier gate failed, or the run was interrupted


class Event(StrEnum):
    """What made the run start."""

    LOCAL = "local"
    PULL_REQUEST = "pull_request"
    PUSH = "push"
    MERGE_GROUP = "merge_group"
