"""Planning 1,000 gates, and dividing them for a fan-out, against pre-commit reading as many hooks."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from pairs import at_home_in, commit_to_a_branch, compare, tell

GATES = 1000
FOLDERS = 50


def make_repository(root: Path, env: dict[str, str]) -> None:
    """Half of the gates are looked up in the Makefile; all have paths, most have needs, and every tenth has shards."""
    gates, rules, hooks = [], [], []
    for number in range(GATES):
        name, folder = f"gate-{number}", f"src/{number % FOLDERS}"
        needs = f"[gate-{number - FOLDERS}]" if number >= FOLDERS else "[]"
        options = [f"needs: {needs}", f'paths: "{folder}/**"']
        if number % 2:
            options.append(f"run: make -C {folder}")
        else:
            rules.append(f"{name}:\n\ttrue\n")
        if number % 10 == 0:
            options.append("shards: 4")
        gates.append(f"    - {name}: {{{', '.join(options)}}}\n")
        hooks.append(
            f"      - {{id: {name}, name: {name}, entry: make -C {folder}, language: system, files: ^{folder}/}}\n"
        )
    (root / ".gaterunner.yml").write_text("workflow:\n  gates:\n" + "".join(gates), encoding="utf-8")
    (root / "Makefile").write_text("".join(rules), encoding="utf-8")
    (root / ".pre-commit-config.yaml").write_text(
        f"repos:\n  - repo: local\n    hooks:\n{''.join(hooks)}", encoding="utf-8"
    )

    commit_to_a_branch(root, env)
    for number in range(FOLDERS):
        source = root / "src" / str(number)
        source.mkdir(parents=True)
        (source / "a.py").write_text("VALUE = 1\n", encoding="utf-8")
    for arguments in (["add", "-A"], ["commit", "-q", "-m", "Work"]):
        subprocess.run(["git", *arguments], cwd=root, env=env, check=True)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "repo")
        root.mkdir()
        env = at_home_in(folder)
        make_repository(root, env)
        bin = Path(sys.executable).parent
        peer = [str(bin / "pre-commit"), "validate-config"]
        for options in (["--format", "json"], ["--matrix", "--parts", "64"]):
            rounds = compare([str(bin / "gaterunner"), "plan", *options], peer, cwd=root, env=env)
            tell(f"gaterunner plan {' '.join(options)} / pre-commit validate-config, {GATES} steps", rounds, bound=2.5)
            slowest = max(ours.cpu for ours, _ in rounds)
            print(f"  the slowest of {len(rounds)} took {slowest:.2f} s of processor time (at most 1 s)")
