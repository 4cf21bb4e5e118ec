"""Paired measurement: two commands in turn, in one run on one machine, told as a ratio."""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path


def seconds(argv: Sequence[str], *, cwd: Path, env: Mapping[str, str]) -> float:
    """The wall time of one command, which has to end with 0."""
    clock = time.perf_counter()
    done = subprocess.run(argv, cwd=cwd, env=dict(env), capture_output=True, check=False)
    taken = time.perf_counter() - clock
    assert done.returncode == 0, (argv, done.returncode, done.stdout[-2000:], done.stderr[-2000:])
    return taken


def compare(
    ours: Sequence[str], peer: Sequence[str], *, cwd: Path, env: Mapping[str, str], rounds: int = 15
) -> tuple[float, float, float]:
    """Medians of both in seconds and the median of the ratios ours/peer; one warm-up round of each is not counted."""
    times = [(seconds(ours, cwd=cwd, env=env), seconds(peer, cwd=cwd, env=env)) for _ in range(rounds + 1)]
    counted = times[1:]
    return (
        statistics.median(our for our, _ in counted),
        statistics.median(their for _, their in counted),
        statistics.median(our / their for our, their in counted),
    )


def tell(title: str, ours: float, peer: float, ratio: float, *, bound: float) -> None:
    """Prints one line of a benchmark's result."""
    print(f"{title}: {ours * 1000:.0f} ms against {peer * 1000:.0f} ms, ratio {ratio:.2f} (bound {bound:g})")
