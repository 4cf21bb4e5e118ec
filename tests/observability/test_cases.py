"""Every case of tests/cases/observability: a file before and after, and the rules that point at the difference."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
import yaml

from tests.observability.written import written_by

CASES = Path(__file__).resolve().parents[1] / "cases" / "observability"


class Case(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``found`` are rule (without ``observability/``), line and what is called; none for an honest change."""

    title: str
    path: str
    new: str
    old: str | None = None
    found: list[str] = []
    says: str = ""


def all_cases() -> list[Case]:
    files = sorted(CASES.glob("*.yml"))
    return [case for file in files for case in msgspec.convert(yaml.safe_load(file.read_text()), list[Case])]


@pytest.mark.parametrize("case", all_cases(), ids=lambda case: case.title)
def test_case(case: Case) -> None:
    found = written_by({} if case.old is None else {case.path: case.old}, {case.path: case.new})

    told = [
        f"{one.rule.removeprefix('observability/')} {one.line} {one.message.partition('`')[2].partition('`')[0]}"
        for one in found
    ]
    assert told == case.found
    assert all(one.approvable and one.path == case.path and one.help and one.content for one in found)
    assert case.says in (found[0].message if found else "")


@pytest.mark.parametrize("case", all_cases(), ids=lambda case: case.title)
def test_nothing_is_told_of_what_was_there(case: Case) -> None:
    assert written_by({case.path: case.new}, {case.path: f"{case.new}\n\n"}) == ()
    assert written_by({case.path: case.new}, {}) == ()
    moved = case.path.replace("src/", "src/moved_", 1)
    assert written_by({case.path: case.new}, {moved: case.new}) == ()
