"""Every case of tests/cases/weakening: a file before and after, and the rules that point at the difference."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
import yaml

from tests.weakening.judged import weakened_by

CASES = Path(__file__).resolve().parents[1] / "cases" / "weakening"


class Case(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``rules`` are those without ``guardrails/``; none for an honest change. ``says`` is part of the first message."""

    title: str
    path: str
    old: str
    new: str
    rules: list[str] = []
    says: str = ""
    severity: str = ""
    line: int | None = None


def all_cases() -> list[Case]:
    files = sorted(CASES.glob("*.yml"))
    return [case for file in files for case in msgspec.convert(yaml.safe_load(file.read_text()), list[Case])]


@pytest.mark.parametrize("case", all_cases(), ids=lambda case: case.title)
def test_case(case: Case) -> None:
    found = weakened_by({case.path: case.old}, {case.path: case.new})

    assert [finding.rule.removeprefix("guardrails/") for finding in found] == case.rules
    if found:
        assert case.says in found[0].message
        assert case.severity in {"", found[0].severity.value}
        assert case.line in {None, found[0].line}


@pytest.mark.parametrize("case", all_cases(), ids=lambda case: case.title)
def test_the_way_back_is_judged_without_a_crash(case: Case) -> None:
    for old, new in (
        ({case.path: case.new}, {case.path: case.old}),
        ({case.path: case.old}, {}),
        ({}, {case.path: case.new}),
    ):
        assert all(finding.approvable for finding in weakened_by(old, new))
