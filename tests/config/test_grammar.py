"""What a workflow file that is right becomes."""

from __future__ import annotations

import textwrap
from typing import ClassVar, Literal

import pytest
from msgspec import Struct

from gaterunner.config import policy_list
from gaterunner.config.grammar import parse_workflow
from gaterunner.config.types import Gate, Position, Workflow
from gaterunner.errors import WorkflowFileError
from gaterunner.model import Mode, PolicyResult
from gaterunner.policies import POLICIES, PolicyKind
from gaterunner.policies.context import PolicyContext


def parse(text: str) -> Workflow:
    return parse_workflow(textwrap.dedent(text).encode(), ".gaterunner.yml")


def messages(text: str) -> list[str]:
    with pytest.raises(WorkflowFileError) as caught:
        parse(text)
    return [problem.message for problem in caught.value.problems]


def only_gate(options: str) -> Gate:
    (gate,) = parse(f"workflow: {{gates: [unit: {options}]}}").gates
    return gate


def test_the_smallest_file_has_one_gate_and_defaults() -> None:
    assert parse("workflow: {gates: [build]}") == Workflow(
        path=".gaterunner.yml",
        mode=Mode.ENFORCE,
        phases=(),
        gates=(Gate(name="build", position=Position(1, 20)),),
        policies=(),
    )


def test_the_three_forms_of_an_item() -> None:
    workflow = parse(
        """
        workflow:
          mode: shadow
          phases: [first-step, second.step]
          gates:
            - build
            - unit: pytest -q
            - smoke:
                run: ./smoke
                shell: sh
                cwd: ./web/
                env: {LEVEL: high}
                timeout: 1h30m
                needs: build
                paths: [./web/**, "!./web/**/*.md", lib/, ./]
                tests: [out/*.xml, "more.xml"]
                advisory: true
          database: {migrations: forward-only}
          policies:
            - no-secret-diffs
            - no-merge-to-main: {targets: [develop]}
        """
    )
    assert workflow.mode is Mode.SHADOW
    assert [phase.name for phase in workflow.phases] == ["first-step", "second.step"]
    assert workflow.gates == (
        Gate(name="build", position=Position(6, 7)),
        Gate(name="unit", position=Position(7, 7), run="pytest -q"),
        Gate(  # noqa: S604 - `shell` is an option of a gate; nothing is executed here
            name="smoke",
            position=Position(8, 7),
            run="./smoke",
            shell="sh",
            cwd="web",
            env=(("LEVEL", "high"),),
            timeout_s=5400.0,
            needs=("build",),
            paths=("web/**", "!web/**/*.md", "lib/", "."),
            tests=("out/*.xml", "more.xml"),
            advisory=True,
        ),
    )
    assert [(policy.name, policy.position) for policy in workflow.policies] == [
        ("no-secret-changes", Position(20, 7)),
        ("no-merge-to-main", Position(21, 7)),
        ("forward-only-migrations", Position(18, 14)),
        ("phases", Position(4, 11)),
    ]
    assert getattr(workflow.policies[1].options, "targets") == ("develop",)  # noqa: B009 - the field of one policy's own type


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("90s", 90),
        ("10m", 600),
        ("2h", 7200),
        ("1h30m", 5400),
        ("1h1m1s", 3661),
        ("45", 45),
        ("0.5", 0.5),
        ("24h", 86400),
    ],
)
def test_durations(written: str, seconds: float) -> None:
    assert only_gate(f"{{timeout: {written}}}").timeout_s == seconds


@pytest.mark.parametrize(
    "written", ["0s", "0", "-5", "1d", "5m1h", "10 m", "1.5h", "25h", "86401", "''", "1:30", ".inf", "1e400"]
)
def test_what_is_no_duration(written: str) -> None:
    (message,) = messages(f"workflow: {{gates: [unit: {{timeout: {written}}}]}}")
    assert "`timeout` of gate `unit`: found" in message


def test_numbers_in_env_keep_the_text_they_are_written_as() -> None:
    gate = only_gate("{env: {A: 1.10, B: 012, C: 0x1F, D: 1e3, E: '', F: 12:30, G: -5}}")
    assert dict(gate.env) == {"A": "1.10", "B": "012", "C": "0x1F", "D": "1e3", "E": "", "F": "12:30", "G": "-5"}


def test_needs_nothing_differs_from_needs_not_given() -> None:
    workflow = parse("workflow: {gates: [a, b: {needs: []}, c: {needs: [a, b]}]}")
    assert [gate.needs for gate in workflow.gates] == [None, (), ("a", "b")]


def test_a_gate_may_need_one_that_stands_below() -> None:
    assert parse("workflow: {gates: [a: {needs: [b]}, b: {needs: []}]}").gates[0].needs == ("b",)


def test_an_anchor_saves_repeating_options() -> None:
    workflow = parse(
        """
        workflow:
          gates:
            - unit: {run: pytest, env: &shared {LEVEL: high}}
            - smoke: {run: ./smoke, env: *shared}
        """
    )
    assert workflow.gates[1].env == (("LEVEL", "high"),)


def test_a_command_may_span_lines() -> None:
    assert only_gate("{run: 'make\n\n  all'}").run == "make\nall"


def test_no_policies_is_a_decision_too() -> None:
    assert parse("workflow: {gates: [a], policies: []}").policies == ()


def test_options_beside_the_migrations_rule_are_those_of_the_policy() -> None:
    bare = parse("workflow: {gates: [a], database: {migrations: forward-only}}").policies
    full = parse("workflow: {gates: [a], database: {migrations: {rule: forward-only}}}").policies
    listed = parse("workflow: {gates: [a], policies: [forward-only-migrations]}").policies
    assert bare[0].options == full[0].options == listed[0].options


class Nested(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    depth: int = 1


class Sampler(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    value_option: ClassVar[str] = "level"

    level: Literal["low", "high"]
    how_many: int = 3
    share: float = 0.5
    nested: Nested = Nested()
    label: str | None = None

    def __post_init__(self) -> None:
        if self.how_many > 9:
            raise ValueError("`how-many` is above 9")


def never(context: PolicyContext, options: Sampler) -> PolicyResult:
    raise AssertionError(context, options)


Options, evaluate = Sampler, never  # what a policy's module holds


@pytest.fixture
def sampler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(POLICIES, "sampler", PolicyKind(summary="A sample.", module=__name__))


@pytest.mark.usefixtures("sampler")
def test_a_policy_may_declare_what_a_bare_value_means() -> None:
    (policy,) = parse("workflow: {gates: [a], policies: [sampler: high]}").policies
    assert policy.options == Sampler(level="high")
    assert policy_list.value_option(Sampler) == "level"


@pytest.mark.usefixtures("sampler")
def test_every_simple_type_of_an_option_is_decoded() -> None:
    options = "{level: low, how-many: 5, share: 1, nested: {depth: 2}, label: null}"
    (policy,) = parse(f"workflow: {{gates: [a], policies: [sampler: {options}]}}").policies
    assert policy.options == Sampler(level="low", how_many=5, share=1.0, nested=Nested(depth=2))


IN_SAMPLER = "policy `sampler`"
WRONG_OPTIONS = {
    "sampler": f"{IN_SAMPLER} lacks the key `level`",
    "sampler: lo": f"`level` of {IN_SAMPLER}: found `lo`, expected `high` or `low`; did you mean `low`?",
    "sampler: {level: low, how_many: 1}": f"unknown key `how_many` in {IN_SAMPLER}, expected `level`, `how-many`, "
    "`share`, `nested` or `label`; did you mean `how-many`?",
    "sampler: {level: low, how-many: 1.5}": f"`how-many` of {IN_SAMPLER}: found the number `1.5`, "
    "expected a whole number",
    "sampler: {level: low, how-many: 010}": f"`how-many` of {IN_SAMPLER}: found the number `010`, "
    "expected a plain decimal number without leading zeros",
    "sampler: {level: low, how-many: 10}": f"{IN_SAMPLER}: `how-many` is above 9",
    "sampler: {level: low, nested: {depht: 1}}": f"unknown key `depht` in `nested` of {IN_SAMPLER}, "
    "expected `depth`; did you mean `depth`?",
    "sampler: {level: low, nested: 1}": f"`nested` of {IN_SAMPLER}: found the number `1`, expected a map",
    "sampler: {level: low, label: 1}": f"`label` of {IN_SAMPLER}: found the number `1`, expected text or `null`",
}


@pytest.mark.usefixtures("sampler")
@pytest.mark.parametrize("item", WRONG_OPTIONS)
def test_wrong_options_of_a_policy(item: str) -> None:
    assert messages(f"workflow: {{gates: [a], policies: [{item}]}}") == [WRONG_OPTIONS[item]]
