"""What is read of a GitHub workflow file, whatever it holds, and where it calls gaterunner."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from gaterunner.doctor.ci import CiWorkflow, UnreadableCi, calls_of, read_ci
from gaterunner.doctor.diagnosis import examine
from tests.doctor.hosted import CI, PIN
from tests.doctor.sample import facts

WORDS = (
    "on", "jobs", "steps", "uses", "run", "with", "if", "name", "permissions", "strategy", "matrix", "pull_request",
    "types", "paths", "branches", "continue-on-error", "publish", "check-name", "command", "contents", "gates",
)  # fmt: skip
VALUES = (
    f"org/gaterunner@{PIN}",
    "gaterunner run",
    "write",
    "read-all",
    "main",
    "${{ x }}",
    "./.github/workflows/a.yml",
)


def step(line: str) -> CiWorkflow:
    """A workflow whose only job has this one step."""
    found = read_ci(CI, f"on: pull_request\njobs:\n  gates:\n    steps:\n      - {line}\n")
    assert isinstance(found, CiWorkflow)
    return found


@pytest.mark.parametrize(
    ("line", "kind", "check"),
    [
        ("uses: org/gaterunner@v1", "action", "gaterunner"),
        (f"uses: org/gaterunner@{PIN}", "action", "gaterunner"),
        ("uses: org/gaterunner/host@v1", "host", "gaterunner"),
        ("uses: docker://ghcr.io/org/gaterunner:1", "action", "gaterunner"),
        ("{uses: org/gaterunner@v1, with: {command: check, check-name: policies}}", "action", "policies"),
        ("{uses: org/gaterunner@v1, with: {publish: none}}", "action", None),
        ("{uses: org/gaterunner@v1, with: {check-name: '${{ vars.NAME }}'}}", "action", None),
        ("{uses: org/gaterunner@v1, with: {command: publish}}", "second stage", "gaterunner"),
        ("run: gaterunner run", "command line", None),
        ("run: pipx run gaterunner check --base main", "command line", None),
        ("run: python -m gaterunner collect parts", "command line", None),
        ("run: docker run --rm ghcr.io/org/gaterunner:1 run", "command line", None),
    ],
)
def test_a_call(line: str, kind: str, check: str | None) -> None:
    (call,) = calls_of([step(line)]).of
    assert (call.kind, call.check, call.status) == (kind, check, "gates")


@pytest.mark.parametrize(
    "line",
    [
        "uses: org/gaterunner-tools@v1",
        "uses: org/other@v1",
        "{uses: org/gaterunner@v1, with: {command: plan}}",
        "{uses: org/gaterunner@v1, with: {command: run, part: 1/2}}",
        "run: '# gaterunner run'",
        "run: gaterunner plan",
        "run: my-gaterunner run",
        "uses: ./",
    ],
)
def test_no_call(line: str) -> None:
    assert calls_of([step(line)]).of == ()


def test_in_its_own_repository_the_checkout_is_it() -> None:
    kinds = [calls_of([step(f"uses: {uses}")], own=True).of[0].kind for uses in ("./", "./host")]
    assert kinds == ["action", "host"]


def test_the_name_of_a_matrix_is_for_github_to_tell() -> None:
    text = "on: push\njobs: {gates: {strategy: {matrix: {v: [1]}}, steps: [{uses: org/gaterunner@v1}]}}\n"
    (call,) = calls_of([read_ci(CI, text)]).of
    assert call.status is None


@pytest.mark.parametrize(
    "text", ["", "a", "[]", "jobs: 1", "jobs: []", "- on: push", "on: push", "\t", "jobs: {a: *b}", "{" * 500]
)
def test_what_is_no_workflow(text: str) -> None:
    assert isinstance(read_ci(CI, text), UnreadableCi)


leaves = st.none() | st.booleans() | st.integers() | st.sampled_from((*WORDS, *VALUES))
shapes = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=5),
    max_leaves=20,
)
jobs = st.dictionaries(
    st.sampled_from(WORDS),
    st.fixed_dictionaries({}, optional=dict.fromkeys(("if", "permissions", "uses", "with", "strategy", "name"), shapes))
    | shapes,
    max_size=3,
)


@settings(max_examples=150, deadline=None)
@given(on=shapes, job=jobs, steps=st.lists(shapes, max_size=3), rest=st.dictionaries(st.sampled_from(WORDS), shapes))
def test_whatever_a_file_holds_every_point_has_an_answer(on: Any, job: Any, steps: Any, rest: Any) -> None:
    root = {**rest, "on": on, "jobs": {**job, "judge": {"steps": [*steps, {"uses": f"org/gaterunner@{PIN}"}]}}}
    found = read_ci(CI, yaml.safe_dump(root))
    assert isinstance(found, CiWorkflow)
    for point in examine(facts(ci=(found,))).points:
        assert point.observed
