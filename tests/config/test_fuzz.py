"""Whatever the bytes are, the parser gives a workflow or says what is wrong; it never crashes."""

from __future__ import annotations

import re

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from gaterunner.config import document
from gaterunner.config.gate_options import CoverageOptions, GateOptions, ResourceOptions, TestOptions
from gaterunner.config.grammar import parse_workflow
from gaterunner.config.phase_options import PhaseOptions
from gaterunner.config.sentry_options import SentryOptions, TrafficOptions
from gaterunner.config.service_options import DatabaseOptions, ServiceOptions
from gaterunner.config.workflow_options import FlagOptions, WorkflowOptions
from gaterunner.errors import WorkflowFileError
from gaterunner.model import Problem

SEED = b"""\
workflow:
  mode: shadow
  executor: docker
  image: &i python:3.13-slim
  keep-going: true
  phases:
    - "one"
    - two: {branch: topic/two, after: one, gates: [build], policies: [],
            done-at: 0123456789012345678901234567890123456abc}
  flag-manifest: [flags.json, "more/flags.yaml"]
  services:
    cache: {image: redis:7, port: 6379, publish: 6379, env: {A: b}, command: [a, ""], health: ping, start: 30s}
  areas: {app: ["src/**", lib], docs: docs/**}
  specs: "docs/{phase}.md"
  flags: {new: {env: NEW, off: "0", on: 1}, old: OLD}
  gates:
    - build
    - unit: &u {run: "make\\tunit", timeout: 1h30m, env: {A: 1.10, B: 'x'}, needs: [build]}
    - lint:
        paths: ["src/**", docs/*.md]
        kind: command
        shell: sh
        cwd: web
        advisory: true
        telemetry: expect
        run: |
          make lint
    - again: *u
    - staging-sentry-24h-clean:
        sentry: {environment: prod, window: 2h, settle: 1m, max-wait: 3d, release: "a@{head:12}", url: "https://s.io",
                 traffic: {minimum: 5, source: spans}, ignore: [level:info], organization: o, projects: [p],
                 token: SENTRY_T}
    - rollback-rehearsal: {gates: [build, unit]}
    - proof:
        image: *i
        resources: {memory: 2g, cpus: 1.5, pids: 512, read-only: true, tmpfs: [/run]}
        network: services
        services: {db: postgres:16}
        database: true
        retries: 2
        inputs: [src/**, "!docs"]
        shards: 4
        flags: both
        tests: {files: out/*.xml, minimum: 40, baseline: run, base-tests: [tests/**], missing: warn}
        coverage: {files: coverage.xml, minimum: 80, changed: 90.5}
  database: {environment: develop, service: postgres:16, migrations: {rule: forward-only}}
  policies:
    - spec
    - no-secret-changes
    - no-merge-to-main: {targets: [develop]}
"""
PIECES = [
    b"[",
    b"]",
    b"{",
    b"}",
    b": ",
    b"- ",
    b"? ",
    b"&u ",
    b"*u",
    b"!!x ",
    b"!",
    b"|",
    b">",
    b"'",
    b'"',
    b"\\",
    b"%",
    b"@",
]
PIECES += [
    b"\t",
    b"\n",
    b"\r",
    b"\0",
    b"\xff",
    b"\xc2\x85",
    b"---\n",
    b"...",
    b"<<: ",
    b"#",
    b"~",
    b"on",
    b"off: ",
    b"none",
    b"docker",
    b"-1",
    b"1e400",
    b"@sha256:",
    b"2026-01-01",
    b"012",
    b'"\\U0fffffff"',
]
LOADERS = (yaml.CSafeLoader, yaml.SafeLoader)


def survives(data: bytes) -> None:
    for problem in problems(data):
        assert problem.message.isprintable()
        assert problem.line is None or 1 <= problem.line <= data.count(b"\n") + data.count(b"\r") + 2


def problems(data: bytes) -> tuple[Problem, ...]:
    try:
        parse_workflow(data, "w.yml")
    except WorkflowFileError as error:
        return error.problems
    return ()


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    data = SEED
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.integers(0, 12)))
        data = data[:start] + draw(st.sampled_from(PIECES) | st.binary(max_size=3)) + data[end:]
    return data


@pytest.fixture(params=LOADERS, ids=["libyaml", "python"], scope="module")
def loader(request: pytest.FixtureRequest) -> type:
    kind: type = request.param
    return kind


def test_the_seed_itself_is_right_and_holds_every_option() -> None:
    assert len(parse_workflow(SEED, "w.yml").gates) == 7
    options = (GateOptions, ResourceOptions, TestOptions, CoverageOptions, ServiceOptions, DatabaseOptions)
    for kind in (*options, FlagOptions, PhaseOptions, WorkflowOptions, SentryOptions, TrafficOptions):
        for field in structs.fields(kind):
            assert re.search(rf"\b{field.encode_name}: ", SEED.decode()), field.encode_name


@settings(max_examples=600, deadline=None)
@given(data=mutated())
def test_a_mutated_workflow_file_never_crashes_the_parser(loader: type, data: bytes) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(document, "LOADERS", (loader,))
        survives(data)


@settings(max_examples=300, deadline=None)
@given(data=st.binary(max_size=60) | st.lists(st.sampled_from(PIECES), max_size=25).map(b"".join))
def test_random_bytes_never_crash_the_parser(loader: type, data: bytes) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(document, "LOADERS", (loader,))
        survives(data)
