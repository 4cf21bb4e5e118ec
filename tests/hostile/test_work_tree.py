"""Gates see the work tree, policies see git objects: ways to make the two differ."""

from __future__ import annotations

import subprocess
import sys
import zlib

import pytest

from gaterunner.model import Outcome, Report
from tests.command_line import gaterunner
from tests.gitrepo import Repository
from tests.secrets.credentials import fill

LAW = """\
workflow:
  gates:
    - build: sh build.sh
    - unit: sh unit.sh
  policies: [no-secret-changes]
"""


@pytest.fixture
def branch(repo: Repository) -> Repository:
    repo.commit("Law", {".gaterunner.yml": LAW, "build.sh": "exit 0\n", "unit.sh": "exit 0\n"})
    repo.switch("feat/x", create=True)
    repo.commit("Work", {"tests/test_a.py": "assert False\n"})
    return repo


def notes(report: Report) -> tuple[str, ...]:
    assert report.change is not None
    return report.change.notes


def test_a_test_that_is_not_checked_out_is_said(branch: Repository) -> None:
    branch.git("update-index", "--skip-worktree", "tests/test_a.py")
    branch.write({"tests/test_a.py": None})

    ran = gaterunner(branch.root, "run", "--format", "json")

    told = "files that are not checked out (sparse checkout) are judged, but no gate sees them: 'tests/test_a.py'"
    assert told in notes(ran.report)
    assert ran.report.change is not None
    assert not ran.report.change.dirty


def test_what_the_private_ignore_file_hides_is_said(branch: Repository) -> None:
    branch.write({".git/info/exclude": "# mine\nconftest.py\n", "tests/conftest.py": "x\n"})

    ran = gaterunner(branch.root, "run", "--format", "json")

    told = "files that .git/info/exclude ignores are not judged, but gates see them: 'tests/conftest.py'"
    assert told in notes(ran.report)


def test_an_ignore_file_that_ignores_itself_is_said(branch: Repository) -> None:
    branch.write({"tests/.gitignore": "*\n", "tests/conftest.py": "x\n"})

    ran = gaterunner(branch.root, "run", "--format", "json")

    told = "what these files ignore, themselves included, is not judged, but gates see it: 'tests/.gitignore'"
    assert told in notes(ran.report)


def test_a_tools_own_cache_folder_is_nothing_to_tell(branch: Repository) -> None:
    branch.write({".pytest_cache/.gitignore": "*\n", ".pytest_cache/x": "x\n"})

    ran = gaterunner(branch.root, "run", "--format", "json")

    assert not any("ignore" in note for note in notes(ran.report))


def test_a_moved_submodule_in_a_clean_work_tree_is_said(branch: Repository) -> None:
    inner = Repository.create(branch.root / "inner")
    inner.commit("Inner", {"x": "1\n"})
    branch.commit("Add inner")
    inner.commit("More", {"x": "2\n"})

    ran = gaterunner(branch.root, "run", "--format", "json")

    assert "submodules at another commit than recorded are not judged as such: 'inner'" in notes(ran.report)


def test_head_by_name_does_not_hide_uncommitted_work(branch: Repository) -> None:
    branch.write({"tests/test_a.py": "assert True\n"})

    ran = gaterunner(branch.root, "run", "--head", "feat/x")

    assert ran.code == 2
    told = "the work tree holds changes that are not committed, so gates would not see feat/x"
    assert told in " ".join(ran.out.split())
    assert gaterunner(branch.root, "check", "--head", "feat/x").code == 0


def test_a_gate_that_commits_leaves_no_verdict(branch: Repository) -> None:
    commit = "git -c user.name=a -c user.email=a@example.invalid commit -qam x"
    branch.commit("Commit", {"build.sh": f"echo 'assert True' > tests/test_a.py\n{commit}\n"})

    ran = gaterunner(branch.root, "run")

    assert ran.code == 3
    assert "somebody committed or switched while the gates ran" in " ".join(ran.out.split())


def test_a_gate_that_changes_what_later_gates_see_is_said(branch: Repository) -> None:
    branch.commit("Mend", {"build.sh": "echo 'assert True' > tests/test_a.py; echo new > built\n"})

    ran = gaterunner(branch.root, "run", "--format", "json")

    told = "gates changed files of the judged tree, so that a later gate or step sees others: 'tests/test_a.py'"
    assert told in notes(ran.report)


def test_a_gate_that_only_builds_is_nothing_to_tell(branch: Repository) -> None:
    branch.commit("Build", {"build.sh": "echo new > built; touch tests/test_a.py; git status >/dev/null\n"})

    ran = gaterunner(branch.root, "run", "--format", "json")

    assert not any("changed" in note for note in notes(ran.report))


def forge(repo: Repository, name: str) -> str:
    """A line of Python that puts another content under the id of a committed file."""
    id = repo.git("rev-parse", f"HEAD:{name}")
    path = f".git/objects/{id[:2]}/{id[2:]}"
    data = zlib.compress(b"blob 2\0x\n")
    return f"import os; os.chmod({path!r}, 0o644); open({path!r}, 'wb').write({data!r})\n"


def test_a_gate_cannot_swap_the_objects_that_policies_read(branch: Repository) -> None:
    filler = {f"a{number}.txt": f"a harmless line {number}\n" * 200_000 for number in range(4)}
    branch.commit("Filler, to have something to read for a while", filler)
    branch.commit("Secret", {"z.txt": fill("token = '{github_pat}'\n")})
    branch.commit("Forge", {"forge.py": forge(branch, "z.txt"), "build.sh": "python3 forge.py\n"})

    ran = gaterunner(branch.root, "run", "--format", "json")

    # Which of the two it is depends on who was faster; the gate never gets its way.
    assert ran.code in (1, 3)
    assert ran.policy("no-secret-changes").outcome in (Outcome.FAILED, Outcome.ERRORED)


def test_a_gate_cannot_swap_the_trees_that_policies_read(branch: Repository) -> None:
    branch.commit("Secret", {"z.txt": fill("token = '{github_pat}'\n")})
    empty = branch.git("hash-object", "-w", "-t", "tree", "--stdin", input=b"")
    forged = f".git/objects/{empty[:2]}/{empty[2:]}"
    lines = ["import os, shutil, subprocess", "told = subprocess.check_output"]
    # Every tree but the empty one shows nothing, for as long as the gate takes.
    lines += [
        "ids = told(['git', 'rev-list', '--objects', '--all', '--no-object-names'], text=True).split()",
        "trees = [id for id in ids if told(['git', 'cat-file', '-t', id], text=True) == 'tree\\n']",
        "for id in trees:",
        "    path = f'.git/objects/{id[:2]}/{id[2:]}'",
        f"    os.path.exists(path) and (os.unlink(path), shutil.copy({forged!r}, path))",
    ]
    branch.commit("Forge", {"forge.py": "\n".join(lines) + "\n", "build.sh": "python3 forge.py\n"})

    ran = gaterunner(branch.root, "run", "--format", "json")

    assert ran.policy("no-secret-changes").outcome is Outcome.FAILED


def test_a_forged_object_is_an_error(branch: Repository) -> None:
    branch.commit("Secret", {"z.txt": fill("token = '{github_pat}'\n")})
    subprocess.run([sys.executable, "-c", forge(branch, "z.txt")], cwd=branch.root, check=True)

    ran = gaterunner(branch.root, "check", "--format", "json")

    assert ran.code == 3
    assert ran.policy("no-secret-changes").outcome is Outcome.ERRORED
    assert "does not hold the content that its name stands for" in ran.policy("no-secret-changes").reason


def test_a_branch_is_not_measured_by_itself(branch: Repository) -> None:
    main = branch.git("rev-parse", "main")
    branch.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/heads/feat/x")

    ran = gaterunner(branch.root, "run", "--format", "json")

    assert ran.report.change is not None
    assert (ran.report.change.base, ran.report.change.target) == (main, "main")
