"""Six gates that do nothing, without policies, against pre-commit with six hooks that do nothing."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from pairs import at_home_in, commit_to_a_branch, compare, tell

NAMES = ("build", "type-check", "lint", "unit", "integration", "smoke")


def make_repository(root: Path, env: dict[str, str]) -> None:
    """A repository of 200 files with the same six steps declared for both tools."""
    (root / ".gaterunner.yml").write_text(
        "workflow:\n  gates:\n" + "".join(f'    - {name}: "true"\n' for name in NAMES), encoding="utf-8"
    )
    hooks = "".join(
        f"      - {{id: {name}, name: {name}, entry: 'true', language: system, pass_filenames: false,"
        " always_run: true}\n"
        for name in NAMES
    )
    (root / ".pre-commit-config.yaml").write_text(f"repos:\n  - repo: local\n    hooks:\n{hooks}", encoding="utf-8")
    for number in range(200):
        (root / f"file{number}.py").write_text(f"VALUE = {number}\n", encoding="utf-8")
    commit_to_a_branch(root, env)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "repo")
        root.mkdir()
        env = at_home_in(folder)
        make_repository(root, env)
        bin = Path(sys.executable).parent
        rounds = compare(
            [str(bin / "gaterunner"), "run"], [str(bin / "pre-commit"), "run", "--all-files"], cwd=root, env=env
        )
        tell("gaterunner run / pre-commit run --all-files, six no-op steps", rounds, bound=1.1)
