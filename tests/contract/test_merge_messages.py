"""Whatever a message holds, reading it ends, soon, with claims that can be told."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaterunner.contract.merge_messages import Claims, claims_of
from gaterunner.policies.context import Message

PIECES = (
    *("Merge ", "pull request #12 ", "branch ", "branches ", "'feat/x'", "'a' and 'b'", " into ", "'main'", "from "),
    *("Merged in ", "octocat/", "feat/x", "\n", "\n\n", "Gaterunner-Phase: x", "This reverts commit ", "0123abcd"),
    *("Reverts o/r#12", "(#12)", "revert-12-x", "KEY/app ", "to ", ":", "~", "'", "\r\n", "Signed-off-by: S", "\x00"),
)


def claims(text: str, parents: int = 2) -> Claims:
    return claims_of(Message(commit="0" * 40, parents=("1" * 40,) * parents, committed="", text=text))


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join) | st.text(), st.integers(0, 3))
def test_no_message_is_too_strange(text: str, parents: int) -> None:
    found = claims(text, parents)

    assert all(name and not name.isspace() for name in (*found.branches, *found.phases))
    assert all(number.isdigit() for number in found.numbers | found.reverted_numbers)


@pytest.mark.parametrize(
    "text",
    [
        "Merge pull request '" + "' (#1) from " * 5_000,
        "Merge branches " + "'a', " * 12_000,
        "Merge pull request #1 in " + "x" * 30_000 + " from " + ":" * 30_000,
        "Pull request #1: " + "\n\nMerge in a from " * 3_000,
        "x\n\n" + "Gaterunner-Phase : " * 3_000,
        "x\n\n" + "a: b\n" * 12_000 + "!",
        "This reverts commit " + "0" * 60_000,
    ],
)
def test_a_long_message_is_read_in_no_time(text: str) -> None:
    clock = time.process_time()

    claims(text)

    assert time.process_time() - clock < 2


def test_what_a_message_says_beside_its_branch() -> None:
    found = claims("Merge pull request #12 from octocat/revert-7-feat/x\n\nThis reverts commit 0123abcd9, sadly.\n")

    assert (found.forge, found.branches, found.numbers) == ("GitHub", ("revert-7-feat/x",), frozenset({"12"}))
    assert (found.reverted_numbers, found.reverted_commits) == (frozenset({"7"}), frozenset({"0123abcd9"}))


def test_trailers_are_read_from_any_paragraph_of_trailers_but_the_first() -> None:
    assert claims("Gaterunner-Phase: a").phases == ()
    assert claims(
        "x\n\nGaterunner-Phase: a\nSigned-off-by: S\n (cherry picked)\n\ny\n\ngaterunner-phase:b\n"
    ).phases == (
        "a",
        "b",
    )
    assert claims("x\n\nGaterunner-Phase: a b\n").phases == ()
