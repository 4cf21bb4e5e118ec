"""A run that finds all of its six gates in the cache, over 10,000 files, against make whose targets are up to date.

make looks at the time of every file that a target depends on; gaterunner judges a commit: it asks git for the change,
whether the work tree is clean, and for the tree, and finds the report that proved each gate.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from pairs import at_home_in, commit_to_a_branch, compare, tell

FILES = 10_000
LIMIT_S = 0.5
INPUTS = {
    "build": ["src/**"],
    "type-check": ["src/**/*.py"],
    "lint": ["**/*.py"],
    "unit": ["src/**", "tests/**"],
    "integration": ["src/**", "tests/**", "!**/*.md"],
    "smoke": ["src/pkg1/**"],
}


def make_repository(root: Path, env: dict[str, str]) -> None:
    """10,000 files in 200 folders, and the same six steps declared for both tools; both have done them once."""
    for number in range(FILES):
        file = root / ("src" if number % 4 else "tests") / f"pkg{number % 100}" / f"module{number}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"VALUE = {number}\n", encoding="utf-8")
    gates = "".join(f"    - {name}: {{run: 'true', inputs: {globs}}}\n" for name, globs in INPUTS.items())
    (root / ".gaterunner.yml").write_text(f"workflow:\n  gates:\n{gates}", encoding="utf-8")
    (root / ".gitignore").write_text(".done-*\n", encoding="utf-8")
    names = [f".done-{name}" for name in INPUTS]
    (root / "Makefile").write_text(
        f"FILES := $(shell git ls-files src tests)\nall: {' '.join(names)}\n{' '.join(names)}: $(FILES)\n\ttouch $@\n",
        encoding="utf-8",
    )
    commit_to_a_branch(root, env)
    subprocess.run(["git", "commit", "-q", "--allow-empty", "-m", "Change"], cwd=root, env=env, check=True)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "repo")
        root.mkdir()
        env = at_home_in(folder)
        make_repository(root, env)
        gaterunner = str(Path(sys.executable).parent / "gaterunner")
        rounds = compare([gaterunner, "run"], ["make", "--silent", "--no-builtin-rules", "all"], cwd=root, env=env)
        done = subprocess.run([gaterunner, "run"], cwd=root, env=env, capture_output=True, text=True, check=True)
        assert done.stdout.count("cached: passed on") == len(INPUTS), done.stdout
        tell("gaterunner run, six cached gates / make, six targets up to date; 10,000 files", rounds, bound=12.0)
        slowest = max(ours.wall for ours, _ in rounds)
        print(f"  slowest round {slowest * 1000:.0f} ms (at most {LIMIT_S * 1000:.0f} ms)")
