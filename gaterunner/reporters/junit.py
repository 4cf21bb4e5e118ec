"""The report as JUnit XML: every gate and every policy a test case, and the verdict one as well.

The verdict stands for itself because a run can fail although no case did (everything was skipped, nothing was proven),
and a tool that only counts cases would call that green. What counts in JUnit is what counts in the verdict: an advisory
gate is skipped there, whatever came of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal
from xml.etree import ElementTree as ET

from msgspec import Struct

from gaterunner.model import Attempt, Finding, GateResult, Outcome, PolicyResult, Problem, Report, Verdict
from gaterunner.reporters.places import place_words
from gaterunner.reporters.ranking import waiver_words
from gaterunner.reporters.xml_text import line, lines

_LONGEST_NAME = 1_000
_LONGEST_MESSAGE = 2_000
_LONGEST_TEXT = 64_000
_MOST_FINDINGS = 200

# A pending answer is none, so it may not look like a pass; a waiver is an exception that has to be seen.
_TAGS: dict[Outcome, Literal["failure", "error", "skipped"]] = {
    Outcome.FAILED: "failure",
    Outcome.UNPROVEN: "failure",
    Outcome.ERRORED: "error",
    Outcome.PENDING: "error",
    Outcome.SKIPPED: "skipped",
    Outcome.WAIVED: "skipped",
}
_VERDICT_TAGS: dict[Verdict, Literal["failure", "error"]] = {
    Verdict.FAIL: "failure",
    Verdict.ERROR: "error",
    Verdict.PENDING: "error",
}


class Case(Struct, frozen=True, kw_only=True):
    """One test case before it is written; ``tag`` is None for one that passed."""

    name: str
    seconds: float = 0.0
    tag: Literal["failure", "error", "skipped"] | None = None
    kind: str = ""
    message: str = ""
    text: str = ""
    out: str = ""
    tries: tuple[Attempt, ...] = ()


def render_junit(report: Report) -> bytes:
    """The report as JUnit XML in UTF-8: the suites ``run``, ``gates`` and ``policies``."""
    suites = [
        ("run", [_verdict(report), *map(_problem, report.problems)]),
        ("gates", [_gate(gate) for gate in report.gates]),
        ("policies", [_policy(policy) for policy in report.policies]),
    ]
    root = ET.Element("testsuites", name="gaterunner")
    everything = [case for _, cases in suites for case in cases]
    root.attrib.update(_counts(everything), time=_seconds(report.duration_s))
    for name, cases in suites:
        if cases:
            root.append(_suite(name, cases, report))
    ET.indent(root)
    data: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return data + b"\n"


def _verdict(report: Report) -> Case:
    tag = _VERDICT_TAGS.get(report.verdict)
    return Case(
        name="verdict",
        tag=tag,
        kind=report.verdict,
        message=report.sentence if tag else "",
        out="" if tag else report.sentence,
    )


def _problem(problem: Problem) -> Case:
    place = place_words(problem.path, problem.line, problem.column)
    text = "\n".join(filter(None, (place, problem.message, f"How to fix: {problem.help}" if problem.help else "")))
    return Case(
        name=f"{place}: {problem.message}" if place else problem.message,
        tag="error",
        kind=problem.trouble,
        message=problem.message,
        text=text,
    )


def _gate(gate: GateResult) -> Case:
    tag = _TAGS.get(gate.outcome)
    message = gate.reason or gate.outcome
    if gate.advisory and tag is not None:
        tag, message = "skipped", f"advisory, {gate.outcome}: {gate.reason}"
    parts = [f"Command: {gate.command}" if gate.command else "", *_findings(gate.findings), *gate.log_tail]
    text = "\n".join(filter(None, parts))
    broken = tag in ("failure", "error")
    return Case(
        name=gate.name,
        seconds=0.0 if gate.cached else gate.duration_s,
        tag=tag,
        kind=gate.outcome,
        message=message if tag else "",
        text=text if broken else "",
        out="" if broken else "\n".join(filter(None, ("" if tag else gate.reason, text))),
        tries=tuple(each for each in gate.tries if each.outcome is not Outcome.PASSED) if gate.flaky else (),
    )


def _policy(policy: PolicyResult) -> Case:
    tag = _TAGS.get(policy.outcome)
    told = (("Observed", policy.observed), ("Expected", policy.expected))
    parts = [*(f"{what}: {words}" for what, words in told if words), *_findings(policy.findings)]
    text = "\n".join(parts)
    broken = tag in ("failure", "error")
    return Case(
        name=policy.name,
        seconds=policy.duration_s,
        tag=tag,
        kind=policy.outcome,
        message=(policy.reason or policy.outcome) if tag else "",
        text=text if broken else "",
        out="" if broken else text,
    )


def _findings(findings: Sequence[Finding]) -> Iterator[str]:
    for finding in findings[:_MOST_FINDINGS]:
        place = ":".join(str(part) for part in (finding.path, finding.line) if part is not None)
        waiver = waiver_words(finding)
        yield " ".join(filter(None, (place, f"{finding.severity}: {finding.message} ({finding.rule})", waiver)))
        if finding.help:
            yield f"  How to fix: {finding.help}"
    if len(findings) > _MOST_FINDINGS:
        yield f"and {len(findings) - _MOST_FINDINGS} more findings, which the JSON report has"


def _suite(name: str, cases: Sequence[Case], report: Report) -> ET.Element:
    suite = ET.Element("testsuite", name=name)
    suite.attrib.update(_counts(cases), time=_seconds(sum(case.seconds for case in cases)))
    suite.set("timestamp", line(report.started, limit=_LONGEST_NAME))
    if name == "run":
        properties = ET.SubElement(suite, "properties")
        for key, value in _bound_to(report):
            ET.SubElement(properties, "property", name=key, value=line(value, limit=_LONGEST_NAME))
    suite.extend(_element(case, name) for case in cases)
    return suite


def _bound_to(report: Report) -> Iterator[tuple[str, str]]:
    yield "gaterunner", report.tool.version
    yield "mode", report.mode
    yield "scope", report.scope
    if report.change:
        yield "base", report.change.base
        yield "head", report.change.head
        if report.change.merge:
            yield "merge", report.change.merge
    if report.workflow:
        yield "workflow", f"{report.workflow.path} sha256 {report.workflow.sha256}"


def _element(case: Case, suite: str) -> ET.Element:
    element = ET.Element(
        "testcase",
        classname=f"gaterunner.{suite}",
        name=line(case.name, limit=_LONGEST_NAME) or "unnamed",
        time=_seconds(case.seconds),
    )
    if case.tag == "skipped":
        ET.SubElement(element, "skipped", message=line(case.message, limit=_LONGEST_MESSAGE))
    elif case.tag is not None:
        told = ET.SubElement(
            element, case.tag, type=case.kind, message=line(case.message, limit=_LONGEST_MESSAGE) or case.kind
        )
        told.text = lines(case.text, limit=_LONGEST_TEXT) or None
    for attempt in case.tries:
        # As Maven's Surefire writes a test that passed on a retry, which many readers know.
        message = line(f"attempt {attempt.number}: {attempt.reason}", limit=_LONGEST_MESSAGE)
        ET.SubElement(element, "flakyFailure", type=attempt.outcome, message=message)
    if case.out:
        ET.SubElement(element, "system-out").text = lines(case.out, limit=_LONGEST_TEXT)
    return element


def _counts(cases: Sequence[Case]) -> dict[str, str]:
    tags = [case.tag for case in cases]
    return {
        "tests": str(len(cases)),
        "failures": str(tags.count("failure")),
        "errors": str(tags.count("error")),
        "skipped": str(tags.count("skipped")),
    }


def _seconds(value: float) -> str:
    return f"{max(value, 0.0):.3f}"
