"""What is looked at only where a word stands is seen however it is written."""

from __future__ import annotations

import pytest

from tests.weakening.judged import weakened_by

BEFORE = """\
import pytest
from pytest import skip as later

def check(x):
    assert x

def test_a():
    check(1)
"""


@pytest.mark.parametrize(
    "line", ["pytest.skip('no')", "pytest.\uff53kip('no')", "later('no')", "getattr(pytest, 's' 'kip')()"]
)
def test_a_skip_is_seen_however_it_is_written(line: str) -> None:
    found = weakened_by({"test_a.py": BEFORE}, {"test_a.py": f"{BEFORE}    {line}\n"})

    assert [each.rule for each in found] == ["guardrails/test-skipped"]


def test_a_test_that_stays_is_emptied_by_what_it_calls() -> None:
    found = weakened_by({"test_a.py": BEFORE}, {"test_a.py": BEFORE.replace("    assert x\n", "    pass\n")})

    assert [each.rule for each in found] == ["guardrails/test-emptied"]
