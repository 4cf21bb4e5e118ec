"""What a gate in a container can do, what it cannot, and what is left of it afterwards."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread, Timer

import pytest

from gaterunner.config.types import Resources
from gaterunner.containers.engine import Engine
from gaterunner.executors.identity import Identity
from tests.executors.containers import ContainerBench

pytestmark = pytest.mark.docker
_INIT = {"/sbin/docker-init", "/usr/sbin/docker-init"}  # where the engine puts its own


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[ContainerBench]:
    engine = Engine.connect(os.environ)
    bench = ContainerBench(tmp_path / "repo", engine)
    yield bench
    assert bench.left() == []
    engine.close()


def test_success_is_exit_code_0(bench: ContainerBench) -> None:
    execution = bench.run("echo one; echo two >&2")
    assert (execution.ended, execution.exit_code, execution.error) == ("exited", 0, None)
    assert bench.lines == ["one", "two"]
    assert bench.log.read_text() == "one\ntwo\n"
    assert execution.tail == ("one", "two")
    assert execution.image_digest is not None
    assert execution.image_digest.startswith("sha256:")
    assert execution.started.endswith("Z")


def test_an_exit_code_is_told_as_it_is(bench: ContainerBench) -> None:
    assert bench.run("exit 3").exit_code == 3


def test_the_first_failing_line_ends_the_gate_also_within_a_pipeline(bench: ContainerBench) -> None:
    assert bench.run("false | cat; echo not reached").exit_code == 1
    assert bench.lines == []


def test_both_streams_are_one_in_order(bench: ContainerBench) -> None:
    bench.run("for i in 1 2 3 4 5 6 7 8; do echo out $i; echo err $i >&2; done")
    assert bench.lines == [f"{stream} {i}" for i in range(1, 9) for stream in ("out", "err")]


def test_standard_input_is_empty(bench: ContainerBench) -> None:
    assert bench.run("cat; read -r line || echo nothing").exit_code == 0
    assert bench.lines == ["nothing"]


def test_the_checkout_is_the_workspace(bench: ContainerBench) -> None:
    (bench.root / "sub").mkdir()
    bench.run("pwd; echo made > file", cwd=bench.root / "sub")
    assert bench.lines == ["/workspace/sub"]
    assert (bench.root / "sub" / "file").read_text() == "made\n"
    assert sorted(path.name for path in bench.root.iterdir()) == ["sub"]


def test_nothing_else_of_this_machine_is_in_it(bench: ContainerBench) -> None:
    bench.run("cut -d' ' -f5 /proc/self/mountinfo; ls -A /var/run/docker.sock || true")
    *mounted, last = bench.lines
    own = {"/", "/workspace", "/etc/hosts", "/etc/hostname", "/etc/resolv.conf"}
    assert {path for path in mounted if not path.startswith(("/proc", "/sys", "/dev"))} - _INIT == own
    assert "cannot access '/var/run/docker.sock'" in last


def test_the_environment_is_what_was_given_and_the_images_own(bench: ContainerBench) -> None:
    bench.run("env", env={"GIVEN": "ä b", "HOME": "/workspace"})
    names = {line.partition("=")[0] for line in bench.lines}
    assert "GIVEN=ä b" in bench.lines
    assert names <= {"GIVEN", "HOME", "PATH", "HOSTNAME", "PWD", "SHLVL", "_", "OLDPWD"}


def test_it_has_no_capabilities_and_gains_none(bench: ContainerBench) -> None:
    bench.run("grep -E 'Cap(Inh|Prm|Eff|Bnd|Amb)|NoNewPrivs|Seccomp:' /proc/self/status", identity=None)
    told = {name: value for name, _, value in (line.partition(":\t") for line in bench.lines)}
    assert {told[name] for name in told if name.startswith("Cap")} == {"0" * 16}
    assert (told["NoNewPrivs"], told["Seccomp"]) == ("1", "2")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may run gates as another user")
def test_it_runs_as_the_owner_of_the_checkout(bench: ContainerBench) -> None:
    os.chown(bench.root, 4321, 4322)
    bench.run("id -u; id -g; id -G; touch mine", identity=Identity(uid=4321, gid=4322))
    assert bench.lines == ["4321", "4322", "4322"]
    assert (bench.root / "mine").stat().st_uid == 4321


def test_without_an_owner_it_runs_as_we_do(bench: ContainerBench) -> None:
    bench.run("id -u")
    assert bench.lines == [str(os.geteuid())]


def test_without_a_network_there_is_only_the_loopback(bench: ContainerBench) -> None:
    bench.run("tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' '; cat /proc/net/route | tail -n +2")
    assert bench.lines == ["lo"]


def test_a_read_only_root_leaves_the_workspace_and_tmp_writable(bench: ContainerBench) -> None:
    limits = Resources(read_only=True, tmpfs=("/run",))
    command = "touch /etc/x || echo refused; touch /tmp/a /run/b file; cp /bin/true /tmp/t; /tmp/t; echo ok"
    assert bench.run(command, resources=limits, identity=Identity(uid=0, gid=0)).exit_code == 0
    assert bench.lines[1:] == ["refused", "ok"]
    assert "Read-only file system" in bench.lines[0]


def test_memory_used_up_is_told_apart(bench: ContainerBench) -> None:
    limits = Resources(memory=64 << 20)
    for _ in range(3):
        execution = bench.run("exec python3 -c 'x = bytearray(500_000_000)'", resources=limits)
        assert (execution.ended, execution.exit_code) == ("out-of-memory", None)


def test_memory_used_up_below_the_command_is_told_apart(bench: ContainerBench) -> None:
    execution = bench.run("python3 -c 'x = bytearray(500_000_000)'; true", resources=Resources(memory=64 << 20))
    assert execution.ended == "out-of-memory"


def test_a_fork_bomb_is_bounded(bench: ContainerBench) -> None:
    bomb = "for i in $(seq 200); do sleep 5 & done 2>/dev/null; jobs -p | wc -l"
    execution = bench.run(f"({bomb}) || echo bounded", resources=Resources(pids=40), timeout_s=30)
    assert bench.lines[-1:] == ["bounded"] or int(bench.lines[-1]) < 40
    assert execution.ended == "exited"


def test_the_share_of_processors_is_set(bench: ContainerBench) -> None:
    command = (
        "cat /sys/fs/cgroup/cpu.max 2>/dev/null"
        " || paste -d' ' /sys/fs/cgroup/cpu/cpu.cfs_quota_us /sys/fs/cgroup/cpu/cpu.cfs_period_us"
    )
    bench.run(command, resources=Resources(cpus=0.5))
    assert bench.lines == ["50000 100000"]


def test_a_timeout_ends_a_gate_that_ignores_term(bench: ContainerBench) -> None:
    start = time.monotonic()
    execution = bench.run("trap '' TERM; sleep 60; sleep 60", timeout_s=0.5, grace_s=0.3)
    assert (execution.ended, execution.exit_code) == ("timed-out", None)
    assert time.monotonic() - start < 15


def test_a_gate_may_tidy_up_when_asked_to_end(bench: ContainerBench) -> None:
    execution = bench.run("trap 'echo tidy; exit 1' TERM; sleep 30 & wait", timeout_s=0.7, grace_s=10)
    assert execution.ended == "timed-out"
    assert bench.lines == ["tidy"]


def test_a_timeout_holds_while_nobody_reads_our_output(bench: ContainerBench) -> None:
    start = time.monotonic()

    def slow(_: object) -> None:
        time.sleep(3)

    execution = bench.run("echo x; sleep 60", timeout_s=0.5, on_lines=slow)
    assert execution.ended == "timed-out"
    assert time.monotonic() - start < 15


def test_cancelling_ends_the_gate(bench: ContainerBench) -> None:
    Timer(0.5, bench.cancelled.set).start()
    assert bench.run("sleep 60").ended == "interrupted"


def test_a_cancelled_run_starts_nothing(bench: ContainerBench) -> None:
    bench.cancelled.set()
    assert bench.run("touch started").ended == "interrupted"
    assert not (bench.root / "started").exists()


def test_a_gate_that_forks_and_exits_leaves_nothing(bench: ContainerBench) -> None:
    execution = bench.run("(trap '' TERM HUP; while :; do sleep 0.05; date > late; done) & disown; sleep 0.3; exit 0")
    assert (execution.ended, execution.exit_code) == ("exited", 0)
    late = bench.root / "late"
    late.unlink(missing_ok=True)
    time.sleep(0.2)
    assert not late.exists()


def test_closing_the_output_does_not_end_the_gate(bench: ContainerBench) -> None:
    assert bench.run("exec >&- 2>&-; sleep 0.3; exit 4").exit_code == 4


def test_binary_output_is_shown_as_text(bench: ContainerBench) -> None:
    bench.run("printf '\\377\\376\\0abc\\n'")
    assert bench.lines == ["\ufffd\ufffdabc"]


def test_a_secret_is_masked_in_lines_log_and_tail(bench: ContainerBench) -> None:
    bench.redactor.learn("correct-horse-battery")
    execution = bench.run("printf 'a correct-\\033[0mhorse-battery b\\n'")
    assert bench.lines == ["a *** b"]
    assert bench.log.read_text() == "a *** b\n"
    assert execution.tail == ("a *** b",)


def test_a_missing_directory_is_told(bench: ContainerBench) -> None:
    execution = bench.run("true", cwd=bench.root / "gone")
    assert execution.ended == "not-started"
    assert execution.error == f"cwd: {bench.root}/gone is not a directory; correct `cwd:` in the workflow file"
    assert not (bench.root / "gone").exists()


def test_a_crash_of_ours_leaves_no_container(bench: ContainerBench) -> None:
    def crash(_: object) -> None:
        raise RuntimeError("ours")

    with pytest.raises(RuntimeError, match="ours"):
        bench.run("echo x; sleep 60", on_lines=crash)
    assert bench.left() == []


def test_gates_run_beside_each_other(bench: ContainerBench, tmp_path: Path) -> None:
    others = [ContainerBench(tmp_path / f"repo{number}", bench.engine) for number in range(4)]
    codes: list[int | None] = []
    threads = [
        Thread(target=lambda each=each, number=number: codes.append(each.run(f"exit {number}").exit_code))
        for number, each in enumerate(others)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(code for code in codes if code is not None) == [0, 1, 2, 3]
    assert [each.left() for each in others] == [[], [], [], []]
