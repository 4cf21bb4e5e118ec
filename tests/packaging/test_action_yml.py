"""action.yml says what the documentation says, and a release rewrites it to the published image."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
ACTION = (ROOT / "action.yml").read_text("utf-8")
DIGEST = "sha256:" + "0123456789abcdef" * 4


@pytest.fixture(scope="module")
def release_action() -> ModuleType:
    spec = importlib.util.spec_from_file_location("release_action", ROOT / ".github" / "release_action.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _action(text: str = ACTION) -> dict[str, Any]:
    loaded = yaml.safe_load(text)
    assert isinstance(loaded, dict)
    return loaded


def _table(heading: str) -> dict[str, list[str]]:
    """The rows of the table under a heading of docs/action.md, by the name in the first column."""
    section = (ROOT / "docs" / "action.md").read_text("utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if "|" in line]
    return {row[0].strip("`"): row[1:] for row in rows[2:]}


def test_the_documentation_lists_every_input_with_its_default_and_meaning() -> None:
    declared = {
        name: [f"`{spec['default']}`" if spec["default"] else "", spec["description"]]
        for name, spec in _action()["inputs"].items()
    }
    assert _table("Inputs") == declared


def test_the_documentation_lists_every_input_of_the_fan_out() -> None:
    workflow = _action((ROOT / ".github" / "workflows" / "fan-out.yml").read_text("utf-8"))
    inputs: dict[str, Any] = workflow[True]["workflow_call"]["inputs"]  # type: ignore[index]  # YAML 1.1 reads `on` so
    told = {name: row for name, row in _table("A fan-out over many machines").items() if name in inputs}
    assert told == {
        name: [f"`{str(spec['default']).lower()}`" if spec["default"] != "" else "", spec["description"]]
        for name, spec in inputs.items()
    }


def test_the_documentation_lists_every_output() -> None:
    assert _table("Outputs") == {name: [spec["description"]] for name, spec in _action()["outputs"].items()}


def test_the_host_variant_has_the_same_inputs_and_outputs() -> None:
    host = _action((ROOT / "host" / "action.yml").read_text("utf-8"))
    assert host["inputs"] == _action()["inputs"]
    assert list(host["inputs"]) == list(_action()["inputs"])
    assert host["outputs"] == {
        name: {**spec, "value": f"${{{{ steps.gaterunner.outputs.{name} }}}}"}
        for name, spec in _action()["outputs"].items()
    }


def test_the_host_variant_hands_every_input_on_and_no_script_holds_an_expression() -> None:
    steps = _action((ROOT / "host" / "action.yml").read_text("utf-8"))["runs"]["steps"]
    (judge,) = (step for step in steps if step.get("id") == "gaterunner")
    handed = {name: value for name, value in judge["env"].items() if name.startswith("INPUT_")}
    assert handed == {
        f"INPUT_{name.upper().replace('-', '_')}": f"${{{{ inputs.{name} }}}}" for name in _action()["inputs"]
    }
    assert not [step["run"] for step in steps if "${{" in step.get("run", "")]


def test_a_tool_that_reads_inputs_knows_them_all() -> None:
    """Each is asked for by its name in one module, and no other is."""
    source = (ROOT / "gaterunner" / "action_inputs.py").read_text("utf-8")
    asked = re.findall(r"read\.(?:given|chosen|number|listed)\(\"([\w-]+)\"", source)
    assert set(asked) == set(_action()["inputs"])


def test_no_input_is_required_so_that_one_line_uses_the_action() -> None:
    assert all(spec["required"] is False for spec in _action()["inputs"].values())


def test_the_action_is_built_from_the_checkout_and_starts_the_action_command() -> None:
    assert _action()["runs"] == {"using": "docker", "image": "Dockerfile", "args": ["action"]}


def test_a_release_names_the_image_by_digest_and_changes_nothing_else(release_action: ModuleType) -> None:
    written = _action(release_action.released(ACTION, "ghcr.io/org/gaterunner", DIGEST))
    assert written["runs"] == {
        "using": "docker",
        "image": f"docker://ghcr.io/org/gaterunner@{DIGEST}",
        "env": {"GATERUNNER_IMAGE_DIGEST": DIGEST},
        "args": ["action"],
    }
    assert {**written, "runs": None} == {**_action(), "runs": None}


@pytest.mark.parametrize("digest", ["", "sha256:123", "latest", "sha256:" + "Z" * 64])
def test_a_release_refuses_what_is_no_digest(release_action: ModuleType, digest: str) -> None:
    with pytest.raises(ValueError, match="not a digest"):
        release_action.released(ACTION, "ghcr.io/org/gaterunner", digest)


def test_a_release_refuses_a_file_that_is_released_already(release_action: ModuleType) -> None:
    once = release_action.released(ACTION, "ghcr.io/org/gaterunner", DIGEST)
    with pytest.raises(ValueError, match=re.escape("no line 'image: Dockerfile'")):
        release_action.released(once, "ghcr.io/org/gaterunner", DIGEST)
