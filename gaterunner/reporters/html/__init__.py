"""The report as one HTML page that needs nothing else: no network, no other file, no JavaScript to be read."""

from __future__ import annotations

from gaterunner.reporters.html.page import render_html

__all__ = ["render_html"]
