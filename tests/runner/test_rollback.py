"""A rehearsal of the way back: gates on the base's code, with the branch's migrations kept and applied."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import mkdtemp
from threading import Event

import pytest

from gaterunner.baseline import Worktrees
from gaterunner.change import ChangeOptions, determine_change
from gaterunner.config.grammar import parse_workflow
from gaterunner.database_state import Snapshot
from gaterunner.errors import EvaluationError
from gaterunner.executors.local import LocalExecutor
from gaterunner.git.repository import Repository as Checkout
from gaterunner.model import GateResult, Outcome
from gaterunner.plan import make_plan
from gaterunner.redaction import Redactor
from gaterunner.runner.gate_run import GateSurroundings
from gaterunner.runner.rollback import RollbackRun
from gaterunner.runner.rollbacks import Rollbacks
from gaterunner.services.base import ServiceError
from tests.gitrepo import Files, Repository
from tests.runner.test_rehearsal import DBMATE, FIRST, SECOND, FileDatabase

APPLY = (
    'for f in db/migrations/*; do n="${f##*/}"; test ! -e "$f" || grep -qsx "$n" "$DATA" || echo "$n" >> "$DATA"; done'
)
SERVER = "\n  database: {service: postgres:16}"
ON_DATABASE = "{run: 'sh app.sh', database: true}"
COPES = 'grep -q "${0##*/}" /dev/null; grep -q _a.sql "$DATA"\n'
# Old code that must not find what it does not know, as a driver that maps every column.
BREAKS = 'test "$(wc -l < "$DATA")" = 1\n'


class Bench:
    """A repository whose main has code and a first migration; ``run`` goes back from what the branch adds."""

    def __init__(self, folder: Path) -> None:
        self.repo = Repository.create(folder / "repo")
        self.folder = folder
        self.data = folder / "data"
        self.lines: list[str] = []
        self.cancelled = Event()
        self.environment: dict[str, str] = {}

    def branch(self, base: Files, work: Files, *, name: str = "feat/x") -> Bench:
        self.repo.commit("Base", base)
        self.repo.switch(name, create=True)
        self.repo.commit("Work", work)
        return self

    def run(self, gates: str, more: str = SERVER, *, specs: str = "") -> GateResult:
        """``gates`` is the list under that key; the last of them is the rehearsal."""
        text = f"workflow:\n  gates: [{gates}]{more}{specs}\n"
        workflow = parse_workflow(text.encode(), ".gaterunner.yml")
        redactor = Redactor()
        with Checkout.open(self.repo.root, env=dict(os.environ)) as checkout:
            change = determine_change(checkout, ChangeOptions(base="main"), None)
            trees = (checkout.tree_view(change.law), checkout.tree_view(change.judged))
            plan = make_plan(workflow, change, *trees)
            self.plan = plan
            here = GateSurroundings(
                root=self.repo.root,
                logs=Path(mkdtemp(dir=self.folder)),
                environment={"PATH": "/usr/bin:/bin", **self.environment},
                redactor=redactor,
                executor_for=lambda _: LocalExecutor(redactor, grace_s=0.3),
                committed={entry.path: entry.blob for entry in checkout.tree(change.judged)},
                services=_Fresh(self.data) if workflow.database else None,
                rollbacks=Rollbacks(checkout, change, workflow, Worktrees(checkout, identity=None), plan),
            )
            rehearsal = next(planned for planned in plan if planned.gate.kind == "rollback-rehearsal")
            run = RollbackRun(rehearsal, len(plan), here, on_lines=self.lines.extend, cancelled=self.cancelled)
            return run.result()


class _Fresh(FileDatabase):
    """An empty file each time, as every gate gets a database of its own."""

    def snapshot(self) -> Snapshot:
        return super().snapshot() if self.path.exists() else Snapshot(objects={}, rows=())

    def for_gate(self, planned, *, on_lines, cancelled):  # type: ignore[no-untyped-def]  # as in the class above
        if planned.gate.name == "unreachable":
            raise ServiceError("no server")
        self.path.unlink(missing_ok=True)
        return super().for_gate(planned, on_lines=on_lines, cancelled=cancelled)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def rules(result: GateResult) -> list[str]:
    return [finding.rule for finding in result.findings]


BASE: Files = {FIRST: DBMATE.format("a"), "app.sh": COPES}
WORK: Files = {SECOND: DBMATE.format("b"), "app.sh": "exit 7\n"}
REHEARSAL = "rollback-rehearsal: '" + APPLY.replace("'", "''") + "'"


def test_old_code_that_copes_with_the_new_schema_passes(bench: Bench) -> None:
    result = bench.branch(BASE, WORK).run(f"app: {ON_DATABASE}, {REHEARSAL}")

    assert (result.outcome, result.kind) == (Outcome.PASSED, "rollback-rehearsal"), result.reason
    assert result.reason == "the base's code passes app on the branch's schema (1 object changed)"
    assert [line for line in bench.lines if line.startswith("---")] == [
        "--- gate `app` on the base's code, with the branch's migrations kept",
        "--- the base's migrations",
        "--- the migrations of the branch",
        "--- gate `app` on the base's code, with the branch's migrations kept",
    ]
    assert result.cases == ()


def test_old_code_that_breaks_on_the_new_schema_fails(bench: Bench) -> None:
    result = bench.branch({**BASE, "app.sh": BREAKS}, WORK).run(f"app: {ON_DATABASE}, {REHEARSAL}")

    assert result.outcome is Outcome.FAILED
    assert result.reason == (
        "gate `app` failed on the base's code with the branch's migrations kept, and passes without them: exit code 1"
    )
    assert rules(result) == ["rollback/old-code-fails"]
    assert (
        bench.lines[-3:-1]
        == [
            "--- the base's migrations",
            "--- gate `app` on the base's code, without the branch's migrations",
        ]
        or "--- gate `app` on the base's code, without the branch's migrations" in bench.lines
    )


def test_old_code_that_fails_anyway_proves_nothing(bench: Bench) -> None:
    result = bench.branch({**BASE, "app.sh": "exit 3\n"}, {**WORK, "app.sh": COPES}).run(
        f"app: {ON_DATABASE}, {REHEARSAL}"
    )

    assert result.outcome is Outcome.UNPROVEN
    assert result.reason == ("gate `app` failed on the base's code also without the branch's migrations (exit code 3)")
    assert rules(result) == ["rollback/base-fails"]


def test_old_code_has_the_files_of_the_new_migrations_beside_it(bench: Bench) -> None:
    """Tools that check what is applied against their files would refuse to start without."""
    sees = f"test -e {SECOND} && test ! -e new.txt\n"
    result = bench.branch({**BASE, "app.sh": sees}, {**WORK, "new.txt": ""}).run(f"app: {ON_DATABASE}, {REHEARSAL}")

    assert result.outcome is Outcome.PASSED, result.reason


def test_each_gate_starts_from_the_same_tree_and_the_same_database(bench: Bench) -> None:
    """What a gate makes of the old tree is gone with it."""
    edits = 'echo "exit 1" > app.sh; echo 20250109000000_z.sql >> "$DATA"; rm -rf db\n'
    looks = f'test -e {SECOND} && sh app.sh && ! grep -q _z.sql "$DATA"\n'
    gates = "one: {run: sh one.sh, database: true}, two: {run: sh two.sh, database: true}"
    result = bench.branch({**BASE, "one.sh": edits, "two.sh": looks}, WORK).run(f"{gates}, {REHEARSAL}")

    assert result.outcome is Outcome.PASSED, result.reason
    assert (bench.repo.root / "app.sh").read_text() == "exit 7\n"


def test_without_a_database_the_old_code_runs_alone(bench: Bench) -> None:
    result = bench.branch({"app.sh": "true\n"}, {"app.sh": "false\n"}).run("app: sh app.sh, rollback-rehearsal", "")

    assert result.outcome is Outcome.PASSED
    assert result.reason == "the base's code passes app"
    assert result.command is None


@pytest.mark.parametrize(
    ("gates", "more", "why"),
    [
        ("app: sh app.sh, rollback-rehearsal", "", "there is no develop database"),
        (f"app: sh app.sh, {REHEARSAL}", SERVER, "none of its gates has `database: true`"),
        (f"app: {ON_DATABASE}, rollback-rehearsal", SERVER, "no tool that applies migrations is recognised"),
    ],
)
def test_migrations_that_the_old_code_never_met_prove_nothing(bench: Bench, gates: str, more: str, why: str) -> None:
    path = "app/migrations/0002_more.rb" if "recognised" in why else SECOND
    base: Files = {"app.sh": "true\n"} if "recognised" in why else {**BASE, "app.sh": "true\n"}
    result = bench.branch(base, {path: DBMATE.format("b")}).run(gates, more)

    assert result.outcome is Outcome.UNPROVEN
    assert result.reason.endswith(f"and the old code was not run on what they make: {why}")
    assert rules(result) == ["rollback/not-applied"]


def test_migrations_that_hide_in_another_folder_prove_nothing(bench: Bench) -> None:
    """The base's command looks where they were."""
    hidden: Files = {FIRST: None, "db/steps/20250101000000_a.sql": DBMATE.format("a"), "db/steps/b.txt": "drop"}
    result = bench.branch(BASE, hidden).run(f"app: {ON_DATABASE}, {REHEARSAL}")

    assert result.outcome is Outcome.UNPROVEN, result.reason
    assert rules(result) == ["rollback/nothing-applied"]


def test_an_edited_migration_that_is_applied_anew_has_to_be_met(bench: Bench) -> None:
    again = "db/migration/R__view.sql"
    base: Files = {again: "create view a as select 1;\n", "flyway.conf": "", "app.sh": "true\n"}
    bench.branch(base, {again: "create view a as select 2;\n"})

    assert rules(bench.run("app: sh app.sh, rollback-rehearsal", "")) == ["rollback/not-applied"]


def test_an_edited_migration_that_was_applied_is_not_applied_again(bench: Bench) -> None:
    """Nothing would happen where it ran, so there is nothing that old code could meet."""
    bench.branch({**BASE, "app.sh": "true\n"}, {FIRST: DBMATE.format("other")})

    assert bench.run("app: sh app.sh, rollback-rehearsal", "").outcome is Outcome.PASSED


def test_a_command_that_does_not_find_the_new_migrations_proves_nothing(bench: Bench) -> None:
    renamed: Files = {"lib/db/migrations/20250102000000_b.sql": DBMATE.format("b")}
    result = bench.branch(BASE, renamed).run(f"app: {ON_DATABASE}, {REHEARSAL}")

    assert result.outcome is Outcome.UNPROVEN
    assert result.reason == (
        "the change brings 1 migration (20250102000000_b.sql), and applying them changed neither schema nor rows"
    )


def test_migrations_that_cannot_be_applied_fail(bench: Bench) -> None:
    command = f'rollback-rehearsal: "{APPLY.replace(chr(34), chr(92) + chr(34))}; test ! -e {SECOND}"'
    result = bench.branch(BASE, WORK).run(f"app: {ON_DATABASE}, {command}")

    assert result.outcome is Outcome.FAILED
    assert result.reason == "the migrations of the branch cannot be applied: exit code 1"
    assert rules(result) == ["rollback/step-failed"]


def test_a_base_without_migrations_has_none_applied(bench: Bench) -> None:
    base: Files = {"app.sh": 'test -s "$DATA"\n'}
    result = bench.branch(base, {FIRST: DBMATE.format("a")}).run(f"app: {ON_DATABASE}, {REHEARSAL}")

    assert result.outcome is Outcome.PASSED, result.reason
    assert "--- the base's migrations" not in bench.lines


def test_a_gate_whose_command_the_old_code_lacks_could_not_be_evaluated(bench: Bench) -> None:
    result = bench.branch(BASE, {**WORK, "smoke.sh": "true\n"}).run(
        f"smoke: ./smoke.sh, app: {ON_DATABASE}, {REHEARSAL}"
    )

    assert result.outcome is Outcome.ERRORED
    assert result.reason.startswith("gate `smoke` could not be evaluated on the base's code: exit code 127: a command")


def test_a_gate_that_only_the_branch_declares_does_not_hold_on_the_base(bench: Bench) -> None:
    base: Files = {"Makefile": "unit:\n\ttrue\n"}
    result = bench.branch(base, {"Makefile": "unit:\n\ttrue\nsmoke:\n\ttrue\n"}).run(
        "unit, smoke, rollback-rehearsal", ""
    )

    assert result.outcome is Outcome.UNPROVEN
    assert result.reason.startswith("gate `smoke` failed on the base's own code: exit code 2")


def test_gates_are_those_that_are_named_or_else_all_commands_that_count(bench: Bench) -> None:
    declared = "one: sh a.sh, two: sh a.sh, three: {run: sh a.sh, advisory: true}"
    bench.branch({"a.sh": "true\n"}, {"a.sh": "false\n"})

    assert bench.run(f"{declared}, rollback-rehearsal", "").reason == "the base's code passes one, two"
    named = bench.run(f"{declared}, rollback-rehearsal: {{gates: [three]}}", "")
    assert named.reason == "the base's code passes three"


def test_a_gate_with_flags_goes_back_in_both_states(bench: Bench) -> None:
    bench.branch({"a.sh": "echo flag=$NEW\n"}, {"a.sh": "false\n"})
    result = bench.run("one: {run: sh a.sh, flags: both}, rollback-rehearsal", "\n  flags: {new: NEW}")

    assert result.reason == "the base's code passes one (flags off), one (flags on)"


def test_nothing_to_run_is_no_pass(bench: Bench) -> None:
    bench.branch({"a": ""}, {"a": "1"})
    result = bench.run("one: {run: 'true', advisory: true}, rollback-rehearsal", "")

    assert result.outcome is Outcome.UNPROVEN
    assert result.reason.startswith("there is no gate to run on the base's code.")


def test_result_files_that_the_old_tree_holds_are_no_evidence(bench: Bench) -> None:
    junit = '<testsuite><testcase classname="a" name="b"/></testsuite>'
    bench.branch({"out.xml": junit}, {"a": "1"})
    result = bench.run("unit: {run: 'true', tests: out.xml}, rollback-rehearsal", "")

    assert result.outcome is Outcome.UNPROVEN
    assert "gate `unit` is unproven on the base's code" in result.reason


def test_old_code_is_not_served_the_branch_s_by_the_environment(bench: Bench) -> None:
    bench.branch({"src/app.sh": "exit 3\n"}, {"src/app.sh": "true\n"})
    bench.environment = {"SOURCES": f"{bench.repo.root}/src"}
    result = bench.run("one: 'sh $SOURCES/app.sh', rollback-rehearsal", "")

    assert (result.outcome, result.exit_code) == (Outcome.UNPROVEN, 3), result.reason


def test_the_base_s_migrations_are_not_served_the_branch_s_code_either(bench: Bench) -> None:
    bench.environment = {"TOOLS": f"{bench.repo.root}/tools"}
    old, new = (f"echo tool {version}; {APPLY}\n" for version in ("old", "new"))
    base, work = {**BASE, "tools/up.sh": old}, {**WORK, "tools/up.sh": new}
    result = bench.branch(base, work).run(f"app: {ON_DATABASE}, rollback-rehearsal: sh $TOOLS/up.sh")

    assert result.outcome is Outcome.PASSED, result.reason
    assert [line for line in bench.lines if line.startswith("tool")] == ["tool old", "tool new"]


def test_a_pass_where_python_imports_the_judged_tree_proves_nothing(bench: Bench) -> None:
    """As after `pip install -e .`; a command that installs the old code instead is believed."""
    packages = bench.folder / "venv/lib/python3.12/site-packages"
    (bench.folder / "venv/bin").mkdir(parents=True)
    packages.mkdir(parents=True)
    bench.environment = {"PATH": f"/usr/bin:/bin:{bench.folder}/venv/bin", "PTH": f"{packages}/app.pth"}
    (packages / "app.pth").write_text(f"{bench.repo.root}/src\n")
    bench.branch({"src/app.py": "old", "a.sh": "true\n"}, {"src/app.py": "new", "doc.py": ""})

    served = bench.run("one: sh a.sh, rollback-rehearsal", "")
    assert (served.outcome, rules(served)) == (Outcome.UNPROVEN, ["rollback/branch-installed"])
    assert "it may have imported the branch's src/app.py:" in served.reason
    own = bench.run("one: 'echo $PWD/src > $PTH', rollback-rehearsal", "")
    assert own.outcome is Outcome.PASSED, own.reason


@pytest.mark.parametrize("name", ["conftest.py", "test_all.py", "schema_test.py"])
def test_tests_beside_migrations_are_the_base_s_own(bench: Bench, name: str) -> None:
    """A branch could have the base's tests pass with them, or leave out the one that would fail."""
    old, new = "class Migration: 'old'\n", "class Migration: 'new'\n"
    base: Files = {
        "manage.py": "",
        "shop/migrations/0001_first.py": old,
        f"shop/migrations/{name}": old,
        "a.sh": f"grep -q old shop/migrations/{name} && ! test -e shop/migrations/tests.py\n",
    }
    bench.branch(base, {f"shop/migrations/{name}": new, "shop/migrations/tests.py": new, "a.sh": "false\n"})

    found = bench.run("one: sh a.sh, rollback-rehearsal", "")

    assert "gate `one`" not in found.reason, found.reason


def test_a_migration_that_is_called_like_a_test_is_one(bench: Bench) -> None:
    base: Files = {"manage.py": "", "shop/migrations/0001_first.py": "class Migration: pass\n", "a.sh": "true\n"}
    bench.branch(base, {"shop/migrations/0002_drop_test.py": "class Migration: 'drop'\n"})

    assert rules(bench.run("one: sh a.sh, rollback-rehearsal", "")) == ["rollback/not-applied"]


def test_what_is_known_of_one_gate_counts_where_another_cannot_be_had(bench: Bench) -> None:
    gates = f"app: {ON_DATABASE}, unreachable: {ON_DATABASE}, {REHEARSAL}"
    result = bench.branch({**BASE, "app.sh": BREAKS}, WORK).run(gates)

    assert result.outcome is Outcome.FAILED
    assert rules(result) == ["rollback/old-code-fails"]
    assert "gate `unreachable` could not be evaluated on the base's code: no server" in result.reason


def test_first_migrations_that_are_not_applied_prove_nothing(bench: Bench) -> None:
    result = bench.branch({"app.sh": "true\n"}, {FIRST: DBMATE.format("a")}).run(
        f"app: {ON_DATABASE}, rollback-rehearsal: 'true'"
    )

    assert (result.outcome, rules(result)) == (Outcome.UNPROVEN, ["rollback/nothing-applied"])


def test_an_interrupted_rehearsal_is_no_pass(bench: Bench) -> None:
    bench.branch({"a": ""}, {"a": "1"})
    bench.cancelled.set()
    with pytest.raises(EvaluationError, match="interrupted before all gates were run"):
        bench.run("one: 'true', rollback-rehearsal", "")


def test_all_that_was_run_is_in_one_log(bench: Bench) -> None:
    result = bench.branch(BASE, {**WORK, "app.sh": BREAKS}).run(f"app: {ON_DATABASE}, {REHEARSAL}")

    assert result.log is not None
    headings = [line for line in Path(result.log).read_text().splitlines() if line.startswith("---")]
    assert headings == [
        "--- the base's migrations",
        "--- the migrations of the branch",
        "--- gate `app` on the base's code, with the branch's migrations kept",
    ]


SPEC = """---
id: x
owner: Jo Example
objectives:
  - {id: o, text: Works, tests: "app.works"}
touchpoints: {allow: "**"}
rollback: {steps: [revert it], gates: [two]}
---
"""


def test_the_spec_says_which_gates_have_to_pass_on_the_way_back(bench: Bench) -> None:
    bench.branch({"specs/x.md": SPEC, "a.sh": "true\n"}, {"specs/x.md": SPEC.replace("two", "one")})
    result = bench.run("one: sh a.sh, two: sh a.sh, rollback-rehearsal: {gates: one}", "\n  phases: [x]")

    assert result.reason == "the base's code passes two"


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        (SPEC.replace("[two]", "[gone]"), "the spec names the gate `gone` for the way back"),
        ("nothing of a spec\n", "the spec specs/x.md cannot be read"),
    ],
)
def test_a_spec_that_names_what_is_not_there_is_an_error(bench: Bench, spec: str, told: str) -> None:
    bench.branch({"specs/x.md": spec}, {"a": ""})
    with pytest.raises(EvaluationError, match=told):
        bench.run("one: 'true', rollback-rehearsal", "\n  phases: [x]")
