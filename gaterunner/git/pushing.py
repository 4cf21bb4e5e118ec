"""What a remote has already, as far as this clone knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gaterunner.git.repository import Repository


def brings_nothing_new(repository: Repository, commit: str, remote: str) -> bool:
    """True when the last known branches of ``remote`` hold ``commit``; an address in place of a name has none."""
    if set(remote) & set("*?[\\"):
        return False  # an address, which git would take for a pattern
    told = repository.git.run(
        "rev-list",
        "--max-count=1",
        commit,
        "--not",
        f"--glob=refs/remotes/{remote}/*",
        "--",
        doing=f"comparing {commit[:12]} with what {remote} has",
    )
    return not told.strip()
