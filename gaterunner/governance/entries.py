"""One entry of the decision log: its types, its one line, and how a line is read.

A line is the canonical JSON (RFC 8785) of an entry: ``{"body":{…},"hash":"…","recorded":"…"}``. The hash is the sha256
of the body's canonical JSON. When it was recorded stands beside the body, so that two machines that record the same
answer make the same hash.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from gaterunner.config.types import Position
from gaterunner.contract.types import Option, Question
from gaterunner.governance.canonical import canonical_bytes, digest, plain, plain_panel, plain_question
from gaterunner.governance.fractions import parsed
from gaterunner.governance.options import MOST_CRITERIA, MOST_STEPS
from gaterunner.governance.types import MAX_SCORE, Facts, Panel, Tally

SCHEMA = "gaterunner.decision/1"
MAX_LINE = 1_000_000
"""Bytes of one line; an entry of the panel that ships has about 15,000."""

MOST_OPTIONS = 20
"""Of one question, as in a spec."""

_HASH = re.compile(r"[0-9a-f]{64}\Z")
_RECORDED = re.compile(r"\d{4}-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-6]\dZ\Z", re.ASCII)
_BODY = b'{"body":'
_TAIL = re.compile(rb',"hash":"([0-9a-f]{64})","recorded":"[0-9TZ:-]{20}"\}\Z')
_MOST = 1_000_000_000
_NOWHERE = Position(1, 1)
T = TypeVar("T")


def is_hash(text: str) -> bool:
    """Whether a text is a sha256 as the log writes it."""
    return _HASH.match(text) is not None


class UnreadableError(Exception):
    """A line that is no entry: ``reason`` says why, for a person."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class LoggedOption(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An option as the log has it."""

    id: str
    text: str
    scores: tuple[tuple[str, int], ...]
    facts: tuple[tuple[str, Fraction], ...]


class LoggedQuestion(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A question as the log has it: without a place."""

    id: str
    text: str
    criteria: tuple[str, ...]
    default: str | None
    options: tuple[LoggedOption, ...]

    def question(self) -> Question:
        """The question, to be put again."""
        return Question(
            id=self.id,
            text=self.text,
            criteria=self.criteria,
            default=self.default,
            options=tuple(
                Option(id=option.id, text=option.text, scores=option.scores, facts=option.facts, position=_NOWHERE)
                for option in self.options
            ),
            position=_NOWHERE,
        )


class Body(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is hashed. ``previous`` is the hash of the entry before, of the first one that of the repository's root.

    ``spec`` and ``panel_sha256`` are hashes; ``panel`` is the whole panel without prose. ``decision_id`` follows from
    everything but the tally.
    """

    schema: str
    index: int
    previous: str
    decision_id: str
    phase: str
    spec: str
    question: LoggedQuestion
    facts: Facts
    panel: Panel
    panel_sha256: str
    tally: Tally


class Entry(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line. ``recorded`` is ISO 8601 UTC, and no part of what is hashed."""

    body: Body
    hash: str
    recorded: str


class Link(Struct, frozen=True, kw_only=True):
    """What of an entry makes the chain, and which question it is about."""

    index: int
    previous: str
    hash: str
    phase: str
    question: str


def genesis(root: str) -> str:
    """What the first entry follows: the hash of the first commit of the repository's mainline, a full id."""
    return hashlib.sha256(f"{SCHEMA}\n{root}\n".encode()).hexdigest()


def make_body(
    *, index: int, previous: str, phase: str, spec: str, question: Question, facts: Facts, panel: Panel, tally: Tally
) -> Body:
    """The body of a new entry; ``panel`` without its prose, which decides nothing."""
    bare = replace(
        panel,
        sha256="",
        members=tuple(replace(member, text="") for member in panel.members),
        criteria=tuple(replace(criterion, text="") for criterion in panel.criteria),
        chair=replace(panel.chair, text="") if panel.chair else None,
    )
    body = Body(
        schema=SCHEMA,
        index=index,
        previous=previous,
        decision_id="",
        phase=phase,
        spec=spec,
        question=_convert(plain_question(question), LoggedQuestion),
        facts=facts,
        panel=bare,
        panel_sha256=digest(panel),
        tally=tally,
    )
    return replace(body, decision_id=decision_id(body))


def decision_id(body: Body) -> str:
    """The entry's name: of everything that was asked and known, where it stands, and not of the answer."""
    told = plain_body(body)
    del told["decision_id"], told["tally"]
    return hashlib.sha256(canonical_bytes(told)).hexdigest()[:32]


def plain_body(body: Body) -> dict[str, Any]:
    """A body as JSON values."""
    return {**plain(body), "panel": plain_panel(body.panel), "question": plain_question(body.question.question())}


def hash_of(body: Body) -> str:
    """The sha256 of a body's canonical JSON, in hexadecimal."""
    return hashlib.sha256(canonical_bytes(plain_body(body))).hexdigest()


def encode(entry: Entry) -> bytes:
    """The entry's line, without the newline at its end."""
    return canonical_bytes({"body": plain_body(entry.body), "hash": entry.hash, "recorded": entry.recorded})


def hash_of_line(line: bytes) -> str:
    """The sha256 of the body that a line holds, as its bytes stand there; empty where it does not have the form."""
    tail = _TAIL.search(line)
    if tail is None or not line.startswith(_BODY):
        return ""
    return hashlib.sha256(line[len(_BODY) : tail.start()]).hexdigest()


class _Named(Struct, frozen=True):
    id: str


class _Glanced(Struct, frozen=True):
    schema: str
    index: int
    previous: str
    phase: str
    question: _Named


class _Line(Struct, frozen=True):
    body: _Glanced
    hash: str


def glance(line: bytes) -> Link:
    """What makes the chain, without looking at the rest: of thousands of entries only a few are about a question.

    Raises ``UnreadableError`` for what is no entry of this version at first sight.
    """
    try:
        told = msgspec.json.decode(line, type=_Line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise UnreadableError(f"the line is no entry: {error}") from None
    body = told.body
    if body.schema != SCHEMA:
        raise UnreadableError(f"its schema is `{body.schema[:60]}`, expected `{SCHEMA}`")
    return Link(index=body.index, previous=body.previous, hash=told.hash, phase=body.phase, question=body.question.id)


def decode(line: bytes, *, strictly: bool = True) -> Entry:
    """The entry in a line. ``strictly`` also asks for the one canonical spelling, which takes longer.

    Raises ``UnreadableError`` for anything that is no entry of this version.
    """
    if len(line) > MAX_LINE:
        raise UnreadableError(f"the line holds {len(line):,} bytes, expected at most {MAX_LINE:,}")
    if line.startswith(b"\xef\xbb\xbf"):
        raise UnreadableError("the line begins with a byte order mark, which canonical JSON does not have")
    if line.endswith(b"\r"):
        raise UnreadableError("the line ends with CR LF, expected LF alone")
    try:
        told = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise UnreadableError(f"the line is no JSON: {error}") from None
    body = told.get("body") if isinstance(told, dict) else None
    schema = body.get("schema") if isinstance(body, dict) else None
    if schema != SCHEMA:
        found = f"`{schema[:60]}`" if isinstance(schema, str) else "none"
        raise UnreadableError(f"its schema is {found}, expected `{SCHEMA}`")
    try:
        entry = _convert(told, Entry)
        _check(entry)
        canonical = encode(entry) if strictly else line
    except (msgspec.ValidationError, RecursionError, ValueError) as error:
        raise UnreadableError(f"it does not fit {SCHEMA}: {error}") from None
    if canonical != line:
        raise UnreadableError("it is not written canonically (RFC 8785): keys, spaces or numbers stand otherwise")
    return entry


def _convert(told: object, kind: type[T]) -> T:
    return msgspec.convert(told, kind, strict=True, dec_hook=_fraction)


def _fraction(kind: type[Any], value: object) -> Any:
    if kind is not Fraction:
        raise ValueError(f"no {kind.__name__} stands in a log")
    found = parsed(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError("expected an exact fraction such as `13/4`")
    return found


def _check(entry: Entry) -> None:
    """What the types cannot say, and what the arithmetic relies on. Raises ``ValueError``."""
    body = entry.body
    hashes = {"hash": entry.hash, "previous": body.previous, "spec": body.spec, "panel_sha256": body.panel_sha256}
    for name, value in hashes.items():
        if not is_hash(value):
            raise ValueError(f"`{name}` is no sha256")
    if not _RECORDED.match(entry.recorded):
        raise ValueError("`recorded` is no time such as `2026-01-31T12:00:00Z`")
    if not 0 <= body.index < _MOST:
        raise ValueError("`index` is out of range")
    if not body.tally.explanation:
        raise ValueError("the tally gives no reason")
    _check_question(body.question, {criterion.name for criterion in body.panel.criteria})
    _check_panel(body.panel)


def _check_question(question: LoggedQuestion, names: set[str]) -> None:
    if unknown := set(question.criteria) - names:
        raise ValueError(f"the question counts {min(unknown)!r}, which the panel does not have")
    if any(not 0 <= score <= MAX_SCORE for option in question.options for _, score in option.scores):
        raise ValueError(f"a score lies outside 0 to {MAX_SCORE}")
    if len({option.id for option in question.options}) < len(question.options):
        raise ValueError("an option stands there twice")
    if len(question.options) > MOST_OPTIONS or any(
        len(part) > MOST_CRITERIA for option in question.options for part in (option.scores, option.facts)
    ):
        raise ValueError("the question holds more than a spec can ask")


def _check_panel(panel: Panel) -> None:
    parts = (panel.members, panel.criteria, panel.vetoes, *(member.weights for member in panel.members))
    steps = any(len(criterion.steps) > MOST_STEPS for criterion in panel.criteria)
    if steps or any(len(part) > MOST_CRITERIA for part in parts):
        raise ValueError("the panel holds more than a panel can")
    voters: list[tuple[str, int, Mapping[str, int]]] = [
        (member.role, member.votes, dict(member.weights)) for member in panel.members
    ]
    if panel.chair is not None:
        voters.append((panel.chair.role, 1, dict(panel.chair.weights)))
    for role, votes, weights in voters:
        if not 0 < votes < _MOST or any(not 0 <= weight < _MOST for weight in weights.values()):
            raise ValueError(f"votes or weights of {role!r} are out of range")
    if len({role for role, _, _ in voters}) < len(voters):
        raise ValueError("a member of the panel stands there twice")
