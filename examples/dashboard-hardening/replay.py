"""Replays the branch of this example: once as its contract says, and once for each way of breaking it.

python replay.py                 all of them, a line each
python replay.py honest          one of them, with its whole report
python replay.py --keep FOLDER   leaves the repositories there

Every branch is made in a repository of its own, by git, from the folders `base` and `phase` and the edits in
`breaks.toml`. It needs `gaterunner` on the path, a Docker engine, and the image that README.md builds.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).resolve().parent
HONEST = "honest"
QUESTION = "refactor-now-or-later"
BRANCH = "feat/dashboard-hardening"
PERSON = ("-c", "user.name=Author", "-c", "user.email=author@example.invalid")


class Break(NamedTuple):
    """One way to break the contract: its name, the rule that has to tell of it, and what it does to the branch."""

    name: str
    rule: str
    says: str
    branch: str
    edits: tuple[dict[str, Any], ...]


class Seen(NamedTuple):
    """What gaterunner says of a branch: its exit code, its verdict, and the rules of all findings that block."""

    code: int
    verdict: str
    rules: frozenset[str]
    report: str


def breaks() -> Iterator[Break]:
    """All of `breaks.toml`, in its order."""
    for name, said in tomllib.loads((HERE / "breaks.toml").read_text("utf-8")).items():
        yield Break(
            name=name,
            rule=said["rule"],
            says=said["says"],
            branch=said.get("branch", BRANCH),
            edits=tuple(said.get("edit", ())),
        )


def build(
    folder: Path, broken: Break | None, *, gaterunner: Sequence[str], law: Callable[[str], str] = lambda text: text
) -> None:
    """Makes the repository in ``folder``, its branch checked out; ``law`` may change the workflow file's images."""
    shutil.copytree(HERE / "base", folder)
    (folder / "gitignore").rename(folder / ".gitignore")
    workflow = folder / ".gaterunner.yml"
    workflow.write_text(law(workflow.read_text("utf-8")), "utf-8")
    git(folder, "init", "-q", "-b", "main")
    _commit(folder, "Show what became of messages")
    branch = BRANCH if broken is None else broken.branch
    git(folder, "switch", "-q", "-c", branch)
    if branch == BRANCH:
        _do_the_work(folder, gaterunner)
    if broken is not None:
        for edit in broken.edits:
            _edit(folder, edit)
        _commit(folder, broken.says)


def _do_the_work(folder: Path, gaterunner: Sequence[str]) -> None:
    for part, paths in _PARTS.items():
        for path in paths:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(HERE / "phase" / path, folder / path)
        _commit(folder, part)
    subprocess.run([*gaterunner, "decide", QUESTION, "--record"], cwd=folder, check=True, capture_output=True)
    _commit(folder, "Record why the store is not refactored now")


_PARTS = {
    "Offer the windows 1h and 21d behind a flag": (
        "dashboard/windows.py",
        "dashboard/flags.py",
        "flags.json",
        "tests/unit/test_windows.py",
        "tests/unit/test_flags.py",
    ),
    "Tell of analyses that take too long": ("dashboard/pipeline.py", "tests/unit/test_pipeline.py"),
    "Keep moments as moments, beside the old form": (
        "dashboard/store.py",
        "migrations/0002_occurred_at.sql",
        ".gaterunner/cutovers.yml",
        "tests/integration/test_store.py",
    ),
}


def _edit(folder: Path, edit: dict[str, Any]) -> None:
    """Writes a file, or puts one text in the place of another that stands in it once."""
    path = folder / edit["path"]
    path.parent.mkdir(parents=True, exist_ok=True)
    if "old" in edit:
        text = path.read_text("utf-8")
        if text.count(edit["old"]) != 1:
            raise SystemExit(f"{edit['path']}: {edit['old']!r} does not stand there once")
        path.write_text(text.replace(edit["old"], edit["new"]), "utf-8")
    else:
        path.write_text(edit.get("write") or f"{edit['line']}\n" * edit["times"], "utf-8")


def judge(folder: Path, *, gaterunner: Sequence[str]) -> Seen:
    """Runs all gates and policies on the branch that is checked out."""
    ran = subprocess.run(
        [*gaterunner, "run", "--keep-going", "--format", "json"],
        cwd=folder,
        check=False,
        capture_output=True,
        text=True,
    )
    if not ran.stdout.startswith("{"):
        raise SystemExit(ran.stderr)
    report = json.loads(ran.stdout)
    results = [result for result in (*report["gates"], *report["policies"]) if result["outcome"] not in _GOOD]
    rules = {finding["rule"] for result in results for finding in result["findings"] if finding["severity"] == "error"}
    return Seen(code=ran.returncode, verdict=report["verdict"], rules=frozenset(rules), report=ran.stdout)


_GOOD = ("passed", "skipped", "waived")


def git(folder: Path, *arguments: str) -> None:
    """Runs git in a repository, as its author."""
    subprocess.run(["git", *PERSON, *arguments], cwd=folder, check=True, capture_output=True)


def _commit(folder: Path, message: str) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "-q", "-m", message)


def main() -> int:
    """0 when every branch ends as it has to."""
    known = {broken.name: broken for broken in breaks()}
    parser = argparse.ArgumentParser(description="Replays the branch of this example.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{HONEST}, {', '.join(known)} (default: all)")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="leave the repositories in this folder")
    given = parser.parse_args()
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="dashboard-hardening-") as temporary:
        for name in given.names or [HONEST, *known]:
            if name != HONEST and name not in known:
                parser.error(f"{name} is none of {HONEST}, {', '.join(known)}")
            broken = known.get(name)
            folder = (given.keep or Path(temporary)) / name
            build(folder, broken, gaterunner=["gaterunner"])
            if given.names:
                subprocess.run(["gaterunner", "run", "--keep-going"], cwd=folder, check=False)
                continue
            seen = judge(folder, gaterunner=["gaterunner"])
            right = seen.verdict == "pass" if broken is None else seen.verdict == "fail" and broken.rule in seen.rules
            wrong += not right
            told = broken.rule if broken is not None else "every gate ran and passed, and no policy was broken"
            row = f"{'as it should' if right else 'WRONG':<13} {name:<19} {seen.verdict:<6} {told}"
            print(row, flush=True)  # noqa: T201  a table is what this program is for
    return min(wrong, 1)


if __name__ == "__main__":
    sys.exit(main())
