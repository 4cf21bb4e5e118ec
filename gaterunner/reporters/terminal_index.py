"""The index of failures at the end of the text: a program that reads only the last lines knows what to do."""

from __future__ import annotations

from gaterunner.failures import stop_words
from gaterunner.model import Failure, FailureIndex
from gaterunner.reporters.places import place_words
from gaterunner.reporters.quantities import count
from gaterunner.reporters.run_words import STANDINGS
from gaterunner.reporters.terminal_details import Room
from gaterunner.reporters.terminal_text import clean


def index_lines(index: FailureIndex, room: Room) -> list[str]:
    """One line a failure (place, rule, message, source), then its command and its fix where they differ from the last.

    Lines are not wrapped: each is one fact. Empty when nothing failed.
    """
    if not index.shown:
        return []
    total = len(index.shown) + index.left_out
    lines = [room.style.paint(f"{count(total, 'failure')}", "bold")]
    for number, failure in enumerate(index.shown):
        lines.append(f"  {_failure(failure)}")
        following = next(iter(index.shown[number + 1 : number + 2]), None)
        if following and following.source != failure.source:
            following = None
        # What several failures of one gate or policy share is told once, below the last of them.
        for label, text, next_text in (
            ("reproduce", failure.reproduce, following and following.reproduce),
            ("fix", failure.help, following and following.help),
        ):
            if text and text != next_text:
                lines.append(f"    {label}: {clean(text, limit=400)}")
    if index.left_out:
        lines.append(f"  and {index.left_out:,} more: {room.more}")
    return [*lines, *stop_lines(index)]


def _failure(failure: Failure) -> str:
    place = place_words(clean(failure.path or "", limit=300), failure.line)
    source = clean(failure.source, limit=80)
    told = ", ".join(filter(None, (source, failure.standing and STANDINGS[failure.standing])))
    head = f"{place}  " if place else ""
    tail = f"  ({told})" if told else ""
    return f"{head}[{clean(failure.rule, limit=80)}] {clean(failure.message, limit=400)}{tail}"


def stop_lines(index: FailureIndex) -> list[str]:
    """What is said at the end of a run that went round in a circle; empty otherwise."""
    words = stop_words(index.repeated)
    return [clean(words)] if words else []
