"""Somebody who goes round in circles is told so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from gaterunner.model import Outcome, Problem, Repetition, Report, Trouble, Verdict
from gaterunner.repetition import Memory
from tests.reporters.reports import gate, report

T1, T2, T3 = (f"2026-01-01T0{hour}:00:00Z" for hour in (1, 2, 3))


def red(started: str = T1, *, reason: str = "exit code 1", branch: str = "feat/x") -> Report:
    made = report(verdict=Verdict.FAIL, gates=(gate("unit", Outcome.FAILED, reason=reason),), started=started)
    assert made.change is not None
    return replace(made, change=replace(made.change, branch=branch))


def green() -> Report:
    return replace(red(), verdict=Verdict.PASS, gates=(gate("unit", Outcome.PASSED),))


def test_the_same_failure_is_counted_from_its_first_time(tmp_path: Path) -> None:
    memory = Memory(tmp_path, owner=None)
    assert memory.counted(red(T1)) == Repetition(runs=1, since=T1)
    assert memory.counted(red(T2)) == Repetition(runs=2, since=T1)
    assert Memory(tmp_path, owner=None).counted(red(T3)) == Repetition(runs=3, since=T1)


def test_another_failure_begins_anew(tmp_path: Path) -> None:
    memory = Memory(tmp_path, owner=None)
    memory.counted(red(T1))
    assert memory.counted(red(T2, reason="timed out")) == Repetition(runs=1, since=T2)


def test_a_pass_in_between_begins_anew(tmp_path: Path) -> None:
    memory = Memory(tmp_path, owner=None)
    memory.counted(red(T1))
    assert memory.counted(green()) is None
    assert memory.counted(red(T2)) == Repetition(runs=1, since=T2)


def test_branches_and_kinds_of_run_are_counted_for_themselves(tmp_path: Path) -> None:
    memory = Memory(tmp_path, owner=None)
    memory.counted(red(T1))
    assert memory.counted(red(T2, branch="feat/y")) == Repetition(runs=1, since=T2)
    assert memory.counted(replace(red(T2), scope="policies")) == Repetition(runs=1, since=T2)
    assert memory.counted(red(T3)) == Repetition(runs=2, since=T1)


def test_an_interrupted_run_counts_for_nothing(tmp_path: Path) -> None:
    memory = Memory(tmp_path, owner=None)
    memory.counted(red(T1))
    stopped = Problem(trouble=Trouble.INTERRUPTED, message="the run was interrupted")
    assert memory.counted(replace(red(T2), problems=(stopped,))) is None
    assert memory.counted(red(T3)) == Repetition(runs=2, since=T1)


def test_what_gates_leave_there_only_makes_it_count_from_one(tmp_path: Path) -> None:
    kept = tmp_path / "gaterunner" / "ended.json"
    kept.parent.mkdir()
    for content in (b"", b"[]", b"[" * 50_000, b'{"x": {"signature": 1}}'):
        kept.write_bytes(content)
        assert Memory(tmp_path, owner=None).counted(red(T1)) == Repetition(runs=1, since=T1)


def test_a_link_in_its_place_is_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.json"
    elsewhere.write_text("mine")
    kept = tmp_path / "git" / "gaterunner" / "ended.json"
    kept.parent.mkdir(parents=True)
    kept.symlink_to(elsewhere)
    Memory(tmp_path / "git", owner=None).counted(red(T1))
    assert elsewhere.read_text() == "mine"


def test_where_nothing_can_be_kept_every_run_is_the_first(tmp_path: Path) -> None:
    (tmp_path / "gaterunner").write_text("a file in the folder's place")
    memory = Memory(tmp_path, owner=None)
    assert memory.counted(red(T1)) == memory.counted(red(T1)) == Repetition(runs=1, since=T1)


def test_only_the_newest_branches_are_kept(tmp_path: Path) -> None:
    memory = Memory(tmp_path, owner=None)
    for number in range(60):
        memory.counted(red(T1, branch=f"feat/{number}"))
    assert memory.counted(red(T2, branch="feat/0")) == Repetition(runs=1, since=T2)
    assert memory.counted(red(T2, branch="feat/59")) == Repetition(runs=2, since=T1)


@pytest.mark.parametrize(
    "kept",
    [
        {"since": "hunter2 " * 1000},
        {"since": "\x1b[2J2026-01-01T01:00:00Z"},
        {"since": "2026-01-01T01:00:00Z\n"},
        {"runs": 0},
        {"runs": -5},
        {"runs": 10**18},
        {"runs": 10**30},
        {"runs": True},
    ],
)
def test_what_a_gate_wrote_into_it_does_not_get_into_a_report(tmp_path: Path, kept: dict[str, object]) -> None:
    memory = Memory(tmp_path, owner=None)
    memory.counted(red(T1))
    file = tmp_path / "gaterunner" / "ended.json"
    (key,) = told = json.loads(file.read_text())
    file.write_text(json.dumps({key: told[key] | kept}))

    assert memory.counted(red(T2)) == Repetition(runs=1, since=T2)


@pytest.mark.parametrize(
    "kept",
    [
        b"",
        b"\xff\xfe",
        b'{"\xff": 1}',
        b"[" * 90_000,
        b'{"a": ' * 15_000,
        b'{"\\ud800": {"signature": "", "runs": 1, "since": ""}}',
    ],
)
def test_what_is_no_memory_counts_from_one(tmp_path: Path, kept: bytes) -> None:
    (tmp_path / "gaterunner").mkdir()
    (tmp_path / "gaterunner" / "ended.json").write_bytes(kept)

    assert Memory(tmp_path, owner=None).counted(red(T1)) == Repetition(runs=1, since=T1)
