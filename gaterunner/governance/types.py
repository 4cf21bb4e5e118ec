"""Panel and vote as frozen types: integers and exact fractions only. No parsing here and no IO."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

from msgspec import Struct

MAX_SCORE = 5
Fallback = Literal["escalate", "default", "chair"]


class Criterion(Struct, frozen=True, kw_only=True):
    """One thing that options are scored by, 0 (worst) to 5 (best).

    With ``fact`` the score comes from a measured value where the option declares none: the first step whose bound holds
    gives it. ``bound`` says how: ``at-most`` (small is good) or ``at-least``. ``steps`` are pairs of bound and score.
    """

    name: str
    text: str = ""
    fact: str | None = None
    bound: Literal["at-most", "at-least"] | None = None
    steps: tuple[tuple[Fraction, int], ...] = ()


class Member(Struct, frozen=True, kw_only=True):
    """One voter: ``votes`` is how many it has, ``weights`` how much each criterion counts for it (0 to 100)."""

    role: str
    votes: int
    weights: tuple[tuple[str, int], ...]
    text: str = ""


class Chair(Struct, frozen=True, kw_only=True):
    """Who breaks ties and has no vote."""

    role: str
    weights: tuple[tuple[str, int], ...]
    text: str = ""


class Veto(Struct, frozen=True, kw_only=True):
    """An option that scores below ``below`` for ``criterion`` is out, by the word of the member ``role``."""

    role: str
    criterion: str
    below: int


class Fallbacks(Struct, frozen=True, kw_only=True):
    """What happens where the vote does not settle it."""

    tie: Fallback = "chair"
    no_majority: Fallback = "default"
    no_quorum: Fallback = "escalate"
    all_vetoed: Fallback = "escalate"


class Panel(Struct, frozen=True, kw_only=True):
    """Voting rules. ``quorum`` is the share of all votes that must be cast, ``majority`` the share of the votes cast
    that the winner must exceed. ``sha256`` is that of its canonical form, so that two spellings are one panel: members
    by role, criteria by name, weights without zeros, and no prose, which decides nothing.
    """

    members: tuple[Member, ...]
    chair: Chair | None
    criteria: tuple[Criterion, ...]
    quorum: Fraction
    majority: Fraction
    vetoes: tuple[Veto, ...] = ()
    fallbacks: Fallbacks = Fallbacks()
    sha256: str = ""


class Facts(Struct, frozen=True, kw_only=True):
    """What is measured of a change, by name (``facts.py`` has the list); ``missing`` says why others are not known."""

    known: tuple[tuple[str, Fraction], ...] = ()
    missing: tuple[tuple[str, str], ...] = ()


class OptionScore(Struct, frozen=True, kw_only=True):
    """One option before the vote: its score by criterion with where it comes from, and who vetoes it.

    ``scores`` are triples: criterion, score (None where nothing is known), ``declared``, ``fact`` or ``unknown``.
    """

    option: str
    scores: tuple[tuple[str, int | None, Literal["declared", "fact", "unknown"]], ...]
    vetoed_by: tuple[str, ...] = ()


class Ballot(Struct, frozen=True, kw_only=True):
    """What one member did: weighted means by option (0 to 5, exact), the options it votes for, or why it abstains.

    One that rates several options alike and highest votes for all of them, with an equal share of its votes for each.
    """

    role: str
    votes: int
    means: tuple[tuple[str, Fraction], ...]
    choices: tuple[str, ...] = ()
    abstains: str | None = None


class Tally(Struct, frozen=True, kw_only=True):
    """The answer to one question with everything that led to it.

    ``outcome`` is ``decided`` (by vote or the chair), ``default`` (a fallback took the question's default) or
    ``escalated`` (a person has to decide; ``option`` is None). ``by`` says which rule settled it: ``vote``, or what
    kept the vote from it and what then applied (``tie: chair``, ``no-quorum: escalate``). ``votes_for`` are exact, as
    a member can split its votes. ``chair`` is how the chair rates the options, where it was asked. ``explanation`` are
    plain sentences. All lists are in the order of their names, so that no file's order can be seen in it.
    """

    question: str
    outcome: Literal["decided", "default", "escalated"]
    option: str | None
    by: str
    options: tuple[OptionScore, ...]
    ballots: tuple[Ballot, ...]
    votes_for: tuple[tuple[str, Fraction], ...]
    votes_cast: int
    votes_total: int
    chair: Ballot | None = None
    explanation: tuple[str, ...] = ()
