"""Answers the question of a logged decision again, from what was recorded, and compares every byte. Pure."""

from __future__ import annotations

from gaterunner.governance.canonical import canonical_bytes, digest, plain
from gaterunner.governance.entries import Body, decision_id
from gaterunner.governance.voting import decide


def replay(body: Body) -> str | None:
    """Why the recorded answer is not the one that its inputs give; None where it is, to the last byte."""
    if digest(body.panel) != body.panel_sha256:
        return "the recorded panel is another one than the recorded hash is of"
    if decision_id(body) != body.decision_id:
        return "its `decision_id` is not that of what was asked"
    again = decide(body.panel, body.question.question(), body.facts)
    recorded, found = canonical_bytes(plain(body.tally)), canonical_bytes(plain(again))
    if recorded == found:
        return None
    told = (body.tally.outcome, body.tally.option, body.tally.by)
    anew = (again.outcome, again.option, again.by)
    if told != anew:
        return f"its inputs give {_answer(*anew)}, and {_answer(*told)} was recorded"
    return "its inputs give the same answer, and other votes, scores or reasons than were recorded"


def _answer(outcome: str, option: str | None, by: str) -> str:
    return f"`{option}` ({outcome}, {by})" if option is not None else f"no option ({outcome}, {by})"
