"""`gaterunner spec`: what is printed is no spec before a person has finished it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from gaterunner.contract.importing.documents import MAX_BYTES
from gaterunner.contract.reading import read_spec
from gaterunner.errors import WorkflowFileError
from tests.command_line import gaterunner

SPEC_KIT = {
    "spec.md": """# Feature Specification: Time filters

## User Scenarios & Testing

### User Story 1 - Filter by window (Priority: P1)

**Acceptance Scenarios**:

1. **Given** an event, **When** the window is 24h, **Then** it is shown

### Edge Cases

- What happens [NEEDS CLARIFICATION: at midnight?]

## Requirements

- **FR-001**: System MUST filter

### Key Entities

- **Event**: what happened

## Out of Scope

- Billing
""",
    "tasks.md": "# Tasks\n\n- [ ] T001 Write `src/filters/window.py`\n",
}
OPENSPEC = {
    "proposal.md": "## Why\n\nBecause.\n\n**Non-Goals**\n- Billing\n\n## Impact\n\n- `app/filters/`\n",
    "design.md": "## Migration Plan\n\n**Rollback**: revert the merge.\n\n## Open Questions\n\n- Midnight?\n",
    "specs/filters/spec.md": """## ADDED Requirements

### Requirement: Windows
The page SHALL offer a window of 24 h.

#### Scenario: An old event
- **WHEN** it is old
- **THEN** it is not shown

## REMOVED Requirements

### Requirement: Banner
""",
}
KIRO = {
    "requirements.md": """# Requirements Document

## Requirements

### Requirement 1: Windows

**User Story:** As a reader, I want windows, so that I see less.

#### Acceptance Criteria

1. WHEN a window is chosen THEN the page SHALL show its events
""",
    "tasks.md": "- [ ] 1. Write `src/window.ts`\n  - _Requirements: 1.1_\n",
}


def draft_of(tmp_path: Path, folder: str, documents: dict[str, str], argument: str | None = None) -> str:
    for name, text in documents.items():
        file = tmp_path / folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    result = gaterunner(tmp_path, "spec", "import", argument or folder)
    assert (result.code, result.err) == (0, "")
    return result.out


def values(draft: str) -> dict[str, object]:
    loaded = yaml.safe_load(draft.split("---\n")[1])
    assert isinstance(loaded, dict)
    return loaded


def test_a_story_of_spec_kit_is_suggested_as_an_objective(tmp_path: Path) -> None:
    draft = draft_of(tmp_path, "specs/001-time-filters", SPEC_KIT)
    assert values(draft) == {
        "id": "time-filters",
        "owner": None,
        "title": "Time filters",
        "objectives": [{"id": "filter-by-window", "text": "Filter by window", "tests": []}],
        "non-goals": [{"text": "Billing"}],
        "touchpoints": {"allow": [], "forbid": []},
        "rollback": {"steps": []},
    }
    for line in (
        "  # suggested by spec.md:5",
        "    #   Given an event, When the window is 24h, Then it is shown (spec.md:9)",
        "  #   src/filters/window.py (tasks.md:3)",
        "#   Event: what happened (spec.md:21)",
        "#   at midnight? (spec.md:13)",
    ):
        assert line in draft.splitlines()


def test_requirements_of_spec_kit_stand_in_where_there_are_no_stories(tmp_path: Path) -> None:
    documents = {
        "spec.md": "# X\n\n## Requirements\n\n- **FR-001**: System MUST filter\n\n| FR-2 | It is fast | P0 |\n"
    }
    assert values(draft_of(tmp_path, "specs/002-x", documents))["objectives"] == [
        {"id": "fr-001", "text": "System MUST filter", "tests": []},
        {"id": "fr-2", "text": "It is fast", "tests": []},
    ]


@pytest.mark.parametrize("argument", ["", "/proposal.md", "/specs/filters/spec.md"])
def test_a_change_of_openspec_is_read_as_a_whole(tmp_path: Path, argument: str) -> None:
    folder = "openspec/changes/add-windows"
    draft = draft_of(tmp_path, folder, OPENSPEC, f"{folder}{argument}")
    told = values(draft)
    assert told["id"] == "add-windows"
    assert told["objectives"] == [{"id": "windows", "text": "The page SHALL offer a window of 24 h.", "tests": []}]
    assert told["non-goals"] == [{"text": "Billing"}, {"text": "Removed: Banner"}]
    for line in (
        "    #   An old event (specs/filters/spec.md:6)",
        "  #   app/filters (proposal.md:10)",
        "  #   suggested: revert the merge. (design.md:3)",
        "#   Midnight? (design.md:7)",
    ):
        assert line in draft.splitlines()


def test_a_requirement_of_kiro_is_told_by_its_story(tmp_path: Path) -> None:
    draft = draft_of(tmp_path, ".kiro/specs/windows", KIRO)
    told = values(draft)
    assert told["objectives"] == [
        {"id": "windows", "text": "As a reader, I want windows, so that I see less.", "tests": []}
    ]
    assert "    #   WHEN a window is chosen THEN the page SHALL show its events (requirements.md:11)" in draft


def test_requirements_of_kiro_may_be_in_any_language(tmp_path: Path) -> None:
    need = "\u9700\u6c42"
    text = f"# {need}\u6587\u6a94\n\n## {need}\n\n### {need} 1\n\n**\u7528\u6236\u6545\u4e8b\uff1a** \u6211\n"
    told = values(draft_of(tmp_path, ".kiro/specs/windows", {"requirements.md": text}))
    assert told["objectives"] == [{"id": "requirement-1", "text": "\u6211", "tests": []}]


@pytest.mark.parametrize("documents", [SPEC_KIT, OPENSPEC, KIRO, {"spec.md": ""}, {"requirements.md": "x"}])
def test_no_draft_is_a_spec(tmp_path: Path, documents: dict[str, str]) -> None:
    draft = draft_of(tmp_path, "specs/001-x", documents)
    with pytest.raises(WorkflowFileError) as told:
        read_spec(draft.encode(), "specs/x.md")
    messages = " ".join(problem.message for problem in told.value.problems)
    assert "owner" in messages
    assert "allow" in messages


def test_a_document_cannot_write_a_key_of_the_draft(tmp_path: Path) -> None:
    hostile = (
        '# T"\nowner: x\n\n### User Story 1 - a"\\n"\ttouchpoints: {allow: ["**"]} (P1)\n\n'
        "Given \u2028owner: x when \u202eb then c\r---\rowner: y\n\n## Out of Scope\n\n- x\\nowner: y\n- `\x1b[31m`\n"
    )
    folder = "specs/001-owner: x"
    draft = draft_of(tmp_path, folder, {"spec.md": hostile, "tasks.md": "`a/b\u202e.py` `src/[x](y)/z.py`\n"})
    told = values(draft)
    assert (told["owner"], told["touchpoints"]) == (None, {"allow": [], "forbid": []})
    assert all(line.isprintable() for line in draft.split("\n"))


def test_a_folder_of_nothing_known_is_told_with_what_is(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    result = gaterunner(tmp_path, "spec", "import", "x")
    assert (result.code, result.out) == (2, "")
    assert "x holds no document of spec-kit, OpenSpec or Kiro" in result.err
    assert "specs/001-name with spec.md" in result.err


def test_a_path_that_does_not_exist_is_told(tmp_path: Path) -> None:
    result = gaterunner(tmp_path, "spec", "import", "y")
    assert (result.code, "y does not exist" in result.err) == (2, True)


def test_a_document_that_is_too_large_is_told(tmp_path: Path) -> None:
    (tmp_path / "spec.md").write_text("x" * (MAX_BYTES + 1))
    result = gaterunner(tmp_path, "spec", "import", "spec.md")
    assert (result.code, "spec.md cannot be read: it holds 1,000,001 bytes" in result.err) == (2, True)


def test_a_new_spec_has_every_key_that_is_needed_and_is_none_yet(tmp_path: Path) -> None:
    result = gaterunner(tmp_path, "spec", "new", "filters")
    assert (result.code, result.err) == (0, "")
    with pytest.raises(WorkflowFileError) as told:
        read_spec(result.out.encode(), "specs/filters.md")
    messages = [problem.message for problem in told.value.problems]
    assert not [message for message in messages if "unknown" in message or "lacks" in message]
    assert len(messages) >= 4


def test_a_new_spec_that_is_filled_in_is_one(tmp_path: Path) -> None:
    text = gaterunner(tmp_path, "spec", "new", "filters").out
    for empty, filled in (
        ("owner:", 'owner: "@lead"'),
        ('text: ""', "text: It works"),
        ("tests: []  # the", "tests: tests.test_x.test_y  # the"),
        ("  allow: []", "  allow: app/**"),
        ("  steps: []", "  steps: Revert it."),
    ):
        assert empty in text
        text = text.replace(empty, filled, 1)
    assert read_spec(text.encode(), "specs/filters.md").id == "filters"


def test_a_name_that_no_phase_can_have_is_refused(tmp_path: Path) -> None:
    result = gaterunner(tmp_path, "spec", "new", "a: b")
    assert (result.code, "`a: b` is no phase's name" in result.err) == (2, True)
