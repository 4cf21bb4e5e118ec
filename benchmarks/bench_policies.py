"""All policies over long and over large changes, against gitleaks and squawk in turn.

    python benchmarks/bench_policies.py              made histories: 2,500 and 5,000 commits, 1,000,000 lines in one
    python benchmarks/bench_policies.py REPO BASE    what lies between BASE and HEAD of a repository of yours

Both sides are programs started anew, in turn, on the same branch. gitleaks reads the commits of the range and squawk
the migrations that it adds; gaterunner evaluates every policy that it has. The made histories are of real code, that of
Python's own library: what scanners look for by words is met as often as in a real project. Promises: at most 1.2x of
the time of the two, under 300 MB, and twice the commits cost about twice the time (why not 0.6x: docs/decisions/0021).
"""

from __future__ import annotations

import argparse
import random
import shlex
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from pairs import as_installed, at_home_in, compare, tell

from gaterunner.policies import POLICIES

BOUND = 1.2
MAX_MEMORY_MB = 300
MAX_GROWTH = 1.3  # of the time per commit when the commits double
ROUNDS = 5
_MODULE_CHARACTERS = range(10_000, 40_000)
_BIN = Path(sys.executable).parent
_BY_DATABASE = {
    "forward-only-migrations": "migrations: forward-only",
    "cutovers": "cutovers: feature-flags + dual-write (when needed)",
}


def workflow() -> str:
    """A workflow file that declares every policy."""
    declared = [name for name in POLICIES if name not in _BY_DATABASE]
    database = ", ".join(text for name, text in _BY_DATABASE.items() if name in POLICIES)
    phases = "phases: [built], " if "phases" in POLICIES else ""
    return f"workflow: {{gates: [unit: 'true'], {phases}database: {{{database}}}, policies: [{', '.join(declared)}]}}\n"


class Importer:
    """Writes commits into a new repository through one ``git fast-import``, packed in the end as a server packs."""

    def __init__(self, folder: Path) -> None:
        subprocess.run(["git", "init", "-q", "-b", "main", str(folder)], check=True)
        self._process = subprocess.Popen(["git", "-C", str(folder), "fast-import", "--quiet"], stdin=subprocess.PIPE)
        self._number = 0

    def commit(self, branch: str, files: Mapping[str, str], start: str | None = None) -> None:
        """Adds one commit to a branch, which begins at ``start`` when it is new."""
        assert self._process.stdin is not None
        self._number += 1
        who = f"Author <author@users.noreply.github.com> {1_700_000_000 + self._number} +0000"
        origin = f"from {start}\n" if start else ""
        out = [f"commit refs/heads/{branch}\ncommitter {who}\ndata 5\nWork\n\n{origin}".encode()]
        for path, text in files.items():
            content = text.encode()
            out += [f"M 100644 inline {path}\ndata {len(content)}\n".encode(), content, b"\n"]
        self._process.stdin.write(b"".join(out))

    def finish(self, folder: Path) -> None:
        """Ends the import and checks the branch out."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        assert self._process.wait() == 0
        subprocess.run(["git", "-C", str(folder), "switch", "-q", "feat/x"], check=True)
        # fast-import stores a content as its difference from whatever came before; a server or `git gc` packs anew.
        subprocess.run(["git", "-C", str(folder), "repack", "-adfq"], check=True)


def library() -> list[list[str]]:
    """The lines of the modules of Python's own library that have some hundreds of them, sorted by name."""
    folder = Path(sysconfig.get_paths()["stdlib"])
    texts = (path.read_text(encoding="utf-8", errors="replace") for path in sorted(folder.glob("*.py")))
    return [text.splitlines() for text in texts if len(text) in _MODULE_CHARACTERS]


def migration(number: int) -> tuple[str, str]:
    """The path and the text of a migration that adds a table."""
    path = f"prisma/migrations/{20_240_000_000_000 + number}_add_{number}/migration.sql"
    return path, f'CREATE TABLE IF NOT EXISTS "t{number}" ("id" BIGINT PRIMARY KEY, "name" TEXT, "at" TIMESTAMPTZ);\n'


def base_files() -> dict[str, str]:
    """What both branches start from."""
    schema = 'datasource db {\n  provider = "postgresql"\n}\n'
    path, text = migration(0)
    return {".gaterunner.yml": workflow(), "prisma/schema.prisma": schema, path: text}


def edits(generator: random.Random, commits: int) -> Iterator[dict[str, str]]:
    """The files of each commit: two places of some lines edited in each of three modules, now and then a migration."""
    modules = library()
    pool = [line for lines in modules for line in lines]
    for number in range(1, commits + 1):
        files = {}
        for index in generator.sample(range(len(modules)), 3):
            lines = modules[index]
            for _ in range(2):
                at, taken = generator.randrange(len(lines)), generator.randrange(len(pool) - 8)
                lines[at : at + 8] = pool[taken : taken + 8]
            files[f"src/m{index}.py"] = "\n".join([*lines, ""])
        if number % 10 == 0:
            path, text = migration(number)
            files[path] = text
        yield files


def make_history(folder: Path, commits: int) -> None:
    """A branch of many commits."""
    importer = Importer(folder)
    importer.commit("main", base_files())
    for number, files in enumerate(edits(random.Random(commits), commits)):  # noqa: S311 - the same in every run
        importer.commit("feat/x", files, None if number else "refs/heads/main")
    importer.finish(folder)


def make_large(folder: Path, lines: int) -> None:
    """A branch of one commit that adds many lines, in files of 2,000 lines."""
    generator = random.Random(lines)  # noqa: S311 - the same in every run
    pool = [line for module in library() for line in module]
    importer = Importer(folder)
    importer.commit("main", base_files())
    files = {}
    for number in range(lines // 2_000):
        taken = [generator.randrange(len(pool) - 8) for _ in range(250)]
        files[f"src/large/m{number}.py"] = "".join(f"{line}\n" for at in taken for line in pool[at : at + 8])
    importer.commit("feat/x", files, "refs/heads/main")
    importer.finish(folder)


def peers(folder: Path, base: str) -> list[str]:
    """gitleaks over the commits, then squawk over the migrations that they add."""
    added = subprocess.run(
        ["git", "-C", str(folder), "diff", "--name-only", "--diff-filter=A", f"{base}...HEAD", "--", "*.sql"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    script = f"{shlex.quote(str(_BIN / 'gitleaks'))} git --no-banner --exit-code 0 --log-opts={base}..HEAD ."
    if added:  # whatever it finds, only its time counts here
        listing = folder / ".git" / "added-migrations"
        listing.write_text("\n".join(added), encoding="utf-8")
        script += f"; xargs {shlex.quote(str(_BIN / 'squawk'))} < .git/added-migrations || true"
    return ["sh", "-c", script]


_LARGEST_CHILD = """\
import resource, subprocess, sys
status = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
assert status in (0, 1), status
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def memory_mb(command: list[str], folder: Path, env: Mapping[str, str]) -> float:
    """The most memory that the largest of our processes held, in MB."""
    # Told of the largest child that ever was, and the git that packed the history was larger: so by another process.
    asked = [sys.executable, "-c", _LARGEST_CHILD, *command]
    told = subprocess.run(asked, cwd=folder, env=as_installed(env), capture_output=True, check=True, text=True).stdout
    return int(told) / 1024


def measure(title: str, folder: Path, base: str, env: Mapping[str, str]) -> float:
    """Prints what both cost, and gives our median seconds."""
    law = Path(env["HOME"], "law.yml")
    law.write_text(workflow(), encoding="utf-8")
    ours = [str(_BIN / "gaterunner"), "check", "--base", base, "--config", str(law)]
    rounds = compare(ours, peers(folder, base), cwd=folder, env=env, rounds=ROUNDS, codes=(0, 1))
    tell(f"gaterunner check, all {len(POLICIES)} policies / gitleaks and squawk, {title}", rounds, bound=BOUND)
    return statistics.median(our.wall for our, _ in rounds)


def made(kind: str, size: int) -> float:
    """Measures one made history, and gives our median seconds."""
    with tempfile.TemporaryDirectory() as temporary:
        folder, env = Path(temporary, "repo"), at_home_in(temporary)
        (make_history if kind == "commits" else make_large)(folder, size)
        memory = memory_mb([str(_BIN / "gaterunner"), "check"], folder, env)
        seconds = measure(f"{size:,} {kind}", folder, "main", env)
        print(f"  {memory:.0f} MB of memory at most (under {MAX_MEMORY_MB})")
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("repository", type=Path, nargs="?")
    parser.add_argument("base", nargs="?", default="main")
    arguments = parser.parse_args()
    if arguments.repository:
        with tempfile.TemporaryDirectory() as home:
            measure("that repository", arguments.repository, arguments.base, at_home_in(home))
        return
    seconds = {}
    for kind, size in (("commits", 2_500), ("commits", 5_000), ("lines", 1_000_000)):
        started = time.monotonic()
        seconds[size] = made(kind, size)
        print(f"  measured in {time.monotonic() - started:.0f} s")
    growth = seconds[5_000] / seconds[2_500] / 2
    print(f"twice the commits: {growth:.2f}x of the time per commit (at most {MAX_GROWTH})")


if __name__ == "__main__":
    main()
