"""The JSON Schema that is shipped for editors says the same as the parser."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # it ships no types
from msgspec import inspect

import gaterunner.config
from gaterunner.config.grammar import parse_workflow
from gaterunner.config.schema import schema_text, workflow_schema
from gaterunner.errors import WorkflowFileError
from gaterunner.policies import POLICIES

SHIPPED = Path(gaterunner.config.__file__).parent / "workflow.schema.json"
VALIDATOR = Draft202012Validator(workflow_schema())


def test_the_shipped_schema_is_the_generated_one() -> None:
    hint = "write it anew: python -m gaterunner.config.schema > gaterunner/config/workflow.schema.json"
    assert SHIPPED.read_text(encoding="utf-8") == schema_text(), hint


def test_the_schema_is_valid_itself() -> None:
    Draft202012Validator.check_schema(workflow_schema())


def parts(kind: inspect.Type) -> tuple[inspect.Type, ...]:
    """The types that a type is made of."""
    match kind:
        case inspect.Metadata():
            return (kind.type,)
        case inspect.StructType():
            return tuple(field.type for field in kind.fields)
        case inspect.UnionType():
            return kind.types
        case inspect.DictType():
            return (kind.key_type, kind.value_type)
        case inspect.CollectionType():
            return (kind.item_type,)
    return ()


SCALARS = (
    inspect.StrType,
    inspect.BoolType,
    inspect.NoneType,
    inspect.IntType,
    inspect.FloatType,
    inspect.EnumType,
    inspect.LiteralType,
)


@pytest.mark.parametrize("name", POLICIES)
def test_the_options_of_every_policy_can_be_decoded_and_are_closed(name: str) -> None:
    kinds = [inspect.type_info(POLICIES[name].options)]
    for kind in kinds:
        kinds.extend(parts(kind))
        assert isinstance(kind, SCALARS) or parts(kind) or isinstance(kind, inspect.StructType), kind
        if isinstance(kind, inspect.StructType):
            assert kind.forbid_unknown_fields, f"{kind.cls} must forbid unknown fields"
        if isinstance(kind, inspect.StrType):
            # In a union with a list or map, msgspec 0.22 frees the compiled pattern once too often.
            assert kind.pattern is None, "give the pattern as Meta(extra_json_schema=...) and a check"


def agree(document: Any) -> bool:
    """Whether the parser takes the document, written as JSON, which is YAML; fails when the schema disagrees."""
    try:
        parse_workflow(json.dumps(document, ensure_ascii=False).encode(), "w.yml")
        taken = True
    except WorkflowFileError as error:
        taken = False
        told = [problem.message for problem in error.problems]
    says = [error.message for error in VALIDATOR.iter_errors(document)]
    assert taken is not bool(says), f"{document}: the schema says {says}, the parser {'takes it' if taken else told}"
    return taken


# Values near the border between right and wrong; what only the parser can know (unknown needs, circles, names given
# twice, the range of a duration in text) is left out: one gate, which needs nothing.
JUNK = st.sampled_from([None, True, 0, -1, 1.5, "", " ", "a b", [], {}, [None], ["a", 1], {"a": 1}, "x\n", "é", "no"])
NAMES = st.sampled_from(["build", "on", "a.b:c", "run", "name", "two words", "-x", "a" * 64, "a" * 65, "x\n", ""])
PATHS = st.sampled_from(
    [
        "src",
        "./web/",
        "a/../b",
        "..",
        "../x",
        "/abs",
        "~",
        "~x",
        "a//b",
        ".",
        "./",
        "!x",
        "**/*.py",
        "..a",
        "a..",
        "x\ty",
    ]
)
TIMEOUTS = st.sampled_from([1, 0, 0.5, 86400, 86401, "10m", "1h30m", "1m1h", "90", "90s", " 1s", "1s\n", "h"])
ENV: st.SearchStrategy[dict[str, Any]] = st.dictionaries(
    st.sampled_from(["A", "a_1", "1A", "", "GITHUB_X", "GITHUB", "INPUT_", "A B", "A\n"]),
    st.sampled_from(["", "x", 1, 1.5, True, None, []]),
    max_size=2,
)
OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "run": st.sampled_from(["make", " ", "", "a\nb"]) | JUNK,
        "shell": st.sampled_from(["bash", "sh", "zsh"]) | JUNK,
        "cwd": PATHS | JUNK,
        "env": ENV | JUNK,
        "timeout": TIMEOUTS | JUNK,
        "needs": st.just([]) | st.sampled_from([None, 1, {}, [[]]]),
        "paths": PATHS | st.lists(PATHS, max_size=2) | JUNK,
        "tests": PATHS | st.lists(PATHS, max_size=2) | JUNK,
        "advisory": st.booleans() | JUNK,
        "image": st.just("node"),
    },
)
GATES = st.lists(NAMES | JUNK | st.dictionaries(NAMES, OPTIONS | JUNK, max_size=2), max_size=1) | JUNK
POLICY = st.sampled_from(["no-merge-to-main", "no-main-merge", "nothing"])
POLICY_OPTIONS = st.dictionaries(st.sampled_from(["protected", "foo"]), st.lists(PATHS, max_size=1) | JUNK, max_size=2)
ITEMS = st.lists(POLICY | JUNK | st.dictionaries(POLICY, POLICY_OPTIONS | JUNK, max_size=2), max_size=1) | JUNK
MIGRATIONS = st.sampled_from(["forward-only", "backward", {"rule": "forward-only"}, {"rule": "x"}, {"foo": 1}]) | JUNK
DATABASE = st.fixed_dictionaries({}, optional={"migrations": MIGRATIONS, "environment": st.just("x")}) | JUNK
WORKFLOWS = st.fixed_dictionaries(
    {"workflow": st.fixed_dictionaries({"gates": GATES}, optional={"policies": ITEMS, "database": DATABASE,
     "mode": st.sampled_from(["enforce", "shadow", "x"]) | JUNK, "phases": st.lists(NAMES, max_size=2) | JUNK})}
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(WORKFLOWS)
def test_schema_and_parser_agree(document: Any) -> None:
    agree(document)


@settings(max_examples=300, deadline=None)
@given(OPTIONS)
def test_schema_and_parser_agree_on_the_options_of_a_gate(options: Any) -> None:
    agree({"workflow": {"gates": [{"build": options}]}})


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=12), st.sampled_from(["cwd", "paths", "timeout", "env"]))
def test_schema_and_parser_agree_on_text(text: str, key: str) -> None:
    text = "".join(char for char in text if char.isprintable() or char in "\n\t")
    agree({"workflow": {"gates": [{"build": {key: {text: ""} if key == "env" else text}}]}})


@pytest.mark.parametrize("document", [{}, [], None, "x", {"workflow": None}, {"workflow": {}}, {"gates": ["a"]}])
def test_both_refuse_what_is_no_workflow(document: Any) -> None:
    assert not agree(document)


def test_both_take_a_full_workflow() -> None:
    gate = {"run": "make", "env": {"A": 1}, "timeout": 90, "paths": ["src/**"], "tests": "out/*.xml", "needs": []}
    policies = ["no-secret-changes", {"no-merge-to-main": {"targets": ["develop"]}}]
    assert agree(
        {
            "workflow": {
                "mode": "shadow",
                "phases": ["one"],
                "gates": ["lint", {"unit": "pytest"}, {"build": gate}],
                "database": {"migrations": {"rule": "forward-only"}},
                "policies": policies,
            }
        }
    )
