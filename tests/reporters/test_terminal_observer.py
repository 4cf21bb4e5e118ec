"""Live progress, on a terminal and elsewhere."""

from __future__ import annotations

import io
import subprocess
import sys
import threading

from gaterunner.model import Outcome, Skip
from gaterunner.plan import PlannedGate
from gaterunner.reporters.observer import Observer
from gaterunner.reporters.terminal_observer import TerminalObserver
from tests.plan.test_plan import change, workflow
from tests.plan.test_plan import gate as declared
from tests.reporters.reports import gate, policy, proven_report, report


def planned(name: str, command: str = "make unit") -> PlannedGate:
    return PlannedGate(gate=declared(name), command=command, why="")


class Stream(io.StringIO):
    encoding = "utf-8"


def test_elsewhere_every_event_is_a_plain_line() -> None:
    stream = Stream()
    observer: Observer = TerminalObserver(stream)
    unit = planned("unit")
    observer.started(change("a.py"), workflow(unit.gate), [unit])
    observer.gate_started(unit)
    observer.gate_output(unit, ["collected 3 items"])
    observer.gate_output(unit, [""])
    observer.gate_finished(gate("unit", duration_s=3.2))
    observer.gate_finished(gate("smoke", Outcome.SKIPPED, reason="not selected", skip=Skip.NOT_SELECTED))
    observer.policy_finished(policy(outcome=Outcome.FAILED, reason="HEAD is main"))
    observer.finished(report())
    assert stream.getvalue() == (
        "gaterunner: feat/x against main: 1 gate, 1 policy, 0 commits, 1 file\n"
        "gate unit started: make unit\n"
        "unit │ collected 3 items\n"
        "unit │\n"
        "✓ gate unit passed in 3.2 s\n"
        "\N{EN DASH} gate smoke skipped: not selected\n" + "✗ policy no-merge-to-main failed: HEAD is main\n"
    )


def test_a_pass_that_is_not_a_plain_one_is_seen_at_once() -> None:
    stream = Stream()
    observer = TerminalObserver(stream)
    for result in proven_report().gates:
        observer.gate_finished(result)
    assert stream.getvalue() == (
        "✓ gate lint passed: cached: passed on 1a2b3c4d at 2026-01-15 12:00 UTC, report 9f8e7d6c\n"
        "✓ gate unit passed in 6.0 s: passed on attempt 2 of 3; flaky: app.test_cart failed before\n"
    )


def test_whatever_a_gate_prints_goes_through_the_fence_without_controls() -> None:
    fenced: list[str] = []

    def fence(text: str) -> str:
        fenced.append(text)
        return f"<{text}>"

    stream = Stream()
    observer = TerminalObserver(stream, fence=fence)
    unit = planned("unit", command="echo\n::error::x")
    observer.gate_started(unit)
    observer.gate_output(unit, ["##[error]\x1b[2Jx\r::stop"])
    observer.gate_finished(gate("unit", Outcome.FAILED, reason="::error::y"))
    assert fenced == [
        "gate unit started: echo ::error::x\n",
        "unit │ ##[error]x ::stop\n",
        "✗ gate unit failed in 1.0 s: ::error::y\n",
    ]
    assert stream.getvalue() == "".join(f"<{text}>" for text in fenced)


def test_lines_of_many_threads_are_never_mixed() -> None:
    stream = Stream()
    observer = TerminalObserver(stream)

    def print_lines(name: str) -> None:
        for number in range(200):
            observer.gate_output(planned(name), [f"{name} says {number}"])

    threads = [threading.Thread(target=print_lines, args=(f"gate-{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = stream.getvalue().splitlines()
    assert len(lines) == 800
    assert all(line.split(" │ ")[0] == line.split(" │ ")[1].split(" says ")[0] for line in lines)


def test_on_a_terminal_what_has_ended_stays_and_the_cursor_comes_back() -> None:
    stream = Stream()
    observer = TerminalObserver(stream, live=True, color=True)
    unit = planned("unit")
    observer.started(change("a.py"), workflow(unit.gate), [unit])
    observer.gate_started(unit)
    observer.gate_output(unit, ["[bold]not markup[/bold] :smile:"])
    observer.gate_finished(gate("unit"))
    observer.finished(report())
    observer.close()
    written = stream.getvalue()
    assert "gate unit \x1b[32mpassed\x1b[0m in 1.0 s" in written
    assert written.count("\x1b[?25l") == written.count("\x1b[?25h") == 1


def test_drawing_and_events_from_many_threads_do_not_wait_for_each_other() -> None:
    observer = TerminalObserver(Stream(), live=True)
    gates = [planned(f"gate-{number}") for number in range(4)]
    observer.started(change("a.py"), workflow(*(each.gate for each in gates)), gates)
    live = observer._live
    assert live is not None

    def work(each: PlannedGate) -> None:
        for number in range(50):
            observer.gate_started(each)
            observer.gate_output(each, [str(number)])
            live.redraw()
            observer.gate_finished(gate(each.gate.name))

    threads = [threading.Thread(target=work, args=(each,), daemon=True) for each in gates]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    observer.close()
    assert not any(thread.is_alive() for thread in threads)


def test_rich_is_imported_only_for_a_terminal() -> None:
    script = (
        "import io, sys\n"
        "from gaterunner.reporters.terminal import render_text\n"
        "from gaterunner.reporters.terminal_observer import TerminalObserver\n"
        "TerminalObserver(io.StringIO())\n"
        "sys.exit('rich' in sys.modules)\n"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False, timeout=60).returncode == 0
