"""What a spec may say, and how it is read."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # it ships no types

import gaterunner.contract
from gaterunner.contract.options import KEYS
from gaterunner.contract.reading import read_spec
from gaterunner.contract.schema import spec_schema, spec_schema_text
from gaterunner.contract.types import Spec
from tests.contract.contracts import PATH, spec

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "spec.md").read_text(encoding="utf-8")
EXAMPLE = re.findall(r"^```markdown spec\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)[0]


def read(text: str, path: str = PATH) -> Spec:
    return read_spec(text.encode(), path)


def test_the_example_of_the_docs_is_a_spec() -> None:
    told = read(EXAMPLE)
    assert (told.id, told.owner) == ("dashboard-hardening", "@dashboard-lead")
    assert [objective.id for objective in told.objectives] == ["time-filters", "one-contract"]
    (page, smoke) = told.objectives[1].tests
    assert (page.gate, smoke.gate, smoke.test) == (None, "smoke", "*.test_dashboard_opens")
    assert told.data is not None
    assert (told.data.write, told.data.never) == (("summaries",), ("password_hash", "card_number"))
    assert told.questions[0].options[0].facts == (("lines", Fraction(4000)),)
    assert told.prose.strip().startswith("# Dashboard hardening")


def test_the_docs_name_every_key() -> None:
    section = PAGE.partition("\n## Keys\n")[2].partition("\n## ")[0]
    assert tuple(re.findall(r"^\| `([^`]+)` \|", section, re.MULTILINE)) == KEYS


def test_the_smallest_spec_says_who_what_and_where() -> None:
    told = read(spec(non_goals=None, rollback=None, touchpoints="{allow: app/**}"))
    assert (told.touchpoints.allow, told.touchpoints.forbid, told.touchpoints.create) == (("app/**",), (), ())
    assert (told.data, told.budget, told.rollback, told.questions, told.tests.add) == (None, None, None, (), 0)


def test_a_yaml_file_is_a_spec_without_prose() -> None:
    yaml = spec().split("---\n")[1]
    told = read(yaml, "specs/filters.yml")
    assert (told.id, told.prose) == ("filters", "")
    assert told.objectives[0].position.line == 3  # of the file, which has no line `---` above it


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "with a byte order mark"])
def test_positions_are_those_of_the_file(ending: str, mark: bytes) -> None:
    told = read_spec(mark + spec().replace("\n", ending).encode(), PATH)
    assert told.objectives[0].position.line == 4
    assert told.place("flags", 0) is None
    forbidden = told.place("touchpoints", "forbid", 0)
    assert forbidden is not None
    assert spec().splitlines()[forbidden.line - 1][forbidden.column - 1 :].startswith("app/secrets/**")


def test_a_rule_of_dashes_within_a_text_is_text() -> None:
    assert read(spec(title='"a --- b"')).title == "a --- b"
    steps = "rollback:\n  steps: |\n    one\n    ---\n    two\n"
    plain = spec(rollback=None).replace("---\n\n#", f"{steps}---\n\n#")
    told = read(plain)
    assert told.rollback is not None
    assert told.rollback.steps == ("one\n---\ntwo\n",)


def test_a_rule_in_the_prose_is_prose() -> None:
    prose = "\n# Filters\n\n---\n\nText below a line.\n\n```yaml\n---\nid: example\n---\n```\n"
    assert read(spec().partition("\n\n# Filters")[0] + "\n" + prose).prose == prose


def test_an_alias_repeats_a_value() -> None:
    told = read(spec(data="{read: &tables [orders], write: *tables}"))
    assert told.data is not None
    assert told.data.read == told.data.write == ("orders",)


def test_a_leading_dot_means_nothing() -> None:
    assert read(spec(touchpoints="{allow: ./app/**}")).touchpoints.allow == ("app/**",)


def test_left_out_and_empty_are_told_apart() -> None:
    told = read(spec(data="{read: []}"))
    assert told.data is not None
    assert (told.data.read, told.data.write) == ((), None)


def test_facts_are_exact() -> None:
    told = read(
        spec(questions="[{id: q, text: Q, options: [{id: a, text: A, facts: {share: 0.1}}, {id: b, text: B}]}]")
    )
    assert told.questions[0].options[0].facts == (("share", Fraction(1, 10)),)


# --- the schema -----------------------------------------------------------------------------------------------------


def front_matter(text: str) -> object:
    import yaml

    return yaml.safe_load(text.split("---\n")[1])


def test_the_shipped_schema_is_up_to_date() -> None:
    shipped = Path(gaterunner.contract.__file__).parent / "spec.schema.json"
    hint = "write it anew: python -m gaterunner.contract.schema > gaterunner/contract/spec.schema.json"
    assert shipped.read_text(encoding="utf-8") == spec_schema_text(), hint


def test_the_schema_is_one_and_takes_what_is_right() -> None:
    Draft202012Validator.check_schema(spec_schema())
    validator = Draft202012Validator(json.loads(spec_schema_text()))
    for text in (EXAMPLE, spec()):
        assert list(validator.iter_errors(front_matter(text))) == []


@pytest.mark.parametrize(
    "changed",
    [
        {"owner": None},
        {"objectives": "[]"},
        {"objectives": "[{id: a, text: A}]"},
        {"touchpoints": "{allow: [../x]}"},
        {"touchpoints": "{forbid: [x]}"},
        {"budget": "{files: 0}"},
        {"scope": "{}"},
        {"questions": "[{id: q, text: Q, options: [{id: a, text: A}]}]"},
    ],
    ids=str,
)
def test_the_schema_refuses_what_is_wrong(changed: dict[str, str | None]) -> None:
    validator = Draft202012Validator(spec_schema())
    assert list(validator.iter_errors(front_matter(spec(**changed))))
