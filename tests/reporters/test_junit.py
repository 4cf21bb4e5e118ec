"""JUnit XML of gates and policies: what reads JUnit counts what the verdict counts."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest
from junitparser import JUnitXml

from gaterunner.evidence.junit_xml import read_results
from gaterunner.model import Attempt, Outcome, Problem, Report, Trouble, Verdict
from gaterunner.reporters.junit import render_junit
from tests.reporters.reports import failing_report, finding, gate, policy, proven_report, report

# The schema of Jenkins' xunit plugin, junit-10.xsd, in our words: what may stand where, and with which attributes.
_ELEMENTS = {
    "testsuites": ({"name", "tests", "failures", "errors", "time", "skipped"}, {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors", "skipped", "time", "timestamp"},
        {"properties", "testcase"},
    ),
    "properties": (set(), {"property"}),
    "property": ({"name", "value"}, set()),
    "testcase": (
        {"name", "classname", "time"},
        {"skipped", "error", "failure", "system-out", "system-err", "flakyFailure"},
    ),
    "failure": ({"type", "message"}, set()),
    "error": ({"type", "message"}, set()),
    "flakyFailure": ({"type", "message"}, set()),
    "skipped": ({"message"}, set()),
    "system-out": (set(), set()),
}
_REQUIRED = {"testsuite": {"name"}, "testcase": {"name", "classname"}, "failure": {"type"}, "flakyFailure": {"type"}}


def root_of(given: Report) -> ET.Element:
    """The document, after it has proved to be what readers of JUnit expect."""
    data = render_junit(given)
    root = ET.fromstring(data)  # noqa: S314  (our own bytes)
    for element in root.iter():
        attributes, children = _ELEMENTS[element.tag]
        assert _REQUIRED.get(element.tag, set()) <= set(element.attrib) <= attributes
        assert {child.tag for child in element} <= children
        for name in {"tests", "failures", "errors", "skipped"} & set(element.attrib):
            assert element.attrib[name].isdecimal()
        assert re.fullmatch(r"\d+\.\d{3}", element.get("time", "0.000"))
    assert_counts_agree(root)
    read = JUnitXml.fromstring(data)
    assert (read.tests, read.failures, read.errors, read.skipped) == tuple(
        int(root.attrib[name]) for name in ("tests", "failures", "errors", "skipped")
    )
    assert len(read_results(data).cases) == read.tests
    return root


def assert_counts_agree(root: ET.Element) -> None:
    for level in (root, *root.iter("testsuite")):
        cases = list(level.iter("testcase"))
        counted = {"failures": "failure", "errors": "error", "skipped": "skipped"}
        assert int(level.attrib["tests"]) == len(cases)
        for attribute, tag in counted.items():
            assert int(level.attrib[attribute]) == sum(case.find(tag) is not None for case in cases)


def said(given: Report) -> dict[str, str]:
    """Each case with what stands in it: ``passed`` or the tag with its message."""
    told = {}
    for suite in root_of(given).iter("testsuite"):
        for case in suite.iter("testcase"):
            found = next((child for child in case if child.tag in {"failure", "error", "skipped"}), None)
            words = "passed" if found is None else f"{found.tag}: {found.get('message')}"
            told[f"{suite.get('name')}/{case.get('name')}"] = words
    return told


def test_every_gate_every_policy_and_the_verdict_is_a_case() -> None:
    assert said(failing_report()) == {
        "run/verdict": "failure: unit, no-secret-changes failed; integration unproven.",
        "gates/build": "passed",
        "gates/unit": "failure: the command ended with exit code 1",
        "gates/integration": "failure: no test was executed",
        "gates/smoke": "skipped: not reached: unit failed",
        "policies/no-merge-to-main": "passed",
        "policies/no-secret-changes": "failure: 1 secret was added",
    }


def test_a_failure_holds_the_command_the_findings_and_the_end_of_the_log() -> None:
    failure = root_of(failing_report()).find(".//testcase[@name='unit']/failure")

    assert failure is not None
    assert failure.text == (
        "Command: python -m pytest --junit-xml results.xml\n"
        "tests/test_filters.py:41 error: test_window: assert 3 == 4 (test-failure)\n"
        "tests/test_banner.py:7 error: test_banner: stale after 15 min (test-failure)\n"
        "FAILED tests/test_filters.py::test_window - assert 3 == 4\n"
        "2 failed, 117 passed in 3.1s"
    )


def test_a_policy_says_what_was_observed_and_expected() -> None:
    failure = root_of(failing_report()).find(".//testcase[@name='no-secret-changes']/failure")

    assert failure is not None
    assert (failure.text or "").splitlines()[:3] == [
        "Observed: 1 secret in 12 commits",
        "Expected: no commit adds a secret or touches a file that holds one",
        "config/staging.env:3 error: AWS access key (aws-access-key)",
    ]


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (Outcome.PASSED, "passed"),
        (Outcome.FAILED, "failure: why"),
        (Outcome.UNPROVEN, "failure: why"),
        (Outcome.ERRORED, "error: why"),
        (Outcome.PENDING, "error: why"),
        (Outcome.SKIPPED, "skipped: why"),
        (Outcome.WAIVED, "skipped: why"),
    ],
)
def test_nothing_but_a_pass_looks_like_one(outcome: Outcome, words: str) -> None:
    told = said(report(gates=(gate("unit", outcome, reason="why"),), policies=(policy("p", outcome, reason="why"),)))

    assert (told["gates/unit"], told["policies/p"]) == (words, words)


def test_an_advisory_gate_counts_here_as_little_as_in_the_verdict() -> None:
    told = said(report(gates=(gate(), gate("style", Outcome.FAILED, reason="exit code 1", advisory=True))))

    assert told["gates/style"] == "skipped: advisory, failed: exit code 1"


@pytest.mark.parametrize(
    ("verdict", "words"),
    [(Verdict.FAIL, "failure"), (Verdict.ERROR, "error"), (Verdict.PENDING, "error")],
)
def test_a_run_in_which_everything_was_skipped_is_not_green(verdict: Verdict, words: str) -> None:
    given = report(verdict=verdict, sentence="Nothing.", gates=(gate("unit", Outcome.SKIPPED, reason="untouched"),))

    assert said(given) == {"run/verdict": f"{words}: Nothing.", "gates/unit": "skipped: untouched"}


def test_what_kept_a_run_from_being_judged_is_an_error() -> None:
    problem = Problem(trouble=Trouble.USAGE, message="no such branch", path="a.yml", line=2, column=3, help="fetch it")
    root = root_of(report(verdict=Verdict.ERROR, sentence="Wrong usage.", gates=(), problems=(problem,), change=None))

    case = root.find(".//testcase[@name='a.yml:2:3: no such branch']/error")
    assert case is not None
    assert (case.get("type"), case.text) == ("usage", "a.yml:2:3\nno such branch\nHow to fix: fetch it")


def test_a_pass_on_a_retry_is_told_as_maven_tells_it() -> None:
    tries = (
        Attempt(number=1, outcome=Outcome.FAILED, reason="1 of 9 tests failed"),
        Attempt(number=2, outcome=Outcome.PASSED, reason=""),
    )
    root = root_of(report(gates=(gate("unit", flaky=True, attempts=2, tries=tries),)))

    (flaky,) = root.iter("flakyFailure")
    assert flaky.get("message") == "attempt 1: 1 of 9 tests failed"
    assert said(report(gates=(gate("unit", flaky=True, tries=tries),)))["gates/unit"] == "passed"


def test_the_suite_of_the_run_says_what_the_verdict_is_bound_to() -> None:
    properties = {each.get("name"): each.get("value") for each in root_of(report()).iter("property")}

    assert properties == {
        "gaterunner": "1.0.0",
        "mode": "enforce",
        "scope": "gates+policies",
        "base": "a" * 40,
        "head": "b" * 40,
        "workflow": f".gaterunner.yml sha256 {'c' * 64}",
    }


def test_a_waived_finding_is_told_with_its_waiver() -> None:
    waived = finding("a key", path="a.py", line=1, waived_by="waivers.yml", waived_because="a test's")
    root = root_of(report(policies=(policy("p", Outcome.WAIVED, findings=(waived,)),)))

    assert root.findtext(".//testsuite[@name='policies']//system-out") == (
        "a.py:1 error: a key (a-rule) waived by waivers.yml: a test's"
    )


def test_too_many_findings_and_too_long_texts_are_cut_and_counted() -> None:
    many = tuple(finding(str(number), path="a.py", line=number) for number in range(1, 251))
    failure = root_of(report(gates=(gate("unit", Outcome.FAILED, findings=many, log_tail=("x" * 90_000,)),))).find(
        ".//failure"
    )

    assert failure is not None
    assert "and 50 more findings, which the JSON report has" in (failure.text or "")
    assert len(failure.text or "") == 64_000


def test_characters_that_xml_does_not_have_are_shown() -> None:
    bad = "a\x00b\x1b[31mc\ufffed\udc80e\u202ef"
    given = report(
        verdict=Verdict.FAIL,
        sentence=bad,
        gates=(gate(bad, Outcome.FAILED, reason=bad, log_tail=(bad, "tab\there")),),
    )

    told = said(given)

    assert told["run/verdict"] == r"failure: a\x00b\x1b[31mc\ufffed\x80e\u202ef"
    assert r"gates/a\x00b\x1b[31mc\ufffed\x80e\u202ef" in told
    failure = root_of(given).find(".//testsuite[@name='gates']//failure")
    assert failure is not None
    assert (failure.text or "").endswith("\ntab\there")


def test_a_proven_part_is_valid_too() -> None:
    assert root_of(proven_report()).attrib["failures"] == "0"
