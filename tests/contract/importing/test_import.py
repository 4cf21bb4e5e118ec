"""`gaterunner spec`: what is printed is no spec before a person has finished it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml

from gaterunner.contract.importing.documents import MAX_BYTES, MOST_DELTAS
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
        "touchpoints": {"allow": [], "create": [], "forbid": []},
        "rollback": {"steps": []},
    }
    for line in (
        "  # suggested by spec.md:5",
        "    #   Given an event, When the window is 24h, Then it is shown (spec.md:9)",
        "  #   FR-001: System MUST filter (spec.md:17)",
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
        "    #   An old event: WHEN it is old THEN it is not shown (specs/filters/spec.md:6)",
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


def test_what_goes_on_in_the_next_line_belongs_to_it(tmp_path: Path) -> None:
    story = "### User Story 1 \u2014 Export (Priority: P1)\n\n1. **Given** a report,\n   **When** it is sent,\n"
    goals = "**Non-Goals:**\n- Billing and\n  what it needs\n- Mail\n"
    text = f"# X\n\n{story}   **Then** it\n   arrives\n2. **Given** none\n\n{goals}"
    draft = draft_of(tmp_path, "specs/001-x", {"spec.md": text})
    assert "    #   Given a report, When it is sent, Then it arrives (spec.md:5)\n" in draft
    assert values(draft)["non-goals"] == [{"text": "Billing and what it needs"}, {"text": "Mail"}]


def test_code_blocks_and_comments_say_nothing(tmp_path: Path) -> None:
    hidden = "## User Story {} - Hidden\n"
    text = (
        f"~~~~\n```\n~~~\n{hidden.format(1)}~~~~\n```inline```\n## User Story 2 - Seen\n<!--\n{hidden.format(3)}-->\n"
    )
    draft = draft_of(tmp_path, "specs/001-x", {"spec.md": f"{text}```\n{hidden.format(4)}``` python\n"})
    assert values(draft)["objectives"] == [{"id": "seen", "text": "Seen", "tests": []}]


def test_paths_are_suggested_as_they_are_written(tmp_path: Path) -> None:
    tasks = (
        "- [ ] T001 Write `src/__init__.py` and src/a/[id]/page.tsx (see **docs/a.md**), and/or `lib/**`\n"
        "- [ ] T002 [the plan](./docs/plan.md) of https://example.invalid/a.html in .github/workflows/ci.yml\n"
    )
    draft = draft_of(tmp_path, "specs/001-x", {"spec.md": "# X\n", "tasks.md": tasks})
    found = [line.split()[1] for line in draft.splitlines() if line.endswith((" (tasks.md:1)", " (tasks.md:2)"))]
    assert found == [
        "src/__init__.py",
        "lib/**",
        "src/a/[id]/page.tsx",
        "docs/a.md",
        "docs/plan.md",
        ".github/workflows/ci.yml",
    ]


def test_a_bug_of_kiro_tells_what_has_to_be_and_what_has_to_stay(tmp_path: Path) -> None:
    bug = """# Bugfix Requirements Document

## Bug Analysis

### Current Behavior (Defect)

1.1 WHEN a list is shown THEN it is centered

### Expected Behavior (Correct)

2.1 WHEN a list is shown THEN it
SHALL be on the left

### Unchanged Behavior (Regression Prevention)

3.1 WHEN a picture is shown THEN it SHALL CONTINUE TO be centered
"""
    told = values(draft_of(tmp_path, ".kiro/specs/left", {"bugfix.md": bug}))
    assert told["objectives"] == [
        {
            "id": "when-a-list-is-shown-then-it-shall-be-on",
            "text": "WHEN a list is shown THEN it SHALL be on the left",
            "tests": [],
        }
    ]
    assert told["non-goals"] == [{"text": "WHEN a picture is shown THEN it SHALL CONTINUE TO be centered"}]
    assert "title" not in told


def test_requirements_of_kiro_may_be_a_plain_list(tmp_path: Path) -> None:
    text = "# Requirements\n\n## Requirements\n\n1. The system SHALL filter.\n2. Nice to have\n"
    told = values(draft_of(tmp_path, ".kiro/specs/x", {"requirements.md": text}))
    assert told["objectives"] == [{"id": "the-system-shall-filter", "text": "The system SHALL filter.", "tests": []}]


def test_a_capability_of_openspec_is_read_as_a_delta(tmp_path: Path) -> None:
    capability = {"spec.md": "# search Specification\n" + OPENSPEC["specs/filters/spec.md"].partition("## REMOVED")[0]}
    draft = draft_of(tmp_path, "openspec/specs/search", capability)
    assert draft.startswith("---\n# A draft, from OpenSpec documents: openspec/specs/search (spec.md).")
    assert values(draft)["title"] == "search"
    assert values(draft)["objectives"] == [
        {"id": "windows", "text": "The page SHALL offer a window of 24 h.", "tests": []}
    ]


def test_a_checklist_of_spec_kit_is_no_document_of_kiro(tmp_path: Path) -> None:
    documents = {**SPEC_KIT, "checklists/requirements.md": "# Specification Quality Checklist\n\n- [x] CHK001 Done\n"}
    draft = draft_of(tmp_path, "specs/001-x", documents, "specs/001-x/checklists/requirements.md")
    assert values(draft)["title"] == "Time filters"


def test_of_several_tools_the_document_that_is_named_counts(tmp_path: Path) -> None:
    draft = draft_of(tmp_path, "x", {**SPEC_KIT, **KIRO}, "x/spec.md")
    assert "from spec-kit documents" in draft
    result = gaterunner(tmp_path, "spec", "import", "x")
    assert (result.code, result.out) == (2, "")
    assert "x holds documents of Kiro and spec-kit" in result.err
    assert "name the one that is meant: `requirements.md` or `spec.md`" in result.err


def test_names_that_yaml_reads_as_something_else_are_quoted(tmp_path: Path) -> None:
    text = "## User Story 1 - Null\n\n## User Story 2 - On\n\n## User Story 3 - a 2\n\n"
    text += "## User Story 4 - a\n\n## User Story 5 - a\n\n## User Story 6 - 1e5\n"
    draft = draft_of(tmp_path, "specs/001-null", {"spec.md": text})
    assert '\nid: "null"  #' in draft
    told = values(draft)["objectives"]
    assert isinstance(told, list)
    assert [objective["id"] for objective in told] == ["null", "on", "a-2", "a", "a-3", "1e5"]


def test_where_specs_are_yaml_so_are_drafts_and_new_ones(tmp_path: Path) -> None:
    workflow = "workflow:\n  specs: specs/{phase}.yml\n  gates: [{build: make}]\n"
    (tmp_path / ".gaterunner.yml").write_text(workflow)
    for printed in (
        draft_of(tmp_path, "specs/001-time-filters", SPEC_KIT),
        gaterunner(tmp_path, "spec", "new", "time-filters").out,
    ):
        assert not any(line == "---" for line in printed.splitlines())
        loaded = yaml.safe_load(printed)
        assert (loaded["id"], loaded["owner"], loaded["touchpoints"]["allow"]) == ("time-filters", None, [])
        with pytest.raises(WorkflowFileError):
            read_spec(printed.encode(), "specs/time-filters.yml")


def test_a_folder_of_nothing_known_is_told_with_what_is(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    result = gaterunner(tmp_path, "spec", "import", "x")
    assert (result.code, result.out) == (2, "")
    assert "x holds no document of spec-kit, OpenSpec or Kiro" in result.err
    assert "specs/001-name with spec.md" in result.err


def test_a_path_that_does_not_exist_is_told(tmp_path: Path) -> None:
    result = gaterunner(tmp_path, "spec", "import", "y")
    assert (result.code, "y does not exist" in result.err) == (2, True)


def test_the_folder_of_several_is_told_with_some_of_them(tmp_path: Path) -> None:
    for number in range(7):
        (tmp_path / f"specs/00{number}-x").mkdir(parents=True)
        (tmp_path / f"specs/00{number}-x/spec.md").write_text("# X\n")
    result = gaterunner(tmp_path, "spec", "import", "specs")
    assert result.code == 2
    assert "name one of those below it, such as `specs/000-x`, `specs/001-x`," in result.err
    assert "006" not in result.err


def test_a_document_that_is_too_large_is_told(tmp_path: Path) -> None:
    (tmp_path / "spec.md").write_text("x" * (MAX_BYTES + 1))
    result = gaterunner(tmp_path, "spec", "import", "spec.md")
    assert (result.code, "spec.md cannot be read: it holds 1,000,001 bytes" in result.err) == (2, True)


def test_more_deltas_than_anybody_reads_are_told(tmp_path: Path) -> None:
    (tmp_path / "proposal.md").write_text("# X\n")
    for number in range(MOST_DELTAS + 1):
        (tmp_path / f"specs/{number}").mkdir(parents=True)
        (tmp_path / f"specs/{number}/spec.md").touch()
    result = gaterunner(tmp_path, "spec", "import", ".")
    assert (result.code, "holds more than 200 deltas of specs" in result.err) == (2, True)


@pytest.mark.parametrize("data", ["# X".encode("utf-16"), "# X".encode("utf-16-le"), b"# X\x00"])
def test_what_is_no_text_is_told(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "spec.md").write_bytes(data)
    result = gaterunner(tmp_path, "spec", "import", "spec.md")
    assert (result.code, "spec.md is not UTF-8 text" in result.err) == (2, True)


def test_a_link_that_leads_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "outside.md").write_text("# Nobody else's\n")
    (tmp_path / "x").mkdir()
    (tmp_path / "x/spec.md").symlink_to("../outside.md")
    result = gaterunner(tmp_path, "spec", "import", "x")
    assert (result.code, result.out) == (2, "")
    assert "x/spec.md is a link that leads out of the folder" in result.err


def test_what_is_no_folder_of_documents_is_told(tmp_path: Path) -> None:
    (tmp_path / "circle").symlink_to("circle")
    (tmp_path / "x/spec.md").mkdir(parents=True)
    os.mkfifo(tmp_path / "x/proposal.md")
    for argument, told in (("circle", "cannot be read"), ("y" * 300, "cannot be read"), ("x", "holds no document")):
        result = gaterunner(tmp_path, "spec", "import", argument)
        assert (result.code, result.out) == (2, "")
        assert told in result.err


def test_a_new_spec_has_every_key_that_is_needed_and_is_none_yet(tmp_path: Path) -> None:
    result = gaterunner(tmp_path, "spec", "new", "filters")
    assert (result.code, result.err) == (0, "")
    with pytest.raises(WorkflowFileError) as told:
        read_spec(result.out.encode(), "specs/filters.md")
    messages = [problem.message for problem in told.value.problems]
    assert not [message for message in messages if "unknown" in message or "lacks" in message]
    assert len(messages) >= 4


@pytest.mark.parametrize("name", ["filters", "null", "on", "123", "1e5", "2026-01-01", "a:", "a:b", "x" * 64])
def test_a_new_spec_that_is_filled_in_is_one(tmp_path: Path, name: str) -> None:
    text = gaterunner(tmp_path, "spec", "new", name).out
    for empty, filled in (
        ("owner:", 'owner: "@lead"'),
        ('text: ""', "text: It works"),
        ("tests: []  # the", "tests: tests.test_x.test_y  # the"),
        ("  allow: []", "  allow: app/**"),
        ("  steps: []", "  steps: Revert it."),
    ):
        assert empty in text
        text = text.replace(empty, filled, 1)
    assert read_spec(text.encode(), "specs/filters.md").id == name


def test_a_name_that_no_phase_can_have_is_refused(tmp_path: Path) -> None:
    result = gaterunner(tmp_path, "spec", "new", "a: b")
    assert (result.code, "`a: b` is no phase's name" in result.err) == (2, True)
