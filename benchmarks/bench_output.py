"""A gate that prints a gigabyte, against the same command whose output `cat` writes into a file."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from pairs import Cost, as_installed, at_home_in, commit_to_a_branch, cost, tell

SIZE = 1_000_000_000
ROUNDS = 3
MAX_MEMORY_MB = 150
MAX_RATIO = 6.0
PRINTED = {
    "lines of 4,000 characters": "yes \"$(printf '%3999s' | tr ' ' x)\"",
    "lines of 60 characters": "yes 'tests/unit/test_cart.py::test_total PASSED            [ 42%]'",
    "empty lines": "yes ''",
    "one line": "tr '\\0' x </dev/zero",
}


def make_repository(root: Path, command: str, env: dict[str, str]) -> None:
    """A repository whose only gate is the command; `sh` does not mind that it ends by a closed pipe."""
    root.mkdir()
    workflow = f"workflow:\n  gates:\n    - loud:\n        shell: sh\n        run: |\n          {command}\n"
    (root / ".gaterunner.yml").write_text(workflow, encoding="utf-8")
    commit_to_a_branch(root, env)


def run_watched(argv: list[str], *, cwd: Path, env: dict[str, str]) -> tuple[Cost, float]:
    """What a command costs, and the most memory of that one process in MB (10^6 bytes); it has to end with 0."""
    most = [0.0]
    begun = threading.Event()
    pid: list[int] = []

    def watch() -> None:
        begun.wait()
        while True:
            try:
                status = Path(f"/proc/{pid[0]}/status").read_text(encoding="utf-8")
            except OSError:
                return
            found = re.search(r"VmHWM:\s+(\d+) kB", status)
            if found is None:  # it has ended
                return
            most[0] = int(found[1]) * 1024 / 1e6
            time.sleep(0.005)

    watcher = threading.Thread(target=watch)
    watcher.start()
    clock = time.perf_counter()
    with subprocess.Popen(
        argv, cwd=cwd, env=as_installed(env), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as ours:
        pid.append(ours.pid)
        begun.set()
        assert ours.stderr is not None
        shown = 0
        while part := ours.stderr.read(1 << 16):  # a job's log reads everything too
            shown += len(part)
        _, status, usage = os.wait4(ours.pid, 0)
        ours.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - clock
    watcher.join()
    assert ours.returncode == 0, (argv, ours.returncode)
    return Cost(wall, usage.ru_utime + usage.ru_stime), most[0]


def measure(title: str, command: str, folder: Path, env: dict[str, str]) -> float:
    """Prints the figures of one kind of output; gives the most memory in MB."""
    root = folder / re.sub(r"\W+", "-", title)
    loud = f"{command} | head -c {SIZE}"
    make_repository(root, loud, env)
    ours = [str(Path(sys.executable).parent / "gaterunner"), "run"]
    peer = ["sh", "-c", f"{loud} | cat > {folder / 'copy'}"]
    rounds, most = [], 0.0
    for number in range(ROUNDS + 1):
        ran, memory = run_watched(ours, cwd=root, env=env)
        copied = cost(peer, cwd=root, env=env)
        most = max(most, memory)
        if number:
            rounds.append((ran, copied))
    tell(f"gaterunner run / cat > file, 1 GB of {title}", rounds, bound=MAX_RATIO)
    print(f"  memory of gaterunner {most:.0f} MB (at most {MAX_MEMORY_MB})")
    return most


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        env = at_home_in(name)
        most = [measure(title, command, Path(name), env) for title, command in PRINTED.items()]
    assert max(most) <= MAX_MEMORY_MB, f"{max(most):.0f} MB"


if __name__ == "__main__":
    main()
