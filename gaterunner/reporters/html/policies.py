"""Each policy as a row with what it observed and expected; folded, how to look again and how to let it through."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gaterunner.config.types import WAIVERS_PATH
from gaterunner.failures import law_option, looked_at_again
from gaterunner.model import RED, Outcome, PolicyResult, Report, Severity
from gaterunner.reporters.html.markup import Html, element, join, lines, prose, text
from gaterunner.reporters.html.words import code, command_block, facts, heading, left_out, sign, unseen
from gaterunner.reporters.letting_through import PLAIN, LettingThrough, broken, letting_through
from gaterunner.reporters.quantities import count

_MAX_POLICIES = 200
_MAX_ENTRIES = 10
_MAX_RULES = 5
_ENTRY_WIDTH = 100


def policies_section(report: Report, found: Mapping[str, int]) -> Html | None:
    """``found`` says how many findings of each policy are shown on this page."""
    if not report.policies:
        return None
    rows = [
        _policy(policy, number, report, found.get(policy.name, 0))
        for number, policy in enumerate(report.policies[:_MAX_POLICIES])
    ]
    return element(
        "section",
        heading("Policies", len(report.policies)),
        element("div", join(rows), class_="rows"),
        left_out(len(report.policies) - _MAX_POLICIES),
        id="policies",
    )


def _policy(policy: PolicyResult, number: int, report: Report, found: int) -> Html:
    told = policy.outcome not in (Outcome.PASSED, Outcome.SKIPPED)
    return element(
        "details",
        element(
            "summary",
            sign(policy.outcome),
            element(
                "span",
                element("b", text(policy.name, limit=120), dir="auto"),
                unseen(f" {policy.outcome} "),
                class_="name",
            ),
            element("span", prose(policy.reason, limit=400), class_="why", dir="auto"),
            _in_summary(policy) if told else None,
        ),
        element("div", join(_body(policy, report, found)), class_="body"),
        class_=f"row {policy.outcome}",
        id=f"policy-{number}",
    )


def _compared(policy: PolicyResult) -> Iterator[tuple[str, Html]]:
    """What was seen, and what should have been."""
    if policy.observed:
        yield "Observed", prose(policy.observed)
    if policy.expected:
        yield "Expected", prose(policy.expected)


def _in_summary(policy: PolicyResult) -> Html:
    rows = [
        element("span", element("span", label, " ", class_="label"), element("span", said, " ", dir="auto"))
        for label, said in _compared(policy)
    ]
    return element("span", join(rows), class_="compared")


def _body(policy: PolicyResult, report: Report, found: int) -> Iterator[Html | None]:
    rows: list[tuple[str, Html | None]] = []
    if policy.outcome in (Outcome.PASSED, Outcome.SKIPPED):
        rows += _compared(policy)
    if policy.outcome in RED:
        rows.append(("Look again", command_block(f"{looked_at_again(policy)}{law_option(report)}")))
    errors = dict.fromkeys(each.rule for each in policy.findings if each.severity is Severity.ERROR)
    explained = [command_block(f"gaterunner explain {rule}") for rule in list(errors)[:_MAX_RULES]]
    rows.append(("Explained", join(explained) if explained else None))
    yield facts(rows, class_="facts told")
    if found:
        yield element(
            "p", element("a", f"Show the {count(found, 'finding')}", href="#findings", data_source=policy.name)
        )
    through = letting_through(policy, most=_MAX_ENTRIES)
    if through is not None and not (report.change and report.change.dirty):
        yield _through(through, (report.change and report.change.target) or "the target branch")


def _through(through: LettingThrough, target: str) -> Html:
    """What a reviewer copies."""
    if not through.lines:
        inside = element("p", PLAIN)
    else:
        entries = [line for entry in through.entries for line in broken(entry, _ENTRY_WIDTH)]
        inside = join(
            [
                element("p", "An approving review of this head, with"),
                element("pre", element("code", lines(through.lines), dir="ltr")),
                element(
                    "p",
                    "or ",
                    "entries" if len(through.entries) > 1 else "an entry",
                    " in ",
                    code(WAIVERS_PATH),
                    element("span", " on "),
                    code(target),
                ),
                element("pre", element("code", lines(entries), dir="ltr")),
                element("p", f"and {through.left_out:,} more, whose `content` is in the JSON report")
                if through.left_out
                else None,
            ]
        )
    return element("details", element("summary", "To let it through on purpose"), inside, class_="folded")
