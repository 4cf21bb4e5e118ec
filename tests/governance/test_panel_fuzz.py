"""Whatever bytes a panel file holds: it is a panel by which can be voted, or every mistake has its place."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from gaterunner.errors import WorkflowFileError
from gaterunner.governance.canonical import digest
from gaterunner.governance.held import default_panel_text
from gaterunner.governance.reading import read_panel
from gaterunner.governance.types import Facts, Panel
from gaterunner.governance.voting import decide
from tests.governance.panels import question
from tests.governance.test_panel_file import SOUND

WORDS = [
    "0",
    "1",
    "-1",
    "99999999999999999999",
    "1e9",
    ".nan",
    ".inf",
    "~",
    "yes",
    "[]",
    "{}",
    '"x"',
    "2/3",
    "0/1",
    "1/0",
]
ASKED = question({"a": {"risk": 5, "size": 0}, "b": {"risk": 0, "size": 5}}, default="a")
SOME = settings(max_examples=150, deadline=None)


def vote(text: str) -> None:
    """Reads the panel and lets it vote, or looks at what is told of it."""
    try:
        panel = read_panel(text.encode("utf-8", "surrogatepass"), "panel.yml")
    except WorkflowFileError as error:
        problems = error.problems
    else:
        problems = ()
        _vote(panel)
    assert all(problem.path == "panel.yml" and problem.message for problem in problems)


def _vote(panel: Panel) -> None:
    assert panel.sha256 == digest(panel)
    assert sum(member.votes for member in panel.members) > 0
    assert Fraction(1, 2) <= panel.majority < 1
    if {"risk", "size"} <= {criterion.name for criterion in panel.criteria}:
        decide(panel, ASKED, Facts())


@SOME
@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    vote(text)
    vote(f"panel:\n  {text}")


@SOME
@given(st.data())
def test_any_word_may_stand_in_the_place_of_another(data: st.DataObject) -> None:
    parts = SOUND.split(" ")
    for _ in range(data.draw(st.integers(1, 3))):
        parts[data.draw(st.integers(0, len(parts) - 1))] = data.draw(st.sampled_from([*WORDS, *parts]))

    vote(" ".join(parts))


@SOME
@given(st.data())
def test_any_lines_may_be_gone_moved_or_doubled(data: st.DataObject) -> None:
    lines = default_panel_text().decode().splitlines()
    for _ in range(data.draw(st.integers(1, 3))):
        at, to = (data.draw(st.integers(0, len(lines) - 1)) for _ in range(2))
        line = lines[at] if data.draw(st.booleans()) else lines.pop(at)
        if data.draw(st.booleans()):
            lines.insert(to, line)

    vote("\n".join(lines))
