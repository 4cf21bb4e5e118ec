"""The forms that a report can be written in, a line each. Nothing of a form is imported before it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:  # so that the command line can offer the forms without loading the model
    from gaterunner.model import Report


class Form(Struct, frozen=True, kw_only=True):
    """One form. ``function`` of ``module`` makes its bytes of a report; ``summary`` says what one gets.

    With ``about_data`` the form says something about the bytes of the JSON report, which it gets as well.
    """

    summary: str
    module: str
    function: str
    about_data: bool = False


class ReportFile(Struct, frozen=True):
    """One file that is wanted of a run: the name of a form in ``FORMS``, and where to write it."""

    form: str
    path: Path


FORMS: dict[str, Form] = {
    "json": Form(
        summary="the report as JSON, from which every other form is made",
        module="gaterunner.reporters.json",
        function="encode_report",
    ),
    "html": Form(
        summary="the report as one HTML page that needs no network",
        module="gaterunner.reporters.html",
        function="render_html",
    ),
    "sarif": Form(
        summary="the findings as SARIF 2.1.0, for GitHub code scanning",
        module="gaterunner.reporters.sarif",
        function="render_sarif",
    ),
    "junit": Form(
        summary="verdict, gates and policies as JUnit XML",
        module="gaterunner.reporters.junit",
        function="render_junit",
    ),
    "markdown": Form(
        summary="the report as GitHub's Markdown",
        module="gaterunner.reporters.markdown_file",
        function="render_markdown_file",
    ),
    "numbers": Form(
        summary="run time, diff, tests, coverage and lines by area as CSV",
        module="gaterunner.reporters.numbers_csv",
        function="render_numbers",
    ),
    "attestation": Form(
        summary="an in-toto statement about the JSON report, which has to be written too",
        module="gaterunner.reporters.attestation",
        function="statement",
        about_data=True,
    ),
    "predicate": Form(
        summary="the predicate of that statement alone, for actions/attest",
        module="gaterunner.reporters.attestation",
        function="predicate",
    ),
}
"""Every form by its name, which is also the name of its option."""


def render(form: str, report: Report, *, data: bytes | None = None) -> bytes:
    """``report`` in a form of ``FORMS``.

    ``data`` are the bytes of the JSON report as they lie in a file; without it, those that ``encode_report`` makes.
    Only a form that says something about those bytes looks at them.
    """
    kind = FORMS[form]
    make: Callable[..., bytes] = getattr(import_module(kind.module), kind.function)
    if not kind.about_data:
        return make(report)
    if data is None:
        from gaterunner.reporters.json import encode_report

        data = encode_report(report)
    return make(data, report)
