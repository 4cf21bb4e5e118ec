"""What tools write, file by file: see ``tests/cases/coverage``.

A case holds the tracked files, where the gate ran (``cwd``), changed lines and a report; ``{seconds}`` and
``{milliseconds}`` stand for now. It ends with what is made of it.
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import yaml
from msgspec import Struct, convert

from gaterunner.config.types import CoverageRules
from gaterunner.evidence.coverage import CoverageWatch
from gaterunner.model import CoverageCounts
from gaterunner.redaction import Redactor

CASES = sorted((Path(__file__).parents[1] / "cases" / "coverage").glob("*.yml"))


class Case(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    tracked: tuple[str, ...]
    report: str
    counts: CoverageCounts
    changed: dict[str, frozenset[int]] = {}
    cwd: str = "."
    uncovered: tuple[str, ...] = ()
    unplaced: tuple[str, ...] = ()


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_tool_s_report_is_understood(tmp_path: Path, path: Path) -> None:
    case = convert(yaml.safe_load(path.read_text(encoding="utf-8")), Case)
    for name in case.tracked:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    cwd = tmp_path / case.cwd
    watching = CoverageWatch(
        tmp_path,
        cwd,
        CoverageRules(files=("report",)),
        redactor=Redactor(),
        committed=dict.fromkeys(case.tracked, "0" * 40),
        changed=case.changed,
        mounted_at="/workspace",
    )
    now = int(time.time()) + 1
    report = case.report.replace("{seconds}", str(now)).replace("{milliseconds}", f"{now}000")
    (cwd / "report").write_text(report, newline="")
    evidence = watching.collect()
    assert (evidence.unreadable, evidence.stale) == ((), ())
    assert evidence.counts == case.counts
    assert tuple(f"{each.path}:{each.line}-{each.end_line}" for each in evidence.uncovered) == case.uncovered
    assert evidence.unplaced == case.unplaced
