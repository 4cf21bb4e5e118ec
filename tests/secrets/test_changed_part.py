"""What has to be searched of an edited text."""

from __future__ import annotations

import base64
import random

from hypothesis import given
from hypothesis import strategies as st

from gaterunner.secrets.changed_part import AROUND, changed_part

TEXT = st.text(alphabet="ab\n", max_size=200).map(str.encode)
LINES = [f"line {number}\n".encode() for number in range(2_000)]


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


def test_two_edits_and_all_between_them_are_part_of_it() -> None:
    edited = [*LINES[:100], b"one\n", *LINES[101:1_500], b"two\n", *LINES[1_500:]]

    _, part = changed_part(b"".join(LINES), b"".join(edited))

    assert b"".join(edited[100:1_501]) in part


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

    assert changed_part(old, new) == (0, new)


@given(TEXT, TEXT)
def test_the_part_stands_where_it_says_and_nothing_outside_of_it_is_new(old: bytes, new: bytes) -> None:
    before, part = changed_part(old, new)

    start = len(b"".join(new.splitlines(keepends=True)[:before]))
    end = start + len(part)
    assert new[start:end] == part
    assert old.startswith(new[:start])
    assert old.endswith(new[end:])


@given(st.integers(0, 9_000), st.integers(0, 9_000), st.binary(max_size=20))
def test_far_into_long_texts_as_well(at: int, to: int, put: bytes) -> None:
    whole = b"".join(LINES)
    first, last = sorted((at, to))
    new = whole[:first] + put.replace(b"\0", b"") + whole[last:]

    before, part = changed_part(whole, new)

    start = len(b"\n".join(new.split(b"\n")[:before])) + (1 if before else 0)
    assert new[start : start + len(part)] == part
    assert whole.startswith(new[:start])
    assert whole.endswith(new[start + len(part) :])
