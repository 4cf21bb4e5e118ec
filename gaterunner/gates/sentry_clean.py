"""Judges a window of time that a release spent in an environment, by what Sentry saw of it. Pure: no IO.

Nothing passes on silence: there must be traffic of exactly this release, the window must be over, and what two
questions say of the same time must agree.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal

from msgspec import Struct

from gaterunner.config.types import SentryRules
from gaterunner.fingerprints import fingerprint
from gaterunner.gates.ruling import Ruling
from gaterunner.gates.unexecuted import errored
from gaterunner.gates.wording import counted, duration, some
from gaterunner.model import Finding, GateResult, Outcome, Severity, Waiting
from gaterunner.plan import PlannedGate
from gaterunner.sentry.types import Deploy, ErrorRow, Issue

RULES = (
    "sentry/new-issue",
    "sentry/regressed-issue",
    "sentry/unhandled-error",
    "sentry/other-release",
    "sentry/not-looked-at",
)
MOST_FINDINGS = 100
LOOK_AGAIN = timedelta(hours=1)
"""How often a pending gate is evaluated again where nothing tells a better time."""

_LONGEST_TITLE = 200
_LINK = re.compile(r"https?://[^\s<>\"'`|\\]{1,500}\Z")
_SHORT = 12
_NOUNS = {"spans": "span", "sessions": "session", "errors": "error"}

Fault = Literal["new", "regressed", "unhandled"]
_RULE_OF: dict[Fault, str] = {
    "new": "sentry/new-issue",
    "regressed": "sentry/regressed-issue",
    "unhandled": "sentry/unhandled-error",
}


class Other(Struct, frozen=True):
    """Another release's being deployed to the environment."""

    version: str
    at: datetime


class Standing(Struct, frozen=True, kw_only=True):
    """How long the release has been in the environment.

    ``since`` is when its deploy began, from where on issues count; ``began`` when it was finished: the window's begin.
    ``end`` is the window's end, ``deadline`` when it is waited for no more. ``left`` is the next deploy of another
    release, if any. ``by`` says what told the times.
    """

    since: datetime
    began: datetime
    end: datetime
    deadline: datetime
    left: Other | None = None
    by: str = "Sentry's deploy"


class Seen(Struct, frozen=True, kw_only=True):
    """What was found out about a release that is, or was, in the environment.

    Issues and errors are those from ``standing.since`` to ``until``; ``issues`` are those of this release that no query
    ignores, ``ignored`` counts the others. ``traffic`` is what came from the release after ``standing.began``.
    ``own`` are the ids of those that are older than the deploy and came with this release all the same, ``regressed``
    of those that came back since, whatever became of them. ``notes`` are sentences about what could not be looked at.
    """

    standing: Standing
    until: datetime
    issues: tuple[Issue, ...] = ()
    errors: tuple[ErrorRow, ...] = ()
    ignored: int = 0
    traffic: int = 0
    others: tuple[str, ...] = ()
    own: frozenset[str] = frozenset()
    regressed: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()


class Situation(Struct, frozen=True, kw_only=True):
    """What a gate is judged by, whatever was seen: its rules, the release, and what time it is, by the slower clock.

    ``asked_since`` is when it was first asked for, which is now in a first run: before that nobody waited.
    """

    rules: SentryRules
    release: str
    now: datetime
    asked_since: datetime

    @property
    def where(self) -> str:
        return f"release {_short(self.release)} in {self.rules.environment}"


def standing_of(
    situation: Situation, own: Sequence[Deploy], others: Sequence[Other], *, created: datetime, several: bool = False
) -> Standing | None:
    """Since when the release is in the environment; None when it was never deployed there.

    Its first deploy since another release was last there counts. Of ``several`` projects each may have one of its own,
    and none says whose it is, so the window begins with the last. It cannot end before the release has been known
    (``created``) for as long: whoever records a deploy says its time.
    """
    rules = situation.rules
    here = [each for each in own if each.environment == rules.environment and each.at is not None]
    times = sorted((each.at, each.date_started) for each in here if each.at is not None)
    if not times:
        return None
    last = times[-1][0]
    before = [other.at for other in others if other.at < last]
    stay = [each for each in times if all(each[0] > at for at in before)]
    first, started = stay[0]
    began = stay[-1][0] if several else first
    later = sorted((other for other in others if other.at >= last), key=lambda other: other.at)
    counted_from = max(began, created)
    return Standing(
        since=min(first, started or first),
        began=began,
        end=counted_from + timedelta(seconds=rules.window_s),
        deadline=counted_from + timedelta(seconds=rules.max_wait_s),
        left=later[0] if later else None,
    )


def first_deploy(own: Sequence[Deploy], environment: str) -> datetime | None:
    """When a release first came to an environment, as far as its deploys tell; None when it never did."""
    return min((each.at for each in own if each.environment == environment and each.at is not None), default=None)


def contradiction(release: str, issues: Sequence[Issue], errors: Sequence[ErrorRow]) -> str | None:
    """How the list of a release's issues and the count of its errors contradict each other; None when they agree.

    A server that does not know a filter may answer with an empty list, which reads as if all were well.
    """
    listed = {issue.id for issue in issues}
    lacking = sorted({str(row.issue) for row in errors if row.release == release and row.count} - listed)
    if not lacking:
        return None
    return (
        f"Sentry counts errors of {counted(len(lacking), 'issue')} from this release in this time ({some(lacking)}), "
        "and its list of issues lacks them"
    )


def faults_of(situation: Situation, seen: Seen) -> dict[str, tuple[Fault, ...]]:
    """By id, what is wrong with each issue; issues that nothing is wrong with are left out.

    `substatus` stays `new` for seven days, so what is new is told by the first sight in this environment. `isUnhandled`
    is about the newest event, wherever that was; the errors of this release tell it of the others.
    """
    unhandled = {str(row.issue) for row in seen.errors if row.release == situation.release and row.unhandled}
    found: dict[str, tuple[Fault, ...]] = {}
    for issue in seen.issues:
        faults: list[Fault] = []
        if issue.lifetime.first_seen >= seen.standing.since or issue.id in seen.own:
            faults.append("new")
        if issue.substatus == "regressed" or issue.id in seen.regressed:
            faults.append("regressed")
        if issue.is_unhandled or issue.id in unhandled:
            faults.append("unhandled")
        if faults:
            found[issue.id] = tuple(faults)
    return found


def is_ripe(situation: Situation, seen: Seen) -> bool:
    """Whether nothing but an issue keeps the release from being clean."""
    rules, standing = situation.rules, seen.standing
    return (
        situation.now >= standing.end + timedelta(seconds=rules.settle_s)
        and seen.traffic >= rules.minimum
        and (standing.left is None or standing.left.at >= standing.end)
    )


def judge_seen(planned: PlannedGate, situation: Situation, seen: Seen) -> GateResult:
    """The result for a release that is, or was, in the environment."""
    rules, standing = situation.rules, seen.standing
    faults = faults_of(situation, seen)
    findings = (*_issues(situation, seen, faults), *_notices(situation, seen))
    traffic = _traffic_words(rules, seen.traffic)
    if faults:
        reason = f"{_fault_words(faults)} of {situation.where} since {stamp(standing.since)}"
        return _result(planned, Outcome.FAILED, reason, findings)
    ready = standing.end + timedelta(seconds=rules.settle_s)
    enough = seen.traffic >= rules.minimum
    if standing.left is not None and (standing.left.at < standing.end or (situation.now >= ready and not enough)):
        return _result(planned, Outcome.ERRORED, _superseded_words(situation, standing), findings)
    if situation.now < ready:
        told = (f"{traffic} so far, at least {rules.minimum:,} needed", *_ignored_words(seen))
        waiting = Waiting(
            since=stamp(standing.began), until=stamp(standing.end), next_evaluation=stamp(_up(ready)), told=told
        )
        over = situation.now >= standing.end
        when = f"the window ended {stamp(standing.end)}, settling" if over else f"the window ends {stamp(standing.end)}"
        reason = f"{situation.where} is clean since {stamp(standing.began)} ({standing.by}); {when}; {traffic} so far"
        return _result(planned, Outcome.PENDING, reason, findings, waiting)
    if not enough:
        return _short_of_traffic(planned, situation, seen, findings)
    reason = (
        f"no new, regressed or unhandled issue of {situation.where} from {stamp(standing.began)} ({standing.by}) "
        f"to {stamp(seen.until)}; {traffic}{''.join(f'; {each}' for each in _ignored_words(seen))}"
    )
    return _result(planned, Outcome.PASSED, reason, findings)


def judge_absent(planned: PlannedGate, situation: Situation, absent: str) -> GateResult:
    """The result while there is no release or no deploy of it to the environment; ``absent`` says which."""
    rules = situation.rules
    deadline = situation.asked_since + timedelta(seconds=rules.max_wait_s)
    if situation.now >= deadline:
        reason = f"timed out: {absent}, {duration(rules.max_wait_s)} after it was first asked for (`max-wait`)"
        return _result(planned, Outcome.FAILED, reason, ())
    told = (absent, f"it is waited for until {stamp(deadline)}")
    waiting = Waiting(next_evaluation=stamp(min(situation.now + LOOK_AGAIN, deadline)), told=told)
    return _result(planned, Outcome.PENDING, f"waits for the deploy: {absent}", (), waiting)


def judge_limited(
    planned: PlannedGate, situation: Situation, standing: Standing | None, *, why: str, wait_s: float
) -> GateResult:
    """The result when Sentry's rate limit kept it from answering: nothing is known, so nothing is passed."""
    if standing is not None and situation.now >= standing.deadline:
        return _result(planned, Outcome.FAILED, f"timed out (`max-wait`), and Sentry does not answer: {why}", ())
    again = situation.now + max(timedelta(minutes=10), timedelta(seconds=wait_s))
    waiting = Waiting(
        since=stamp(standing.began) if standing else None,
        until=stamp(standing.end) if standing else None,
        next_evaluation=stamp(_up(again)),
        told=(why,),
    )
    return _result(planned, Outcome.PENDING, f"Sentry does not answer now: {why}", (), waiting)


def judge_unanswered(
    planned: PlannedGate, rules: SentryRules | None, *, why: str, now: datetime, asked_since: datetime | None
) -> GateResult:
    """The result when Sentry gave no answer that can be relied on: asked again, but not for ever.

    A deploy is waited for as long as `max-wait`, and a window as long again.
    """
    wait_s = 2 * rules.max_wait_s if rules else 0.0
    if asked_since is None or now < asked_since + timedelta(seconds=wait_s):
        return errored(planned, why)
    reason = f"timed out: {why} ({duration(wait_s)} after it was first asked for, twice `max-wait`)"
    return _result(planned, Outcome.FAILED, reason, ())


def stamp(time: datetime) -> str:
    """``2025-01-31T12:00:00Z``."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _up(time: datetime) -> datetime:
    """To the next whole second: nobody should look again a moment too early."""
    return time if time.microsecond == 0 else time.replace(microsecond=0) + timedelta(seconds=1)


def _short_of_traffic(
    planned: PlannedGate, situation: Situation, seen: Seen, findings: tuple[Finding, ...]
) -> GateResult:
    rules, standing = situation.rules, seen.standing
    lacking = f"{_traffic_words(rules, seen.traffic)} of {situation.where}, at least {rules.minimum:,} needed"
    if situation.now >= standing.deadline:
        reason = f"timed out: no issue was seen, but that proves nothing: {lacking} (`traffic`, `max-wait`)"
        return _result(planned, Outcome.UNPROVEN, reason, findings)
    waiting = Waiting(
        since=stamp(standing.began),
        until=stamp(standing.end),
        next_evaluation=stamp(min(situation.now + LOOK_AGAIN, _up(standing.deadline))),
        told=(lacking, f"it is waited for until {stamp(standing.deadline)}"),
    )
    reason = f"the window is over, but there was too little traffic to prove anything: {lacking}"
    return _result(planned, Outcome.PENDING, reason, findings, waiting)


def _superseded_words(situation: Situation, standing: Standing) -> str:
    left = standing.left
    if left is None:  # asked for only where there is one
        return ""
    return (
        f"superseded: {situation.where} was replaced by {_short(left.version)} at {stamp(left.at)}, before its window "
        f"ended clean ({stamp(standing.end)}); deploy it again, or have it judged on another environment"
    )


def _result(
    planned: PlannedGate,
    outcome: Outcome,
    reason: str,
    findings: tuple[Finding, ...],
    waiting: Waiting | None = None,
) -> GateResult:
    ruling = Ruling(outcome=outcome, reason=reason, findings=findings)
    return GateResult(
        name=planned.gate.name,
        kind=planned.gate.kind,
        outcome=ruling.outcome,
        reason=ruling.reason,
        findings=ruling.findings,
        waiting=waiting,
        attempts=1,
        advisory=planned.gate.advisory,
    )


def _traffic_words(rules: SentryRules, traffic: int) -> str:
    noun = _NOUNS[rules.traffic]
    return f"{traffic:,} {noun}{'' if traffic == 1 else 's'}"


def _ignored_words(seen: Seen) -> tuple[str, ...]:
    return (f"{counted(seen.ignored, 'issue')} ignored (`ignore`)",) if seen.ignored else ()


def _fault_words(faults: dict[str, tuple[Fault, ...]]) -> str:
    """``2 new and 1 regressed issue``; an issue counts where it is gravest."""
    first = [each[0] for each in faults.values()]
    kinds: tuple[Fault, ...] = ("new", "regressed", "unhandled")
    parts = [f"{number:,} {kind}" for kind in kinds if (number := first.count(kind))]
    told = " and ".join(parts) if len(parts) < len(kinds) else f"{parts[0]}, {parts[1]} and {parts[2]}"
    return f"{told} issue{'' if len(faults) == 1 else 's'}"


def _issues(situation: Situation, seen: Seen, faults: dict[str, tuple[Fault, ...]]) -> Iterator[Finding]:
    found = [issue for issue in seen.issues if issue.id in faults]
    for issue in found[:MOST_FINDINGS]:
        kinds = faults[issue.id]
        title = " ".join(issue.title.split())[:_LONGEST_TITLE]
        first = stamp(issue.lifetime.first_seen)
        message = (
            f"{issue.short_id}: {title} ({', '.join(kinds)}; first seen {first}, {issue.count} in the window, "
            f"{issue.status})"
        )
        place = issue.permalink if _LINK.match(issue.permalink) else f"{issue.short_id} in Sentry"
        help = f"Look at {place} and push a correction."
        yield _finding(_RULE_OF[kinds[0]], Severity.ERROR, message, of=issue.id, help=help)
    if len(found) > MOST_FINDINGS:
        message = f"{len(found) - MOST_FINDINGS:,} more issues of {situation.where}"
        yield _finding(_RULE_OF["new"], Severity.ERROR, message, of="")


def _notices(situation: Situation, seen: Seen) -> Iterator[Finding]:
    erring = {row.release or "" for row in seen.errors if row.release != situation.release and row.count}
    others = sorted({*erring, *seen.others} - {situation.release})
    if others:
        told = some([_short(each) if each else "no release at all" for each in others])
        message = f"in the same time {situation.rules.environment} also saw {told}: their issues are not this release's"
        yield _finding("sentry/other-release", Severity.NOTICE, message, of=situation.rules.environment)
    for note in seen.notes:
        yield _finding("sentry/not-looked-at", Severity.NOTICE, note, of=note)


def _finding(rule: str, severity: Severity, message: str, *, of: str, help: str | None = None) -> Finding:
    return Finding(rule=rule, severity=severity, message=message, help=help, fingerprint=fingerprint(rule, of))


def _short(release: str) -> str:
    """A commit's id by its first digits; a name of another form whole, within bounds."""
    is_commit = len(release) == 40 and all(digit in "0123456789abcdef" for digit in release)  # noqa: PLR2004 - SHA-1
    return release[:_SHORT] if is_commit else release[:_LONGEST_TITLE]
