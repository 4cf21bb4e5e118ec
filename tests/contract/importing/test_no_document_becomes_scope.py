"""Whatever stands in a document, its draft gives nobody leave to do anything before a person has written it."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from gaterunner.config.document import Mapping, Node, Scalar, Sequence, parse_document
from gaterunner.config.problems import Problems
from gaterunner.contract.front_matter import split_front_matter
from gaterunner.contract.importing.documents import import_draft
from gaterunner.contract.importing.form import as_yaml
from gaterunner.contract.options import KEYS
from gaterunner.contract.reading import read_spec
from gaterunner.errors import WorkflowFileError
from tests.contract.importing.test_import import KIRO, OPENSPEC, SPEC_KIT

BUG = {"bugfix.md": "## Expected Behavior\n\n2.1 x SHALL y\n\n## Unchanged Behavior\n\n3.1 z\n"}
SEEDS = (SPEC_KIT, OPENSPEC, KIRO, BUG)
KEPT = {"id", "owner", "title", "objectives", "non-goals", "touchpoints", "rollback"}
BREAKS = ["\n", "\r\n", "\r", "\u2028", "\u2029", "\u0085", "\x0b", "\x0c", "\x1c", "\x1e", "\\n", "\\u2028", "\\N"]
SAID = [
    "---",
    "...",
    "owner: me",
    'touchpoints: {allow: ["**"]}',
    "  allow: [a]",
    "tests: x",
    "- id: a",
    "*a",
    "&a ",
    "!!python/object:os.system ",
    "<<: *a",
    "%YAML 1.2",
    '"',
    "'",
    '\\"',
    "\\",
    "|",
    ">",
    "}",
    "]",
    " # ",
    "#",
    ": ",
    "? ",
    "- ",
    "\t",
    "\x1b[31m",
    "\u202e",
    "\u200b",
    "\ufeff",
    "\ufffe",
    "\U000e0041",
    "\x7f",
    "`a/b.py`",
    "a/b/**.py",
    "<!--",
    "-->",
    "```",
    "~~~",
    "**",
    "__",
    "[a](b)",
    "## Non-Goals\n",
    "## Rollback\n",
    "## Open Questions\n",
    "### User Story 1 - ",
    "### Requirement: ",
    "### Requirement 1: ",
    "- **FR-001**: ",
    "Given x when y then z",
    "[NEEDS CLARIFICATION: ",
    "x" * 3000,
    "\U0001f600",
]


def mangled(text: str, chance: random.Random) -> str:
    for _ in range(chance.randint(1, 12)):
        at = chance.randrange(len(text) + 1)
        piece = "".join(chance.choice(chance.choice((BREAKS, SAID))) for _ in range(chance.randint(1, 4)))
        text = text[:at] + piece + text[at + chance.choice((0, 0, 3)) :]
    return text


def child(node: Node | None, key: str) -> Node | None:
    assert isinstance(node, Mapping)
    return next((entry.value for entry in node.entries if entry.key.text == key), None)


def holds_nothing(node: Node | None) -> bool:
    return isinstance(node, Sequence) and not node.items


def check(draft: str) -> None:
    assert all(line.isprintable() for line in draft.split("\n"))
    problems = Problems("specs/x.md")
    root = parse_document(split_front_matter(draft, KEYS, problems).yaml, problems)
    assert not problems
    assert isinstance(root, Mapping)
    assert {entry.key.text for entry in root.entries} <= KEPT
    owner, touchpoints, objectives = child(root, "owner"), child(root, "touchpoints"), child(root, "objectives")
    assert isinstance(owner, Scalar)
    assert owner.text == ""
    assert isinstance(touchpoints, Mapping)
    assert [entry.key.text for entry in touchpoints.entries] == ["allow", "create", "forbid"]
    assert all(holds_nothing(entry.value) for entry in touchpoints.entries)
    assert holds_nothing(child(child(root, "rollback"), "steps"))
    for objective in objectives.items if isinstance(objectives, Sequence) else ():
        assert holds_nothing(child(objective, "tests"))
    for goal in getattr(child(root, "non-goals"), "items", ()):
        assert child(goal, "paths") is None
    with pytest.raises(WorkflowFileError) as told:
        read_spec(draft.encode(), "specs/x.md")
    missing = {"owner", "allow", "steps", "tests" if isinstance(objectives, Sequence) else "objectives"}
    messages = [problem.message for problem in told.value.problems]
    assert len(messages) > 60 or all(any(f"`{key}`" in message for message in messages) for key in missing)
    with pytest.raises(WorkflowFileError) as alone:
        read_spec(as_yaml(draft).encode(), "specs/x.yml")
    assert [problem.message for problem in alone.value.problems] == messages


@pytest.mark.parametrize("number", range(8))
def test_no_document_becomes_scope(tmp_path: Path, number: int) -> None:
    chance = random.Random(number)  # noqa: S311 - mangles documents
    for turn in range(20):
        folder = tmp_path / f"{turn}-{chance.choice(('x', 'owner: x', 'a b#c', '-', 'on', 'null', chr(0x2028)))}"
        for name, text in chance.choice(SEEDS).items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            data = mangled(text, chance).replace("\x00", "").encode("utf-8", "surrogatepass")
            file.write_bytes(data if chance.random() < 0.9 else data + b"\xff\xc3(")
        check(import_draft(folder))


@pytest.mark.parametrize("seed", SEEDS, ids=["spec-kit", "OpenSpec", "Kiro", "a bug of Kiro"])
@pytest.mark.parametrize(
    "line",
    [
        "[" * 1990,
        "[a](" * 480,
        "given when " * 180,
        "**" + "a" * 1980,
        "`" + "a/" * 990,
        "a/" * 990,
        "- " + " " * 1980,
        "|" + " " * 1980,
        "# " + " #" * 990,
        "### Requirement: x",
        "### Requirement 1",
        "#" * 1990,
        "[NEEDS CLARIFICATION" * 95,
    ],
    ids=lambda line: line[:12],
)
def test_no_document_takes_long(tmp_path: Path, seed: dict[str, str], line: str) -> None:
    for name, text in seed.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text + f"\n## Non-Goals\n\n{line}" + f"\n{line}" * (60_000 // len(line)))
    began = time.process_time()
    check(import_draft(tmp_path))
    assert time.process_time() - began < 10  # less than 1 s; some took minutes
