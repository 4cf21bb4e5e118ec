"""Paired measurement: two commands in turn, in one run on one machine, told as a ratio."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple


class Cost(NamedTuple):
    """Seconds of one command: on the clock, and of processor time with all its children."""

    wall: float
    cpu: float


def cost(argv: Sequence[str], *, cwd: Path, env: Mapping[str, str], codes: tuple[int, ...] = (0,)) -> Cost:
    """What one command takes, which has to end with 0, or one of ``codes``."""
    before, clock = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(argv, cwd=cwd, env=as_installed(env), capture_output=True, check=False)
    wall, after = time.perf_counter() - clock, resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode in codes, (argv, done.returncode, done.stdout[-2000:], done.stderr[-2000:])
    return Cost(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def as_installed(env: Mapping[str, str]) -> dict[str, str]:
    """pip and the image leave compiled modules behind; an editable install compiles in the round that is not counted.

    With the variable set it would compile anew in every round, while the peer's modules are compiled.
    """
    return {name: value for name, value in env.items() if name != "PYTHONDONTWRITEBYTECODE"}


def at_home_in(folder: str | Path) -> dict[str, str]:
    """This process's environment with another home, so that nobody's settings and caches count, and a git identity."""
    identity = {f"GIT_{role}_{field}": "bench" for role in ("AUTHOR", "COMMITTER") for field in ("NAME", "EMAIL")}
    kept = {name: value for name, value in os.environ.items() if name != "XDG_CACHE_HOME"}
    return {**kept, **identity, "HOME": str(folder)}


def commit_to_a_branch(root: Path, env: Mapping[str, str]) -> None:
    """Commits what lies in a folder to ``main`` of a new repository, and goes on to a branch."""
    for arguments in (
        ["init", "-q", "-b", "main"],
        ["add", "-A"],
        ["commit", "-q", "-m", "Start"],
        ["switch", "-q", "-c", "feat/x"],
    ):
        subprocess.run(["git", *arguments], cwd=root, env=env, check=True)


def compare(
    ours: Sequence[str],
    peer: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    rounds: int = 15,
    codes: tuple[int, ...] = (0,),
) -> list[tuple[Cost, Cost]]:
    """What both cost in each round; one more round comes first and is not counted. Ours ends with one of ``codes``."""
    return [(cost(ours, cwd=cwd, env=env, codes=codes), cost(peer, cwd=cwd, env=env)) for _ in range(rounds + 1)][1:]


def tell(title: str, rounds: list[tuple[Cost, Cost]], *, bound: float) -> None:
    """Prints a benchmark's result: medians of both, and the median of the rounds' ratios."""
    print(title)
    for name in ("wall", "cpu"):
        pairs = [(getattr(our, name), getattr(their, name)) for our, their in rounds]
        ours, theirs = (statistics.median(column) * 1000 for column in zip(*pairs, strict=True))
        ratio = statistics.median(our / their for our, their in pairs)
        limit = f" (at most {bound:g})" if name == "wall" else ""
        print(f"  {name:4} {ours:4.0f} ms against {theirs:4.0f} ms, ratio {ratio:.2f}{limit}")
