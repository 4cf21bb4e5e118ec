"""The page as a whole: what stands where, and what a browser is allowed to do with it."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from urllib.parse import quote

from gaterunner.model import Report
from gaterunner.reporters.html.binding import binding_section
from gaterunner.reporters.html.decisions import decisions_section
from gaterunner.reporters.html.exceptions import guardrails_section, waivers_section
from gaterunner.reporters.html.failures import failures_section
from gaterunner.reporters.html.findings import findings_section, show
from gaterunner.reporters.html.gates import gates_section
from gaterunner.reporters.html.markup import Html, element, join, raw, text
from gaterunner.reporters.html.numbers import numbers_section
from gaterunner.reporters.html.policies import policies_section
from gaterunner.reporters.html.top import notes_section, problems_section, verdict_section
from gaterunner.reporters.html.words import picture, sprite, verdict_word
from gaterunner.reporters.run_words import VERDICT_OUTCOMES

# The same as in page.css; a picture in the browser's tab cannot see it.
_COLOURS = {"passed": "#1a7a43", "failed": "#b42318", "errored": "#9a5b00", "pending": "#1f5fae"}


def render_html(report: Report) -> bytes:
    """The report as one HTML page in UTF-8; the same report always gives the same bytes.

    The page loads nothing, and a browser runs no script and applies no style in it but ours, whatever the report holds.
    """
    shown = show(report)
    ids, found = shown.ids, shown.counts
    sections = [
        problems_section(report.problems),
        failures_section(report.failures, shown.ids_by_fingerprint),
        notes_section(report),
        gates_section(report, found),
        policies_section(report, found),
        guardrails_section(report, ids),
        waivers_section(report, ids),
        findings_section(shown),
        decisions_section(report),
        numbers_section(report.numbers),
        binding_section(report),
    ]
    page = element(
        "html", _head(report), _body(report, join(sections)), lang="en", class_=VERDICT_OUTCOMES[report.verdict].value
    )
    return f"<!doctype html>\n{page}\n".encode()


def _head(report: Report) -> Html:
    style, script = asset("page.css"), asset("page.js")
    where = (report.change and report.change.branch) or ""
    icon = quote(picture(VERDICT_OUTCOMES[report.verdict], _COLOURS[VERDICT_OUTCOMES[report.verdict]]))
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=content_security_policy()),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="referrer", content="no-referrer"),
        element("meta", name="generator", content=f"gaterunner {report.tool.version}"),
        element(
            "title", text(" · ".join(part for part in (verdict_word(report), where, "gaterunner") if part), limit=200)
        ),
        element("link", rel="icon", href=raw(f"data:image/svg+xml,{icon}")),
        element("style", raw(style)),
        element("script", raw(script)),
    )


def _body(report: Report, sections: Html) -> Html:
    return element(
        "body",
        element("a", "Skip to the verdict", href="#verdict", class_="skip"),
        sprite(),
        element(
            "header",
            element("span", "gaterunner", class_="brand"),
            element("button", "Unfold all", type="button", id="unfold", hidden=True),
            element("button", "Theme: system", type="button", id="theme", hidden=True),
            element("button", "Shortcuts", type="button", id="keys", hidden=True),
            class_="bar",
        ),
        element("main", verdict_section(report), element("div", sections, class_="wide")),
        _shortcuts(),
        element(
            "footer",
            element(
                "p",
                f"Made by gaterunner {report.tool.version} from its JSON report. "
                "This page is complete: it loads nothing from anywhere.",
                class_="wide",
            ),
        ),
    )


_KEYS = (
    ("/", "search the findings"),
    ("j", "next finding"),
    ("k", "previous finding"),
    ("f", "unfold or fold gates, policies and logs"),
    ("t", "change the theme"),
    ("?", "show this list"),
)


def _shortcuts() -> Html:
    """The list of shortcuts, and the switch that whoever speaks or types by other means needs (WCAG 2.1.4)."""
    rows = [element("div", element("dt", element("kbd", key)), element("dd", does)) for key, does in _KEYS]
    return element(
        "dialog",
        element("h2", "Shortcuts"),
        element("dl", join(rows)),
        element("label", element("input", type="checkbox", checked=True), element("span", "Shortcuts are on")),
        element("form", element("button", "Close"), method="dialog"),
        id="shortcuts",
        aria_label="Shortcuts",
    )


@cache
def asset(name: str) -> str:
    """The text of one of the files beside this module."""
    return (files("gaterunner.reporters.html") / name).read_text("utf-8")


def content_security_policy() -> str:
    """Nothing may be loaded, sent or run except the one style and the one script of ours, known by their hashes."""
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src '{_digest(asset('page.css'))}'",
            f"script-src '{_digest(asset('page.js'))}'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
        )
    )


def _digest(source: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}"
