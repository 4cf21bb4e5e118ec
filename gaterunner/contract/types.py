"""A spec as frozen types. No parsing here and no IO."""

from __future__ import annotations

from fractions import Fraction

from msgspec import Struct

from gaterunner.config.types import Position


class TestPattern(Struct, frozen=True, kw_only=True):
    """Which tests are meant: a glob over test ids (``TestCase.id``), of one gate where ``gate`` names it."""

    __test__ = False  # pytest takes every class named Test… for a test case

    test: str
    gate: str | None
    position: Position


class Objective(Struct, frozen=True, kw_only=True):
    """One thing that the change is to achieve, with the tests that prove it; there is at least one."""

    id: str
    text: str
    tests: tuple[TestPattern, ...]
    position: Position


class NonGoal(Struct, frozen=True, kw_only=True):
    """One thing that the change must leave alone; ``paths`` are globs, none where it has no place in the tree."""

    text: str
    paths: tuple[str, ...]
    position: Position


class Touchpoints(Struct, frozen=True, kw_only=True):
    """Which paths the change may touch (globs relative to the repository's root); ``forbid`` wins.

    ``create`` may be made as well, where nothing is yet.
    """

    allow: tuple[str, ...]
    create: tuple[str, ...] = ()
    forbid: tuple[str, ...] = ()


class DataBoundaries(Struct, frozen=True, kw_only=True):
    """Which data the change's code may read, write and log, and which it must never name.

    An entry is a table (``orders``), a column (``orders.total``), or a field (``request_id``) for ``log``. None of
    ``read``, ``write`` and ``log`` says nothing about that use; an empty tuple allows none. ``never`` may also hold
    names of any kind, such as ``password_hash``.
    """

    read: tuple[str, ...] | None = None
    write: tuple[str, ...] | None = None
    log: tuple[str, ...] | None = None
    never: tuple[str, ...] = ()


class Budget(Struct, frozen=True, kw_only=True):
    """The most that the change may be, None where nothing is said. ``lines`` are insertions and deletions."""

    files: int | None = None
    lines: int | None = None
    commits: int | None = None


class TestDuties(Struct, frozen=True, kw_only=True):
    """What the spec asks of tests: how many new ones at least, which must pass, and which may go."""

    __test__ = False

    add: int = 0
    must_pass: tuple[TestPattern, ...] = ()
    may_remove: tuple[TestPattern, ...] = ()


class RollbackPlan(Struct, frozen=True, kw_only=True):
    """How to go back: ``steps`` for people, and the ``gates`` that must pass on the old code (empty: all)."""

    steps: tuple[str, ...]
    gates: tuple[str, ...] = ()
    position: Position


class Option(Struct, frozen=True, kw_only=True):
    """One answer to a question.

    ``scores`` are declared values by criterion, integers of 0 to 5. ``facts`` are what is declared of measurable
    things (``lines`` of this option, say), which the panel's criteria turn into scores.
    """

    id: str
    text: str
    scores: tuple[tuple[str, int], ...] = ()
    facts: tuple[tuple[str, Fraction], ...] = ()
    position: Position


class Question(Struct, frozen=True, kw_only=True):
    """One trade-off for the panel: at least two options, the criteria that count here (empty: all of the panel's).

    ``default`` is the option taken where the panel's fallback says so; None where there is none.
    """

    id: str
    text: str
    options: tuple[Option, ...]
    criteria: tuple[str, ...] = ()
    default: str | None = None
    position: Position


class Spec(Struct, frozen=True, kw_only=True):
    """The contract of one phase. ``id`` is the phase's name; ``owner`` a person: a name, an address or ``@login``.

    ``sha256`` is that of the file's bytes. ``prose`` is the Markdown below the front matter, which decides nothing.
    ``places`` tell where a key or an item of a list stands (``flags/0``, ``touchpoints/forbid/2``); see ``place``.
    """

    id: str
    path: str
    sha256: str
    owner: str
    title: str = ""
    objectives: tuple[Objective, ...]
    non_goals: tuple[NonGoal, ...] = ()
    touchpoints: Touchpoints
    data: DataBoundaries | None = None
    budget: Budget | None = None
    tests: TestDuties = TestDuties()
    flags: tuple[str, ...] = ()
    rollback: RollbackPlan | None = None
    cutovers: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()
    prose: str = ""
    places: tuple[tuple[str, Position], ...] = ()

    def place(self, *keys: str | int) -> Position | None:
        """Where ``flags``, or ``touchpoints``, ``forbid``, 2 stands in the file; None where there is no such thing."""
        wanted = "/".join(map(str, keys))
        return next((position for name, position in self.places if name == wanted), None)
