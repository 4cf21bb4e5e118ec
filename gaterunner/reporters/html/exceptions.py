"""What a reviewer has to decide on: changes of the branch to its own guardrails, and what was let through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gaterunner.model import Finding, GateResult, PolicyResult, Report
from gaterunner.policies.guardrails import NAME as GUARDRAILS
from gaterunner.reporters.html.markup import Html, element, join, prose, text
from gaterunner.reporters.html.words import code, heading, left_out
from gaterunner.reporters.places import place_words
from gaterunner.reporters.ranking import waiver_words

_MAX_ROWS = 200


def guardrails_section(report: Report, findings: Mapping[Finding, str]) -> Html | None:
    """What the branch changes in the rules that it is judged by; ``findings`` gives the id of each on this page."""
    changes = [each for policy in report.policies if policy.name == GUARDRAILS for each in policy.findings]
    about = "What the branch changes in the rules, tests and tools that it is judged by."
    return _section("guardrails", "Changes to its own guardrails", about, changes, findings)


def waivers_section(report: Report, findings: Mapping[Finding, str]) -> Html | None:
    """What was let through, by whom and why; ``findings`` gives the id of each on this page."""
    results: list[GateResult | PolicyResult] = [*report.gates, *report.policies]
    waived = [each for result in results for each in result.findings if each.waived_by is not None]
    about = "Findings that somebody other than the branch's author let through, with a reason."
    return _section("waivers", "Waivers", about, waived, findings)


def _section(
    id: str, title: str, about: str, listed: Sequence[Finding], findings: Mapping[Finding, str]
) -> Html | None:
    if not listed:
        return None
    return element(
        "section",
        heading(title, len(listed)),
        element("p", about),
        element("ul", join(_listed(each, findings) for each in listed[:_MAX_ROWS]), class_="listed"),
        left_out(len(listed) - _MAX_ROWS),
        id=id,
    )


def _listed(finding: Finding, findings: Mapping[Finding, str]) -> Html:
    waived = prose(waiver_words(finding), limit=1_200)
    return element(
        "li",
        element("p", _to(finding, findings), class_="what"),
        _where(finding),
        element("p", waived, class_="waived-by", dir="auto") if waived else None,
    )


def _where(finding: Finding) -> Html:
    place = place_words(finding.path, finding.line)
    rule = element("span", text(finding.rule, limit=120))
    return element("p", code(place) if place else None, rule, class_="meta")


def _to(finding: Finding, findings: Mapping[Finding, str]) -> Html:
    words = element("span", prose(finding.message, limit=600), dir="auto")
    id = findings.get(finding)
    return element("a", words, href=f"#{id}") if id else words
