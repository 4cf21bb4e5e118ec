"""Asks Sentry what has to be known of a release, in the order in which it is needed.

Nothing is waited for here and nothing is kept: each run asks everything anew, and its result says when to ask again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from gaterunner.config.sentry_options import release_name
from gaterunner.config.types import SentryRules
from gaterunner.errors import EvaluationError
from gaterunner.gates.sentry_clean import (
    Other,
    Seen,
    Situation,
    Standing,
    contradiction,
    faults_of,
    first_deploy,
    is_ripe,
    judge_absent,
    judge_limited,
    judge_seen,
    stamp,
    standing_of,
)
from gaterunner.gates.wording import counted
from gaterunner.model import GateResult
from gaterunner.plan import PlannedGate
from gaterunner.runner.sentry_past import began_with, regressed_within
from gaterunner.runner.sentry_trials import try_filters, try_times
from gaterunner.sentry.api import Range, Sentry, Where, is_release_name, release_term, span_total
from gaterunner.sentry.client import DEFAULT_URL, Client, Clock, Patience
from gaterunner.sentry.errors import LimitedError, SentryError
from gaterunner.sentry.ignoring import without_ignored
from gaterunner.sentry.types import Deploy, ErrorRow, Issue, Release

MOST_SKEW = timedelta(minutes=5)
MOST_ASKED = 100
"""Other releases whose deploys are looked up."""

_LEAST_RANGE = timedelta(minutes=1)
_OFFICIAL = re.compile(r"https://(?:[a-z0-9-]+\.)*sentry\.io(?:/|\Z)")
_SEPARATORS = re.compile(r"[,\s]+")


Deployments = Callable[[str, str], Sequence[tuple[str, datetime]]]
"""Of an environment and a commit: which commits were deployed there since that one, and when."""


class SentrySurroundings(Struct, frozen=True, kw_only=True):
    """What gates that ask Sentry share.

    ``head`` is the commit whose release is looked for, ``asked_since`` when the run began that this one goes on with,
    None where it goes on with none. ``dirty`` says that the judged
    tree is in no commit, ``adopted`` that the workflow file is the branch's own: it then may not choose where the token
    is sent. ``now`` tells the time. ``deployments`` gives, of an environment and a commit, which commits were deployed
    there since that one and when, as the forge tells it; None where there is no forge to ask.
    """

    head: str
    asked_since: datetime | None = None
    dirty: bool = False
    adopted: bool = False
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    deployments: Deployments | None = None
    patience: Patience = Patience()


class Asking:
    """Everything that one gate asks. ``tell`` gets a line for each thing that was found out."""

    def __init__(
        self,
        rules: SentryRules,
        surroundings: SentrySurroundings,
        environment: Mapping[str, str],
        *,
        learn: Callable[[str], None],
        tell: Callable[[str], None],
        sleep: Callable[[float], object],
    ) -> None:
        self._rules = rules
        self._here = surroundings
        self._environment = environment
        self._learn = learn
        self._tell = tell
        self._sleep = sleep
        self._standing: Standing | None = None
        self._created = datetime.max.replace(tzinfo=UTC)
        self._unread = ""
        self._notes: list[str] = []

    def result(self, planned: PlannedGate) -> GateResult:
        """What the answers come to. Raises ``EvaluationError`` when they cannot be had or relied on."""
        here, rules = self._here, self._rules
        if here.dirty:
            raise EvaluationError(
                "the work tree holds changes that are in no commit, so no release can hold them",
                help="commit them, deploy the commit, and run again",
            )
        version = release_name(rules, here.head)
        if not is_release_name(version):
            raise EvaluationError(f"{version!r} cannot be a release of Sentry", help="correct `release` of the gate")
        now = here.now()
        client = self._client()
        asked_since = min(here.asked_since or now, now)
        situation = Situation(rules=rules, release=version, now=now, asked_since=asked_since)
        try:
            sentry, where = self._where(client)
            situation = replace(situation, now=_agreed(now, client))
            seen = self._seen(sentry, where, situation)
            _refuse_old_answers(situation, client)
            if isinstance(seen, str):
                return judge_absent(planned, situation, seen)
            return judge_seen(planned, situation, seen)
        except LimitedError as error:
            return judge_limited(planned, situation, self._standing, why=error.message, wait_s=error.wait_s)
        except OverflowError:
            raise SentryError(
                "Sentry gives a time that no calendar reaches, so no window can be measured",
                help="see when the release and its deploys are said to be",
            ) from None

    def _note(self, sentence: str | None) -> None:
        if sentence is not None:
            self._notes.append(sentence)

    # --- where to ask -----------------------------------------------------------------------------------------------

    def _client(self) -> Client:
        rules, here = self._rules, self._here
        missing = [rules.token] if not self._environment.get(rules.token) else []
        missing += ["SENTRY_ORG"] if not (rules.organization or self._environment.get("SENTRY_ORG")) else []
        missing += ["SENTRY_PROJECT"] if not (rules.projects or self._projects()) else []
        if missing:
            verb = "is" if len(missing) == 1 else "are"
            raise SentryError(
                f"{', '.join(missing)} {verb} not set where gaterunner runs",
                help="give them to its step as `env:`, from the repository's secrets and variables",
            )
        told = self._environment.get("SENTRY_URL") or DEFAULT_URL
        url = rules.url or told
        if here.adopted and rules.url is not None and url.rstrip("/") != told.rstrip("/") and not _OFFICIAL.match(url):
            raise SentryError(
                "`url` of the gate is the branch's own, as the base holds no workflow file, and the token is not sent "
                "wherever a branch says",
                help="set SENTRY_URL to the same address, or merge the workflow file first",
            )
        token = self._environment[rules.token]
        self._learn(token)
        return Client(
            url, token, token_name=rules.token, clock=Clock(now=here.now, sleep=self._sleep), patience=here.patience
        )

    def _projects(self) -> tuple[str, ...]:
        return tuple(filter(None, _SEPARATORS.split(self._environment.get("SENTRY_PROJECT", ""))))

    def _where(self, client: Client) -> tuple[Sentry, Where]:
        rules = self._rules
        organization = rules.organization or self._environment["SENTRY_ORG"]
        projects = rules.projects or self._projects()
        sentry = Sentry(client, organization)
        ids = sentry.project_ids(projects)
        self._tell(f"{client.url}, organization {organization}, projects {', '.join(projects)}")
        return sentry, Where(project_ids=ids, projects=projects, environment=rules.environment)

    # --- what to ask ------------------------------------------------------------------------------------------------

    def _seen(self, sentry: Sentry, where: Where, situation: Situation) -> Seen | str:
        """What was found out; a sentence while the release is not there yet."""
        release = sentry.release(situation.release)
        if release is None:
            return f"Sentry knows no release {situation.release} yet"
        self._created = release.date_created
        lacking = set(where.projects) - {project.slug for project in release.projects}
        if lacking:
            return f"the release {situation.release} is not one of the project {', '.join(sorted(lacking))} yet"
        standing = self._stands(sentry, where, situation, release)
        if standing is None:
            beside = f"; {self._unread}" if self._unread else ""
            return f"Sentry knows no deploy of {situation.release} to {where.environment} yet{beside}"
        if standing.began - situation.now > MOST_SKEW:
            raise SentryError(
                f"the deploy to {where.environment} is said to be of {stamp(standing.began)}, which is still to come",
                help="tell Sentry of the deploy once it is finished, with the right time",
            )
        self._standing = standing
        self._tell(f"deployed to {where.environment} at {stamp(standing.began)}; window until {stamp(standing.end)}")
        if situation.now - standing.since < _LEAST_RANGE:
            return Seen(standing=standing, until=standing.since)
        seen = self._traffic(sentry, where, situation, standing)
        return self._issues(sentry, where, situation, seen)

    def _stands(self, sentry: Sentry, where: Where, situation: Situation, release: Release) -> Standing | None:
        own = sentry.deploys(release.version)
        first = first_deploy(own, where.environment)
        elsewhere: tuple[Other, ...] = ()
        by = "Sentry's deploy"
        if first is None:
            own, elsewhere = self._by_the_forge(where.environment)
            first, by = first_deploy(own, where.environment), "GitHub's deployment"
        if first is None:
            return None
        others, whole = self._others(sentry, where, release.version, first)
        if not whole:
            self._note(
                "there are more releases than were looked at, the newest first: a deploy of an older one in between "
                "would not have been seen"
            )
        all_others, several = (*others, *elsewhere), len(where.projects) > 1
        standing = standing_of(situation, own, all_others, created=release.date_created, several=several)
        return replace(standing, by=by) if standing is not None else None

    def _by_the_forge(self, environment: str) -> tuple[tuple[Deploy, ...], tuple[Other, ...]]:
        """Deploys of the head, and of other commits since, that nobody told Sentry of."""
        if self._here.deployments is None:
            return (), ()
        try:
            found = self._here.deployments(environment, self._here.head)
        except EvaluationError as error:
            self._unread = f"GitHub's deployments cannot be read: {error.line}"
            self._tell(self._unread)
            return (), ()
        own = tuple(Deploy(environment, None, at) for sha, at in found if sha == self._here.head)
        return own, tuple(Other(sha, at) for sha, at in found if sha != self._here.head)

    def _others(self, sentry: Sentry, where: Where, version: str, since: datetime) -> tuple[tuple[Other, ...], bool]:
        """What else was deployed to the environment since then, and whether all releases were looked at.

        A release's `lastDeploy` may be to another environment, but none of its deploys is newer.
        """
        releases, whole = sentry.releases(where.project_ids)
        if version not in {release.version for release in releases}:
            raise SentryError(
                "the list of releases lacks the release itself, so it cannot tell what else was deployed",
                help="this server does not list releases as Sentry does",
            )
        found: list[Other] = []
        candidates = [each for each in releases if each.version != version and _deployed_after(each, since)]
        for release in candidates[:MOST_ASKED]:
            found += [
                Other(release.version, deploy.at)
                for deploy in sentry.deploys(release.version)
                if deploy.environment == where.environment and deploy.at is not None and deploy.at >= since
            ]
        for other in found:
            self._tell(f"{other.version} was deployed there at {stamp(other.at)}")
        return tuple(found), whole and len(candidates) <= MOST_ASKED

    def _traffic(self, sentry: Sentry, where: Where, situation: Situation, standing: Standing) -> Seen:
        """Traffic in the window, or where that is over and too little came, of the time up to now."""
        rules, now = situation.rules, situation.now
        until = min(now, standing.end, standing.left.at if standing.left else standing.end)
        seen = self._counted(sentry, where, situation, standing, until)
        settled = now - timedelta(seconds=rules.settle_s)
        if seen.traffic >= rules.minimum or settled < standing.end or standing.left is not None:
            return seen
        longer = self._counted(sentry, where, situation, standing, min(settled, standing.deadline))
        # Events may still come in of the time after `settled`: issues are looked for there as well.
        return replace(longer, until=min(now, standing.deadline))

    def _counted(self, sentry: Sentry, where: Where, situation: Situation, standing: Standing, until: datetime) -> Seen:
        source, version = situation.rules.traffic, situation.release
        since = min(standing.began, until - _LEAST_RANGE)
        within = Range(since, until)
        others: tuple[str, ...] = ()
        if source == "sessions":
            traffic = sentry.sessions(where, within, version)
        elif source == "spans":
            rows = sentry.spans(where, within)
            traffic = span_total(rows, version)
            others = tuple({row.release or "" for row in rows if row.release != version and row.count})
        else:
            traffic = sum(row.count for row in sentry.errors(where, within) if row.release == version)
        self._tell(f"{traffic:,} {source} from {stamp(since)} to {stamp(until)}")
        return Seen(standing=standing, until=until, traffic=traffic, others=others)

    def _issues(self, sentry: Sentry, where: Where, situation: Situation, seen: Seen) -> Seen:
        version = situation.release
        within = Range(min(seen.standing.since, seen.until - _LEAST_RANGE), seen.until)
        errors = sentry.errors(where, within)
        issues = sentry.issues(where, within, release_term(version))
        fault = contradiction(version, issues, errors)
        if fault is not None:
            raise SentryError(fault, help="it may not know the filter by release; nothing can be told")
        kept = without_ignored(sentry, where, within, version=version, issues=issues, queries=situation.rules.ignore)
        self._tell(_issues_told(issues, kept, errors, version))
        found = replace(seen, issues=kept, errors=errors, ignored=len(issues) - len(kept))
        found = self._with_the_past(sentry, where, situation, found)
        if not faults_of(situation, found):
            self._note(try_filters(sentry, where, within))
        return replace(found, notes=tuple(self._notes))

    def _with_the_past(self, sentry: Sentry, where: Where, situation: Situation, seen: Seen) -> Seen:
        """What may still be wrong with issues that seem to be known ones; more is asked only where it would decide."""
        since = seen.standing.since
        if faults_of(situation, seen):
            return seen
        own = began_with(sentry, where, situation.release, seen.issues, created=self._created, since=since)
        if own or not is_ripe(situation, seen):
            return replace(seen, own=own)
        try_times(sentry, where, situation, created=self._created)
        settled = seen.until + timedelta(seconds=situation.rules.settle_s)
        regressed, left = regressed_within(sentry, seen.issues, Range(since, settled))
        if left:
            self._note(f"whether {counted(left, 'issue')} came back in the window was not looked up")
        return replace(seen, regressed=regressed)


def _deployed_after(release: Release, since: datetime) -> bool:
    last = release.last_deploy
    return last is not None and (last.at is None or last.at >= since)


def _issues_told(issues: tuple[Issue, ...], kept: tuple[Issue, ...], errors: tuple[ErrorRow, ...], version: str) -> str:
    seen = sum(row.count for row in errors if row.release == version)
    ignored = len(issues) - len(kept)
    return f"{counted(len(issues), 'issue')} and {counted(seen, 'error')} of the release, {ignored} ignored"


def _agreed(now: datetime, client: Client) -> datetime:
    """The time by the slower clock of the two: a window must be over by both. Raises ``SentryError`` for far apart."""
    theirs = client.oldest_date
    if theirs is None:
        raise SentryError("no answer bore a date")
    if abs(now - theirs) > MOST_SKEW:
        raise SentryError(
            f"it is {stamp(now)} here and {stamp(theirs)} by Sentry's answer: no window can be measured by clocks that "
            "far apart",
            help="set this machine's clock, or see what answers in Sentry's place",
        )
    return min(now, theirs)


def _refuse_old_answers(situation: Situation, client: Client) -> None:
    """An answer from a cache may be from before the window's end."""
    oldest = client.oldest_date
    if oldest is not None and situation.now - oldest > _LEAST_RANGE:
        raise SentryError(
            f"an answer is from {stamp(oldest)}, older than the others",
            help="have the cache before Sentry leave its API alone",
        )
