"""What `.gaterunner/cutovers.yml` may say, and what is told of one that says something else."""

from __future__ import annotations

import pytest

from gaterunner.cutovers import PATH, read_cutovers
from gaterunner.errors import WorkflowFileError
from tests.cutovers.declaring import declared, entry

SO_THAT = "so that it is found only where it is meant"
LOCATION = "the path of a file of the repository, or `path:symbol`"
PHASES = "`backfill`, `dual-write`, `read-new` or `stop-old`"
KEYS = "`name`, `drops`, `flag`, `dual-write`, `parity` or `phase`"


def told(text: str) -> list[str]:
    with pytest.raises(WorkflowFileError) as caught:
        read_cutovers(text.encode(), PATH)
    assert {problem.path for problem in caught.value.problems} == {PATH}
    return [f"{problem.line}:{problem.column}: {problem.message}" for problem in caught.value.problems]


def test_an_entry_is_read_with_its_place() -> None:
    (cutover,) = read_cutovers(declared(entry("backfill", drops="[public.Orders.total, bills]")).encode(), PATH)
    assert (cutover.name, cutover.phase, cutover.flag, cutover.parity) == (
        "totals",
        "backfill",
        "NEW_TOTALS",
        "parity-totals",
    )
    assert cutover.drops == ("orders.total", "bills")
    assert (cutover.dual_write, cutover.symbol) == ("app/orders.py", "save")
    assert (cutover.position.line, cutover.step) == (2, 1)


def test_one_target_needs_no_list_and_a_location_no_symbol() -> None:
    (cutover,) = read_cutovers(declared(entry(drops="bills", dual_write="./app/a b.py")).encode(), PATH)
    assert (cutover.drops, cutover.dual_write, cutover.symbol) == (("bills",), "app/a b.py", None)


def test_a_file_may_hold_no_cutover_any_more() -> None:
    assert read_cutovers(b"cutovers: []\n", PATH) == ()


def test_every_mistake_is_told_at_once() -> None:
    wrong = entry("backfil", drops="[a b]", flag="x", dual_write="../x.py", parity="[p]") + "  dropt: y\n"
    assert told(declared(wrong)) == [
        "3:11: an item of `drops` of a cutover: found `a b`, expected a table or `table.column`, without quotes",
        f"4:9: `flag` of a cutover: found `x`, expected a name of at least 4 characters, {SO_THAT}",
        f"5:15: `dual-write` of a cutover: found `../x.py`, expected {LOCATION}",
        "6:11: `parity` of a cutover: found a list, expected a name",
        f"7:10: `phase` of a cutover: found `backfil`, expected {PHASES}; did you mean `backfill`?",
        f"8:3: unknown key `dropt` in a cutover, expected {KEYS}; did you mean `drops`?",
    ]


def test_every_key_is_needed() -> None:
    assert told("cutovers: [{name: x}]\n") == [
        f"1:12: a cutover lacks the key `{key}`" for key in ("drops", "flag", "dual-write", "parity", "phase")
    ]


def test_a_name_and_a_target_stand_in_one_cutover_only() -> None:
    assert told(declared(entry(), entry(drops="orders.TOTAL"))) == [
        "8:3: the cutover `totals` is a second one, first in line 2",
        "8:3: `drops` of `totals`: `orders.total` is also dropped by `totals`",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    {
        "": "1:1: the file is empty, expected a map with the key `cutovers`",
        "# nothing\n": "1:1: the file is empty, expected a map with the key `cutovers`",
        "- a\n": "1:1: found a list, expected a map with the key `cutovers`",
        "cutovers: {a: b}\n": "1:11: `cutovers`: found a map, expected a list of maps",
        "cutovers: [a]\n": "1:12: an item of `cutovers`: found `a`, expected a map",
    }.items(),
)
def test_a_file_of_another_form(text: str, message: str) -> None:
    assert told(text) == [message]


def test_both_a_wrong_root_key_and_the_missing_one_are_told() -> None:
    assert told("cutover: []\n") == [
        "1:1: unknown key `cutover` in the file, expected `cutovers`; did you mean `cutovers`?",
        "1:1: the key `cutovers` is missing",
    ]
