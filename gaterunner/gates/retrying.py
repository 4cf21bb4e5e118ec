"""What several attempts of one gate come to. Pure.

A retry finds out whether a failure comes back; it must not launder one. So a pass after a failure is told as flaky with
all attempts, and a test that failed and was then not executed has not passed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence

from msgspec.structs import replace

from gaterunner.gates.wording import counted, some, tests
from gaterunner.model import Attempt, Finding, GateResult, Outcome, Severity, TestCounts

MAX_FINDINGS = 50
"""Of each kind; a last one tells how many more there are."""


def should_retry(result: GateResult) -> bool:
    """True for what another attempt may answer differently: a command or test that failed, a signal, a timeout.

    Never for what could not be evaluated or was interrupted, nor for evidence that is missing or below what is asked
    for: running it again until it is there would only hide that.
    """
    if result.outcome is not Outcome.FAILED:
        return False
    return result.exit_code != 0 or (result.tests is not None and result.tests.failed > 0)


def combine(results: Sequence[GateResult], *, allowed: int | None = None) -> GateResult:
    """The last attempt's result, with what the ones before it say; ``allowed`` is how many there could have been.

    Raises ``ValueError`` without any result.
    """
    if not results:
        raise ValueError("a gate without an attempt has no result")
    *earlier, last = results
    if not earlier:
        return last
    tries = tuple(_attempt(number, result) for number, result in enumerate(results, start=1))
    combined = replace(
        last,
        attempts=len(results),
        tries=tries,
        started=results[0].started,
        duration_s=round(sum(result.duration_s for result in results), 3),
    )
    place = f"attempt {len(results)} of {max(allowed or 0, len(results))}"
    if last.outcome is not Outcome.PASSED:
        return replace(combined, reason=f"{last.reason} ({place})")
    return _passed(combined, earlier, place)


def _passed(combined: GateResult, earlier: Sequence[GateResult], place: str) -> GateResult:
    """A pass after failures: flaky, or unproven when a test that had failed was not executed any more."""
    state = {case.id: case.state for case in combined.cases}
    failed = tuple(dict.fromkeys(case.id for result in earlier for case in result.cases if case.state == "failed"))
    vanished = [test for test in failed if state.get(test) != "passed"]
    if vanished:
        did = "was" if len(vanished) == 1 else "were"
        return replace(
            combined,
            outcome=Outcome.UNPROVEN,
            reason=f"{tests(len(vanished))} failed and {did} not executed by {place}: {some(vanished)}",
            findings=(*combined.findings, *_vanished(vanished, state)),
        )
    flaky = f"flaky: {some(failed)} failed before" if failed else f"flaky: {_earlier(earlier)}"
    counts, failing = combined.tests, frozenset(failed)
    return replace(
        combined,
        flaky=True,
        cases=tuple(replace(case, flaky=True) if case.id in failing else case for case in combined.cases),
        reason=f"passed on {place}; {flaky}",
        tests=_with_flaky(counts, len(failed)) if counts is not None else None,
        findings=(*combined.findings, *_flaky(failed, _places(earlier))),
    )


def _attempt(number: int, result: GateResult) -> Attempt:
    return Attempt(
        number=number,
        outcome=result.outcome,
        reason=result.reason,
        exit_code=result.exit_code,
        signal=result.signal,
        started=result.started,
        duration_s=result.duration_s,
        log=result.log,
    )


def _earlier(earlier: Sequence[GateResult]) -> str:
    """What the attempts before said when no test of theirs is known by name."""
    reasons = dict.fromkeys(result.reason for result in earlier)
    return f"{counted(len(earlier), 'attempt')} before it failed ({some(tuple(reasons), '; ')})"


def _with_flaky(counts: TestCounts, failed: int) -> TestCounts:
    # A test may be both: failed in one attempt, and failed and passed in the next. It cannot be told from two tests.
    return replace(counts, flaky=min(counts.passed, counts.flaky + failed))


def _places(earlier: Sequence[GateResult]) -> dict[str, Finding]:
    """By test, the finding of an attempt before that tells where it failed."""
    found = (finding for result in earlier for finding in result.findings if finding.rule == "test-failed")
    return {finding.message.split(": ", 1)[0]: finding for finding in found}


def _flaky(failed: Sequence[str], places: Mapping[str, Finding]) -> Iterator[Finding]:
    help = "find out what it depends on besides the code"
    for test in failed[:MAX_FINDINGS]:
        flaky = _finding("flaky", Severity.WARNING, f"{test}: failed, then passed on the same code", test, help)
        place = places.get(test)
        yield replace(flaky, path=place.path, line=place.line) if place is not None else flaky
    if len(failed) > MAX_FINDINGS:
        message = f"{len(failed) - MAX_FINDINGS} more flaky tests of {len(failed)} in all"
        yield _finding("flaky", Severity.WARNING, message, "", None)


def _vanished(vanished: Sequence[str], state: Mapping[str, str]) -> Iterator[Finding]:
    help = "make every attempt execute the same tests"
    for test in vanished[:MAX_FINDINGS]:
        became = "was skipped" if test in state else "was not there"
        message = f"{test}: failed, and {became} in the attempt that passed"
        yield _finding("test-gone", Severity.ERROR, message, test, help)
    if len(vanished) > MAX_FINDINGS:
        message = f"{len(vanished) - MAX_FINDINGS} more failed tests were not executed again, {len(vanished)} in all"
        yield _finding("test-gone", Severity.ERROR, message, "", help)


def _finding(rule: str, severity: Severity, message: str, test: str, help: str | None) -> Finding:
    digest = hashlib.sha256(f"{rule}\0{test}".encode("utf-8", "replace")).hexdigest()[:16] if test else None
    return Finding(rule=rule, severity=severity, message=message, help=help, fingerprint=digest)
