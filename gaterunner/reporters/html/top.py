"""The first screen: the verdict, what it rests on, what was judged, and every gate and policy at a glance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gaterunner.model import ChangeSummary, GateResult, Mode, Outcome, PolicyResult, Problem, Report, Skip
from gaterunner.reporters.html.markup import Html, address, element, join, prose, text
from gaterunner.reporters.html.words import code, facts, left_out, moment, sign, unseen, verdict_word
from gaterunner.reporters.places import place_words
from gaterunner.reporters.quantities import count, duration
from gaterunner.reporters.run_words import VERDICT_OUTCOMES, part_words, run_notes

_ID = 7  # as git shortens a commit
_MAX_CHIPS = 80
_MAX_NOTES = 30
_MAX_PROBLEMS = 100


def verdict_section(report: Report) -> Html:
    """The verdict with everything that a reader needs in the first ten seconds."""
    accent = VERDICT_OUTCOMES[report.verdict]
    return element(
        "header",
        element(
            "div",
            _origin(report),
            element("h1", sign(accent), unseen("Verdict: "), element("span", verdict_word(report)), *_marks(report)),
            element("p", prose(report.sentence, limit=600), class_="sentence", dir="auto"),
            _facts(report),
            _glance(report),
            class_="wide",
        ),
        class_=f"verdict {accent}",
        id="verdict",
    )


def problems_section(problems: Sequence[Problem]) -> Html | None:
    """What kept the run from being judged."""
    if not problems:
        return None
    rows = [_problem(problem) for problem in problems[:_MAX_PROBLEMS]]
    left = len(problems) - _MAX_PROBLEMS
    return element(
        "section",
        element("h2", "What kept the run from being judged"),
        element("ol", join(rows), class_="problems"),
        left_out(left),
        id="problems",
    )


def notes_section(report: Report) -> Html | None:
    """What must be known before the verdict is believed."""
    notes = [*([part_words(report.part)] if report.part else ()), *run_notes(report)]
    if not notes:
        return None
    rows = [element("li", prose(note, limit=800), dir="auto") for note in notes[:_MAX_NOTES]]
    left = len(notes) - _MAX_NOTES
    if left > 0:
        rows.append(element("li", f"and {left:,} more, which are in the JSON report"))
    return element("section", element("h2", "Notes"), element("ul", join(rows), class_="notes"), id="notes")


def _origin(report: Report) -> Html:
    """Where the change comes from and where it wants to go."""
    change = report.change
    if change is None:
        return element("p", "gaterunner report", class_="origin")
    parts: list[Html] = []
    if change.repository:
        parts.append(code(change.repository, limit=140))
    if change.pull_request is not None:
        parts.append(element("span", f"pull request #{change.pull_request}"))
    branch = code(change.branch, limit=200) if change.branch else element("span", "detached HEAD")
    if change.target:
        arrow = element("span", " → ", aria_hidden="true")
        branch = join([branch, arrow, unseen(" into "), code(change.target, limit=200)])
    parts.append(branch)
    return element("p", join([element("span", part) for part in parts]), class_="origin")


def _marks(report: Report) -> Iterator[Html]:
    marks = (
        ("shadow mode", report.mode is Mode.SHADOW),
        (f"part {report.part.number} of {report.part.total}" if report.part else "", report.part is not None),
        ("policies only", report.scope == "policies"),
        ("gates only", report.scope == "gates" and report.part is None),
        ("partial run", report.partial),
        ("uncommitted changes", bool(report.change and report.change.dirty)),
    )
    yield from (element("span", words, class_="tag") for words, holds in marks if holds)


def _facts(report: Report) -> Html | None:
    rows: list[tuple[str, Html | None]] = list(_change_facts(report.change)) if report.change else []
    rows += [("Took", text(duration(report.duration_s))), ("Started", moment(report.started))]
    page = address(report.run_url)
    if page:
        rows.append(("Run", element("a", "Log of the run", href=page, rel="noreferrer")))
    return facts(rows)


def _change_facts(change: ChangeSummary) -> Iterator[tuple[str, Html | None]]:
    ids = code(f"{change.base[:_ID]}..{change.head[:_ID]}")
    yield "Commits", join([text(f"{change.commits:,}"), element("span", " in "), ids])
    minus = "\N{MINUS SIGN}"
    yield "Diff", text(f"{count(change.files, 'file')}, +{change.insertions:,} {minus}{change.deletions:,}")
    if change.phase:
        yield "Phase", code(change.phase)


def _glance(report: Report) -> Html | None:
    """Each gate and policy as one sign with its name, which leads to what is told about it."""
    rows = [*_chips("Gates", report.gates, "gate"), *_chips("Policies", report.policies, "policy")]
    return element("nav", join(rows), class_="glance", aria_label="Gates and policies") if rows else None


def _chips(label: str, results: Sequence[GateResult | PolicyResult], kind: str) -> Iterator[Html]:
    if not results:
        return
    chips = [_chip(result, f"{kind}-{number}") for number, result in enumerate(results[:_MAX_CHIPS])]
    left = len(results) - _MAX_CHIPS
    passed = sum(result.outcome is Outcome.PASSED for result in results)
    had_to = sum(result.skip not in (Skip.NOT_APPLICABLE, Skip.NOT_SELECTED) for result in results)
    idle = f", {len(results) - had_to:,} left out" if had_to < len(results) else ""
    yield element("p", f"{label} ", element("span", f"{passed:,} of {had_to:,} passed{idle}", class_="faint"))
    yield element("ul", join(chips), element("li", f"and {left:,} more") if left > 0 else None)


def _chip(result: GateResult | PolicyResult, id: str) -> Html:
    advisory = isinstance(result, GateResult) and result.advisory
    return element(
        "li",
        element(
            "a",
            sign(result.outcome),
            element("span", text(result.name, limit=60), dir="auto", class_="name"),
            unseen(f" {result.outcome}"),
            element("span", "advisory", class_="faint") if advisory else None,
            href=f"#{id}",
            class_=result.outcome.value,
        ),
    )


def _problem(problem: Problem) -> Html:
    place = place_words(problem.path, problem.line, problem.column)
    return element(
        "li",
        element("p", code(place, limit=400), class_="place") if place else None,
        element("p", prose(problem.message), class_="what", dir="auto"),
        element("p", element("b", "How to fix "), prose(problem.help), class_="help", dir="auto")
        if problem.help
        else None,
    )
