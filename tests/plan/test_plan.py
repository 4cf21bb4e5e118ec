"""What runs, in which order, with which command, and why not."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from gaterunner.config.types import Gate, Position, Workflow
from gaterunner.errors import UsageError, WorkflowFileError
from gaterunner.model import Change, Event, FileChange, Mode, Skip
from gaterunner.plan import PlannedGate, make_plan
from tests.conventions.trees import MappingTree

EMPTY = MappingTree({})


def workflow(*gates: Gate) -> Workflow:
    return Workflow(path=".gaterunner.yml", mode=Mode.ENFORCE, phases=(), gates=gates, policies=())


def gate(
    name: str,
    *,
    run: str | None = "true",
    needs: tuple[str, ...] | None = None,
    paths: tuple[str, ...] = (),
    cwd: str = ".",
    line: int = 1,
) -> Gate:
    return Gate(name=name, position=Position(line, 7), run=run, needs=needs, paths=paths, cwd=cwd)


def change(*paths: str) -> Change:
    files = tuple(
        FileChange(path=path, status="M", old_mode="100644", new_mode="100644", old_blob="1" * 40, new_blob="2" * 40)
        for path in paths
    )
    return Change(
        event=Event.LOCAL,
        base="a" * 40,
        base_tip="a" * 40,
        law="a" * 40,
        head="b" * 40,
        judged="b" * 40,
        merge=None,
        branch="feat/x",
        target="main",
        dirty=False,
        commits=(),
        files=files,
    )


def plan(
    *gates: Gate,
    touched: Sequence[str] = (),
    base: MappingTree = EMPTY,
    head: MappingTree | None = None,
    selected: Sequence[str] = (),
) -> tuple[PlannedGate, ...]:
    return make_plan(workflow(*gates), change(*touched), base, head, selected=selected)


# --- order -----------------------------------------------------------------------------------------------------------


def test_gates_without_needs_follow_the_one_above_them() -> None:
    planned = plan(gate("build"), gate("lint"), gate("unit"))
    assert [(each.gate.name, each.needs) for each in planned] == [
        ("build", ()),
        ("lint", ("build",)),
        ("unit", ("lint",)),
    ]


def test_given_needs_replace_the_place_in_the_list() -> None:
    planned = plan(
        gate("smoke", needs=("unit",)), gate("build", needs=()), gate("unit"), gate("lint", needs=("build",))
    )
    assert [each.gate.name for each in planned] == ["build", "unit", "smoke", "lint"]


def test_gates_that_wait_for_each_other_are_never_planned() -> None:
    """The grammar tells it with positions; should a circle get past it, nothing may run in half an order."""
    with pytest.raises(ValueError, match="gates wait for each other"):
        plan(gate("build"), gate("unit", needs=("smoke",)), gate("smoke", needs=("unit",)))


def test_an_explicit_command_says_where_it_is_declared() -> None:
    (planned,) = plan(gate("unit", run="make check", line=4))
    assert (planned.command, planned.why) == ("make check", "declared in .gaterunner.yml:4")


# --- names -----------------------------------------------------------------------------------------------------------


def test_the_base_says_what_a_name_means_even_when_the_branch_says_otherwise() -> None:
    base = MappingTree({"tests/test_a.py": "def test_a(): pass\n"})
    head = MappingTree({"tests/test_a.py": "", "Makefile": "unit: ; true\n"})
    (planned,) = plan(gate("unit", run=None), base=base, head=head)
    assert planned.command == "python -m pytest"


def test_a_declaration_that_the_branch_edits_is_told() -> None:
    tree = MappingTree({"Makefile": "unit: ; pytest\n"})
    (planned,) = plan(gate("unit", run=None), base=tree, head=tree, touched=["Makefile"])
    assert planned.why == "Makefile target `unit` (Makefile:1); the branch changes Makefile"


def test_a_rehearsal_goes_by_the_tool_that_the_base_keeps_its_migrations_with() -> None:
    rehearsal = replace(gate("rehearse", run=None), kind="migration-rehearsal")
    base = MappingTree({"alembic.ini": "", "Makefile": "rehearse:\n\ttrue\n"})
    head = MappingTree({"manage.py": "import django\n", "alembic.ini": ""})
    (planned,) = plan(rehearsal, base=base, head=head)
    assert (planned.command, planned.why) == ("alembic upgrade head", "Alembic (alembic.ini)")
    (planned,) = plan(rehearsal, base=EMPTY, head=head)
    assert planned.why == (
        "declared by the branch itself: Django (manage.py); not run: Alembic (`alembic upgrade head`); "
        "write `run:` for both; the base declares none"
    )


def test_what_only_the_branch_declares_is_taken_and_told() -> None:
    head = MappingTree({"Makefile": "unit: ; pytest\n"})
    (planned,) = plan(gate("unit", run=None), head=head)
    assert planned.command == "make unit"
    assert planned.why == ("declared by the branch itself: Makefile target `unit` (Makefile:1); the base declares none")


def test_a_branch_may_repair_a_file_that_the_base_broke() -> None:
    base = MappingTree({"package.json": "{"})
    head = MappingTree({"package.json": '{"scripts": {"unit": "vitest run"}}'})
    (planned,) = plan(gate("unit", run=None), base=base, head=head)
    assert planned.command == "npm run unit"
    assert planned.why.endswith("the base's package.json:1:2 cannot be read")


def test_a_gate_with_cwd_is_looked_up_there() -> None:
    base = MappingTree({"Makefile": "unit: ; a\n", "web/package.json": '{"scripts": {"unit": "vitest run"}}'})
    (planned,) = plan(gate("unit", run=None, cwd="web"), base=base, touched=["web/package.json"])
    assert planned.command == "npm run unit"
    assert planned.why.startswith("in web: package.json script `unit`")
    assert planned.why.endswith("the branch changes web/package.json")


def test_every_name_that_means_nothing_is_reported_at_its_position() -> None:
    with pytest.raises(WorkflowFileError) as caught:
        plan(gate("build", run=None, line=3), gate("unit", line=4), gate("staging-sentry-clean", run=None, line=5))
    first, second = caught.value.problems
    assert (first.path, first.line, first.column) == (".gaterunner.yml", 3, 7)
    assert first.message == "gate `build` has no `run:` and the repository declares no command of that name"
    assert second.line == 5
    assert second.help is not None
    assert second.help.startswith(
        "It looks like a built-in gate kind; this version has: command, migration-rehearsal, rollback-rehearsal, "
        "sentry-clean "
    )


def test_a_name_that_means_nothing_does_not_hide_what_the_others_became() -> None:
    tree = MappingTree({"Makefile": "build:\n\tcc a.c\nlint:\n\tcc -Wall a.c\n"})
    named = [gate(name, run=None, line=line) for line, name in enumerate(("build", "smoke", "e2e", "lint"), start=3)]
    with pytest.raises(WorkflowFileError) as caught:
        plan(*named, gate("own"), base=tree)
    smoke, e2e = caught.value.problems
    assert smoke.help is not None
    assert e2e.help is not None
    assert "Found for" not in smoke.help
    assert e2e.help.endswith(" Found for the others: `build` is `make build`, `lint` is `make lint`.")


def test_a_name_that_means_nothing_is_an_error_even_when_it_is_not_selected() -> None:
    with pytest.raises(WorkflowFileError):
        plan(gate("unit"), gate("nothing", run=None), selected=["unit"])


# --- paths -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("globs", "touched", "runs"),
    [
        (("src/**/*.py",), "src/a.py", True),
        (("src/**/*.py",), "src/b/c/.hidden.py", True),
        (("src/**/*.py",), "SRC/a.py", False),
        (("*.md",), "docs/a.md", False),
        (("**/*.md",), "a.md", True),
        (("src",), "src/deep/a.py", True),
        (("src/",), "src/a.py", True),
        (("./src/*.{ts,tsx}",), "src/a.tsx", True),
        (("src/**", "!src/**/*.md"), "src/a.md", False),
        (("src/**", "!src/**/*.md"), "src/a.py", True),
        (("!docs",), "docs/a.md", False),
        (("!docs",), "src/a.py", True),
        (("a b/*",), "a b/c\nd", True),
        (("raw/*",), "raw/\udcff", True),
        ((".github/**",), ".github/workflows/ci.yml", True),
    ],
)
def test_a_gate_runs_when_one_of_its_paths_is_touched(globs: tuple[str, ...], touched: str, runs: bool) -> None:
    (planned,) = plan(gate("unit", paths=globs), touched=[touched])
    assert (planned.skip is None) is runs


def test_a_gate_whose_paths_are_untouched_says_which_they_are() -> None:
    (planned,) = plan(gate("unit", paths=("src/**", "lib")), touched=["README.md", "a.txt"])
    assert planned.skip is Skip.NOT_APPLICABLE
    assert planned.skip_reason == "none of the 2 changed files matches `paths`: src/**, lib"


def test_moving_a_file_out_of_the_paths_touches_them() -> None:
    (planned,) = plan(gate("unit", paths=("src/**",)), touched=["elsewhere/a.py", "src/a.py"])
    assert planned.skip is None


def test_a_gate_with_paths_runs_when_the_files_are_not_known() -> None:
    only = gate("unit", paths=("src/**",))
    (without_change,) = make_plan(workflow(only), None, EMPTY, None)
    (without_files,) = plan(only)
    assert without_change.skip is without_files.skip is None


@pytest.mark.parametrize("option", ["paths", "inputs"])
def test_a_glob_that_explodes_is_an_error_of_the_workflow_file(option: str) -> None:
    broken = replace(gate("unit", line=9), **{option: ("{1..100000}",)})
    with pytest.raises(WorkflowFileError) as caught:
        plan(broken, touched=["a"])
    (problem,) = caught.value.problems
    assert problem.line == 9
    assert f"`{option}` holds a glob that cannot be used" in problem.message


# --- selection -------------------------------------------------------------------------------------------------------


def test_only_selected_gates_run_and_a_missing_need_is_told() -> None:
    build, unit = plan(gate("build"), gate("unit"), selected=["unit"])
    assert (build.skip, build.skip_reason) == (Skip.NOT_SELECTED, "--gate named only unit")
    assert unit.skip is None
    assert unit.why == "declared in .gaterunner.yml:1; without build, which it needs and --gate left out"


def test_an_unknown_selection_names_the_nearest() -> None:
    with pytest.raises(UsageError) as caught:
        plan(gate("build"), gate("unit"), selected=["uint", "build"])
    assert caught.value.message == "--gate names `uint`, but .gaterunner.yml declares no such gate"
    assert caught.value.help == "Did you mean `unit`? Its gates are: build, unit."


# --- size ------------------------------------------------------------------------------------------------------------


def test_a_thousand_gates_are_planned_in_a_second() -> None:
    makefile = "".join(f"gate-{number}:\n\ttrue\n" for number in range(1000))
    gates = [gate(f"gate-{number}", run=None, paths=(f"src/{number}/**",)) for number in range(1000)]
    touched = [f"src/{number}/a.py" for number in range(100)]
    started = time.process_time()
    planned = plan(*gates, touched=touched, base=MappingTree({"Makefile": makefile}))
    assert time.process_time() - started < 1.0
    assert len(planned) == 1000


def test_a_thousand_names_that_mean_nothing_are_told_in_a_second() -> None:
    makefile = "".join(f"gate-{number}:\n\ttrue\n" for number in range(1000))
    gates = [gate(f"gaet-{number}", run=None) for number in range(1000)]
    started = time.process_time()
    with pytest.raises(WorkflowFileError) as caught:
        plan(*gates, base=MappingTree({"Makefile": makefile}))
    assert time.process_time() - started < 1.0
    assert len(caught.value.problems) == 1000
