"""Whether objectives and `must-pass` are proven by tests that ran and passed in this run. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from gaterunner.contract.evidence import Seen, Shown
from gaterunner.contract.findings import RuleName, about
from gaterunner.contract.held import Held
from gaterunner.contract.types import Spec, TestPattern
from gaterunner.model import Finding

_RUN_IT = (
    "Write the test, run the gate that has it, or correct its id in the spec, on the target branch: only a test that "
    "ran and passed in this run proves something."
)
_MEND = "Make the test pass; what proves an objective is changed in the spec, on the target branch, and nowhere else."


class Proof(Struct, frozen=True, kw_only=True):
    """``findings`` about what is not proven; ``proven`` counts objectives, ``tests`` the tests that prove them.

    ``cached`` are those of the tests that ran in an earlier run whose results are taken over.
    """

    findings: tuple[Finding, ...] = ()
    proven: int = 0
    tests: int = 0
    cached: int = 0


def judge_proof(held: Held, spec: Spec, seen: Seen) -> Proof:
    """What the tests of a run say about the spec."""
    findings: list[Finding] = []
    tests: set[str] = set()
    proven = cached = 0
    for objective in spec.objectives:
        shown = [(pattern, seen.shown(pattern)) for pattern in objective.tests]
        wrong = list(_told(held, "objective", f"the objective `{objective.id}`", objective.id, shown))
        findings += wrong
        proven += not wrong
        tests |= {test for _, one in shown for test in one.tests}
        cached += sum(one.cached for _, one in shown)
    must = [(pattern, seen.shown(pattern)) for pattern in spec.tests.must_pass]
    findings += _told(held, "must-pass", "`must-pass`", "", must)
    return Proof(findings=tuple(findings), proven=proven, tests=len(tests), cached=cached)


_RULES: dict[tuple[str, str], RuleName] = {
    ("objective", "failed"): "objective-failed",
    ("objective", "unproven"): "objective-unproven",
    ("must-pass", "failed"): "must-pass-failed",
    ("must-pass", "unproven"): "must-pass-unproven",
}


def _told(held: Held, kind: str, what: str, id: str, shown: Sequence[tuple[TestPattern, Shown]]) -> Iterator[Finding]:
    for pattern, one in shown:
        if one.state == "passed":
            continue
        is_ = "is not met" if one.state == "failed" else "is not proven"
        gate = f" of `{pattern.gate}`" if pattern.gate else ""
        message = f"{what} {is_} by `{pattern.test}`{gate}: {one.why}"
        help = _MEND if one.state == "failed" else _RUN_IT
        key = f"{id}\0{pattern.gate or ''}\0{pattern.test}"
        yield about(held, _RULES[kind, one.state], message, help, key=key, at=pattern.position)
