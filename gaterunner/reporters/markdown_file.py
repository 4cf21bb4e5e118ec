"""The report as a Markdown file: the page that GitHub shows on the check, whole."""

from __future__ import annotations

from gaterunner.model import Report
from gaterunner.reporters.markdown import render_markdown

LIMIT_BYTES = 10_000_000
"""More than any report has that somebody reads."""


def render_markdown_file(report: Report) -> bytes:
    """The report as GitHub's Markdown in UTF-8, the most important first."""
    return render_markdown(report, limit_bytes=LIMIT_BYTES).encode()
