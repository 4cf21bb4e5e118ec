"""The waivers file is as strict as the workflow file, and tells every mistake with its place."""

from __future__ import annotations

from datetime import date

import pytest

from gaterunner.errors import WorkflowFileError
from gaterunner.waivers import Waiver, read_waivers
from tests.waivers.samples import BLOB, GONE

ENTRY = {
    "rule": "secret/private-key",
    "path": "tests/key.pem",
    "content": BLOB,
    "reason": "a key that only the tests use",
    "by": "hopper",
    "expires": "2026-03-01",
}


def entry(**changes: str | None) -> bytes:
    """A file with one entry; None leaves a key out."""
    lines = [f"    {key}: {value}" for key, value in {**ENTRY, **changes}.items() if value is not None]
    return ("waivers:\n  -\n" + "\n".join(lines) + "\n").encode()


def problems(data: bytes) -> list[str]:
    with pytest.raises(WorkflowFileError) as error:
        read_waivers(data)
    return [f"{each.line}:{each.column}: {each.message}" for each in error.value.problems]


def test_an_entry_says_what_where_why_who_and_until_when() -> None:
    assert read_waivers(entry(), "w.yml") == (
        Waiver(
            rule="secret/private-key",
            path="tests/key.pem",
            content=BLOB,
            reason="a key that only the tests use",
            by="hopper",
            expires=date(2026, 3, 1),
            file="w.yml",
            line=3,
        ),
    )


def test_a_file_may_hold_none() -> None:
    assert read_waivers(b"waivers: []\n") == ()


@pytest.mark.parametrize("content", [GONE, "12" * 20, "1" * 20 + "e" + "2" * 19, "f" * 64])
def test_an_object_id_needs_no_quotes(content: str) -> None:
    assert read_waivers(entry(content=content))[0].content == content


def test_text_of_several_lines_becomes_one() -> None:
    assert read_waivers(entry(reason='"a\\n  b"'))[0].reason == "a b"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"paht": "x"}, "unknown key `paht` in a waiver"),
        ({"content": None}, "3:5: a waiver lacks the key `content`"),
        ({"reason": None}, "lacks the key `reason`"),
        ({"by": None}, "lacks the key `by`"),
        ({"expires": None}, "lacks the key `expires`"),
        ({"rule": None}, "lacks the key `rule`"),
        ({"content": "d4d4d4d"}, "`content` of a waiver: found `d4d4d4d`, expected a full git object id"),
        ({"content": "12"}, "found the number `12`"),
        ({"content": BLOB.upper()}, "expected a full git object id"),
        ({"fingerprint": "abc"}, "expected 32 lower-case hexadecimal digits"),
        ({"reason": "' '"}, "expected text that says something"),
        ({"by": '""'}, "`by` of a waiver: found empty text"),
        ({"expires": "2026-02-30"}, "expected a day such as `2026-12-31`"),
        ({"expires": "never"}, "expected a day such as `2026-12-31`"),
        ({"expires": "20260301"}, "found the number `20260301`"),
        ({"expires": '"20260301"'}, "expected a day such as `2026-12-31`"),
        ({"expires": "2026-W10-1"}, "expected a day such as `2026-12-31`"),
        ({"expires": "2026-03-01T00:00:00Z"}, "expected a day such as `2026-12-31`"),
    ],
)
def test_what_does_not_fit_is_told_with_its_place(changes: dict[str, str | None], message: str) -> None:
    (told,) = problems(entry(**changes))
    assert message in told


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "None:None: the file is empty, expected a map with the key `waivers`"),
        (b"# nothing yet\n\n", "None:None: the file is empty, expected a map with the key `waivers`"),
        (b"- rule: x\n", "1:1: found a list, expected a map with the key `waivers`"),
        (b"waiver: []\n", "1:1: unknown key `waiver` in the file, expected `waivers`; did you mean `waivers`?"),
        (b"waivers: {a: b}\n", "1:10: `waivers`: found a map, expected a list"),
        (b"waivers: [secret]\n", "1:11: an item of `waivers`: found `secret`, expected a map"),
        (b"waivers: []\nwaivers: []\n", "2:1: the key `waivers` stands here a second time, first in line 1"),
        (b"waivers: [\n", "2:1: this is not YAML: expected a value"),
        (b"waivers: []\xff\n", "1:12: byte 0xff at offset 11 is not valid UTF-8"),
    ],
)
def test_what_is_no_waivers_file_is_refused(data: bytes, message: str) -> None:
    assert message in problems(data)


def test_all_mistakes_are_told_at_once() -> None:
    assert len(problems(entry(rule=None, content="x", expires="soon"))) == 3


def test_more_entries_than_anybody_could_look_after_are_refused() -> None:
    data = b"waivers:\n" + b"  - a\n" * 1_001
    assert problems(data) == ["2:3: `waivers` holds 1,001 entries, expected at most 1,000"]
