"""What the verdict is bound to, for whoever looks at it a year later."""

from __future__ import annotations

from gaterunner.model import Report
from gaterunner.reporters.html.markup import Html, element, join, text
from gaterunner.reporters.html.words import code, facts
from gaterunner.reporters.run_words import LAW_SOURCES


def binding_section(report: Report) -> Html:
    """Commits, workflow file, program and image; then what the run counted."""
    rows: list[tuple[str, Html | None]] = []
    if report.change:
        change = report.change
        rows += [("Head", code(change.head)), ("Base", code(change.base))]
        rows.append(("Merge", code(change.merge) if change.merge else None))
        rows.append(("Event", text(change.event.value.replace("_", " "))))
    if report.workflow:
        source = element("span", f" from {LAW_SOURCES[report.workflow.source]}")
        rows.append(("Workflow file", join([code(report.workflow.path), source])))
        rows.append(("Its sha256", code(report.workflow.sha256)))
    if report.decision_log:
        rows.append(("Decision log", code(report.decision_log.head)))
    if report.part:
        rows.append(("Plan", code(report.part.plan)))
    rows.append(("gaterunner", text(report.tool.version)))
    rows.append(("Image", code(report.tool.image_digest) if report.tool.image_digest else None))
    rows.append(("Report", code(report.schema)))
    return element(
        "section",
        element("h2", "What this verdict is bound to"),
        facts(rows, class_="facts told"),
        id="bound",
    )
