"""Twelve gates in containers that do nothing, against twelve times `docker run` of the same image, one after the other.

`GATERUNNER_TEST_BASE_IMAGE` names an image with bash that the engine has; without one, debian:bookworm-slim is pulled.
"""

from __future__ import annotations

import os
import shlex
import statistics
import sys
import tempfile
from pathlib import Path

from pairs import Cost, at_home_in, commit_to_a_branch, compare, tell

IMAGE = os.environ.get("GATERUNNER_TEST_BASE_IMAGE", "debian:bookworm-slim")


def make_repository(root: Path, count: int, env: dict[str, str]) -> None:
    """A repository whose gates run `true` in containers, each after the one above it."""
    gates = "".join(f'    - gate-{number}: "true"\n' for number in range(count))
    text = f"workflow:\n  executor: docker\n  image: {IMAGE}\n  gates:\n{gates}"
    (root / ".gaterunner.yml").write_text(text, encoding="utf-8")
    commit_to_a_branch(root, env)


def plain(root: Path, count: int) -> list[str]:
    """What a shell script would do: the checkout mounted, the owner's user, nothing held back."""
    mount = shlex.quote(f"{root}:/workspace")
    run = f"docker run --rm --init -u {os.getuid()}:{os.getgid()} -v {mount} -w /workspace {IMAGE} bash -e -c true"
    return ["sh", "-e", "-c", "\n".join([run] * count)]


def measure(count: int, folder: str) -> list[tuple[Cost, Cost]]:
    """What a run with so many gates costs, and so many times `docker run`."""
    root = Path(folder, f"repo-{count}")
    root.mkdir()
    env = at_home_in(folder)
    make_repository(root, count, env)
    ours = [str(Path(sys.executable).parent / "gaterunner"), "run", "--fresh"]
    return compare(ours, plain(root, count), cwd=root, env=env, rounds=8)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        one, twelve = measure(1, folder), measure(12, folder)
    tell("gaterunner run / docker run, twelve no-op gates in containers", twelve, bound=1.1)
    ours, theirs = (
        [(many[side].wall - few[side].wall) / 11 for few, many in zip(one, twelve, strict=True)] for side in (0, 1)
    )
    each = [our / their for our, their in zip(ours, theirs, strict=True)]
    print(
        f"  each gate after the first: {statistics.median(ours) * 1000:.0f} ms against "
        f"{statistics.median(theirs) * 1000:.0f} ms, ratio {statistics.median(each):.2f} (at most 1.1); "
        f"a run of one gate takes {statistics.median(our.wall - their.wall for our, their in one) * 1000:.0f} ms longer"
    )
