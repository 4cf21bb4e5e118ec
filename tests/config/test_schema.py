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
    st.sampled_from(["A", "a_1", "1A", "", "GITHUB_X", "GITHUB", "INPUT_", "A B", "A\n", "GATERUNNER"]),
    st.sampled_from(["", "x", 1, 1.5, True, None, []]),
    max_size=2,
)


def few(options: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """At most two of the options: with all of them, hardly any document would be right."""
    keys = st.lists(st.sampled_from(sorted(options)), max_size=2, unique=True)
    return keys.flatmap(lambda chosen: st.fixed_dictionaries({key: options[key] for key in chosen}))


GLOBS = PATHS | st.lists(PATHS, max_size=2) | JUNK
PERCENTAGES = st.sampled_from([0, 100, 50.5, -0.1, 100.1, "50", "50%"])
# `base-tests` without `baseline: run` is told by the parser only.
TESTS = GLOBS | st.fixed_dictionaries(
    {"files": GLOBS},
    optional={
        "minimum": st.sampled_from([1, 0, 40, "1"]) | JUNK,
        "baseline": st.sampled_from(["report", "run", "base"]) | JUNK,
        "missing": st.sampled_from(["fail", "warn", "skip"]) | JUNK,
        "file": st.just("x"),
    },
)
BASE_TESTS = st.fixed_dictionaries({"files": st.just("x"), "baseline": st.just("run"), "base-tests": GLOBS})
COVERAGE = GLOBS | st.fixed_dictionaries(
    {}, optional={"files": GLOBS, "minimum": PERCENTAGES | JUNK, "changed": PERCENTAGES | JUNK}
)
LOCAL = {
    "run": st.sampled_from(["make", " ", "", "a\nb"]) | JUNK,
    "shell": st.sampled_from(["bash", "sh", "zsh"]) | JUNK,
    "cwd": PATHS | JUNK,
    "env": ENV | JUNK,
    "timeout": TIMEOUTS | JUNK,
    "needs": st.just([]) | st.sampled_from([None, 1, {}, [[]]]),
    "paths": GLOBS,
    "tests": TESTS | BASE_TESTS | JUNK,
    "coverage": COVERAGE | JUNK,
    "retries": st.sampled_from([0, 5, 6, "1"]) | JUNK,
    "inputs": GLOBS,
    "shards": st.sampled_from([2, 64, 65, 1]) | JUNK,
    "advisory": st.booleans() | JUNK,
    "images": st.just("node"),
}
IMAGES = st.sampled_from(
    [
        *(
            "python",
            "python:3.13-slim",
            "",
            "-x",
            "Python",
            "Host/x",
            "host:5000/a/b_c__d-e:T",
            "a:b:c",
            "a@sha256:abc",
        ),
        *("a:1@sha256:" + "0f" * 32, "localhost/a", "[::1]:80/a", "a//b", "/a", "a/", "a..b", "a\n"),
        *("a" * 512, "a" * 513),
    ]
)
MEMORY = st.sampled_from(["16m", "2G", "16777216", 16777216, 16777215, "2gb", "1.5g", " 2g", "2g\n"]) | JUNK
MOUNTS = st.sampled_from(
    [
        "/run",
        "/",
        "/a/b",
        "/a/../b",
        "/..",
        "/a/.",
        "/.a/...",
        "/a:b",
        "/a/",
        "/workspace",
        "/workspace/a",
        "/workspaces",
        "//a",
        "run",
        "/a\n",
    ]
)
RESOURCES = few(
    {
        "memory": MEMORY,
        "cpus": st.sampled_from([1, 0.01, 0, 1024, 1025, "1"]) | JUNK,
        "pids": st.sampled_from([16, 15, 4194304, 4194305]) | JUNK,
        "read-only": st.booleans() | JUNK,
        "read_only": st.booleans(),
        "tmpfs": st.lists(MOUNTS, max_size=2) | JUNK,
    }
)
PORTS = st.sampled_from([1, 65535, 0, 65536, "80"]) | JUNK
SERVICE_OPTIONS = few(
    {
        "image": IMAGES,
        "port": PORTS,
        "publish": PORTS,
        "env": st.dictionaries(st.sampled_from(["A", "a.b-c", "1A", "", "GITHUB_X", "A B", "A\n"]), JUNK, max_size=1),
        "command": st.lists(st.sampled_from(["a", "", 1, 1.5, None, []]), max_size=2) | JUNK,
        "health": st.sampled_from(["true", " "]) | JUNK,
        "start": TIMEOUTS | JUNK,
        "ports": PORTS,
    }
)
SERVICE = IMAGES | SERVICE_OPTIONS | SERVICE_OPTIONS.map(lambda options: {"image": "redis:7", **options})
# One at a time: a port that is published twice is told by the parser only.
SERVICE_NAMES = st.sampled_from(
    ["db", "a-1", "a-", "-a", "1a", "A", "a_b", "github", "githubs", "runner-x", "localhost"]
)
SERVICES = st.dictionaries(
    SERVICE_NAMES | st.sampled_from(["a" * 40, "a" * 41, "db\n", ""]), SERVICE | JUNK, max_size=1
)
CONTAINER = {
    "image": IMAGES | JUNK,
    "resources": RESOURCES | JUNK,
    "network": st.sampled_from(["services", "bridge", "host"]) | JUNK,
    "services": SERVICES | JUNK,
    "database": st.booleans() | JUNK,
    "flags": st.sampled_from(["off", "on", "both", "all"]) | JUNK,
}
# What the parser asks of the rest of the file when a gate has options of ``CONTAINER``.
AROUND = {
    "executor": "docker",
    "image": "python",
    "services": {"shared": "redis"},
    "flags": {"new": "F_NEW"},
    "database": {"service": "postgres"},
}
OPTIONS = few(LOCAL)
GATES = st.lists(NAMES | JUNK | st.dictionaries(NAMES, OPTIONS | JUNK, max_size=2), max_size=1) | JUNK
POLICY = st.sampled_from(["no-merge-to-main", "no-main-merge", "nothing"])
POLICY_OPTIONS = st.dictionaries(st.sampled_from(["protected", "foo"]), st.lists(PATHS, max_size=1) | JUNK, max_size=2)
ITEMS = st.lists(POLICY | JUNK | st.dictionaries(POLICY, POLICY_OPTIONS | JUNK, max_size=2), max_size=1) | JUNK
MIGRATIONS = st.sampled_from(["forward-only", "backward", {"rule": "forward-only"}, {"rule": "x"}, {"foo": 1}]) | JUNK
CUTOVER_RULE = "feature-flags + dual-write (when needed)"
CUTOVERS: st.SearchStrategy[Any] = (
    st.sampled_from(
        [
            CUTOVER_RULE,
            "dual-write",
            {"rule": CUTOVER_RULE, "rules": {"skipped-phase": "off"}},
            {"rule": CUTOVER_RULE, "rules": {"skipped": "warn"}},
            {"rule": CUTOVER_RULE, "rules": {"unreadable": "never"}},
        ]
    )
    | JUNK
)
DATABASE = JUNK | st.fixed_dictionaries(
    {},
    optional={"migrations": MIGRATIONS, "environment": NAMES | JUNK, "service": SERVICE | JUNK, "cutovers": CUTOVERS},
)
FLAG: st.SearchStrategy[Any] = ENV.map(lambda env: next(iter(env), "")) | st.fixed_dictionaries(
    {"env": st.sampled_from(["NEW", "1A", "GITHUB_X"])},
    optional={
        "off": st.sampled_from(["0", 0, 0.5, "", "false", True, None, []]),
        "on": st.sampled_from(["1", 1, 1.5, "yes", "true", True, None, []]),
        "default": st.just("x"),
    },
)
SETTINGS = few(
    {
        "image": IMAGES | JUNK,
        "executor": st.sampled_from(["local", "docker", "podman"]) | JUNK,
        "keep-going": st.booleans() | JUNK,
        "keep_going": st.booleans(),
        "services": SERVICES | JUNK,
        "flags": st.dictionaries(NAMES, FLAG | JUNK, max_size=1) | JUNK,
        "database": DATABASE,
    }
)
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


@settings(max_examples=400, deadline=None)
@given(few(CONTAINER))
def test_schema_and_parser_agree_on_the_options_of_a_container(options: Any) -> None:
    agree({"workflow": {"gates": [{"build": options}], **AROUND}})


@settings(max_examples=300, deadline=None)
@given(SETTINGS)
def test_schema_and_parser_agree_on_settings(settings: Any) -> None:
    agree({"workflow": {"gates": [{"build": {"image": "python"}}], **settings}})


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=12), st.sampled_from(["cwd", "paths", "timeout", "env", "image", "inputs", "coverage"]))
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
