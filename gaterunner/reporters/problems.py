"""A problem of the run as a whole, as a person reads it on a terminal."""

from __future__ import annotations

from gaterunner.model import Problem
from gaterunner.reporters.places import place_words
from gaterunner.reporters.terminal_text import clean


def place_of(problem: Problem) -> str:
    """``path:line:column`` as far as known."""
    return place_words(clean(problem.path or ""), problem.line, problem.column)


def render_problem(problem: Problem) -> str:
    """``path:line:column: message``, and below it, indented, how to fix it."""
    place = place_of(problem)
    message = clean(problem.message)
    head = f"{place}: {message}" if place else f"error: {message}"
    return f"{head}\n  {clean(problem.help)}" if problem.help else head
