"""The index of failures: what decides the verdict, where, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gaterunner.failures import STOP_AFTER
from gaterunner.model import Failure, FailureIndex
from gaterunner.reporters.html.markup import Html, element, join, prose, text
from gaterunner.reporters.html.words import code, command_block, heading, moment
from gaterunner.reporters.places import place_words
from gaterunner.reporters.quantities import count
from gaterunner.reporters.run_words import STANDINGS, standing_words

_MAX_FAILURES = 200


def failures_section(index: FailureIndex, findings: Mapping[tuple[str, str], str]) -> Html | None:
    """``findings`` gives the id on this page of a finding by its source and fingerprint."""
    if not index.shown:
        return None
    shown = index.shown[:_MAX_FAILURES]
    left = index.left_out + len(index.shown) - len(shown)
    return element(
        "section",
        heading("To fix", len(shown) + left),
        _repeated(index),
        _compared(shown),
        element("ol", join(_failure(each, findings) for each in shown), class_="failures"),
        element("p", f"and {left:,} more, which are below and in the JSON report", class_="left") if left else None,
        id="failures",
    )


def _repeated(index: FailureIndex) -> Html | None:
    repeated = index.repeated
    if repeated is None or repeated.runs <= 1:
        return None
    advice = " Stop trying, and ask a person." if repeated.runs >= STOP_AFTER else ""
    said = f"The same failures in {count(repeated.runs, 'run')} in a row, since "
    return element("p", element("b", text(said)), " ", moment(repeated.since), f".{advice}", class_="repeated")


def _compared(shown: Sequence[Failure]) -> Html | None:
    """How many of them the base has too, where it has any."""
    known = any(failure.standing == "known" for failure in shown)
    return element("p", f"{standing_words(shown)}.", class_="compared-with-base") if known else None


def _failure(failure: Failure, findings: Mapping[tuple[str, str], str]) -> Html:
    id = findings.get((failure.source, failure.fingerprint or ""))
    what = prose(failure.message, limit=600)
    place = place_words(failure.path, failure.line)
    return element(
        "li",
        element("p", element("a", what, href=f"#{id}") if id else what, class_="what", dir="auto"),
        element(
            "p",
            code(place, limit=400) if place else None,
            standing(failure.standing),
            element("span", text(failure.source, limit=80), dir="auto") if failure.source else None,
            element("span", text(failure.rule, limit=120)),
            class_="meta",
        ),
        element("p", element("b", "How to fix "), prose(failure.help), class_="help", dir="auto")
        if failure.help
        else None,
        command_block(failure.reproduce) if failure.reproduce else None,
    )


def standing(value: str | None) -> Html | None:
    """Whether the base fails in the same way."""
    if value is None:
        return None
    return element("span", STANDINGS[value], class_=f"tag {value}")
