"""Whatever a branch puts into a spec, it is read, or every problem is told: nothing else ever happens."""

from __future__ import annotations

import contextlib
import random

import pytest

from gaterunner.contract.reading import read_spec
from gaterunner.errors import WorkflowFileError
from tests.contract.contracts import spec

SEED = spec(
    data="{read: [orders], write: [], log: [request_id], never: [password]}",
    budget="{files: 3, lines: 40, commits: 2}",
    tests="{add: 1, must-pass: {gate: unit, test: '*'}, may-remove: [tests.test_x]}",
    questions="[{id: q, text: Q, default: a,"
    " options: [{id: a, text: A, scores: {r: 1}, facts: {n: 0.5}}, {id: b, text: B}]}]",
).encode()
PIECES: tuple[bytes, ...] = (
    b"---\n",
    b"{",
    b"}",
    b"[",
    b"]",
    b": ",
    b"- ",
    b"*a",
    b"&a ",
    b"!!x ",
    b"'",
    b'"',
    b"\r",
    b"\n",
    b"\x00",
    b"#",
    b"|\n",
)
PIECES += ("\u202e".encode(), b"\xff", b"null", b"1e9", b"**", b"../", b"objectives:", b"%YAML 1.1\n", b"...\n")


@pytest.mark.parametrize("number", range(8))
def test_a_mangled_spec_is_read_or_told_of(number: int) -> None:
    chance = random.Random(number)  # noqa: S311 - mangles a file
    for _ in range(60):
        data = bytearray(SEED)
        for _ in range(chance.randint(1, 4)):
            at, length = chance.randrange(len(data)), chance.randint(0, 12)
            data[at : at + length] = chance.choice(PIECES)
        with contextlib.suppress(WorkflowFileError):
            assert read_spec(bytes(data), chance.choice(("specs/filters.md", "specs/filters.yml"))).objectives
