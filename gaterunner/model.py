"""The nouns of gaterunner as frozen types.

Everything that crosses a border between two rooms of the house is one of these. This module imports nothing of ours,
does no IO and decides nothing. A path in here is a ``str`` decoded from git's bytes with ``surrogateescape`` (so it can
be turned back into the same bytes); the report escapes what is not UTF-8 (see ``report.py``).
"""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar, Literal

from msgspec import Struct


class Outcome(StrEnum):
    """What became of one gate or policy. The meaning of each is fixed in docs/concepts.md."""

    PASSED = "passed"
    FAILED = "failed"  # observed to be wrong
    UNPROVEN = "unproven"  # ran, but the evidence does not show what it should
    ERRORED = "errored"  # could not be evaluated
    PENDING = "pending"  # waits for time or a deploy
    SKIPPED = "skipped"  # did not need to run, or was not reached
    WAIVED = "waived"  # a recorded exception


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


class Finding(Struct, frozen=True, kw_only=True, omit_defaults=False):
    """One thing a policy or gate points at.

    ``path`` is relative to the repository's root, with ``/``. ``line`` and ``end_line`` count from 1. ``help`` says how
    to fix it. ``fingerprint`` is stable across edits that move the finding. No field ever holds a secret's value.

    ``content`` is the git object id of what it was found in, which a waiver must name: the file's blob, all zeros for a
    deleted file, the head commit where no file stands for it. ``approvable`` says that an approving review of the head
    is enough to let it through. ``waived_by`` and ``waived_because`` are set once a waiver does.
    """

    rule: str
    severity: Severity
    message: str
    path: str | None = None
    line: int | None = None
    end_line: int | None = None
    commit: str | None = None
    help: str | None = None
    fingerprint: str | None = None
    content: str | None = None
    approvable: bool = False
    waived_by: str | None = None
    waived_because: str | None = None


class TestCounts(Struct, frozen=True, kw_only=True):
    """Totals over all result files of one gate. ``failed`` includes errors; ``total`` includes skipped."""

    total: int = 0
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    flaky: int = 0


class TestCase(Struct, frozen=True, kw_only=True):
    """One test as the result files tell it; ``id`` is ``classname.name`` (the suite's name where there is no class)."""

    __test__: ClassVar[bool] = False  # pytest takes every class named Test… for a test case

    id: str
    state: Literal["passed", "failed", "skipped"]


class CoverageCounts(Struct, frozen=True, kw_only=True):
    """Lines that can be executed and those that were; ``changed_*`` only over lines that the change adds or edits."""

    lines: int = 0
    covered: int = 0
    changed_lines: int = 0
    changed_covered: int = 0


class Attempt(Struct, frozen=True, kw_only=True):
    """One try of a gate with `retries:`; ``number`` counts from 1, the other fields are those of ``GateResult``."""

    number: int
    outcome: Outcome
    reason: str
    exit_code: int | None = None
    signal: str | None = None
    started: str | None = None
    duration_s: float = 0.0
    log: str | None = None


class ServiceUse(Struct, frozen=True, kw_only=True):
    """One service that a gate could reach; ``log`` is kept when the gate did not pass or the service did not start."""

    name: str
    image: str
    image_digest: str | None = None
    ready_s: float | None = None
    log: str | None = None


class Proof(Struct, frozen=True, kw_only=True):
    """What a `cached` result rests on: the report (sha256 of its bytes) of the run that executed the gate.

    ``commit`` is the head it ran on, ``started`` when (ISO 8601 UTC), ``key`` the sha256 over everything that must be
    identical (docs/caching.md has the list).
    """

    report: str
    commit: str
    started: str
    key: str


class GateResult(Struct, frozen=True, kw_only=True):
    """What was seen of one gate. ``started`` is ISO 8601 UTC, ``duration_s`` in seconds.

    ``exit_code`` is None when the command did not end by itself; then ``signal`` names what ended it (``SIGKILL``).
    ``log`` is the path of the kept log file, ``log_tail`` the last lines of it, cleaned and bounded. ``attempts``
    counts tries; ``tries`` holds each of them when there was more than one, and ``flaky`` says that an earlier one
    failed before this pass. ``cases`` are the tests that the result files name. ``proof`` is set when ``cached`` is.
    """

    name: str
    kind: str
    outcome: Outcome
    reason: str
    skip: Skip | None = None
    command: str | None = None
    exit_code: int | None = None
    signal: str | None = None
    started: str | None = None
    duration_s: float = 0.0
    attempts: int = 0
    tries: tuple[Attempt, ...] = ()
    flaky: bool = False
    cached: bool = False
    proof: Proof | None = None
    advisory: bool = False
    executor: str | None = None
    image: str | None = None
    image_digest: str | None = None
    services: tuple[ServiceUse, ...] = ()
    tests: TestCounts | None = None
    cases: tuple[TestCase, ...] = ()
    coverage: CoverageCounts | None = None
    log: str | None = None
    log_tail: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


class PolicyResult(Struct, frozen=True, kw_only=True):
    """What was seen of one policy: ``observed`` and ``expected`` are sentences a person can compare."""

    name: str
    outcome: Outcome
    reason: str
    observed: str = ""
    expected: str = ""
    skip: Skip | None = None
    duration_s: float = 0.0
    findings: tuple[Finding, ...] = ()


# --- the change ------------------------------------------------------------------------------------------------------


class FileChange(Struct, frozen=True, kw_only=True):
    """One row of ``git diff --raw --no-renames``: a move is a deletion and an addition.

    Modes are octal strings as git prints them (``100644``, ``120000`` symlink, ``160000`` submodule, ``000000`` none);
    ids are full object ids, all zeros where there is no blob. ``status`` is A, M, D or T (type change).
    ``insertions`` and ``deletions`` are None for binary content.
    """

    path: str
    status: Literal["A", "M", "D", "T"]
    old_mode: str
    new_mode: str
    old_blob: str
    new_blob: str
    insertions: int | None = None
    deletions: int | None = None


class Hunk(Struct, frozen=True):
    """Lines of one file that a change replaces: ``old_count`` from ``old_start``, by ``new_count`` from ``new_start``.

    Lines count from 1. A count of 0 means none; its start is then the line before.
    """

    old_start: int
    old_count: int
    new_start: int
    new_count: int


class Commit(Struct, frozen=True, kw_only=True):
    """One commit between base and head. Times are ISO 8601 UTC; names and addresses are as the commit states them."""

    sha: str
    parents: tuple[str, ...]
    author: str
    author_email: str
    authored: str
    committer: str
    committer_email: str
    committed: str
    subject: str


class BlobRecord(Struct, frozen=True, kw_only=True):
    """One path that one commit of the range touched, against each of its parents.

    For an ordinary commit ``parent_blobs`` has one id; for a merge it has one per parent, and the record exists only
    where the merge's content differs from every parent. An id of zeros means "not there" on that side.
    """

    commit: str
    path: str
    status: str
    mode: str
    blob: str
    parent_blobs: tuple[str, ...]
    parent_paths: tuple[str, ...] = ()


class Event(StrEnum):
    """What made the run start."""

    LOCAL = "local"
    PULL_REQUEST = "pull_request"
    PUSH = "push"
    MERGE_GROUP = "merge_group"


class Change(Struct, frozen=True, kw_only=True):
    """What is judged: base commit, head commit, what lies between, and the tree being judged.

    ``base`` is the merge-base with the target, or the first parent of a pull request's merge commit; ``base_tip`` is
    the target's newest known commit (equal to ``base`` for a merge commit). ``law`` is the commit whose workflow file
    and gate names are in force: ``base_tip``, or on a push to any other than the default branch that one's tip, so that
    a branch can choose neither an older law nor its own. ``judged`` is the commit whose tree is judged: the merge
    commit, the head, or for a dirty work tree a snapshot commit that exists only for this run.
    ``files`` compares ``base`` with ``judged``; ``commits`` are those reachable from ``judged`` and not from ``base``,
    newest first, without a pull request's own test merge. ``branch`` and ``target`` are short names
    (``feat/x``, ``main``), None when unknown (detached HEAD).
    """

    event: Event
    base: str
    base_tip: str
    law: str
    head: str
    judged: str
    merge: str | None
    branch: str | None
    target: str | None
    dirty: bool
    commits: tuple[Commit, ...]
    files: tuple[FileChange, ...]
    notes: tuple[str, ...] = ()

    @property
    def insertions(self) -> int:
        """Added lines over all text files."""
        return sum(file.insertions or 0 for file in self.files)

    @property
    def deletions(self) -> int:
        """Removed lines over all text files."""
        return sum(file.deletions or 0 for file in self.files)

    @property
    def is_empty(self) -> bool:
        """True when nothing lies between base and the judged tree."""
        return not self.commits and not self.files


# --- the report ------------------------------------------------------------------------------------------------------


class ToolInfo(Struct, frozen=True, kw_only=True):
    version: str
    image_digest: str | None = None


class ChangeSummary(Struct, frozen=True, kw_only=True):
    """``Change`` as counts: ``commits`` and ``files`` are numbers, ids are full object ids."""

    event: Event
    base: str
    head: str
    merge: str | None
    branch: str | None
    target: str | None
    phase: str | None
    dirty: bool
    commits: int
    files: int
    insertions: int
    deletions: int
    notes: tuple[str, ...] = ()


class WorkflowInfo(Struct, frozen=True, kw_only=True):
    """Which law was applied: ``source`` is base, head (first adoption) or file (the operator's own, outside it)."""

    path: str
    sha256: str
    source: Literal["base", "head", "file"]
    changed_by_branch: bool


class Part(Struct, frozen=True, kw_only=True):
    """Which part of a fan-out a report is: number (from 1) of total, of the plan with this digest.

    ``selected`` are the gates it was given, in the notation of ``--gate``: ``unit``, or ``unit=2/4`` for a shard.
    """

    number: int
    total: int
    plan: str
    selected: tuple[str, ...]


class Trouble(StrEnum):
    """What kept a run from being judged at all."""

    USAGE = "usage"
    WORKFLOW_FILE = "workflow-file"
    EVALUATION = "evaluation"
    INTERRUPTED = "interrupted"


class Problem(Struct, frozen=True, kw_only=True):
    """One reason why the run as a whole could not be judged, as the user sees it."""

    trouble: Trouble
    message: str
    path: str | None = None
    line: int | None = None
    column: int | None = None
    help: str | None = None


class Report(Struct, frozen=True, kw_only=True):
    """Everything that a reporter may tell. Written as JSON under ``schema``; every other form is rendered from it."""

    schema: str = "gaterunner.report/1"
    verdict: Verdict
    sentence: str
    mode: Mode = Mode.ENFORCE
    scope: Literal["gates+policies", "policies", "gates"] = "gates+policies"
    partial: bool = False
    part: Part | None = None
    started: str
    duration_s: float
    tool: ToolInfo
    change: ChangeSummary | None
    workflow: WorkflowInfo | None
    gates: tuple[GateResult, ...] = ()
    policies: tuple[PolicyResult, ...] = ()
    problems: tuple[Problem, ...] = ()
    decisions: tuple[str, ...] = ()
    numbers: dict[str, float | int | str] = {}
    telemetry: dict[str, float | int | str] = {}
