"""A decision log that was tampered with: each way is found, and told by its name and line."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaterunner.governance.chain import compare, read_log
from gaterunner.governance.entries import (
    SCHEMA,
    UnreadableError,
    decision_id,
    decode,
    encode,
    genesis,
    hash_of,
    hash_of_line,
)
from gaterunner.governance.replay import replay
from tests.governance.logs import ASKED, ROOT, VOTERS, body, changed, entries, entry, joined, lines, read, told
from tests.governance.panels import panel


def facts_edited(told: dict[str, Any]) -> None:
    told["facts"]["known"] = [["lines", "1/1"]]


def answer_edited(told: dict[str, Any]) -> None:
    told["tally"]["option"] = "b"


class TestASoundLog:
    def test_is_read_as_it_was_written(self) -> None:
        log = read(lines(3))

        assert [each.entry for each in log.entries] == entries(3)
        assert (log.faults, log.head) == ((), entries(3)[-1].hash)

    def test_may_be_empty(self) -> None:
        assert (read([]).faults, read([]).head) == ((), ROOT)

    def test_has_hashes_over_the_bytes_that_stand_there(self) -> None:
        for each, line in zip(entries(3), lines(3), strict=True):
            assert hash_of_line(line) == each.hash == hash_of(each.body)

    def test_replays(self) -> None:
        assert [replay(each.body) for each in entries(3)] == [None, None, None]


class TestTamperingIsTold:
    def test_an_edited_line(self) -> None:
        log = lines(3)
        log[1] = changed(log[1], facts_edited)

        assert told(read(log).faults) == [("edited", 2)]

    def test_an_edited_line_whose_hash_was_made_anew(self) -> None:
        log = lines(3)
        log[1] = changed(log[1], facts_edited, new_hash=True)

        (fault,) = read(log).faults
        assert (fault.rule, fault.line) == ("edited", 2)
        assert "its hash made anew" in fault.message

    def test_an_edited_last_line_whose_hash_was_made_anew(self) -> None:
        log = lines(3)
        edited = [*log[:2], changed(log[2], answer_edited, new_hash=True)]

        assert read(edited).faults == ()  # the chain cannot show it
        assert told(compare(log, edited)) == [("edited", 3)]
        assert replay(read(edited).entries[2].entry.body) == (
            "its inputs give `a` (decided, vote), and `b` (decided, vote) was recorded"
        )

    def test_a_removed_line(self) -> None:
        log = lines(4)

        (fault,) = read([log[0], *log[2:]]).faults
        assert (fault.rule, fault.line, fault.message) == ("truncated", 2, "entry 1 is missing before this line")
        assert told(read(log[2:]).faults) == [("truncated", 1)]

    def test_an_end_that_was_cut_off(self) -> None:
        log = lines(4)

        assert read(log[:2]).faults == ()  # the chain cannot show it
        assert [fault.message for fault in compare(log, log[:2])] == ["the last 2 of 4 entries are gone"]
        assert told(compare(log, [])) == [("truncated", None)]

    def test_a_line_that_was_cut_off_in_the_middle(self) -> None:
        assert told(read_log(joined(lines(2))[:-5], ROOT).faults) == [("truncated", 2), ("unreadable", 2)]
        assert told(read_log(joined(lines(2))[:-1], ROOT).faults) == [("truncated", 2)]

    def test_lines_in_another_order(self) -> None:
        log = lines(4)

        assert told(read([log[0], log[2], log[1], log[3]]).faults) == [("reordered", 3)]
        assert told(compare(log, [log[0], log[2], log[1], log[3]])) == [("reordered", 2)]

    def test_a_line_between_others(self) -> None:
        log = lines(3)
        stranger = encode(entry(body(1, entries(3)[0].hash, phase="other")))

        assert told(read([log[0], stranger, *log[1:]]).faults) == [("inserted", 2)]
        assert told(compare(log, [log[0], stranger, *log[1:]])) == [("inserted", 2)]

    def test_a_line_that_stands_there_twice(self) -> None:
        log = lines(3)

        assert told(read([*log, log[0]]).faults) == [("duplicate", 4)]
        assert told(read([log[0], log[0], *log[1:]]).faults) == [("duplicate", 2)]
        assert told(compare(log, [log[0], log[0], *log[1:]])) == [("duplicate", 2)]

    def test_the_log_of_another_repository(self) -> None:
        other = lines(3, genesis("b" * 40))

        assert told(read(other).faults) == [("other-repository", 1)]

    def test_a_log_that_was_made_anew(self) -> None:
        anew = [encode(entry(body(0, ROOT, phase="nice")))]

        assert read(anew).faults == ()  # the chain cannot show it
        assert told(compare(lines(1), anew)) == [("edited", 1)]

    def test_a_changed_panel(self) -> None:
        def one_vote_less(told: dict[str, Any]) -> None:
            told["panel"]["members"][0]["votes"] = 1

        line = changed(lines(1)[0], one_vote_less, new_hash=True)

        assert read([line]).faults == ()
        assert replay(decode(line).body) == "the recorded panel is another one than the recorded hash is of"

    def test_a_changed_panel_with_its_hash_made_anew(self) -> None:
        made = body(0, ROOT)
        weaker = body(0, ROOT, voters=panel(("One", 1, {"x": 1}), ("Two", 2, {"y": 1}), chair={"x": 1}))

        def swap(told: dict[str, Any]) -> None:
            other = json.loads(encode(entry(weaker)))["body"]
            told.update(panel=other["panel"], panel_sha256=other["panel_sha256"])

        line = changed(encode(entry(made)), swap, new_hash=True)

        assert replay(decode(line).body) == "its `decision_id` is not that of what was asked"

        def name_as_well(told: dict[str, Any]) -> None:
            told["decision_id"] = decision_id(decode(line).body)

        assert replay(decode(changed(line, name_as_well, new_hash=True)).body) == (
            "its inputs give `b` (decided, vote), and `a` (decided, vote) was recorded"
        )

    def test_other_reasons_for_the_same_answer(self) -> None:
        def other_reason(told: dict[str, Any]) -> None:
            told["tally"]["explanation"][-1] = "Because."

        line = changed(lines(1)[0], other_reason, new_hash=True)

        assert replay(decode(line).body) == (
            "its inputs give the same answer, and other votes, scores or reasons than were recorded"
        )

    def test_lines_that_were_only_added_are_no_difference(self) -> None:
        assert compare(lines(2), lines(4)) == ()
        assert compare([], lines(1)) == ()
        assert compare(lines(2), lines(2)) == ()


def respelt(old: bytes, new: bytes) -> bytes:
    line = lines(1)[0]
    assert old in line
    return line.replace(old, new, 1)


class TestALineThatIsNoEntry:
    @pytest.mark.parametrize(
        ("line", "reason"),
        [
            (b"", "the line is no JSON"),
            (b"{}", f"its schema is none, expected `{SCHEMA}`"),
            (b"[]", "its schema is none"),
            (b"null", "its schema is none"),
            (b'{"body":{"schema":7}}', "its schema is none"),
            (respelt(SCHEMA.encode(), b"gaterunner.decision/2"), "its schema is `gaterunner.decision/2`, expected"),
            (b"\xef\xbb\xbf" + lines(1)[0], "the line begins with a byte order mark"),
            (lines(1)[0] + b"\r", "the line ends with CR LF"),
            (lines(1)[0] + b" ", "it is not written canonically"),
            (respelt(b'"index":0', b'"index": 0'), "it is not written canonically"),
            (respelt(b'"index":0', b'"index":0,"index":0'), "it is not written canonically"),
            (respelt(b'"index":0', b'"index":1,"index":0'), "it is not written canonically"),
            (respelt(b'"phase-0"', b'"ph\\u0061se-0"'), "it is not written canonically"),
            (respelt(b'"index":0', b'"index":0e0'), "it does not fit"),
            (respelt(b'"index":0', b'"index":-0'), "it is not written canonically"),
            (respelt(b'"index":0', b'"index":0.0'), "it does not fit"),
            (respelt(b'"index":0', b'"index":NaN'), "the line is no JSON"),
            (respelt(b'"index":0', b'"index":Infinity'), "the line is no JSON"),
            (respelt(b'"index":0', b'"index":1e999'), "the line is no JSON"),
            (respelt(b'"index":0', b'"index":' + b"9" * 400), "it does not fit"),
            (respelt(b'"index":0', b'"index":-1'), "it does not fit"),
            (respelt(b'"index":0', b'"index":null'), "it does not fit"),
            (respelt(b'"index":0', b'"index":0,"more":1'), "it does not fit"),
            (respelt(b'"votes_cast":3', b'"votes_cast":3,"votes_lost":1'), "it is not written canonically"),
            (respelt(b'"2/1"', b'"4/2"'), "it is not written canonically"),
            (respelt(b'"2/1"', b'"2/0"'), "it does not fit"),
            (respelt(b'"2/1"', b"2"), "it does not fit"),
            (respelt(b'"2/1"', b'"' + b"9" * 31 + b'/1"'), "it does not fit"),
            (respelt(b'"2/1"', b'"1e9"'), "it does not fit"),
            (respelt(b'["x",1]', b'["x",101000000000]'), "it does not fit"),
            (respelt(b'["x",5]', b'["x",6]'), "it does not fit"),
            (respelt(b'"previous":"', b'"previous":"Z'), "it does not fit"),
            (changed(lines(1)[0], lambda told: told["tally"].update(explanation=[])), "the tally gives no reason"),
            (respelt(b'"recorded":"2026', b'"recorded":"26'), "it does not fit"),
            (b'{"body":' * 100_000, "the line is no JSON"),
            (b'{"body":{"schema":"' + SCHEMA.encode() + b'","index":' + b"[" * 50_000, "the line is no JSON"),
            (b'{"body":{"schema":"' + b"x" * 1_000_001, "the line holds 1,000,020 bytes, expected at most 1,000,000"),
            (b"\xff\xfe{\x00", "the line is no JSON"),
            (b'{"body":{"schema":"\xed\xa0\x80"}}', "the line is no JSON"),
            (b"\x00", "the line is no JSON"),
        ],
    )
    def test_is_told_with_what_is_wrong(self, line: bytes, reason: str) -> None:
        with pytest.raises(UnreadableError) as caught:
            decode(line)

        assert caught.value.reason.startswith(reason) or reason in caught.value.reason

    def test_is_told_with_its_number_and_hides_no_other(self) -> None:
        log = lines(3)

        assert told(read([log[0], b"{}", *log[1:]]).faults) == [("unreadable", 2)]
        assert told(read([log[0], b"{}", log[2]]).faults) == [("unreadable", 2)]
        assert [each.line for each in read([log[0], b"{}", *log[1:]]).entries] == [1, 3, 4]

    def test_what_is_larger_than_any_panel_or_question_is_not_worked_out(self) -> None:
        def many_options(told: dict[str, Any]) -> None:
            option = told["question"]["options"][0]
            told["question"]["options"] = [{**option, "id": str(number)} for number in range(21)]

        def many_members(told: dict[str, Any]) -> None:
            member = told["panel"]["members"][0]
            told["panel"]["members"] = [{**member, "role": str(number)} for number in range(101)]

        with pytest.raises(UnreadableError, match="the question holds more than a spec can ask"):
            decode(changed(lines(1)[0], many_options))
        with pytest.raises(UnreadableError, match="the panel holds more than a panel can"):
            decode(changed(lines(1)[0], many_members))

    def test_millions_of_lines_are_told_in_one(self) -> None:
        log = read_log(b"\n" * 5_000_000, ROOT)

        assert [(fault.rule, fault.message) for fault in log.faults] == [
            ("unreadable", "the log holds more than 20,000 lines")
        ]

    def test_a_criterion_of_nobody_cannot_crash_the_replay(self) -> None:
        def asked_of_nobody(told: dict[str, Any]) -> None:
            told["question"]["criteria"] = ["z"]

        with pytest.raises(UnreadableError, match="the question counts 'z', which the panel does not have"):
            decode(changed(lines(1)[0], asked_of_nobody))


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300), st.integers(0, 2))
def test_no_bytes_crash_the_reader(data: bytes, before: int) -> None:
    log = read_log(joined(lines(before)) + data, ROOT)

    assert log.faults or not data


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_single_byte_can_be_changed_unseen(data: Any) -> None:
    whole = joined(lines(3))
    at = data.draw(st.integers(0, len(whole) - 1))
    other = data.draw(st.integers(0, 255).filter(lambda byte: byte != whole[at]))
    tampered = whole[:at] + bytes([other]) + whole[at + 1 :]

    log = read_log(tampered, ROOT)
    against = compare(read(lines(3)).lines, log.lines)

    assert against  # beside what the target branch holds, always
    times = [each.entry.recorded for each in log.entries]
    assert log.faults or times != [each.recorded for each in entries(3)]  # alone, all but the times


@settings(max_examples=60, deadline=None)
@given(st.permutations(range(4)), st.integers(0, 4), st.integers(0, 3))
def test_no_rearrangement_goes_unseen(order: list[int], kept: int, twice: int) -> None:
    log = lines(4)
    rearranged = [log[number] for number in order[:kept]] + ([log[twice]] if kept == 4 and twice else [])

    seen = read(rearranged).faults or compare(log, rearranged)

    assert bool(seen) == (rearranged != log)


def test_what_is_asked_is_in_the_entry() -> None:
    made = entries(1)[0].body

    assert (made.question.id, made.question.default) == (ASKED.id, "b")
    assert [member.role for member in made.panel.members] == [member.role for member in VOTERS.members]
