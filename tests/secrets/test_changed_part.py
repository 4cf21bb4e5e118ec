"""What has to be searched of an edited text."""

from __future__ import annotations

import base64
import random

from hypothesis import given
from hypothesis import strategies as st

from gaterunner.secrets.changed_part import AROUND
from gaterunner.secrets.changed_part import changed_parts as spans

TEXT = st.text(alphabet="ab\n", max_size=200).map(str.encode)
LINES = [f"line {number}\n".encode() for number in range(2_000)]


def changed_parts(old: bytes, new: bytes) -> list[tuple[int, bytes]]:
    """How many lines stand before each part, and the part."""
    return [(new.count(b"\n", 0, start), new[start:end]) for start, end in spans(old, new)]


def changed_part(old: bytes, new: bytes) -> tuple[int, bytes]:
    """The only part."""
    (part,) = changed_parts(old, new)
    return part


def assert_holds_all_that_is_new(parts: list[tuple[int, bytes]], old: bytes, new: bytes) -> None:
    """Each part stands where it says, and what stands between them stands in the old text too, in this order."""
    lines = new.split(b"\n")
    at = in_old = 0
    for before, part in parts:
        start = len(b"\n".join(lines[:before])) + (1 if before else 0)
        assert new[start : start + len(part)] == part
        found = old.find(new[at:start], in_old)
        assert found == 0 if at == 0 else found >= 0
        in_old = found + start - at
        at = start + len(part)
    assert old[in_old:].endswith(new[at:])


def test_an_edit_comes_with_what_stands_around_it() -> None:
    edited = [*LINES[:1_000], b"edited\n", *LINES[1_000:]]

    before, part = changed_part(b"".join(LINES), b"".join(edited))

    lines = part.splitlines(keepends=True)
    at = lines.index(b"edited\n")
    assert edited[before + at] == b"edited\n"
    assert all(len(b"".join(side)) >= AROUND for side in (lines[:at], lines[at + 1 :]))
    assert len(part) < 3 * AROUND


def test_lines_that_come_to_stand_together_are_part_of_it() -> None:
    shorter = [*LINES[:500], *LINES[900:]]

    _, part = changed_part(b"".join(LINES), b"".join(shorter))

    assert LINES[499] + LINES[900] in part


def test_two_edits_and_little_between_them_are_one_part() -> None:
    edited = [*LINES[:100], b"one\n", *LINES[101:150], b"two\n", *LINES[150:]]

    _, part = changed_part(b"".join(LINES), b"".join(edited))

    assert b"".join(edited[100:151]) in part


def test_edits_far_from_each_other_are_parts_of_their_own() -> None:
    edited = [*LINES[:100], b"one\n", *LINES[101:800], b"two\n", *LINES[830:1_500], b"three\n", *LINES[1_500:]]
    old, new = b"".join(LINES), b"".join(edited)

    parts = changed_parts(old, new)

    assert [word for _, part in parts for word in (b"one\n", b"two\n", b"three\n") if word in part] == [
        b"one\n",
        b"two\n",
        b"three\n",
    ]
    assert len(parts) == 3
    assert all(len(part) < 3 * AROUND for _, part in parts)
    assert_holds_all_that_is_new(parts, old, new)


def test_an_edit_within_a_long_key_brings_the_whole_key() -> None:
    key = base64.encodebytes(random.Random(1).randbytes(6_000)).splitlines(keepends=True)  # noqa: S311 - no secret
    old = [*LINES, b"-----BEGIN\n", *key[:60], *key[61:], b"-----END\n", *LINES]
    new = [*LINES, b"-----BEGIN\n", *key, b"-----END\n", *LINES]

    before, part = changed_part(b"".join(old), b"".join(new))

    assert b"-----BEGIN\n" + b"".join(key) + b"-----END\n" in part
    assert len(part) < 10_000
    assert b"".join(new[before:]).startswith(part)


def test_what_is_no_text_is_taken_whole() -> None:
    old, new = "old text".encode("utf-16") * 1_000, "new text".encode("utf-16") * 1_000

    assert changed_parts(old, new) == [(0, new)]


@given(TEXT, TEXT)
def test_the_part_stands_where_it_says_and_nothing_outside_of_it_is_new(old: bytes, new: bytes) -> None:
    assert_holds_all_that_is_new(changed_parts(old, new), old, new)


@given(st.integers(0, 9_000), st.integers(0, 9_000), st.binary(max_size=20))
def test_far_into_long_texts_as_well(at: int, to: int, put: bytes) -> None:
    whole = b"".join(LINES)
    first, last = sorted((at, to))
    new = whole[:first] + put.replace(b"\0", b"") + whole[last:]

    assert_holds_all_that_is_new(changed_parts(whole, new), whole, new)


@given(st.lists(st.tuples(st.integers(0, 20_000), st.integers(0, 300), st.binary(max_size=20)), max_size=8))
def test_after_several_edits_as_well(edits: list[tuple[int, int, bytes]]) -> None:
    whole = new = b"".join(LINES)
    for at, taken, put in edits:
        new = new[:at] + put.replace(b"\0", b"") + new[at + taken :]

    assert_holds_all_that_is_new(changed_parts(whole, new), whole, new)
