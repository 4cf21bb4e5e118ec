"""docs/panel.md says what the panel that ships is, and its examples are read."""

from __future__ import annotations

import re
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]  # it ships no types
import msgspec
import pytest
import yaml

from gaterunner.contract.reading import read_spec
from gaterunner.governance.facts import FACTS
from gaterunner.governance.fitting import misfits
from gaterunner.governance.held import default_panel, default_panel_text
from gaterunner.governance.reading import read_panel
from gaterunner.governance.schema import panel_schema, panel_schema_text
from gaterunner.governance.types import Chair, Facts, Member
from gaterunner.governance.voting import decide

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "panel.md").read_text()
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


def rows(head: str) -> list[list[str]]:
    """The cells of the table that begins with this head."""
    lines = PAGE.split(head, 1)[1].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_the_table_of_roles_is_the_panel_that_ships() -> None:
    panel = default_panel()
    voters: dict[str, Member | Chair] = {member.role: member for member in panel.members}
    assert panel.chair is not None
    voters[panel.chair.role] = panel.chair

    told = rows("| role | votes | weights | why |")

    assert {role for role, *_ in told} == voters.keys()
    for role, votes, weights, why in told:
        voter = voters[role]
        said = [(name, int(weight)) for name, weight in (pair.rsplit(" ", 1) for pair in weights.split(", "))]
        assert sorted(said) == list(voter.weights), role
        assert said == sorted(said, key=lambda pair: (-pair[1], pair[0])), role
        assert votes == (str(voter.votes) if isinstance(voter, Member) else "chair")
        assert why


def test_the_tables_of_criteria_and_facts_are_complete() -> None:
    criteria = {criterion.name: criterion for criterion in default_panel().criteria}

    told = rows("| criterion | 5 and 0 | without a declared score |")

    assert [name for name, *_ in told] == sorted(criteria)
    for name, _, without in told:
        fact = criteria[name].fact
        assert without.startswith(f"`{fact}`: " if fact else "not known")
    assert [(name, text) for name, text, _ in rows("| fact | what is measured | by |")] == [
        (f"`{name}`", text) for name, text in FACTS.items()
    ]


def test_the_example_of_a_question_is_answered() -> None:
    head = "id: x\nowner: Ada Example\nobjectives: [{id: o, text: o, tests: 'tests.*'}]\ntouchpoints: {allow: '*.py'}\n"
    questions = read_spec((head + EXAMPLES[0]).encode(), "spec.yml").questions

    assert misfits(default_panel(), questions, "spec.yml") == ()
    assert decide(default_panel(), questions[0], Facts()).option == "harden-first"


def test_the_example_of_a_panel_is_read() -> None:
    assert [member.role for member in read_panel(EXAMPLES[1].encode(), "panel.yml").members] == [
        "Engineering",
        "Product",
    ]


class TestTheSchema:
    def test_that_ships_is_the_one_of_the_types(self) -> None:
        assert (ROOT / "gaterunner" / "governance" / "panel.schema.json").read_text() == panel_schema_text()

    @pytest.mark.parametrize("text", [default_panel_text(), EXAMPLES[1]], ids=["ships", "docs"])
    def test_takes_a_sound_panel(self, text: str) -> None:
        jsonschema.validate(yaml.safe_load(text), msgspec.to_builtins(panel_schema()))

    def test_refuses_an_unknown_key(self) -> None:
        panel = yaml.safe_load(default_panel_text())
        panel["panel"]["quorom"] = "1/2"
        with pytest.raises(jsonschema.ValidationError, match="quorom"):
            jsonschema.validate(panel, msgspec.to_builtins(panel_schema()))
