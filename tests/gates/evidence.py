"""Evidence in a few words, for tests of what is made of it."""

from __future__ import annotations

from msgspec import convert

from gaterunner.model import TestCase

Cases = tuple[TestCase, ...]


def case(id: str, state: str) -> TestCase:
    """One test and what became of it."""
    return convert({"id": id, "state": state}, TestCase)


def cases(**states: str) -> Cases:
    """``cases(a="passed", b="failed")``; two underscores stand for a dot."""
    return tuple(case(name.replace("__", "."), state) for name, state in states.items())
