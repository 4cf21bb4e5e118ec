"""What a rehearsal of going back found, as frozen types."""

from __future__ import annotations

from msgspec import Struct

from gaterunner.model import GateResult, Outcome, Verdict

CONFLICT = "rollback/conflict"
NOTHING_LEFT = "rollback/nothing-left"
RULES = (CONFLICT, NOTHING_LEFT)


class Undoing(Struct, frozen=True, kw_only=True):
    """What is to be taken back: ``commits``, newest first; ``name`` says what they are, ``evidence`` how that is known.

    ``fault`` is why it is not known which commits they are, None where it is.
    """

    name: str
    commits: tuple[str, ...]
    evidence: str = ""
    fault: str | None = None


class Undone(Struct, frozen=True, kw_only=True):
    """What came of it on one tree.

    ``conflicts`` are the paths that a person would have to decide. ``carried`` is how many commits are taken back,
    ``files``, ``insertions`` and ``deletions`` how much that changes. ``migrations`` are files of migrations that the
    reverse touches: they were applied, and stay where they are when ``gates`` are run. ``rule`` is the one that is
    broken, with ``help`` against it.
    """

    name: str
    outcome: Outcome
    reason: str
    commits: tuple[str, ...]
    evidence: str = ""
    conflicts: tuple[str, ...] = ()
    carried: int = 0
    files: int = 0
    insertions: int = 0
    deletions: int = 0
    migrations: tuple[str, ...] = ()
    rule: str | None = None
    help: str | None = None
    gates: tuple[GateResult, ...] = ()


class Rehearsal(Struct, frozen=True, kw_only=True):
    """All that was rehearsed, as ``gaterunner rollback --format json`` prints it.

    ``onto`` is the commit that everything was taken back from, ``onto_name`` what it was asked for as. ``rehearsals``
    are the results of the old code with the branch's migrations kept, empty where that was not asked for.
    """

    schema: str = "gaterunner.rollback/1"
    verdict: Verdict
    onto: str
    onto_name: str
    rehearsals: tuple[GateResult, ...] = ()
    undone: tuple[Undone, ...] = ()
    notes: tuple[str, ...] = ()
