"""One verification, from top to bottom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from msgspec import Struct

from gaterunner.errors import EvaluationError
from gaterunner.failures import failures_of
from gaterunner.git import Repository
from gaterunner.model import Failure, Report
from gaterunner.reporters.json import SCHEMA, decode_report
from gaterunner.verdict import decide, describe
from gaterunner.verification.attested import check_attestations
from gaterunner.verification.checks import Check, State, differs, holds
from gaterunner.verification.envelopes import Attested, read_attestations
from gaterunner.verification.repository import check_repository


class Evidence(Struct, frozen=True, kw_only=True):
    """What a report is held against. ``attestation`` and ``config`` (the operator's own workflow file) are contents."""

    attestation: bytes
    repository: Repository
    config: bytes | None = None


class Verification(Struct, frozen=True, kw_only=True):
    """What came of each check; ``enveloped`` says that all attestations carry signatures, which nothing here checks."""

    checks: tuple[Check, ...]
    enveloped: bool

    @property
    def state(self) -> State:
        """The worst of the checks."""
        states = {check.state for check in self.checks}
        return next((state for state in (State.DIFFERS, State.UNKNOWN) if state in states), State.HOLDS)


def verify(data: bytes, evidence: Evidence) -> Verification:
    """Everything that can be said of ``data``, the bytes of a JSON report.

    Raises ``EvaluationError`` when the attestation is none.
    """
    attestations = read_attestations(evidence.attestation)
    return Verification(
        checks=tuple(_checks(data, evidence, attestations)),
        enveloped=all(each.enveloped for each in attestations),
    )


def _checks(data: bytes, evidence: Evidence, attestations: Sequence[Attested]) -> Iterator[Check]:
    report, check = _read(data)
    yield check
    yield from check_attestations(data, report, attestations)
    if report is not None:
        yield _verdict(report)
        yield _index(report)
        yield from check_repository(report, evidence.repository, config=evidence.config)


def _read(data: bytes) -> tuple[Report | None, Check]:
    try:
        return decode_report(data), holds("schema", f"it is a report of {SCHEMA}")
    except EvaluationError as error:
        return None, differs("schema", error.message)


def _verdict(report: Report) -> Check:
    """The verdict is decided once more: it is a function of what the report tells of gates, policies and problems."""
    decided = decide(report.gates, report.policies, scope=report.scope, problems=report.problems)
    sentence = describe(decided, report.gates, report.policies, scope=report.scope, problems=report.problems)
    if decided is not report.verdict:
        return differs("verdict", f"the report says {report.verdict}, its gates and policies say {decided}: {sentence}")
    # Not the report's own sentence: nothing confirms that.
    return holds("verdict", f"{report.verdict} follows from the gates and policies: {sentence}")


def _index(report: Report) -> Check:
    """The index of failures must be that of the results: many readers look at nothing else.

    Places and rules are compared, not words: another version of gaterunner may say the same differently.
    """
    expected = Counter(map(_named, failures_of(report)))
    index = report.failures
    told = len(index.shown) + index.left_out
    invented = Counter(map(_named, index.shown)) - expected
    if told != expected.total() or invented:
        return differs(
            "failures",
            f"the index holds {told} failures, the gates and policies come to {expected.total()}"
            + (
                f"; it alone has {', '.join(' '.join(map(str, each)) for each in list(invented)[:3])}"
                if invented
                else ""
            ),
        )
    return holds("failures", f"the index of failures is that of the gates and policies: {told}")


def _named(failure: Failure) -> tuple[str, str, str | None, int | None]:
    return (failure.source, failure.rule, failure.path, failure.line)
