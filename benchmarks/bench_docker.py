"""Twelve gates in containers that do nothing, against twelve times `docker run` of the same image, one after the other.

`GATERUNNER_TEST_BASE_IMAGE` names an image with bash that the engine has; without one, debian:bookworm-slim is pulled.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from pairs import compare, tell

IMAGE = os.environ.get("GATERUNNER_TEST_BASE_IMAGE", "debian:bookworm-slim")
NAMES = tuple(f"gate-{number}" for number in range(1, 13))


def make_repository(root: Path, env: dict[str, str]) -> None:
    """A repository whose gates run `true` in containers, each after the one above it."""
    gates = "".join(f'    - {name}: "true"\n' for name in NAMES)
    text = f"workflow:\n  executor: docker\n  image: {IMAGE}\n  gates:\n{gates}"
    (root / ".gaterunner.yml").write_text(text, encoding="utf-8")
    for arguments in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "Start"]):
        subprocess.run(["git", *arguments], cwd=root, env=env, check=True)
    subprocess.run(["git", "switch", "-q", "-c", "feat/x"], cwd=root, env=env, check=True)


def plain(root: Path) -> list[str]:
    """What a shell script would do: the checkout mounted, the owner's user, nothing held back."""
    mount = shlex.quote(f"{root}:/workspace")
    run = f"docker run --rm --init -u {os.getuid()}:{os.getgid()} -v {mount} -w /workspace {IMAGE} bash -e -c true"
    return ["sh", "-e", "-c", "\n".join([run] * len(NAMES))]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "repo")
        root.mkdir()
        identity = {f"GIT_{role}_{field}": "bench" for role in ("AUTHOR", "COMMITTER") for field in ("NAME", "EMAIL")}
        env = {**os.environ, **identity, "HOME": folder}
        make_repository(root, env)
        ours = [str(Path(sys.executable).parent / "gaterunner"), "run", "--fresh"]
        tell(
            "gaterunner run / docker run, twelve no-op gates in containers",
            compare(ours, plain(root), cwd=root, env=env, rounds=8),
            bound=1.1,
        )
