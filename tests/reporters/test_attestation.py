"""The statement is what in-toto specifies: its own library reads it, and the predicate has the fields it asks for."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import msgspec
import pytest

from gaterunner.model import Mode, Outcome, Part, Report, Skip, ToolInfo, Verdict, WorkflowInfo
from gaterunner.reporters.attestation import predicate, statement
from gaterunner.reporters.json import encode_report
from tests.in_toto import assert_in_toto_reads
from tests.reporters.reports import failing_report, finding, gate, policy, proven_report, report, summary


def law(**fields: Any) -> WorkflowInfo:
    values = {"path": ".gaterunner.yml", "sha256": "c" * 64, "source": "base", "changed_by_branch": False}
    return WorkflowInfo(**{**values, **fields})


def attested(given: Report) -> dict[str, Any]:
    """The statement, after in-toto's own library has read and checked it."""
    data = encode_report(given)
    plain: dict[str, Any] = msgspec.json.decode(statement(data, given))
    assert_in_toto_reads(plain)
    assert msgspec.json.decode(predicate(given)) == plain["predicate"]
    return plain


def predicate_of(given: Report) -> dict[str, Any]:
    told: dict[str, Any] = attested(given)["predicate"]
    return told


def test_it_is_about_the_bytes_of_the_report() -> None:
    given = report()

    told = attested(given)

    assert told["_type"] == "https://in-toto.io/Statement/v1"
    assert told["predicateType"] == "https://in-toto.io/attestation/test-result/v0.1"
    assert told["subject"] == [
        {"name": "gaterunner-report.json", "digest": {"sha256": sha256(encode_report(given)).hexdigest()}}
    ]


def test_a_failing_run_lists_what_held_and_what_did_not() -> None:
    told = predicate_of(failing_report())

    assert told["result"] == "FAILED"
    assert told["passedTests"] == ["gate/build", "policy/no-merge-to-main"]
    assert told["failedTests"] == ["gate/unit", "gate/integration", "gate/smoke", "policy/no-secret-changes"]
    assert told["gaterunner"]["verdict"] == "fail"
    assert told["gaterunner"]["exitCode"] == 1


def test_a_plain_pass_of_the_bases_law_is_passed() -> None:
    told = predicate_of(report())

    assert (told["result"], told["passedTests"], told["warnedTests"], told["failedTests"]) == (
        "PASSED",
        ["gate/unit"],
        [],
        [],
    )
    assert told["gaterunner"]["reservations"] == []


@pytest.mark.parametrize(
    ("fields", "reservation"),
    [
        ({"mode": Mode.SHADOW}, "shadow mode: nothing is blocked"),
        ({"scope": "policies"}, "only the policies were judged"),
        ({"partial": True}, "only some of the gates were run"),
        ({"part": Part(number=1, total=2, plan="d", selected=("unit",))}, "only some of the gates were run"),
        ({"change": summary(dirty=True)}, "changes that are not committed were judged"),
        ({"workflow": law(source="head")}, "the workflow file is not the base commit's"),
        ({"workflow": law(source="file")}, "the workflow file is not the base commit's"),
        ({"gates": (gate(flaky=True),)}, "passed with exceptions: gate/unit"),
        ({"policies": (policy("p", Outcome.WAIVED),)}, "passed with exceptions: policy/p"),
        (
            {"gates": (gate(), gate("style", Outcome.FAILED, advisory=True))},
            "passed with exceptions: gate/style",
        ),
    ],
)
def test_a_pass_with_a_reservation_is_a_warning(fields: dict[str, Any], reservation: str) -> None:
    told = predicate_of(report(**fields))

    assert told["result"] == "WARNED"
    assert told["gaterunner"]["reservations"] == [reservation]


@pytest.mark.parametrize("verdict", [Verdict.FAIL, Verdict.ERROR, Verdict.PENDING])
def test_whatever_is_no_pass_is_failed(verdict: Verdict) -> None:
    assert predicate_of(report(verdict=verdict))["result"] == "FAILED"


@pytest.mark.parametrize("outcome", [Outcome.UNPROVEN, Outcome.ERRORED, Outcome.PENDING])
def test_whatever_does_not_hold_is_among_the_failed_tests(outcome: Outcome) -> None:
    given = report(verdict=Verdict.FAIL, gates=(gate("g", outcome),), policies=(policy("p", outcome),))

    assert predicate_of(given)["failedTests"] == ["gate/g", "policy/p"]


def test_what_did_not_apply_is_in_no_list() -> None:
    skipped = gate("e2e", Outcome.SKIPPED, skip=Skip.NOT_APPLICABLE)
    told = predicate_of(report(gates=(gate(), skipped)))

    assert (told["passedTests"], told["warnedTests"], told["failedTests"]) == (["gate/unit"], [], [])
    assert [each["outcome"] for each in told["gaterunner"]["gates"]] == ["passed", "skipped"]


def test_the_verdict_is_bound_to_commits_law_and_images() -> None:
    digest = f"sha256:{'9' * 64}"
    given = report(
        change=summary(repository="octo/app", pull_request=7, merge="d" * 40),
        workflow=law(commit="a" * 40),
        tool=ToolInfo(version="1.2.3", image_digest=digest),
        gates=(gate(image_digest=digest, cached=True),),
        run_url="https://github.com/octo/app/actions/runs/17",
    )

    told = predicate_of(given)

    assert told["url"] == "https://github.com/octo/app/actions/runs/17"
    assert told["configuration"] == [
        {
            "name": ".gaterunner.yml",
            "uri": f"git+https://github.com/octo/app@{'a' * 40}#.gaterunner.yml",
            "digest": {"sha256": "c" * 64},
            "annotations": {"source": "base", "changedByBranch": False, "commit": "a" * 40},
        },
        {"name": "gaterunner image", "digest": {"sha256": "9" * 64}},
    ]
    binding = told["gaterunner"]
    assert {name: binding["change"][name] for name in ("repository", "pullRequest", "base", "head", "merge")} == {
        "repository": "octo/app",
        "pullRequest": 7,
        "base": "a" * 40,
        "head": "b" * 40,
        "merge": "d" * 40,
    }
    assert binding["tool"] == {"version": "1.2.3", "imageDigest": digest}
    assert binding["gates"] == [{"name": "unit", "outcome": "passed", "cached": True, "imageDigest": digest}]


def test_who_let_something_through_is_attested() -> None:
    waived = finding("a key", path="a.py", fingerprint="f" * 32, waived_by="waivers.yml", waived_because="a test's")
    told = predicate_of(report(policies=(policy("p", Outcome.WAIVED, findings=(waived,)),)))

    assert told["gaterunner"]["waivers"] == [
        {"rule": "a-rule", "path": "a.py", "fingerprint": "f" * 32, "by": "waivers.yml", "because": "a test's"}
    ]


def test_reports_of_runs_that_never_began_are_valid_too() -> None:
    assert predicate_of(report(verdict=Verdict.ERROR, change=None, workflow=None, gates=()))["configuration"] == []
    assert predicate_of(proven_report())["result"] == "WARNED"
