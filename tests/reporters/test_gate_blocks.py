"""Gates that print at the same time, where lines cannot be redrawn."""

from __future__ import annotations

import threading

from gaterunner.output import Lines
from gaterunner.reporters import gate_blocks
from gaterunner.reporters.gate_blocks import GateBlocks
from gaterunner.reporters.workflow_commands import disarm


class Page:
    """What was written, and blocks that write to it."""

    def __init__(self, *, grouped: bool = False) -> None:
        self._written: list[str] = []
        self.blocks = GateBlocks(self._written.append, bar="│", fence=disarm, grouped=grouped)

    @property
    def text(self) -> str:
        return "".join(self._written)

    def says(self, name: str, *lines: str) -> None:
        self.blocks.lines(name, Lines.of(lines))


def test_the_lines_of_a_gate_stand_together_in_the_order_in_which_gates_end() -> None:
    page = Page()
    for name in ("unit", "lint", "types"):
        page.blocks.begin(name, f"gate {name} started")
    page.says("lint", "one")
    page.says("unit", "a", "")
    page.says("types", "x")
    assert page.text == "gate unit started\nunit │ a\nunit │\n"
    page.blocks.end("types", "types passed")
    page.says("lint", "two")
    page.says("unit", "b")
    page.blocks.end("unit", "unit passed")
    assert page.text == (
        "gate unit started\nunit │ a\nunit │\nunit │ b\nunit passed\n"
        "gate types started\ntypes │ x\ntypes passed\n"
        "gate lint started\nlint │ one\nlint │ two\n"
    )
    page.says("lint", "three")
    page.blocks.end("lint", "lint failed")
    assert page.text.endswith("lint │ two\nlint │ three\nlint failed\n")


def test_what_belongs_to_no_gate_is_told_at_once() -> None:
    page = Page()
    page.blocks.begin("unit", "gate unit started")
    page.blocks.notice("policy x passed")
    page.blocks.end("unit", "unit passed")
    assert page.text.splitlines() == ["gate unit started", "policy x passed", "unit passed"]


def test_where_gates_are_folded_it_waits_for_the_end_of_a_part() -> None:
    page = Page(grouped=True)
    page.blocks.notice("at once")
    page.blocks.begin("unit", "gate unit started")
    page.blocks.notice("policy x passed")
    page.blocks.end("smoke", "smoke skipped")
    page.says("unit", "a")
    page.blocks.end("unit", "unit passed")
    page.blocks.notice("after")
    assert page.text.splitlines() == [
        "at once",
        "gate unit started",
        "##[group]gate unit started",
        "unit │ a",
        "##[endgroup]",
        "unit passed",
        "policy x passed",
        "smoke skipped",
        "after",
    ]


def test_on_github_the_lines_of_a_gate_fold_and_none_of_them_can_unfold_it() -> None:
    page = Page(grouped=True)
    page.blocks.begin("unit", "gate unit started: make ##[group]unit")
    page.blocks.begin("lint", "gate lint started: make lint")
    page.says("unit", "##[endgroup]", "::endgroup::")
    page.blocks.end("unit", "unit passed")
    page.blocks.end("lint", "lint passed")
    assert page.text.splitlines() == [
        "gate unit started: make ## [group]unit",
        "##[group]gate unit started: make ## [group]unit",
        "unit │ ## [endgroup]",
        "unit │ ::endgroup::",
        "##[endgroup]",
        "unit passed",
        "gate lint started: make lint",
        "lint passed",
    ]


def test_of_a_gate_that_waits_the_newest_output_is_kept_and_the_rest_is_counted() -> None:
    page = Page()
    page.blocks.begin("unit", "gate unit started")
    page.blocks.begin("lint", "gate lint started")
    for number in range(2_000):
        page.says("lint", f"{number:05} {'x' * 1_000}")
    page.blocks.end("lint", "lint failed")
    page.blocks.end("unit", "unit passed")
    lines = page.text.splitlines()
    told = lines[3]
    assert told.startswith("lint │ … 1,")
    assert told.endswith(" lines left out here, see the log")
    left_out = int(told.split()[3].replace(",", ""))
    kept = lines[4:-1]
    assert left_out + len(kept) == 2_000
    assert kept[-1].startswith("lint │ 01999 ")
    assert 200_000 < sum(map(len, kept)) < 300_000


def test_hundreds_of_gates_that_wait_do_not_take_more_and_more_memory() -> None:
    page = Page()
    page.blocks.begin("first", "gate first started")
    for number in range(300):
        page.blocks.begin(f"gate-{number}", "")
        page.says(f"gate-{number}", *["x" * 2_000] * 100, f"end of {number}")
        page.blocks.end(f"gate-{number}", f"gate-{number} failed")
    waiting = page.blocks._ended
    assert sum(block.size for block in waiting) <= gate_blocks.HELD_IN_ALL_BYTES
    page.blocks.end("first", "first passed")
    assert page.text.count(" failed\n") == 300


def test_of_one_gate_without_end_the_beginning_and_the_end_are_shown(monkeypatch) -> None:  # type: ignore[no-untyped-def]  # pytest's own
    monkeypatch.setattr(gate_blocks, "SHOWN_BYTES", 10_000)
    page = Page()
    page.blocks.begin("unit", "gate unit started")
    for number in range(10_000):
        page.says("unit", f"{number:05} {'x' * 90}")
    assert 10_000 < len(page.text) < 12_000
    assert page.text.endswith("unit │ … too much to show all of it; its end follows when it has ended\n")
    page.blocks.end("unit", "unit failed")
    assert " lines left out here, see the log\n" in page.text
    assert page.text.splitlines()[-2].startswith("unit │ 09999 ")
    assert len(page.text) < 400_000


def test_whatever_never_ended_is_shown_when_the_run_ends() -> None:
    page = Page(grouped=True)
    page.blocks.begin("unit", "gate unit started")
    page.blocks.begin("lint", "gate lint started")
    page.says("unit", "a")
    page.says("lint", "b")
    page.blocks.close()
    page.says("unit", "nobody waits for this any more")
    page.blocks.close()
    assert page.text.splitlines() == [
        "gate unit started",
        "##[group]gate unit started",
        "unit │ a",
        "##[endgroup]",
        "gate lint started",
        "##[group]gate lint started",
        "lint │ b",
        "##[endgroup]",
    ]


def test_a_reader_who_lets_one_gate_wait_does_not_hold_up_the_others() -> None:
    reads, writing = threading.Event(), threading.Event()
    written: list[str] = []

    def write(text: str) -> None:
        if "slow" in text:
            writing.set()
            assert reads.wait(30)
        written.append(text)

    blocks = GateBlocks(write, bar="│", fence=str)
    blocks.begin("unit", "unit started")
    held_up = threading.Thread(target=blocks.lines, args=("unit", Lines("slow")))
    held_up.start()
    assert writing.wait(30)
    blocks.begin("lint", "lint started")
    blocks.lines("lint", Lines("quick"))
    blocks.end("lint", "lint passed")
    blocks.notice("policy passed")
    reads.set()
    held_up.join(30)
    blocks.end("unit", "unit passed")
    assert "".join(written).splitlines() == [
        "unit started",
        "unit │ slow",
        "unit passed",
        "lint started",
        "lint │ quick",
        "lint passed",
        "policy passed",
    ]


def test_from_many_threads_nothing_is_lost_doubled_or_mixed() -> None:
    page = Page()

    def work(name: str) -> None:
        page.blocks.begin(name, f"{name} started")
        for number in range(100):
            page.says(name, str(number))
        page.blocks.end(name, f"{name} passed")

    names = [f"gate-{number}" for number in range(40)]
    threads = [threading.Thread(target=work, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    parts = page.text.split(" passed\n")
    assert sorted(part.splitlines()[-1] for part in parts[:-1]) == sorted(names)
    for part in parts[:-1]:
        name = part.splitlines()[-1]
        assert part == f"{name} started\n" + "".join(f"{name} │ {number}\n" for number in range(100)) + name
