"""The report as a Markdown file: the page that GitHub shows on the check, whole."""

from __future__ import annotations

from gaterunner.model import Report
from gaterunner.reporters.markdown import render_markdown

LIMIT_BYTES = 10_000_000
"""More than any report has; GitHub shows the first 512 KB of a Markdown file."""


def render_markdown_file(report: Report) -> bytes:
    """The report as GitHub's Markdown in UTF-8, the most important first."""
    return render_markdown(report, limit_bytes=LIMIT_BYTES).encode()
