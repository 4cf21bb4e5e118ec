"""What a gate's command can do, and what is left of it afterwards."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Thread, Timer

import pytest

from gaterunner.errors import EvaluationError
from gaterunner.executors import supervision
from gaterunner.executors.local import shell_path
from tests.executors.jobs import Bench, is_alive

# Leaves the session, forks twice, ignores TERM and drops its environment: nothing but its ancestry tells whose it is.
DAEMON = """
import os, signal, sys, time
if os.fork(): os._exit(0)
os.setsid()
if os.fork(): os._exit(0)
signal.signal(signal.SIGTERM, signal.SIG_IGN)
open(sys.argv[1], "w").write(str(os.getpid()))
while True:
    time.sleep(0.01)
    if len(sys.argv) > 2: open(sys.argv[2], "w").write("written after the end")
"""


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.fixture
def daemon(tmp_path: Path) -> str:
    script = tmp_path / "daemon.py"
    script.write_text(DAEMON)
    waits = "while [ ! -s daemon.pid ]; do sleep 0.01; done"
    return f"env -i {sys.executable} -S {script} daemon.pid late.txt; {waits}"


def test_success_is_exit_code_0(bench: Bench) -> None:
    execution = bench.run("echo one; echo two >&2")
    assert (execution.ended, execution.exit_code, execution.signal) == ("exited", 0, None)
    assert bench.lines == ["one", "two"]
    assert bench.log.read_text() == "one\ntwo\n"
    assert execution.tail == ("one", "two")
    assert execution.started.endswith("Z")


def test_an_exit_code_is_told_as_it_is(bench: Bench) -> None:
    assert bench.run("exit 3").exit_code == 3


def test_a_signal_is_not_an_exit_code(bench: Bench) -> None:
    execution = bench.run("kill -SEGV $$")
    assert (execution.ended, execution.exit_code, execution.signal) == ("signalled", None, "SIGSEGV")


def test_a_signal_inside_of_the_shell_is_the_shells_exit_code(bench: Bench) -> None:
    execution = bench.run("(kill -SEGV $BASHPID); true")
    assert (execution.ended, execution.exit_code) == ("exited", 139)


def test_the_first_failing_line_ends_the_gate_also_within_a_pipeline(bench: Bench) -> None:
    execution = bench.run("false | cat; echo not reached")
    assert execution.exit_code == 1
    assert bench.lines == []


def test_standard_input_is_empty(bench: Bench) -> None:
    assert bench.run("cat; read -r line || echo nothing").exit_code == 0
    assert bench.lines == ["nothing"]


def test_the_environment_is_exactly_what_was_given(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OURS", "x")
    bench.run("env | sort", env={"PATH": os.environ["PATH"], "GIVEN": "ä b"})
    names = {line.partition("=")[0] for line in bench.lines}
    assert "GIVEN=ä b" in bench.lines
    assert names <= {"PATH", "GIVEN", "PWD", "SHLVL", "_"}


def test_sh_runs_without_bash(bench: Bench) -> None:
    assert bench.run("echo $0; false; echo not reached", shell_name="sh").exit_code == 1
    assert bench.lines[0].endswith("/sh")


def test_the_shell_is_the_systems_even_when_the_branch_has_one(tmp_path: Path) -> None:
    fake = tmp_path / "sh"
    fake.write_text("#!/bin/true\n")
    fake.chmod(0o755)
    assert shell_path("sh", {"PATH": f"{tmp_path}:/usr/bin:/bin"}) != str(fake)


def test_a_missing_bash_names_the_way_out(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gaterunner.executors.local._SYSTEM_PATH", "/nowhere")
    execution = bench.run("true", env={"PATH": "/nowhere"})
    assert execution.ended == "not-started"
    assert execution.error == "bash was not found; install it, or set `shell: sh` on this gate"


def test_a_missing_directory_is_told(bench: Bench, tmp_path: Path) -> None:
    execution = bench.run("true", cwd=tmp_path / "gone")
    assert execution.ended == "not-started"
    assert execution.error == f"cwd: {tmp_path}/gone is not a directory; correct `cwd:` in the workflow file"


def test_an_environment_too_large_for_the_kernel_is_told(bench: Bench) -> None:
    execution = bench.run("true", env={"PATH": os.environ["PATH"], "BIG": "x" * 200_000})
    assert execution.ended == "not-started"
    assert execution.error is not None
    assert "too large" in execution.error


def test_a_timeout_ends_a_gate_that_ignores_term(bench: Bench) -> None:
    start = time.monotonic()
    execution = bench.run("trap '' TERM; echo $$; sleep 30; sleep 30", timeout_s=0.2, grace_s=0.2)
    assert execution.ended == "timed-out"
    assert execution.exit_code is None
    assert time.monotonic() - start < 5
    assert not is_alive(int(bench.lines[0]))


def test_a_gate_may_tidy_up_when_asked_to_end(bench: Bench) -> None:
    execution = bench.run("trap 'echo tidy; exit 1' TERM; sleep 30 & wait", timeout_s=0.2, grace_s=5)
    assert execution.ended == "timed-out"
    assert bench.lines == ["tidy"]


def test_cancelling_ends_the_gate_at_once(bench: Bench) -> None:
    Timer(0.1, bench.cancelled.set).start()
    start = time.monotonic()
    assert bench.run("sleep 30").ended == "interrupted"
    assert time.monotonic() - start < 2


def test_a_cancelled_run_starts_nothing(bench: Bench) -> None:
    bench.cancelled.set()
    assert bench.run("touch started").ended == "interrupted"
    assert not (bench.root / "started").exists()


def test_a_daemon_is_ended_counted_and_writes_no_more(bench: Bench, daemon: str) -> None:
    execution = bench.run(daemon)
    assert (execution.ended, execution.exit_code) == ("exited", 0)
    assert execution.left_behind == 1
    assert not is_alive(int((bench.root / "daemon.pid").read_text()))
    late = bench.root / "late.txt"
    late.unlink(missing_ok=True)
    time.sleep(0.05)
    assert not late.exists()


def test_a_daemon_does_not_outlive_a_timeout(bench: Bench, daemon: str) -> None:
    assert bench.run(f"{daemon}; sleep 30", timeout_s=1.0, grace_s=0.1).ended == "timed-out"
    assert not is_alive(int((bench.root / "daemon.pid").read_text()))


def test_a_gate_that_kills_its_supervisor_fails_and_leaves_nothing(bench: Bench, daemon: str) -> None:
    execution = bench.run(f"{daemon}; kill -9 $PPID; sleep 30")
    assert (execution.ended, execution.signal) == ("signalled", "SIGKILL")
    assert execution.error == "the gate ended the process that supervised it"
    assert not is_alive(int((bench.root / "daemon.pid").read_text()))


def test_two_gates_at_once_do_not_end_each_other(bench: Bench, daemon: str, tmp_path: Path) -> None:
    other = Bench(tmp_path / "other")
    other.root.mkdir()
    codes: list[int | None] = []
    thread = Thread(target=lambda: codes.append(other.run("sleep 1 & sleep 0.7; wait; exit 7").exit_code))
    thread.start()
    bench.run(f"{daemon}; kill -9 $PPID; sleep 30")
    thread.join()
    assert codes == [7]


def test_something_that_forks_all_the_time_is_ended(bench: Bench) -> None:
    forks = "for i in 1 2 3 4; do (while :; do (sleep 0.02; echo $BASHPID >> pids) & done) & sleep 0.01; done"
    limited = f"ulimit -u 4000; ({forks.replace('& done', '& sleep 0.005; done')}) & sleep 0.2; exit 0"
    execution = bench.run(limited, grace_s=0.1)
    assert execution.exit_code == 0
    assert execution.left_behind > 1
    assert not any(is_alive(int(pid)) for pid in (bench.root / "pids").read_text().split())


def test_output_of_a_pipelines_late_end_is_not_lost(bench: Bench) -> None:
    execution = bench.run("exec > >(sleep 0.05; cat); echo late")
    assert bench.lines == ["late"]
    assert execution.left_behind == 0


def test_closing_the_output_does_not_end_the_gate(bench: Bench) -> None:
    assert bench.run("exec >&- 2>&-; sleep 0.05; exit 4").exit_code == 4


def test_output_held_open_from_outside_does_not_hang(bench: Bench, tmp_path: Path) -> None:
    # We open the gate's output ourselves, by way of /proc, as a container engine's daemon could hold it.
    read, write = os.pipe()
    holder = Thread(target=lambda: os.read(read, 1))
    holder.start()
    held: list[int] = []

    def hold(lines: Sequence[str]) -> None:
        held.extend(os.open(f"/proc/{line}/fd/1", os.O_WRONLY) for line in lines if line.isdigit())

    start = time.monotonic()
    try:
        assert bench.run("echo $$; sleep 0.3", on_lines=hold).exit_code == 0
        assert held
        assert time.monotonic() - start < 5
    finally:
        os.write(write, b"x")
        holder.join()
        for descriptor in (read, write, *held):
            os.close(descriptor)


def test_the_supervisors_memory_and_environment_cannot_be_read(bench: Bench) -> None:
    bench.run("cat /proc/$PPID/environ | tr '\\0' '\\n' | grep -c . || true")
    assert bench.lines[-1] == "0" or "ermission" in bench.lines[0]


def test_a_secret_is_masked_in_lines_log_and_tail(bench: Bench) -> None:
    bench.redactor.learn("correct-horse-battery")
    execution = bench.run("printf 'a correct-\\033[0mhorse-battery b\\n'")
    assert bench.lines == ["a *** b"]
    assert bench.log.read_text() == "a *** b\n"
    assert execution.tail == ("a *** b",)


def test_the_log_is_private_and_never_follows_a_link(bench: Bench, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    bench.log.parent.mkdir()
    bench.log.symlink_to(victim)
    bench.run("echo x")
    assert victim.read_text() == "mine"
    assert bench.log.stat().st_mode & 0o777 == 0o600


def test_a_log_that_cannot_be_written_is_a_fault_of_ours(bench: Bench) -> None:
    bench.log.parent.write_text("a file where the folder should be")
    with pytest.raises(EvaluationError, match=r"the log .*gate.log could not be written"):
        bench.run("true")


def test_200_megabytes_need_little_memory_and_disk(bench: Bench) -> None:
    counted, most = [0], [0]
    page = os.sysconf("SC_PAGE_SIZE")

    def resident() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * page

    def count(lines: Sequence[str]) -> None:
        counted[0] += len(lines)
        most[0] = max(most[0], resident())

    before = resident()
    command = "head -c 200000000 /dev/zero | tr '\\0' 'x' | fold -w 4000"
    execution = bench.run(command, log_limit=1 << 20, timeout_s=120, on_lines=count)
    assert execution.exit_code == 0
    assert counted[0] == 50_000
    assert execution.log_truncated
    assert bench.log.stat().st_size <= (1 << 20) + 100
    assert most[0] - before < 40_000_000


def test_one_endless_line_is_cut(bench: Bench) -> None:
    execution = bench.run("head -c 20000000 /dev/zero | tr '\\0' 'x'; echo; echo end")
    assert execution.exit_code == 0
    assert bench.lines[-1] == "end"
    assert bench.lines[0].endswith("x … [line cut]")
    assert len(bench.lines[0]) < 10_000


def test_binary_output_is_shown_as_text(bench: Bench) -> None:
    bench.run("printf '\\377\\376\\0abc\\n'")
    assert bench.lines == ["\ufffd\ufffdabc"]


def spawner() -> int:
    """The process below this one that starts gates."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int(folder.joinpath("stat").read_text().rpartition(")")[2].split()[1])
            if parent == os.getpid() and b"spawner.py" in folder.joinpath("cmdline").read_bytes():
                return int(folder.name)
        except OSError:  # it ended meanwhile
            continue
    raise AssertionError("nothing that starts gates is running")


def test_a_gate_that_kills_what_starts_gates_keeps_no_other_from_starting(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervision, "SPAWN_PATIENCE_S", 1.0)
    for signal in ("KILL", "STOP"):
        bench.run("true")  # so that it is there to be hit
        assert bench.run(f"kill -{signal} {spawner()}").exit_code == 0
        assert bench.run("exit 7").exit_code == 7


def test_a_gate_inherits_no_descriptor_but_its_streams(bench: Bench) -> None:
    assert bench.run("exec ls /proc/self/fd").exit_code == 0
    assert bench.lines == ["0", "1", "2", "3"]  # the last is of the listing itself


def test_what_starts_gates_has_nothing_of_our_environment_and_cannot_be_read(bench: Bench) -> None:
    bench.run("true")
    bench.run(f"tr '\\0' '\\n' < /proc/{spawner()}/environ")
    assert not any("PATH=" in line and not line.startswith("LD_") for line in bench.lines)


def test_a_gate_ends_when_gaterunner_is_killed(tmp_path: Path) -> None:
    code = (
        "import pathlib, sys; from tests.executors.jobs import Bench; "
        "Bench(pathlib.Path(sys.argv[1])).run('echo $$ > pid.part; mv pid.part pid; sleep 60')"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], cwd=Path(__file__).parents[2]) as runner:
        pid = tmp_path / "pid"
        assert _becomes_true(pid.exists)
        runner.kill()
    assert _becomes_true(lambda: not is_alive(int(pid.read_text())))


def _becomes_true(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 20.0
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    return condition()
