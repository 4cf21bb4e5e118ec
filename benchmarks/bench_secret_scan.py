"""How long ``no-secret-changes`` takes over a long history, beside what it cannot do without.

    python benchmarks/bench_secret_scan.py                    a made history of 2,000 and 4,000 commits
    python benchmarks/bench_secret_scan.py REPO [BASE [HEAD]] a history of yours, from its first commit or BASE

The floor is ``git cat-file --batch`` reading the same blobs plus the engine alone scanning them, in this process and on
the same machine. Rounds of floor and policy alternate, so that both meet the same noise; the best of each counts.
Budgets: at most 2x of the floor, under 200 MB of memory, and twice the commits cost about twice the time.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import subprocess
import tempfile
import time
from pathlib import Path

from gaterunner.git import Repository
from gaterunner.model import Change, Event
from gaterunner.policies.context import PolicyContext
from gaterunner.policies.no_secret_changes import Options, evaluate
from gaterunner.secrets.contents import MAX_BLOB_BYTES
from gaterunner.secrets.engine import Engine

ROUNDS = 3
MAX_RATIO = 2.0
MAX_MEMORY_MB = 200
MAX_GROWTH = 1.4  # of the time per commit when the commits double


def make_history(folder: Path, commits: int) -> None:
    """A repository of ``commits`` commits, three edited files of some 10 kB in each, written through fast-import."""
    generator = random.Random(commits)  # noqa: S311 - only has to be the same in every run
    words = [generator.randbytes(4).hex() for _ in range(2_000)]
    files = [[" ".join(generator.choices(words, k=12)) for _ in range(100)] for _ in range(60)]
    subprocess.run(["git", "init", "-q", "-b", "main", str(folder)], check=True)
    with subprocess.Popen(["git", "-C", str(folder), "fast-import", "--quiet"], stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        for number in range(commits):
            who = f"Author <author@example.invalid> {1_700_000_000 + number} +0000"
            process.stdin.write(f"commit refs/heads/main\ncommitter {who}\ndata 1\nx\n".encode())
            for index in generator.sample(range(len(files)), 3):
                lines = files[index]
                lines[generator.randrange(len(lines))] = f'value = "{" ".join(generator.choices(words, k=8))}"'
                content = "\n".join(lines).encode()
                process.stdin.write(
                    f"M 100644 inline src/m{index}.py\ndata {len(content)}\n".encode() + content + b"\n"
                )
    assert process.returncode == 0


def floor_s(repository: Repository, base: str, head: str, path: Path, engine: Engine) -> tuple[float, float]:
    """Seconds of git reading the same blobs, and of the engine scanning them; neither includes the other."""
    ids = list(dict.fromkeys(row.blob for row in repository.records(base, head) if row.blob.strip("0")))
    start = time.perf_counter()
    subprocess.run(
        ["git", "-C", str(path), "cat-file", "--batch", "--buffer"],
        input="\n".join(ids).encode(),
        stdout=subprocess.DEVNULL,
        check=True,
    )
    reading = time.perf_counter() - start
    import kingfisher_sdk

    scanning = 0.0
    for blob in repository.blobs(ids, max_bytes=MAX_BLOB_BYTES):
        start = time.perf_counter()
        engine.scanner.scan_input(kingfisher_sdk.ScanInput("content", blob.data or b""))
        scanning += time.perf_counter() - start
    return reading, scanning


def policy_s(repository: Repository, change: Change, engine: Engine) -> tuple[float, str]:
    """Seconds of one evaluation with a warm engine, and what it observed."""
    start = time.perf_counter()
    result = evaluate(PolicyContext(change=change, repository=repository, secrets=engine), Options())
    return time.perf_counter() - start, f"{result.outcome}, {result.observed}, {len(result.findings)} findings"


def measure(path: Path, base: str | None, head: str) -> tuple[float, float]:
    """Prints the figures of one history; gives the policy's seconds and the ratio."""
    with Repository.open(path, env=os.environ) as repository:
        tip = repository.resolve(head)
        first = subprocess.run(
            ["git", "-C", str(path), "rev-list", "--max-parents=0", head], capture_output=True, text=True, check=True
        )
        start = repository.resolve(base or first.stdout.split()[-1])
        assert tip
        assert start
        change = Change(
            event=Event.LOCAL,
            base=start,
            base_tip=start,
            law=start,
            head=tip,
            judged=tip,
            merge=None,
            branch=None,
            target=None,
            dirty=False,
            commits=repository.commits(start, tip),
            files=repository.diff_files(start, tip),
        )
        engine = Engine()
        engine.scan("warm", b"x")
        policy, observed = policy_s(repository, change, engine)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # before the floor's own lists
        floors = []
        for _ in range(ROUNDS):
            floors.append(floor_s(repository, start, tip, path, engine))
            policy = min(policy, policy_s(repository, change, engine)[0])
    reading, scanning = min(floors, key=sum)
    ratio = policy / (reading + scanning)
    print(
        f"{len(change.commits):>6} commits: policy {policy:.2f} s, git {reading:.2f} s + engine {scanning:.2f} s,",
        end=" ",
    )
    print(f"ratio {ratio:.2f}x (at most {MAX_RATIO}), memory {memory:.0f} MB (at most {MAX_MEMORY_MB}); {observed}")
    assert ratio <= MAX_RATIO
    assert memory <= MAX_MEMORY_MB
    return policy, ratio


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repo", nargs="?", type=Path)
    parser.add_argument("base", nargs="?")
    parser.add_argument("head", nargs="?", default="HEAD")
    asked = parser.parse_args()
    if asked.repo:
        measure(asked.repo, asked.base, asked.head)
        return
    with tempfile.TemporaryDirectory() as folder:
        times = []
        for commits in (2_000, 4_000):
            path = Path(folder) / str(commits)
            make_history(path, commits)
            times.append(measure(path, None, "HEAD")[0])
    growth = times[1] / times[0] / 2
    print(f"twice the commits: {growth:.2f}x of the time per commit (at most {MAX_GROWTH})")
    assert growth <= MAX_GROWTH


if __name__ == "__main__":
    main()
