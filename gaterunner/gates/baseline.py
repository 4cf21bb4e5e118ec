"""Compares the tests that a gate executed with those of the base. Pure.

A gate can be green because its tests are gone. What the base executed and the head does not is told one by one, and
what becomes of the gate for it is `tests: missing`. A test that left while one of the very same name arrived elsewhere
is told as moved: whoever empties a test while moving it could have emptied it in its place, and what catches both is
the base's own version of the tests, run on the head's code (`base-tests`).
"""

from __future__ import annotations

import hashlib
import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from gaterunner.config.types import TestRules
from gaterunner.evidence.types import BaselineEvidence, TestEvidence
from gaterunner.gates.ruling import Ruling
from gaterunner.gates.wording import some, tests
from gaterunner.model import Finding, Outcome, Severity, TestCase

MAX_FINDINGS = 50
"""Of each kind; a last one tells how many more there are."""

EXECUTED = "was executed on the base"
"""What follows a test's id and a colon in findings about what is gone or skipped by now; the policy `spec` reads it."""

_SHA_SHOWN = 10
# What stands before a test's name: everything up to the last dot that a name follows, and no dot of a parameter.
_BEFORE_NAME = re.compile(r"[^\[({<\s]*\.(?=[^\W\d])")
_DOT = re.compile(r"\.")
_GONE_HELP = "bring it back, or have its removal approved; `tests: {missing: warn}` only warns"
_WEAKENED_HELP = "make the code pass the base's version, or have the changed expectation approved"


class Compared(Struct, frozen=True, kw_only=True):
    """Ids of tests. ``moved`` pairs the old id with the new one. ``weakened`` failed on the head's code in the base's
    version, and ``unrun`` could not even be executed in it.
    """

    gone: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    moved: tuple[tuple[str, str], ...] = ()
    weakened: tuple[str, ...] = ()
    unrun: tuple[str, ...] = ()


def compare(cases: Sequence[TestCase], baseline: BaselineEvidence) -> Compared:
    """What the base executed (whether it passed or not) and the head did not, and what the base's versions say."""
    head = {case.id: case.state for case in cases}
    executed = [case.id for case in _tests(baseline.cases, head)]
    left = [test for test in executed if test not in head]
    moved = _moved(left, head, known={case.id for case in baseline.cases})
    skipped = [test for test in executed if head.get(moved.get(test, test)) == "skipped"]
    gone = [test for test in left if test not in moved]
    missed = {*gone, *skipped}
    again = {case.id: case.state for case in baseline.on_head or ()}
    checked = [case.id for case in baseline.cases if case.state == "passed"] if baseline.on_head is not None else []
    return Compared(
        gone=tuple(gone),
        skipped=tuple(skipped),
        moved=tuple((old, new) for old, new in moved.items() if old not in missed),
        weakened=tuple(test for test in checked if again.get(test) == "failed"),
        unrun=tuple(test for test in checked if again.get(test) in {None, "skipped"} and test not in missed),
    )


def judge_baseline(rules: TestRules, cases: Sequence[TestCase], baseline: BaselineEvidence | None) -> Ruling:
    """What the comparison means for a gate that would pass otherwise.

    Without an explicit `baseline:` nothing blocks. With one, tests that are gone or newly skipped, and a base that
    could not be had, leave the gate unproven; tests that only pass in their new version fail it.
    """
    if baseline is None:
        if rules.baseline is None:
            return Ruling()
        return Ruling(outcome=Outcome.UNPROVEN, reason="its tests were not compared with the base's")
    blocking = rules.baseline is not None and rules.missing == "fail"
    compared = compare(cases, baseline)
    findings = tuple(_findings(compared, baseline, Severity.ERROR if blocking else Severity.WARNING))
    wrong = _wrong(compared, baseline)
    if not blocking or not wrong:
        return Ruling(findings=findings)
    outcome = Outcome.FAILED if any(each is Outcome.FAILED for each, _ in wrong) else Outcome.UNPROVEN
    return Ruling(outcome=outcome, reason="; ".join(reason for _, reason in wrong), findings=findings)


def with_standing(evidence: TestEvidence, baseline: BaselineEvidence | None) -> tuple[Finding, ...]:
    """The failures of the head, each known when the same test failed on the base, else new; untold without a base."""
    if baseline is None or not baseline.cases:
        return evidence.failures
    before = {case.id for case in baseline.cases if case.state == "failed"}
    return tuple(
        replace(failure, standing="known" if test in before else "new")
        for failure, test in zip(evidence.failures, evidence.failing, strict=True)
    )


def failed_before(cases: Sequence[TestCase], baseline: BaselineEvidence | None) -> int:
    """How many of the failed tests had failed on the base already."""
    if baseline is None:
        return 0
    before = {case.id for case in baseline.cases if case.state == "failed"}
    return sum(case.state == "failed" and case.id in before for case in cases)


def _tests(cases: Sequence[TestCase], head: Iterable[str]) -> Iterator[TestCase]:
    """What the base executed, without the modules that could not even be loaded there and can be on the head.

    A tool tells of such a module as a failed test by the module's name; its tests begin with that name and a dot.
    """
    modules = {test[: dot.start()] for test in head for dot in _DOT.finditer(test)} if _any_failed(cases) else set()
    for case in cases:
        if case.state != "skipped" and not (case.state == "failed" and case.id in modules):
            yield case


def _any_failed(cases: Sequence[TestCase]) -> bool:
    return any(case.state == "failed" for case in cases)


# --- moved -----------------------------------------------------------------------------------------------------------


def _moved(left: list[str], head: Iterable[str], *, known: set[str]) -> dict[str, str]:
    """Old id to new id: a test that left and one of the same name that arrived; each arrival stands for one test."""
    arrived: dict[str, deque[str]] = {}
    for test in head:
        if test not in known:
            arrived.setdefault(_name(test), deque()).append(test)
    return {test: new.popleft() for test in left if (new := arrived.get(_name(test)))}


def _name(test: str) -> str:
    """An id without what stands before its name: ``test_a[1.5]`` of ``tests.unit.test_b.TestC.test_a[1.5]``."""
    before = _BEFORE_NAME.match(test)
    return test[before.end() :] if before else test


# --- telling ---------------------------------------------------------------------------------------------------------


def _wrong(compared: Compared, baseline: BaselineEvidence) -> list[tuple[Outcome, str]]:
    """Every reason not to pass, gravest first."""
    weak = (*compared.weakened, *compared.unrun)
    told = [
        (Outcome.FAILED, weak, "of the base {does} not pass on this code in the base's version"),
        (Outcome.UNPROVEN, compared.gone, "of the base {is_} gone"),
        (Outcome.UNPROVEN, compared.skipped, "of the base {is_} newly skipped"),
    ]
    wrong = []
    for outcome, names, what in told:
        if names:
            does, is_ = ("does", "is") if len(names) == 1 else ("do", "are")
            wrong.append((outcome, f"{tests(len(names))} {what.format(does=does, is_=is_)}: {some(names)}"))
    if baseline.fault is not None:
        wrong.append((Outcome.UNPROVEN, f"the base's tests could not be had: {baseline.fault}"))
    return wrong


def _findings(compared: Compared, baseline: BaselineEvidence, severity: Severity) -> Iterator[Finding]:
    commit = f"({baseline.commit[:_SHA_SHOWN]})"
    base, executed = f"the base {commit}", f"{EXECUTED} {commit}"
    told = (
        ("test-weakened", compared.weakened, f"passed on {base}, fails on this code in the base's version"),
        ("test-weakened", compared.unrun, f"passed on {base}, cannot be executed on this code in the base's version"),
        ("test-gone", compared.gone, f"{executed}, and is not there any more"),
        ("test-newly-skipped", compared.skipped, f"{executed}, and is skipped now"),
    )
    for rule, names, what in told:
        help = _WEAKENED_HELP if rule == "test-weakened" else _GONE_HELP
        yield from _bounded(rule, severity, [f"{name}: {what}" for name in names], help, names)
    moved = [f"{old} is told as {new} now" for old, new in compared.moved]
    yield from _bounded("test-moved", Severity.NOTICE, moved, None, [old for old, _ in compared.moved])
    if baseline.fault is not None:
        yield Finding(
            rule="base-unknown", severity=severity, message=f"the base's tests could not be had: {baseline.fault}"
        )


def _bounded(
    rule: str, severity: Severity, messages: Sequence[str], help: str | None, names: Sequence[str]
) -> Iterator[Finding]:
    for message, name in zip(messages[:MAX_FINDINGS], names, strict=False):
        yield Finding(
            rule=rule,
            severity=severity,
            message=message,
            help=help,
            fingerprint=hashlib.sha256(f"{rule}\0{name}".encode("utf-8", "replace")).hexdigest()[:16],
        )
    if len(messages) > MAX_FINDINGS:
        more = len(messages) - MAX_FINDINGS
        yield Finding(rule=rule, severity=severity, message=f"{more} more of {len(messages)} in all", help=help)
