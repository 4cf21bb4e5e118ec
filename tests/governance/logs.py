"""Decision logs for tests: sound ones, and what an attacker makes of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from typing import Any

import msgspec

from gaterunner.contract.types import Question
from gaterunner.governance.canonical import canonical_bytes
from gaterunner.governance.chain import Fault, Log, read_log
from gaterunner.governance.entries import Body, Entry, encode, genesis, hash_of, make_body
from gaterunner.governance.types import Facts, Panel
from gaterunner.governance.voting import decide
from tests.governance.panels import NOTHING, panel, question

ROOT = genesis("a" * 40)
VOTERS = panel(("One", 2, {"x": 1}), ("Two", 1, {"y": 1}), chair={"x": 1, "y": 1})
ASKED = question({"a": {"x": 5, "y": 0}, "b": {"x": 0, "y": 5}}, default="b")
RECORDED = "2026-01-31T12:00:00Z"


def body(
    index: int,
    previous: str,
    *,
    phase: str = "hardening",
    spec: str = "5" * 64,
    asked: Question = ASKED,
    voters: Panel = VOTERS,
    facts: Facts = NOTHING,
) -> Body:
    return make_body(
        index=index,
        previous=previous,
        phase=phase,
        spec=spec,
        question=asked,
        facts=facts,
        panel=voters,
        tally=decide(voters, asked, facts),
    )


def entry(made: Body) -> Entry:
    return Entry(body=made, hash=hash_of(made), recorded=RECORDED)


@cache
def _chain(number: int, root: str) -> tuple[Entry, ...]:
    before = _chain(number - 1, root) if number else ()
    if not number:
        return ()
    previous = before[-1].hash if before else root
    return (*before, entry(body(number - 1, previous, phase=f"phase-{number - 1}")))


@cache
def _lines(number: int, root: str) -> tuple[bytes, ...]:
    return tuple(encode(each) for each in _chain(number, root))


def entries(number: int, root: str = ROOT) -> list[Entry]:
    """A chain of so many entries, each of another phase."""
    return [*_chain(number, root)]


def lines(number: int, root: str = ROOT) -> list[bytes]:
    return [*_lines(number, root)]


def joined(given: list[bytes]) -> bytes:
    return b"".join(line + b"\n" for line in given)


def changed(line: bytes, change: Callable[[dict[str, Any]], None], *, new_hash: bool = False) -> bytes:
    """A line with something else in its body; with ``new_hash`` as somebody who knows the format would do it."""
    told = msgspec.json.decode(line)
    change(told["body"])
    if new_hash:
        told["hash"] = hashlib.sha256(canonical_bytes(told["body"])).hexdigest()
    return canonical_bytes(told)


def read(given: list[bytes], root: str = ROOT) -> Log:
    return read_log(joined(given), root)


def told(faults: tuple[Fault, ...]) -> list[tuple[str, int | None]]:
    return [(fault.rule, fault.line) for fault in faults]
