"""What gates tell a panel of the change; what they do not tell is no zero."""

from __future__ import annotations

from gaterunner.governance.facts import facts_of_change
from gaterunner.model import GateResult, Outcome
from gaterunner.model import TestCounts as Counts
from tests.reporters.reports import gate
from tests.waivers.samples import change


def told(*gates: GateResult) -> tuple[dict[str, float], dict[str, str]]:
    facts = facts_of_change(change(), gates)
    return {name: float(value) for name, value in facts.known}, dict(facts.missing)


def test_tests_are_summed_over_gates() -> None:
    known, _ = told(
        gate("unit", tests=Counts(total=3, passed=2, failed=1)), gate("smoke", tests=Counts(total=1, passed=1))
    )

    assert (known["tests"], known["tests-failed"]) == (4, 1)


def test_a_suite_that_crashed_says_neither_that_no_test_ran_nor_that_none_failed() -> None:
    known, missing = told(gate("unit", Outcome.FAILED, tests=Counts()), gate("smoke", tests=Counts(total=1, passed=1)))

    assert not known.keys() & {"tests", "tests-failed"}
    assert missing["tests-failed"] == "a gate told of no test"
