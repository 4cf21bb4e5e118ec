"""The rules of a SARIF file: what ``gaterunner explain`` says of them, as a code scanning tool shows it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from gaterunner.explaining import Page, kind_pages, rule_pages
from gaterunner.model import Outcome, Trouble
from gaterunner.reporters.sarif_text import LONGEST_NAME, message, words

Json = dict[str, Any]

_LONGEST_DESCRIPTION = 1_024  # GitHub's limits, docs.github.com, "SARIF support for code scanning"
# What GitHub reads as how bad a security problem is: above 9 critical, from 7 high, from 4 medium.
_SECURITY = {"secret": "8.5", "no-prod": "8.0", "guardrails": "7.0"}
_OUTCOMES = {
    Outcome.FAILED: ("was observed to be wrong", "Read the reason and the end of the log in the report."),
    Outcome.UNPROVEN: (
        "ran, but the evidence does not show what it should",
        "Let it leave the evidence that it promises, such as result files that this very run has written.",
    ),
    Outcome.ERRORED: (
        "could not be evaluated, which is never a pass",
        "Repair what the reason names (a tool, the network, a file), and run it again.",
    ),
    Outcome.PENDING: ("waits for time or a deploy, so there is no verdict yet", "Run it again when it can be decided."),
}
_TROUBLES = {
    Trouble.USAGE: "The run was asked for something that cannot be.",
    Trouble.WORKFLOW_FILE: "The workflow file has an error, so nothing was judged.",
    Trouble.EVALUATION: "The run could not be evaluated.",
    Trouble.INTERRUPTED: "The run was interrupted before everything was judged.",
}


def descriptors(levels: Mapping[str, str]) -> list[Json]:
    """A description for each rule in ``levels``, in its order; the values are SARIF levels."""
    pages = {page.name: page for page in (*rule_pages(), *kind_pages())}
    return [_descriptor(rule, level, pages) for rule, level in levels.items()]


def outcome_rule(kind: str, outcome: Outcome) -> str:
    """The rule for a ``kind`` (``gate`` or ``policy``) with this outcome and no finding of its own."""
    return f"{kind}/{outcome}"


def trouble_rule(trouble: Trouble) -> str:
    """The rule for what kept a run from being judged."""
    return f"run/{trouble}"


def _descriptor(rule: str, level: str, pages: Mapping[str, Page]) -> Json:
    page = pages.get(rule) or pages.get(rule.partition("/")[0])
    described = _from_page(page) if page else _of_our_own().get(rule) or _unknown(rule)
    short, full, help = described
    score = _security_severity(rule)
    properties: Json = {
        "tags": ["gaterunner", *(["security"] if score else [])],
        "precision": "high",
        "problem.severity": "recommendation" if level == "note" else level,
    }
    if score:
        properties["security-severity"] = score
    return {
        "id": rule,
        "name": words(rule, limit=LONGEST_NAME),
        "shortDescription": {"text": message(short)[:_LONGEST_DESCRIPTION]},
        "fullDescription": {"text": message(full)[:_LONGEST_DESCRIPTION]},
        "help": {"text": help, "markdown": help},
        "defaultConfiguration": {"level": level},
        "properties": properties,
    }


def _from_page(page: Page) -> tuple[str, str, str]:
    why = re.search(r"^## Why\n\n(.+?)(?=\n\n)", page.text, re.MULTILINE | re.DOTALL)
    full = f"{page.sentence} {' '.join(why[1].split())}" if why else page.sentence
    return page.sentence or page.name, full, page.text


def _of_our_own() -> dict[str, tuple[str, str, str]]:
    """The rules that stand for results without findings; they have no page, for there is nothing to waive."""
    told = {}
    for kind in ("gate", "policy"):
        for outcome, (what, help) in _OUTCOMES.items():
            sentence = f"A {kind} of the workflow file {what}."
            told[outcome_rule(kind, outcome)] = (sentence, sentence, f"{sentence} {help}")
    for trouble, sentence in _TROUBLES.items():
        told[trouble_rule(trouble)] = (sentence, sentence, f"{sentence} The message says what to do.")
    return told


def _unknown(rule: str) -> tuple[str, str, str]:
    sentence = f"A finding of the rule {message(rule)}."
    return sentence, sentence, sentence


def _security_severity(rule: str) -> str | None:
    return next((score for name, score in _SECURITY.items() if re.match(rf"{name}(?![a-z])", rule)), None)


def rank(levels: Iterable[str]) -> str:
    """The gravest of some SARIF levels."""
    return min(levels, key=("error", "warning", "note").index)
