"""Whatever a received report holds: it is refused as one, or every form of it can be made."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gaterunner.errors import EvaluationError
from gaterunner.model import Report
from gaterunner.publishing.received import read_received
from gaterunner.publishing.settling import Source, settle
from gaterunner.reporters.annotations import annotations_of
from gaterunner.reporters.check_run import render_completed
from gaterunner.reporters.comment import COMMENT_BYTES, marker_of, render_comment
from gaterunner.reporters.forms import FORMS, render
from gaterunner.reporters.json import encode_report
from gaterunner.reporters.step_files import outputs_of, write_summary
from gaterunner.reporters.terminal import render_text
from tests.reporters.reports import failing_report, proven_report, report

NUMBERS = st.sampled_from([-1, 0, 1, 2, 999_999, 2**31, 2**53 - 1, 0.5, 1e-300, 9e15])
TEXTS = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        ["", "\n", "\x00", "../../etc/passwd", "/", "a" * 5_000, "2025-13-45T99:99:99Z", "9999-12-31T23:59:59Z"]
    ),
)
SOURCE = Source(
    repository="octo/example",
    head_sha="b" * 40,
    run_url="https://github.com/octo/example/actions/runs/1",
    doubts=("the run is of another workflow",),
    not_green="the run ended with failure",
    told="Handed over.",
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The ways to everything inside."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, each in inside for place in places(each, (*path, key)))]


def another(draw: st.DrawFn, value: Any) -> Any:
    """Something of the same kind that nobody would write, or nothing."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return draw(NUMBERS)
    if isinstance(value, str):
        return draw(TEXTS)
    if isinstance(value, list):
        return draw(st.sampled_from([[], value * 3, value[::-1]]))
    return draw(st.sampled_from([None, value]))


@st.composite
def reports(draw: st.DrawFn) -> bytes:
    plain = json.loads(encode_report(draw(st.sampled_from([report(), failing_report(), proven_report()]))))
    for _ in range(draw(st.integers(1, 6))):
        path = draw(st.sampled_from(places(plain)[1:]))
        inside = plain
        for key in path[:-1]:
            inside = inside[key]
        inside[path[-1]] = draw(st.sampled_from([None, another(draw, inside[path[-1]])]))
    return json.dumps(plain).encode()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=reports())
def test_it_is_refused_or_can_be_told_in_every_form(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "report.json"
    file.write_bytes(data)
    try:
        received = read_received(file)
    except EvaluationError:
        return

    told = every_form(received, tmp_path)
    try:
        settled = settle(received, SOURCE)
    except EvaluationError:
        return
    every_form(settled, tmp_path)
    assert render_completed(settled, completed_at="2026-01-15T12:00:00Z").conclusion not in ("success", "neutral")
    assert told


def every_form(received: Report, place: Path) -> bool:
    page = render_comment(received, marker=marker_of("gaterunner"))
    assert len(page.encode()) <= COMMENT_BYTES
    render_completed(received, completed_at="2026-01-15T12:00:00Z")
    annotations_of(received)
    render_text(received)
    outputs_of(received, report_path=None)
    summary = place / "summary.md"
    summary.unlink(missing_ok=True)
    write_summary(summary, received)
    return all(render(form, received) for form in FORMS)


@pytest.mark.parametrize("honest", [report(), failing_report()])
def test_an_honest_one_can_be_settled(honest: Report) -> None:
    assert settle(honest, SOURCE).run_url == SOURCE.run_url
