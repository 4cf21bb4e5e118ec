"""YAML of the branch: whatever it holds, reading it neither ends the process nor takes it all day."""

from __future__ import annotations

import time

import pytest
import yaml

from gaterunner import safe_yaml
from gaterunner.config.conventions import taskfile
from gaterunner.config.conventions.types import SourceError
from gaterunner.guardrails.data import parse
from gaterunner.guardrails.sides import Unread
from gaterunner.migrations import liquibase
from gaterunner.migrations.kinds import UnreadableError
from gaterunner.secrets.ci import references
from gaterunner.targets import documents
from gaterunner.weakening.settings_files import read_settings

DEEP = [pytest.param(piece * 100_000, id=piece.strip()) for piece in ("- ", "[", "{a: ", "? ")]
BOMB = "l0: &l0 []\n" + "".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]\n" for n in range(1, 20))


@pytest.mark.parametrize("text", DEEP)
def test_no_reader_of_yaml_goes_down_with_a_file(text: str) -> None:
    began = time.monotonic()
    assert read_settings(".golangci.yml", text.encode()) is None
    references(".github/workflows/ci.yml", text.encode())
    with pytest.raises(Unread):
        parse("yaml", text)
    with pytest.raises(documents.UnreadableError):
        documents.yaml_leaves(text)
    with pytest.raises(UnreadableError):
        liquibase.changesets("db/changelog.yaml", text.encode())
    with pytest.raises(SourceError):
        taskfile._compose(text, "Taskfile.yml")
    assert time.monotonic() - began < 10


def test_aliases_count_as_what_they_stand_for() -> None:
    with pytest.raises(safe_yaml.TooMuchYamlError, match="unfolds to more than 500,000 values"):
        safe_yaml.load(BOMB)
    assert safe_yaml.document(BOMB, nodes=None) is not None
    with pytest.raises(documents.UnreadableError, match="unfolds"):
        documents.yaml_leaves(BOMB)
    assert read_settings(".golangci.yml", BOMB.encode()) is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: &a [*a]\n", "an alias names nothing above it"),
        ("a: *b\n", "an alias names nothing above it"),
        ("a: 1\n---\nb: 2\n", "it holds a second document"),
        ("a: [\n", "did not find expected|expected the node content"),
        ("a: 2001-99-99\n", "it holds a value that does not exist"),
        ("a: !!python/object:os.system x\n", "could not determine a constructor"),
        ("a: \ud800\n", "it holds what is no character"),
    ],
)
def test_what_cannot_be_read_says_why(text: str, problem: str) -> None:
    with pytest.raises(safe_yaml.UnreadableYamlError, match=problem):
        safe_yaml.load(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a: 1\nb: [yes, 012, ~, 1.5]\n",
        "a: &x {k: 1}\nb: {<<: *x, l: 2}\nc: *x\n",
        "- !!str 1\n- ! 2\n- !!int '3'\n",
        "a: >\n  folded\n  text\nb: 'quoted'\n? x\n: 2001-01-01\n",
    ],
)
def test_other_files_mean_what_pyyaml_says(text: str) -> None:
    assert safe_yaml.load(text) == yaml.safe_load(text)


def test_positions_are_those_of_pyyaml() -> None:
    text = "a: 1\nb:\n- x\n- {c: d}\n"
    ours, theirs = safe_yaml.document(text), yaml.compose(text, Loader=yaml.SafeLoader)
    assert ours is not None
    assert theirs is not None
    for (_, one), (_, other) in zip(ours.value, theirs.value, strict=True):
        assert (one.tag, one.start_mark.line, one.start_mark.column) == (
            other.tag,
            other.start_mark.line,
            other.start_mark.column,
        )
