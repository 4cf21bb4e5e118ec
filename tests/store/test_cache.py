"""A gate with `inputs:` that passed is not run again for identical inputs."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

import pytest
from msgspec.structs import replace

from gaterunner.model import (
    CoverageCounts,
    Finding,
    GateResult,
    Outcome,
    ServiceUse,
    Severity,
)
from gaterunner.model import TestCase as Case
from gaterunner.model import TestCounts as Counts
from tests.store.runs import UNIT, Branch, Gate


def cached(branch: Branch) -> bool:
    return branch.run().gate.cached


def test_a_second_run_takes_the_result_of_the_first(tmp_path: Path) -> None:
    branch = Branch(tmp_path)

    first, second = branch.run(), branch.run()

    assert (first.told, first.kept_not, first.notes) == ({"unit": "passed"}, "", ())
    assert second.told == {"unit": "cached"}
    proof = second.gate.proof
    assert proof is not None
    assert proof.report == hashlib.sha256(first.encoded).hexdigest()
    assert proof.commit == branch.repo.head
    assert second.gate.reason == (
        f"cached: passed on {branch.repo.head[:8]} at 2026-11-20 12:01 UTC, report {proof.report[:8]}"
    )
    assert (second.gate.started, second.gate.duration_s, second.gate.attempts) == (None, 0.0, 0)


def test_what_was_seen_of_the_gate_is_told_again(tmp_path: Path) -> None:
    branch = Branch(tmp_path)
    branch.repo.commit("Change", {"src/app.py": "print(2)\n"})
    seen = branch.passed(
        tests=Counts(total=2, passed=2),
        cases=(Case(id="a", state="passed"), Case(id="b", state="passed")),
        log="some.log",
        log_tail=("ok",),
        findings=(
            Finding(rule="result-repeated", severity=Severity.NOTICE, message="twice"),
            Finding(rule="process-left-behind", severity=Severity.NOTICE, message="one"),
        ),
    )
    branch.run(lambda _: seen)

    told = branch.run().gate

    assert (told.tests, told.cases) == (seen.tests, seen.cases)
    assert (told.log, told.log_tail, [each.rule for each in told.findings]) == (None, (), ["result-repeated"])


def test_the_proof_of_a_cached_result_stays_the_run_that_executed_it(tmp_path: Path) -> None:
    branch = Branch(tmp_path)
    branch.run()
    second, third = branch.run(), branch.run()
    branch.repo.commit("Docs", {"docs/x.txt": "x"})

    assert second.gate.proof == third.gate.proof == branch.run().gate.proof


def test_fresh_takes_nothing_and_keeps_what_passes(tmp_path: Path) -> None:
    branch = Branch(tmp_path)
    branch.run()

    again = branch.run(fresh=True)
    third = branch.run()

    assert again.told == {"unit": "passed"}
    assert third.gate.proof is not None
    assert third.gate.proof.report == hashlib.sha256(again.encoded).hexdigest()


# --- what counts -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["docs/index.txt", "README.md", "CHANGELOG.md", "LICENSE", "scripts/x.sh"])
def test_other_files_do_not_count(tmp_path: Path, path: str) -> None:
    branch = Branch(tmp_path)
    branch.run()
    branch.repo.commit("Other", {path: "new"})

    assert cached(branch)


@pytest.mark.parametrize("path", ["src/app.py", "src/new.py", "src/.hidden", "Makefile", "conftest.py", ".flags"])
def test_inputs_and_settings_in_the_root_count(tmp_path: Path, path: str) -> None:
    branch = Branch(tmp_path)
    branch.run()
    branch.repo.commit("Change", {path: "new"})

    assert not cached(branch)


def test_settings_in_the_working_directory_and_above_it_count(tmp_path: Path) -> None:
    workflow = 'workflow: {gates: [unit: {run: pytest, cwd: web/app, inputs: ["src/**"]}]}'
    branch = Branch(tmp_path, workflow, {"web/app/src/x.js": "x"})
    for path, expected in {
        "web/package.json": False,
        "web/app/package.json": False,
        "web/other/package.json": True,
        "web/app/lib/x.js": True,
    }.items():
        branch.run()
        branch.repo.commit("Change", {path: "new"})
        assert (path, cached(branch)) == (path, expected)


def test_what_a_glob_takes_away_does_not_count(tmp_path: Path) -> None:
    branch = Branch(tmp_path, 'workflow: {gates: [unit: {run: pytest, inputs: ["src/**", "!**/*.txt", "!Makefile"]}]}')
    branch.run()
    branch.repo.commit("Other", {"src/notes.txt": "x", "Makefile": "all:"})

    assert cached(branch)


def test_the_executable_bit_counts(tmp_path: Path) -> None:
    branch = Branch(tmp_path)
    branch.run()
    (branch.root / "src/app.py").chmod(0o755)
    branch.repo.commit("Executable")

    assert not cached(branch)


def test_a_new_name_counts(tmp_path: Path) -> None:
    branch = Branch(tmp_path)
    branch.run()
    branch.repo.git("mv", "src/app.py", "src/main.py")
    branch.repo.commit("Move")

    assert not cached(branch)


def test_where_a_symbolic_link_points_counts(tmp_path: Path) -> None:
    branch = Branch(tmp_path, files={"lib/a": "a", "lib/b": "b"})
    (branch.root / "deep").mkdir()
    (branch.root / "deep/link").symlink_to("../lib/a")
    branch.repo.commit("Link")
    assert branch.run().kept_not == ""
    (branch.root / "deep/link").unlink()
    (branch.root / "deep/link").symlink_to("../lib/b")
    branch.repo.commit("Another link")

    assert not cached(branch)


def test_a_submodules_commit_counts(tmp_path: Path) -> None:
    branch = Branch(tmp_path)
    first, second = branch.repo.head, branch.repo.commit("More", {"docs/x": "x"})
    branch.repo.git("update-index", "--add", "--cacheinfo", f"160000,{first},vendor/lib")
    branch.repo.git("commit", "-qm", "Submodule")
    (branch.root / "vendor/lib").mkdir(parents=True)
    assert branch.run().kept_not == ""
    assert cached(branch)
    branch.repo.git("update-index", "--cacheinfo", f"160000,{second},vendor/lib")
    branch.repo.git("commit", "-qm", "Newer")

    assert not cached(branch)


def test_a_submodule_that_is_checked_out_is_not_looked_into(tmp_path: Path) -> None:
    branch = Branch(tmp_path)
    source = branch.repo.create(tmp_path / "lib")
    source.commit("Start", {"x": "x"})
    branch.repo.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(source.root), "vendor/lib")
    branch.repo.commit("Submodule")

    assert "'vendor/lib' is a submodule that is checked out" in branch.run().kept_not
    assert not cached(branch)


def test_no_file_that_matches_is_no_result_to_keep(tmp_path: Path) -> None:
    branch = Branch(tmp_path, 'workflow: {gates: [unit: {run: pytest, inputs: ["source/**"]}]}')

    assert branch.run().kept_not == ("not kept for later runs: no file of the judged tree matches `inputs`: source/**")
    assert not cached(branch)


def test_a_gate_without_inputs_runs_every_time(tmp_path: Path) -> None:
    branch = Branch(tmp_path, "workflow: {gates: [unit: pytest]}")
    branch.run()

    assert not cached(branch)


def test_gates_with_the_same_command_and_inputs_do_not_stand_for_each_other(tmp_path: Path) -> None:
    branch = Branch(tmp_path, 'workflow: {gates: [unit: {run: pytest, inputs: ["src/**"]}]}')
    branch.run()
    branch.workflow = 'workflow: {gates: [smoke: {run: pytest, inputs: ["src/**"]}]}'

    assert not cached(branch)


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("shell: sh", False),
        ("env: {A: b}", False),
        ("cwd: src", False),
        ("tests: out.xml", False),
        ("coverage: {files: cov.xml, minimum: 80}", False),
        ("shards: 4", True),  # a plain run runs the gate whole
        ("needs: []", True),
        ("advisory: true", True),
        ("retries: 2", True),
        ("timeout: 1h", True),
        ("timeout: 1s", False),  # it took two
    ],
)
def test_what_else_counts(tmp_path: Path, more: str, expected: bool) -> None:
    branch = Branch(tmp_path)
    branch.run()
    branch.workflow = f'workflow: {{gates: [unit: {{run: pytest, inputs: ["src/**"], {more}}}]}}'

    assert cached(branch) is expected


@pytest.mark.parametrize("name", ["PATH", "JAVA_HOME", "LANG"])
def test_the_toolchain_of_this_machine_counts(tmp_path: Path, name: str) -> None:
    branch = Branch(tmp_path)
    branch.run()
    branch.environment[name] = "/opt/toolchain-2/bin:/usr/bin:/bin"

    assert not cached(branch)


# --- images ----------------------------------------------------------------------------------------------------------

IN_AN_IMAGE = 'workflow: {gates: [unit: {run: pytest, image: "python:3", inputs: ["src/**"]}]}'


def test_an_images_digest_counts(tmp_path: Path) -> None:
    branch = Branch(tmp_path, IN_AN_IMAGE)
    branch.digests["python:3"] = "sha256:1"
    branch.run()
    assert cached(branch)
    branch.environment["PATH"] = "/bin:/usr/bin"
    assert cached(branch), "a container has a PATH of its own"
    branch.digests["python:3"] = "sha256:2"

    assert not cached(branch)


def test_without_a_digest_nothing_is_taken_and_kept(tmp_path: Path) -> None:
    branch = Branch(tmp_path, IN_AN_IMAGE)

    assert branch.run().kept_not.endswith("the digest of an image that it rests on is not known")
    assert not cached(branch)


def test_the_images_of_services_count(tmp_path: Path) -> None:
    branch = Branch(
        tmp_path,
        'workflow: {services: {a: "redis:7"}, gates: [unit: {run: x, inputs: ["src/**"], services: {b: "pg:16"}}]}',
    )
    branch.digests = {"redis:7": "sha256:1", "pg:16": "sha256:2"}

    def gate(_: Path) -> GateResult:
        uses = [ServiceUse(name=name, image=name, image_digest=each) for name, each in branch.digests.items()]
        return branch.passed(services=tuple(uses))

    assert branch.run(gate).kept_not == ""
    assert cached(branch)
    branch.digests["redis:7"] = "sha256:3"

    assert not cached(branch)


# --- what is never kept ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "different",
    [
        {"outcome": Outcome.FAILED},
        {"outcome": Outcome.UNPROVEN},
        {"outcome": Outcome.ERRORED},
        {"outcome": Outcome.WAIVED},
        {"attempts": 2},
        {"flaky": True},
        {"tests": Counts(total=2, passed=1, flaky=1)},
        {"exit_code": None},
        {"findings": (Finding(rule="base-unknown", severity=Severity.WARNING, message="no base"),)},
    ],
)
def test_only_a_plain_pass_is_kept(tmp_path: Path, different: dict[str, object]) -> None:
    branch = Branch(tmp_path)
    branch.run(lambda _: branch.passed(**different))

    assert not cached(branch)


@pytest.mark.parametrize("name", ["src/new.py", "notes.txt"])
def test_nothing_is_taken_into_a_dirty_tree_or_kept_from_one(tmp_path: Path, name: str) -> None:
    branch = Branch(tmp_path)
    branch.run()
    branch.repo.write({name: "x"})
    assert not cached(branch)
    branch.repo.commit("Clean again")
    branch.repo.write({"src/app.py": "print(3)\n"})
    branch.run()
    branch.repo.commit("What was dirty")

    assert not cached(branch)


def test_nothing_is_kept_of_a_run_that_could_not_be_judged(tmp_path: Path) -> None:
    branch = Branch(tmp_path)
    branch.broken = True
    branch.run()
    branch.broken = False

    assert not cached(branch)


def writes(name: str, content: str) -> Gate:
    def gate(root: Path) -> None:
        (root / name).write_text(content)

    return gate


def test_a_gate_that_changes_its_inputs_is_not_kept(tmp_path: Path) -> None:
    branch = Branch(tmp_path)

    seen = branch.run(writes("src/app.py", "print(2)\n"))

    assert "'src/app.py' was written to or replaced while the gate ran" in seen.kept_not
    branch.repo.git("checkout", "-q", "--", ".")
    assert not cached(branch)


def test_also_not_when_it_puts_them_back(tmp_path: Path) -> None:
    branch = Branch(tmp_path)

    def gate(root: Path) -> None:
        file = root / "src/app.py"
        before, status = file.read_bytes(), file.stat()
        file.write_text("assert True\n")
        file.write_bytes(before)
        os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))

    assert "'src/app.py' was written to or replaced while the gate ran" in branch.run(gate).kept_not
    assert not cached(branch)


def test_nor_when_it_swaps_a_file_for_a_moment(tmp_path: Path) -> None:
    branch = Branch(tmp_path)

    def gate(root: Path) -> None:
        (root / "src/app.py").rename(root / "src/aside")
        (root / "src/app.py").write_text("assert True\n")
        (root / "src/aside").rename(root / "src/app.py")

    assert "'src/app.py' was written to or replaced while the gate ran" in branch.run(gate).kept_not


def test_what_an_earlier_gate_changed_keeps_later_ones_from_being_kept(tmp_path: Path) -> None:
    workflow = 'workflow: {gates: [generate: "true", unit: {run: pytest, inputs: ["src/**"]}]}'
    branch = Branch(tmp_path, workflow)

    def gate(root: Path) -> None:
        (root / "src/app.py").write_text("print(2)\n")

    branch.run(gate)
    branch.repo.git("checkout", "-q", "--", ".")

    assert branch.run().told == {"generate": "passed", "unit": "passed"}


def test_a_new_file_among_the_inputs_keeps_a_gate_from_being_kept(tmp_path: Path) -> None:
    branch = Branch(tmp_path)

    seen = branch.run(writes("src/generated.py", "x = 1\n"))

    assert seen.kept_not.endswith("a file that git does not know matches its inputs: 'src/generated.py'")


def test_ignored_files_do_not_count(tmp_path: Path) -> None:
    branch = Branch(tmp_path, files={".gitignore": "__pycache__/\n"})
    (branch.root / "src/__pycache__").mkdir()

    assert branch.run(writes("src/__pycache__/app.pyc", "x")).kept_not == ""
    assert cached(branch)


def test_an_input_that_is_not_checked_out_keeps_a_gate_from_being_kept(tmp_path: Path) -> None:
    branch = Branch(tmp_path, files={"src/deep/x.py": "x"})
    branch.repo.git("sparse-checkout", "set", "--no-cone", "/*", "!/src/deep/")

    assert "'src/deep/x.py' is not there (removed, or not checked out)" in branch.run().kept_not


def test_a_folder_that_became_a_link_is_seen(tmp_path: Path) -> None:
    branch = Branch(tmp_path, files={"src/deep/x.py": "x"})

    def gate(root: Path) -> None:
        shutil.copytree(root / "src/deep", tmp_path / "elsewhere")
        (root / "src/deep").rename(tmp_path / "aside")
        (root / "src/deep").symlink_to(tmp_path / "elsewhere")

    assert branch.run(gate).kept_not != ""
    assert not cached(branch)


# --- Git LFS ---------------------------------------------------------------------------------------------------------

CONTENT = b"large" * 1000
POINTER = (
    f"version https://git-lfs.github.com/spec/v1\noid sha256:{hashlib.sha256(CONTENT).hexdigest()}\nsize 5000\n"
).encode()


def test_lfs_content_stands_for_its_pointer(tmp_path: Path) -> None:
    branch = Branch(tmp_path, files={"src/model.bin": POINTER})
    branch.repo.write({"src/model.bin": CONTENT})
    branch.repo.git("update-index", "--assume-unchanged", "src/model.bin")

    assert branch.run().kept_not == ""
    assert cached(branch)


def test_an_lfs_pointer_without_its_content_keeps_a_gate_from_being_kept(tmp_path: Path) -> None:
    branch = Branch(tmp_path, files={"src/model.bin": POINTER})

    assert "'src/model.bin' is a Git LFS pointer whose content is not checked out" in branch.run().kept_not


# --- what is compared with the base ----------------------------------------------------------------------------------

COMPARED = 'workflow: {gates: [unit: {run: pytest, inputs: ["src/**"], coverage: {files: c.xml, changed: 90}}]}'


def covered(branch: Branch) -> Gate:
    return lambda _: branch.passed(
        coverage=CoverageCounts(lines=10, covered=9, changed_lines=2, changed_covered=2),
        findings=(Finding(rule="uncovered", severity=Severity.NOTICE, message="line 3"),),
    )


def test_the_base_counts_where_the_result_is_compared_with_it(tmp_path: Path) -> None:
    branch = Branch(tmp_path, COMPARED)
    start = branch.repo.head
    middle = branch.repo.commit("Middle", {"src/app.py": "print(2)\n"})
    branch.repo.commit("Last", {"src/app.py": "print(3)\n"})
    branch.run(covered(branch), base=start)

    assert branch.run(base=start).told == {"unit": "cached"}
    assert branch.run(base=middle).told == {"unit": "passed"}


def test_it_does_not_where_the_change_touches_no_input(tmp_path: Path) -> None:
    """As on the first branch after a merge: what passed as a change also passes without one."""
    branch = Branch(tmp_path, COMPARED)
    start = branch.repo.head
    merged = branch.repo.commit("Merged", {"src/app.py": "print(2)\n"})
    branch.run(covered(branch), base=start)
    branch.repo.commit("Docs", {"docs/x.txt": "x"})

    told = branch.run(base=merged).gate

    assert told.cached
    assert told.coverage == CoverageCounts(lines=10, covered=9)
    assert told.findings == ()


def test_a_result_that_is_compared_with_nothing_holds_for_every_base(tmp_path: Path) -> None:
    branch = Branch(tmp_path)
    start = branch.repo.head
    middle = branch.repo.commit("Middle", {"src/app.py": "print(2)\n"})
    branch.repo.commit("Last", {"src/app.py": "print(3)\n"})
    branch.run(base=start)

    assert branch.run(base=middle).told == {"unit": "cached"}


# --- several gates ---------------------------------------------------------------------------------------------------


def test_each_gate_is_kept_for_itself(tmp_path: Path) -> None:
    workflow = 'workflow: {gates: [lint: {run: x, inputs: ["src/**"]}, unit: {run: y, inputs: ["src/**", "tests/**"]}]}'
    branch = Branch(tmp_path, workflow, {"tests/test_app.py": "x"})
    branch.run()
    branch.repo.commit("Tests", {"tests/test_app.py": "y"})

    assert branch.run().told == {"lint": "cached", "unit": "passed"}
    assert branch.run().told == {"lint": "cached", "unit": "cached"}


def test_both_states_of_a_flag_are_kept_for_themselves(tmp_path: Path) -> None:
    branch = Branch(tmp_path, 'workflow: {flags: {new: NEW}, gates: [unit: {run: x, inputs: ["src/**"], flags: both}]}')
    branch.run()
    second = branch.run()

    assert set(second.told.values()) == {"cached"}
    assert UNIT
    assert len({gate.proof.key for gate in second.report.gates if gate.proof}) == len(second.report.gates)


def test_a_failing_gate_does_not_keep_others_from_being_kept(tmp_path: Path) -> None:
    workflow = 'workflow: {gates: [lint: {run: x, inputs: ["src/**"]}, unit: "y"]}'
    branch = Branch(tmp_path, workflow)
    branch.run()

    again = branch.run()

    assert again.told == {"lint": "cached", "unit": "passed"}
    assert replace(again.gate, proof=None).attempts == 0
