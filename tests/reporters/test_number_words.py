"""Numbers in the words of the human forms."""

from __future__ import annotations

import pytest

from gaterunner.model import AreaLines, Figure, Numbers
from gaterunner.reporters.html import render_html
from gaterunner.reporters.markdown import render_markdown
from gaterunner.reporters.markdown_numbers import line_rows
from gaterunner.reporters.number_words import base_words, compared_words, group_words, number_rows, value_words
from gaterunner.reporters.terminal import render_text
from tests.reporters.reports import gate, report

MINUTE = Figure(group="run", name="whole run", unit="s", value=72, base=60)
COVERAGE = Figure(group="coverage", name="lines (unit)", unit="%", value=93.1, base=94.0)
UNMEASURED = Figure(group="telemetry", name="spans", unit="items", reason="no gate with `telemetry:` ran")


@pytest.mark.parametrize(
    ("figure", "value", "base"),
    [
        (MINUTE, "1 min 12 s", "1 min 00 s (+12 s)"),
        (COVERAGE, "93.1 %", "94 % (\N{MINUS SIGN}0.9 points)"),
        (Figure(group="tests", name="executed", unit="tests", value=1204, base=1204), "1,204", "1,204 (the same)"),
        # to the digit, as in the files
        (
            Figure(group="coverage", name="lines (unit)", unit="%", value=99.99, base=99.98),
            "99.99 %",
            "99.98 % (+0.01 points)",
        ),
        (Figure(group="coverage", name="lines (unit)", unit="%", value=100.0, base=100.0), "100 %", "100 % (the same)"),
        (Figure(group="coverage", name="lines (unit)", unit="%", value=90.5, base=0.0), "90.5 %", "0 % (+90.5 points)"),
        # the difference of what is shown
        (
            Figure(group="run", name="unit", unit="s", value=0.26, base=0.329),
            "0.3 s",
            "0.3 s (the same)",
        ),
        (
            Figure(group="run", name="unit", unit="s", value=0.013, base=0.02),
            "0.0 s",
            "0.0 s (the same)",
        ),
        (
            Figure(group="run", name="unit", unit="s", value=72.4, base=60.6),
            "1 min 12 s",
            "1 min 01 s (+11 s)",
        ),
        (UNMEASURED, "not measured", ""),
        (Figure(group="tests", name="executed", unit="tests", value=3, base_reason="none"), "3", "not measured"),
        (Figure(group="tests", name="executed", unit="tests", reason="none", base=3), "not measured", "3"),
    ],
)
def test_a_figure_stands_beside_the_base_s(figure: Figure, value: str, base: str) -> None:
    assert (value_words(figure), base_words(figure)) == (value, base)


def test_a_group_tells_what_was_measured_and_why_the_rest_was_not() -> None:
    figures = [
        Figure(group="tests", name="executed", unit="tests", value=214, base=170),
        Figure(group="tests", name="new in the results", unit="tests", reason="no report is kept"),
        Figure(group="tests", name="gone from the results", unit="tests", reason="no report is kept"),
    ]

    assert group_words(figures) == (
        "executed 214 (base 170); not measured: new in the results, gone from the results (no report is kept)"
    )


def test_a_group_without_any_figure_is_told_with_its_reason() -> None:
    assert list(number_rows(Numbers(figures=(UNMEASURED,)))) == [
        ("Not measured", "Trace stats (no gate with `telemetry:` ran)")
    ]


def test_reasons_of_one_group_are_told_apart() -> None:
    reasons = ("it ran in shards", "it did not run: build failed")
    figures = tuple(
        Figure(group="coverage", name=f"lines ({name})", unit="%", reason=reason)
        for name, reason in zip(("unit", "smoke"), reasons, strict=True)
    )

    assert list(number_rows(Numbers(figures=figures))) == [
        (
            "Not measured",
            "Coverage: lines (unit) (it ran in shards); lines (smoke) (it did not run: build failed)",
        )
    ]


def test_zeros_beside_what_was_not_measured_say_nothing() -> None:
    figures = (
        Figure(group="tests", name="executed", unit="tests", reason="no result files"),
        Figure(group="tests", name="functions added", unit="tests", value=0),
    )

    assert list(number_rows(Numbers(figures=figures))) == [("Not measured", "Tests (no result files)")]


def test_no_test_at_all_is_told_as_well() -> None:
    figures = (
        Figure(group="tests", name="executed", unit="tests", value=0),
        Figure(group="tests", name="skipped", unit="tests", value=4),
    )

    assert list(number_rows(Numbers(figures=figures))) == [("Tests", "executed 0, skipped 4")]


def test_files_without_lines_have_no_lines_and_not_zero() -> None:
    binary = AreaLines(area="elsewhere", kind="code", files=2, insertions=0, deletions=0, binary=2)

    assert [*number_rows(Numbers(lines=(binary,)))] == [("Lines", "code 2 binary files")]
    assert [*line_rows(Numbers(lines=(binary,)))] == ["| `elsewhere` | code | 2 (2 binary) |  |  |\n"]


def test_many_gates_do_not_hide_the_other_figures() -> None:
    gates = tuple(Figure(group="run", name=f"gate-{number}", unit="s", value=1) for number in range(1_000))
    whole = report(gates=(gate(),), numbers=Numbers(figures=(*gates, COVERAGE)))

    assert "lines (unit)" in render_markdown(whole, limit_bytes=60_000)
    html = render_html(whole).decode()
    assert "lines (unit)" in html
    assert "gate-99<" in html
    assert "gate-100<" not in html
    assert "and 900 more" in html


def test_why_the_base_has_no_such_figure_is_told() -> None:
    lacking = Figure(group="tests", name="executed", unit="tests", value=3, base_reason="unit told nothing")
    whole = report(
        gates=(gate(),), numbers=Numbers(figures=(lacking,), compared_with="e" * 64, compared_commit="a" * 40)
    )

    assert "| Tests | executed | 3 | not measured: unit told nothing |" in render_markdown(whole, limit_bytes=60_000)
    assert 'not measured<span class="faint">: unit told nothing</span>' in render_html(whole).decode()


def test_lines_outside_of_all_areas_need_no_name_where_there_are_none() -> None:
    elsewhere = AreaLines(area="elsewhere", kind="code", files=1, insertions=4, deletions=1)
    app = AreaLines(area="app", kind="tests", files=1, insertions=2, deletions=0)

    assert [*number_rows(Numbers(lines=(elsewhere,)))] == [("Lines", "code +4 \N{MINUS SIGN}1")]
    assert [*number_rows(Numbers(lines=(app, elsewhere)))] == [
        ("Lines", "app: tests +2 \N{MINUS SIGN}0; elsewhere: code +4 \N{MINUS SIGN}1")
    ]


def test_what_they_are_compared_with_is_named() -> None:
    assert compared_words(Numbers(compared_commit="a" * 40)) == "the base's last run, on aaaaaaaaaa"
    assert compared_words(Numbers(not_compared="no report is kept")) == "nothing: no report is kept"


NUMBERS = Numbers(
    figures=(MINUTE, COVERAGE, UNMEASURED),
    lines=(AreaLines(area="app", kind="code", files=2, insertions=4, deletions=1, binary=1),),
    compared_with="e" * 64,
    compared_commit="a" * 40,
)


def test_every_form_tells_them() -> None:
    whole = report(gates=(gate(),), numbers=NUMBERS)

    text = render_text(whole)
    markdown = render_markdown(whole, limit_bytes=60_000)
    html = render_html(whole).decode()

    assert "app: code +4 \N{MINUS SIGN}1 and 1 binary file" in text
    assert "lines (unit) 93.1 % (base 94 %)" in text
    assert "| Coverage | lines (unit) | 93.1 % | 94 % (\N{MINUS SIGN}0.9 points) |" in markdown
    assert "| `app` | code | 2 (1 binary) | +4 | \N{MINUS SIGN}1 |" in markdown
    assert "not measured: no gate with" in markdown
    assert '<section id="numbers">' in html
    assert 'aria-label="app: code +4' in html
    assert '<figure aria-label="Lines by area">' in html
    assert '<table aria-label="All figures">' in html


def test_a_report_without_them_has_no_section() -> None:
    assert 'id="numbers"' not in render_html(report(gates=(gate(),))).decode()
