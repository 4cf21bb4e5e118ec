"""Every file in ``tests/cases/guardrails`` is one base and, for each of its cases, a branch and what is told of it.

A branch gives whole files (null deletes one), or, for a file of the base, ``{replace: [old, new]}`` or ``{append: x}``.
``told`` are the findings in their order, each ``severity rule path[:line] message``; none means that nothing is said. A
message may be cut short with ``…``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from gaterunner import weakening
from gaterunner.model import Finding, Outcome
from tests.gitrepo import Repository
from tests.guardrails.judging import judge

CASES = Path(__file__).parents[1] / "cases" / "guardrails"


def _cases() -> list[Any]:
    found = []
    for path in sorted(CASES.glob("*.yml")):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        for case in content["cases"]:
            base = {**content["base"], **case.get("base", {})}
            found.append(pytest.param(base, case, id=f"{path.stem}: {case['title']}"))
    return found


@pytest.mark.parametrize(("base", "case"), _cases())
def test_a_branch_is_told_what_it_changes(
    repo: Repository, base: dict[str, str], case: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weakening, "weakened", lambda _context: iter(()))  # those findings have cases of their own
    branch = {path: _written(base.get(path, ""), content) for path, content in case["branch"].items()}
    result = judge(repo, base, branch, **case.get("options", {}))
    lines = [_line(finding) for finding in result.findings]
    wanted = case.get("told", [])
    assert [_cut(line, want) for line, want in zip(lines, wanted, strict=False)] == wanted
    assert len(lines) == len(wanted), lines[len(wanted) :]
    is_red = any(line.startswith("error") for line in wanted)
    assert result.outcome is (Outcome.FAILED if is_red else Outcome.PASSED)


def _written(was: str, content: Any) -> str | None:
    if not isinstance(content, dict):
        return None if content is None else str(content)
    if "append" in content:
        return was + str(content["append"])
    old, new = content["replace"]
    assert old in was, f"{old!r} is not in the base's file"
    return was.replace(old, new)


def _line(finding: Finding) -> str:
    place = f"{finding.path}:{finding.line}" if finding.line else finding.path
    return f"{finding.severity} {finding.rule.removeprefix('guardrails/')} {place} {finding.message}"


def _cut(line: str, want: str) -> str:
    return line[: len(want) - 1] + "…" if want.endswith("…") else line
