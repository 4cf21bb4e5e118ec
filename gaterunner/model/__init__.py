"""The nouns of gaterunner as frozen types.

Everything that crosses a border between two rooms of the house is one of these. This package imports nothing of ours,
does no IO and decides nothing. A path in here is a ``str`` decoded from git's bytes with ``surrogateescape`` (so it can
be turned back into the same bytes); the report escapes what is not UTF-8 (see ``report.py``).
"""

from gaterunner.model.change import BlobRecord, Change, Commit, FileChange, Hunk
from gaterunner.model.decisions import Decided, Decision, DecisionLog
from gaterunner.model.findings import Excerpt, Finding
from gaterunner.model.numbers import AreaLines, Figure, Group, LineKind, Numbers
from gaterunner.model.outcomes import RED, Event, Mode, Outcome, Severity, Skip, Verdict
from gaterunner.model.report import (
    ChangeSummary,
    Failure,
    FailureIndex,
    Part,
    Problem,
    Repetition,
    Report,
    TakenOver,
    ToolInfo,
    Trouble,
    WorkflowInfo,
)
from gaterunner.model.results import (
    Attempt,
    CoverageCounts,
    GateResult,
    OperationUse,
    PolicyResult,
    Proof,
    ServiceUse,
    SignalCounts,
    TelemetryStats,
    TestCase,
    TestCounts,
    Waiting,
)

__all__ = [
    "RED",
    "AreaLines",
    "Attempt",
    "BlobRecord",
    "Change",
    "ChangeSummary",
    "Commit",
    "CoverageCounts",
    "Decided",
    "Decision",
    "DecisionLog",
    "Event",
    "Excerpt",
    "Failure",
    "FailureIndex",
    "Figure",
    "FileChange",
    "Finding",
    "GateResult",
    "Group",
    "Hunk",
    "LineKind",
    "Mode",
    "Numbers",
    "OperationUse",
    "Outcome",
    "Part",
    "PolicyResult",
    "Problem",
    "Proof",
    "Repetition",
    "Report",
    "ServiceUse",
    "Severity",
    "SignalCounts",
    "Skip",
    "TakenOver",
    "TelemetryStats",
    "TestCase",
    "TestCounts",
    "ToolInfo",
    "Trouble",
    "Verdict",
    "Waiting",
    "WorkflowInfo",
]
