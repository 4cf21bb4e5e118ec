"""Bytes that are no workflow file at all, and hostile ones."""

from __future__ import annotations

import time

import pytest
import yaml

from gaterunner.config import document
from gaterunner.config.gates import MAX_GATES
from gaterunner.config.grammar import parse_workflow
from gaterunner.config.problems import MAX_PROBLEMS, Problems
from gaterunner.config.source import MAX_BYTES
from gaterunner.config.types import Position
from gaterunner.errors import WorkflowFileError
from gaterunner.model import Problem

GOOD = b"workflow: {gates: [build]}\n"


def problems(data: bytes) -> tuple[Problem, ...]:
    with pytest.raises(WorkflowFileError) as caught:
        parse_workflow(data, "w.yml")
    return caught.value.problems


def only(data: bytes) -> tuple[int | None, int | None, str]:
    (problem,) = problems(data)
    return problem.line, problem.column, problem.message


def test_a_file_over_one_megabyte() -> None:
    assert only(b"#" * (MAX_BYTES + 1)) == (None, None, "the file holds 1,000,001 bytes, expected at most 1,000,000")
    assert len(parse_workflow(GOOD + b"#" * (MAX_BYTES - len(GOOD)), "w.yml").gates) == 1


def test_bytes_that_are_not_utf8() -> None:
    assert only(b"workflow:\n  \xc3\xa4g\xe9: x") == (2, 5, "byte 0xe9 at offset 15 is not valid UTF-8")


def test_utf8_with_a_byte_order_mark_is_read_and_its_columns_are_right() -> None:
    assert parse_workflow(b"\xef\xbb\xbf" + GOOD, "w.yml").gates[0].position == Position(1, 20)


@pytest.mark.parametrize(("encoding", "name"), [("utf-16", "UTF-16"), ("utf-32", "UTF-32")])
def test_other_encodings_are_named(encoding: str, name: str) -> None:
    assert only(GOOD.decode().encode(encoding)) == (1, 1, f"the file is {name}, expected UTF-8")


def test_nul_and_invisible_characters() -> None:
    assert only(b"workflow:\n  \0") == (2, 3, "the file holds a NUL byte, expected text")
    assert only("workflow: \u202ex".encode()) == (1, 11, "the invisible character U+202E is not allowed here")
    assert only("a\r\nb\u2028".encode()) == (2, 2, "the invisible character U+2028 is not allowed here")


def test_carriage_returns_do_not_shift_positions() -> None:
    assert only(b"workflow:\r\n  gates: [a]\r\n  x: 1")[:2] == (3, 3)


HOSTILE = {
    "brackets": b"[" * MAX_BYTES,
    "braces": b"{a: " * (MAX_BYTES // 4),
    "dashes": b"- " * (MAX_BYTES // 2),
    "questions": b"? " * (MAX_BYTES // 2),
    "keys": b"".join(b"k%d:\n" % number for number in range(100_000)),
    "anchors": b"".join(b"a%d: &a%d 1\n" % (number, number) for number in range(50_000)),
    "tags": b"[" + b"!!x a," * (MAX_BYTES // 6 - 1) + b"]",
    "spaces": b" " * MAX_BYTES,
    "newlines": b"\n" * MAX_BYTES,
    "documents": b"---\n" * (MAX_BYTES // 4),
    "one long name": b"workflow: {gates: [" + b"b" * (MAX_BYTES - 30) + b"]}",
    "unknown needs": b"workflow:\n  gates:\n"
    + b"".join(b"  - %s%04d: {needs: [%s%04d]}\n" % (b"ab" * 30, n, b"ba" * 30, n) for n in range(1990)),
    "circles": b"workflow:\n  gates:\n"
    + b"".join(b"  - g%d: {needs: [g%d, g%d]}\n" % (n, (n + 1) % 1990, (n * 7) % 1990) for n in range(1990)),
    "needs": b"workflow:\n  gates:\n"
    + b"".join(
        b"  - g%d: {needs: [%s]}\n" % (n, b",".join(b"g%d" % ((n * 31 + m * 17) % 1990) for m in range(45)))
        for n in range(1990)
    ),
    "pairs in circles": b"workflow:\n  gates:\n"
    + b"".join(b"  - g%d: {needs: [g%d]}\n" % (n, n ^ 1) for n in range(1990)),
    "services": b"workflow:\n  services: {%s}\n  gates: [a]" % b",".join(b"s%d: x" % n for n in range(50_000)),
    "services by alias": b"workflow:\n  gates:\n  - a: {services: &s {%s}}\n"
    % b",".join(b"s%d: x" % n for n in range(50))
    + b"".join(b"  - g%d: {services: *s, database: true}\n" % n for n in range(1100)),
    "flags": b"workflow:\n  flags: {%s}\n  gates: [a]" % b",".join(b"f%d: F%d" % (n, n) for n in range(40_000)),
    "wrong patterns by alias": b"workflow:\n  gates:\n  - a: {inputs: &i [%s]}\n" % b",".join([b"/x"] * 1000)
    + b"".join(b"  - g%d: {inputs: *i}\n" % n for n in range(110)),
    "an image": b"workflow: {gates: [a: {image: '" + b"a-" * (MAX_BYTES // 2 - 30) + b"'}]}",
    "images": b"workflow: {gates: ["
    + b",".join(b"a%d: {image: '%s!'}" % (n, b"a--" * 160) for n in range(1900))
    + b"]}",
    "a mount point": b"workflow: {gates: [a: {image: x, resources: {tmpfs: ['" + b"/a" * 499_900 + b":']}}]}",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_megabyte_is_refused_quickly(name: str) -> None:
    began = time.process_time()
    assert 0 < len(problems(HOSTILE[name])) <= MAX_PROBLEMS + 1
    assert time.process_time() - began < 2


def gates(count: int) -> bytes:
    options = (
        b"{run: make, image: x, needs: [], inputs: [src/**, tests/**], resources: {memory: 2g}, tests: {files: x}}"
    )
    return b"workflow:\n  gates:\n" + b"".join(b"  - gate-%d: %s\n" % (n, options) for n in range(count))


def test_time_grows_with_the_number_of_gates_and_not_faster() -> None:
    took = {}
    for count in (250, 2000):
        began = time.process_time()
        assert len(parse_workflow(gates(count), "w.yml").gates) == count
        took[count] = time.process_time() - began
    assert took[2000] < 2
    assert took[2000] < 8 * 2.5 * took[250]


def test_the_nearest_of_many_gates_is_named() -> None:
    assert only(gates(MAX_GATES - 1) + b"  - last: {needs: [gate-1O00]}\n")[2] == (
        "`needs` of gate `last`: found `gate-1O00`, expected the name of a declared gate; did you mean `gate-100`?"
    )


def test_a_file_holds_no_more_gates_than_can_be_planned() -> None:
    assert only(gates(MAX_GATES + 1))[2] == "more than 2000 gates"


def test_only_some_of_very_many_circles_are_told() -> None:
    told = [problem.message for problem in problems(HOSTILE["pairs in circles"])]
    assert told[0] == "the gates wait for each other in a circle: `g0` needs `g1`, `g1` needs `g0`"
    assert len(told) == 10


def test_errors_beyond_the_bound_are_counted() -> None:
    data = b"workflow:\n  gates: [a]\n" + b"".join(b"  x%d: 1\n" % number for number in range(150))
    last = problems(data)[-1]
    assert (len(problems(data)), last.message, last.line) == (101, "50 more errors are not listed", None)


def test_the_parser_in_c_and_the_one_in_python_mark_the_same_positions(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "a: &x [1, 'b', \"c\"]\nä: *x\n? long\n: |\n  foo\n\n  bär\nd: {e: >-\n    f}\n".replace(
        ": >-\n    f", ": f\n g"
    )
    nodes = []
    for loader in (yaml.CSafeLoader, yaml.SafeLoader):
        monkeypatch.setattr(document, "LOADERS", (loader,))
        nodes.append(document.parse_document(text, Problems("w.yml")))
    assert nodes[0] == nodes[1]
