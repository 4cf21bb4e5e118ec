"""Every example of ``docs/workflow-file.md`` is what the page says it is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from msgspec import structs

from gaterunner.config import checks, document, source
from gaterunner.config.gate_options import (
    LEAST_PIDS,
    MAX_RETRIES,
    MAX_SHARDS,
    CoverageOptions,
    GateOptions,
    ResourceOptions,
    TestOptions,
)
from gaterunner.config.gates import MAX_GATES
from gaterunner.config.grammar import KEYS, parse_workflow
from gaterunner.config.policy_list import RULES
from gaterunner.config.service_options import MAX_SERVICES, DatabaseOptions, ServiceOptions
from gaterunner.config.types import DEFAULT_PIDS, DEFAULT_SERVICE_START_S
from gaterunner.config.workflow_options import MAX_FLAGS
from gaterunner.containers.mounts import WORKSPACE
from gaterunner.errors import WorkflowFileError
from gaterunner.policies import POLICIES

PAGE = (Path(__file__).parents[2] / "docs" / "workflow-file.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+ ?\w*)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
RIGHT = [text for kind, text in BLOCKS if kind == "yaml"]


@pytest.mark.parametrize("text", RIGHT)
def test_an_example_is_a_workflow_file(text: str) -> None:
    assert parse_workflow(text.encode(), ".gaterunner.yml").gates


def test_the_example_of_errors_is_answered_as_shown() -> None:
    (wrong,) = (text for kind, text in BLOCKS if kind == "yaml wrong")
    (answer,) = (text for kind, text in BLOCKS if kind == "text")
    with pytest.raises(WorkflowFileError) as caught:
        parse_workflow(wrong.encode(), ".gaterunner.yml")
    told = [f"{problem.path}:{problem.line}:{problem.column}: {problem.message}" for problem in caught.value.problems]
    assert told == answer.splitlines()


def rows(heading: str) -> list[str]:
    section = re.split(r"\n###? ", PAGE.partition(f" {heading}\n")[2])[0]
    return re.findall(r"^\| `([^`]+)` \|", section, re.MULTILINE)


def test_the_tables_name_every_key() -> None:
    assert set(rows("Keys under `workflow`")) == set(KEYS)
    assert rows("Gates") == [field.encode_name for field in structs.fields(GateOptions)]
    assert rows("Containers") == [field.encode_name for field in structs.fields(ResourceOptions)]
    assert rows("Services") == [field.encode_name for field in structs.fields(ServiceOptions)]
    proof = [field.encode_name for kind in (TestOptions, CoverageOptions) for field in structs.fields(kind)]
    assert rows("Proof") == proof
    assert rows("Database") == [*(field.encode_name for field in structs.fields(DatabaseOptions)), *RULES]
    assert rows("Policies") == list(POLICIES)
    for name, kind in POLICIES.items():
        for alias in kind.aliases:
            assert f"| `{name}` | `{alias}` |" in PAGE


def test_the_bounds_are_the_ones_of_the_code() -> None:
    for bound in (
        f"{source.MAX_BYTES:,} bytes",
        f"{document.MAX_NODES:,} values",
        f"at most\n  {document.MAX_DEPTH} deep",
    ):
        assert bound in PAGE
    assert f"at most {MAX_GATES} gates" in PAGE
    assert f"at most {MAX_SERVICES} services" in PAGE
    assert f"a file holds at most {MAX_FLAGS}." in PAGE
    assert f"| 0 to {MAX_RETRIES}: " in PAGE
    assert f"| 2 to {MAX_SHARDS}: " in PAGE
    assert f"at least `{checks.LEAST_MEMORY // 1024**2}m`" in PAGE
    assert f"at least {LEAST_PIDS} |" in PAGE
    assert f"none in `{WORKSPACE}`" in PAGE
    assert checks.WORKSPACE == WORKSPACE
    assert f"| {DEFAULT_PIDS} |" in PAGE
    assert f"| `{DEFAULT_SERVICE_START_S:g}s` |" in PAGE
