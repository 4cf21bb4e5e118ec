"""The exit code of the job, verdict by verdict."""

from __future__ import annotations

import pytest

from gaterunner.action import job_exit_code
from gaterunner.model import Mode, Problem, Trouble, Verdict
from tests.github.samples import report

CODES = {Verdict.PASS: 0, Verdict.FAIL: 1, Verdict.ERROR: 3, Verdict.PENDING: 4}


@pytest.mark.parametrize("verdict", list(Verdict))
def test_enforced_it_is_that_of_the_verdict(verdict: Verdict) -> None:
    assert job_exit_code(report(verdict)) == CODES[verdict]


@pytest.mark.parametrize("verdict", list(Verdict))
def test_in_shadow_mode_it_is_0(verdict: Verdict) -> None:
    assert job_exit_code(report(verdict, mode=Mode.SHADOW)) == 0


def test_in_shadow_mode_a_run_that_broke_under_its_law_is_0_as_well() -> None:
    problem = Problem(trouble=Trouble.EVALUATION, message="git broke")
    assert job_exit_code(report(Verdict.ERROR, mode=Mode.SHADOW, problems=(problem,))) == 0


@pytest.mark.parametrize(
    ("trouble", "law", "code"),
    [
        (Trouble.WORKFLOW_FILE, False, 2),
        (Trouble.USAGE, True, 2),
        (Trouble.EVALUATION, False, 3),
        (Trouble.INTERRUPTED, True, 130),
    ],
)
def test_shadow_mode_hides_neither_wrong_use_nor_an_interruption(trouble: Trouble, *, law: bool, code: int) -> None:
    problem = Problem(trouble=trouble, message="x")
    assert job_exit_code(report(Verdict.ERROR, mode=Mode.SHADOW, problems=(problem,), law=law)) == code
