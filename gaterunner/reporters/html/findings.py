"""All findings, the most important first, each with the lines it points at, and what narrows them down."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from msgspec import Struct

from gaterunner.model import Excerpt, Finding, Report, Severity
from gaterunner.reporters.html.failures import standing
from gaterunner.reporters.html.markup import Html, element, join, lines, prose, text
from gaterunner.reporters.html.words import SHORT, code, heading
from gaterunner.reporters.places import place_words
from gaterunner.reporters.ranking import Told, ranked_findings, waiver_words

MAX_FINDINGS = 10_000
ROOM = 30_000_000
"""Characters for all findings together, whatever each of them holds: a page of 5,000 ordinary ones has 5 million."""

_OPEN = 40  # of so many findings that decide the verdict the excerpt is unfolded
_MAX_LINES = 60
_MAX_MESSAGE = 1_000


class Shown(Struct, frozen=True, kw_only=True):
    """The findings that the page has room for, in their order, each with its markup; ``left`` counts the others."""

    told: tuple[Told, ...]
    rows: tuple[Html, ...]
    left: int

    @property
    def ids(self) -> dict[Finding, str]:
        """Where on the page a finding stands; of equal ones the first."""
        return {told.finding: _id(number) for number, told in reversed(tuple(enumerate(self.told)))}

    @property
    def ids_by_fingerprint(self) -> dict[tuple[str, str], str]:
        """The same by gate or policy and fingerprint."""
        return {
            (told.source, told.finding.fingerprint): _id(number)
            for number, told in reversed(tuple(enumerate(self.told)))
            if told.finding.fingerprint
        }

    @property
    def counts(self) -> Counter[str]:
        """How many there are of each gate and policy."""
        return Counter(told.source for told in self.told)


def show(report: Report, *, most: int = MAX_FINDINGS, room: int = ROOM) -> Shown:
    """The first ``most`` findings of a report, as far as their markup stays below ``room`` characters."""
    ranked = ranked_findings(report)
    numbers: dict[str, int] = {}
    rows: list[Html] = []
    for number, told in enumerate(ranked[:most]):
        row = _finding(told, number, numbers.setdefault(told.source, len(numbers)))
        room -= len(row)
        if room < 0:
            break
        rows.append(row)
    return Shown(told=ranked[: len(rows)], rows=tuple(rows), left=len(ranked) - len(rows))


def findings_section(shown: Shown) -> Html | None:
    """All of them, with what narrows them down."""
    if not shown.told:
        return None
    return element(
        "section",
        heading("Findings", len(shown.told) + shown.left),
        _filter(shown.told, shown.counts),
        element("ol", join(shown.rows), class_="findings"),
        element("p", f"{shown.left:,} more are in the JSON report.", class_="left") if shown.left else None,
        id="findings",
    )


def _id(number: int) -> str:
    return f"finding-{number + 1}"


def _filter(shown: Sequence[Told], sources: Counter[str]) -> Html:
    """Hidden until the page's script can make it work."""
    severities = Counter(told.finding.severity for told in shown)
    standings = Counter(told.finding.standing for told in shown)
    boxes = [
        element(
            "label",
            element("input", type="checkbox", name="severity", value=severity.value, checked=True),
            element("span", f"{severity.value} "),
            element("span", f"{severities[severity]:,}", class_="number"),
        )
        for severity in Severity
        if severities[severity]
    ]
    froms = [
        element("option", text(source, limit=80), f" ({sources[source]:,})", value=str(number), data_name=source)
        for number, source in enumerate(sources)
    ]
    kinds = [element("option", f"{word} ({standings[word]:,})", value=word) for word in ("new", "known")]
    return element(
        "form",
        element(
            "label",
            element("span", "Search the findings", class_="unseen"),
            element(
                "input",
                type="search",
                name="words",
                placeholder="Search: text, path or rule",
                autocomplete="off",
                aria_keyshortcuts="/",
            ),
        ),
        element("fieldset", element("legend", "Severity", class_="unseen"), join(boxes)) if len(boxes) > 1 else None,
        _choice("source", "From", "every gate and policy", froms) if len(sources) > 1 else None,
        _choice("standing", "Compared with the base", "new and known", kinds) if standings["known"] else None,
        element("button", "Clear", type="reset", hidden=True),
        element("p", role="status", class_="shown"),
        class_="filter",
        hidden=True,
        aria_label="Narrow the findings down",
    )


def _choice(name: str, label: str, everything: str, options: Sequence[Html]) -> Html:
    return element(
        "label",
        element("span", label, class_="unseen"),
        element("select", element("option", everything, value=""), join(options), name=name),
    )


def _finding(told: Told, number: int, source: int) -> Html:
    finding = told.finding
    place = place_words(finding.path, finding.line)
    return element(
        "li",
        element(
            "p",
            element("span", finding.severity.value, class_="severity"),
            element("span", prose(finding.message, limit=_MAX_MESSAGE), dir="auto"),
            class_="what",
        ),
        element(
            "p",
            code(place) if place else None,
            standing(finding.standing),
            element("span", text(told.source, limit=80), dir="auto"),
            element("span", text(finding.rule, limit=120)),
            element("span", "commit ", code(finding.commit[:SHORT])) if finding.commit else None,
            None
            if told.decides or finding.waived_by
            else element("span", "does not decide the verdict", class_="faint"),
            class_="meta",
        ),
        element("p", prose(waiver_words(finding)), class_="waived-by", dir="auto") if finding.waived_by else None,
        _excerpt(finding, finding.excerpt, unfolded=told.decides and number < _OPEN) if finding.excerpt else None,
        element("p", element("b", "How to fix "), prose(finding.help), class_="help", dir="auto")
        if finding.help
        else None,
        class_=f"finding {finding.severity}" + (" waived" if finding.waived_by else ""),
        id=_id(number),
        data_severity=finding.severity.value,
        data_source=str(source),
        data_standing=finding.standing,
        tabindex="-1",
    )


def _excerpt(finding: Finding, excerpt: Excerpt, *, unfolded: bool) -> Html:
    first, last = finding.line or 0, finding.end_line or finding.line or 0
    told = list(excerpt.lines[:_MAX_LINES])
    while told and not told[-1].strip() and excerpt.start + len(told) - 1 > last:
        told.pop()  # what is empty below tells nothing, such as the line after a file's last
    rows = [
        element("li", lines([line], limit=300), class_="hit" if first <= number <= last else None)
        for number, line in enumerate(told, start=excerpt.start)
    ]
    return element(
        "details",
        element("summary", "Code"),
        element("ol", join(rows), start=str(excerpt.start), class_="code"),
        class_="folded",
        open=unfolded,
    )
