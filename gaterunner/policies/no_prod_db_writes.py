"""``no-prod-db-writes``: no gate can reach a database that is not meant for it.

A gate runs the branch's code with a network, so what it holds is what the branch holds. Before the first gate starts,
everything that it could take for its database is resolved to the place that a client would really connect to: its
variables, its command, the settings files of the judged tree, the lines that the change adds. Why each rule is as it
is, and which of the levels hold against whom: docs/policies/no-prod-db-writes.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta, Struct

from gaterunner.config.problems import Fault
from gaterunner.errors import EvaluationError
from gaterunner.fingerprints import fingerprint
from gaterunner.model import Finding, Outcome, PolicyResult, Severity
from gaterunner.policies.context import PolicyContext
from gaterunner.policies.levels import Level, levelled
from gaterunner.policies.listing import bounded, not_applicable

if TYPE_CHECKING:
    from gaterunner.targets.gates import Holding
    from gaterunner.targets.markers import Marked
    from gaterunner.targets.survey import Lead, Survey

NAME = "no-prod-db-writes"
AREA = "no-prod"
MAX_FINDINGS = 100
DEFAULT_ENVIRONMENT = "develop"
_NAMED = 3

RuleName = Literal[
    "gate-target", "settings-file", "connection-string", "unresolved", "marker-mismatch", "marker-missing"
]
UNWEIGHED = ("marker-unchecked", "more", "other-environment", "read-only")
"""What is told and has no level of its own."""

_SETTLE = (
    "If it is meant for gates, list it under the policy's `allow` (or `read-only`) in the workflow file on the base "
    "branch; otherwise "
)
_HELPS = {
    "gate-target": _SETTLE + "take the variable out of the gate's `env:` or of the job that starts gaterunner.",
    "settings-file": _SETTLE + "read the address from the environment, with a default on localhost.",
    "connection-string": _SETTLE + "read the address from the environment instead of writing it down.",
    "unresolved": "Write the address literally, list the file under the policy's `ignore` on the base branch, or set "
    "`rules: {unresolved: warn}` there.",
    "marker-mismatch": "Let the gate use the develop database. If this is it, mark it: "
    "COMMENT ON DATABASE … IS 'environment=…'.",
    "marker-missing": "Mark it as its owner: COMMENT ON DATABASE … IS 'environment=…'.",
}


def _entry_fault(text: str) -> Fault | None:
    from gaterunner.targets.allowed import parse_entry

    try:
        parse_entry(text)
    except ValueError as error:
        return Fault(str(error), "write a host such as `db.dev.corp.net`, `*.dev.corp.net:5432` or `10.1.2.3/app_test`")
    return None


Database = Annotated[str, Meta(extra={"check": _entry_fault, "expected": "a database as text"})]


class Options(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """``allow`` and ``read-only`` name databases beside those that gaterunner makes: `host`, `host:port`,
    `host:port/name`, with `*` within a part. ``local`` says whether this machine's and those with a single-label name
    are allowed. ``marker`` says whether a database has to say of itself which environment it is. ``ignore`` are globs
    of files that are not looked at. ``rules`` says how much each rule weighs."""

    allow: tuple[Database, ...] = ()
    read_only: tuple[Database, ...] = ()
    local: Literal["allow", "refuse"] = "allow"
    marker: Literal["required", "when-possible", "off"] = "when-possible"
    ignore: tuple[str, ...] = ()
    rules: dict[RuleName, Level] = {}


class _Seen(Struct, frozen=True, kw_only=True):
    holdings: tuple[Holding, ...]
    survey: Survey
    marked: tuple[Marked, ...]
    environment: str


def evaluate(context: PolicyContext, options: Options) -> PolicyResult:
    """Looks before gates start. Raises ``EvaluationError`` when git fails, or a marker that is required is not told."""
    if context.change.is_empty and not context.plan:
        return not_applicable(NAME, "the change is empty", expected=_expected(options))
    seen = _look(context, options)
    findings = tuple(levelled(_findings(seen, options), _levels(options)))
    outcome, reason = _judge(findings, options)
    return PolicyResult(
        name=NAME,
        outcome=outcome,
        reason=reason,
        observed=_observed(seen),
        expected=_expected(options),
        findings=bounded(findings, rule=f"{AREA}/more"),
    )


def _look(context: PolicyContext, options: Options) -> _Seen:
    # Loaded here: a workflow without this policy has no use for any of it.
    from gaterunner.targets.allowed import AllowList
    from gaterunner.targets.gates import holdings
    from gaterunner.targets.markers import check_markers
    from gaterunner.targets.survey import Surveyor

    def allowed(own: Iterable[str]) -> AllowList:
        return AllowList(allow=options.allow, read_only=options.read_only, own=own, local=options.local == "allow")

    found = holdings(context.workflow, context.plan, context.environment)
    survey = Surveyor(context, found, allowed, options.ignore).survey()
    database = context.workflow.database
    environment = database.environment if database is not None else DEFAULT_ENVIRONMENT
    marked = check_markers(survey.leads, context.databases, environment, options.marker)
    _need_answers(marked, options)
    return _Seen(holdings=found, survey=survey, marked=marked, environment=environment)


def _need_answers(marked: Iterable[Marked], options: Options) -> None:
    unchecked = [each for each in marked if each.mark == "unchecked"]
    if options.marker == "required" and unchecked:
        more = f" and {len(unchecked) - 1} more" if len(unchecked) > 1 else ""
        raise EvaluationError(
            f"the marker of {unchecked[0].target}{more} could not be read: {unchecked[0].told}",
            help="give the gate a user and a password that may connect, or set `marker: when-possible`",
        )


# --- findings --------------------------------------------------------------------------------------------------------


def _levels(options: Options) -> dict[str, Level]:
    levels: dict[str, Level] = {rule: level for rule, level in options.rules.items() if rule != "unresolved"}
    if options.marker == "required":
        levels.setdefault("marker-missing", "fail")
    # What cannot be told is no error: it makes the outcome unproven.
    return levels | ({"unresolved": "off"} if options.rules.get("unresolved") == "off" else {})


def _findings(seen: _Seen, options: Options) -> Iterator[Finding]:
    count: Counter[str] = Counter()
    for lead in seen.survey.leads:
        finding = _of_lead(lead, options, count)
        if finding is not None:
            yield finding
    yield from (finding for marked in seen.marked if (finding := _of_marker(marked, seen.environment, count)))


def _of_lead(lead: Lead, options: Options, count: Counter[str]) -> Finding | None:
    from gaterunner.targets.allowed import Standing

    if lead.target is None:
        return _unresolved(lead, count)
    if lead.standing is Standing.READ_ONLY and lead.gates:
        message = f"{_gates(lead)} may read {lead.target} ({lead.by}); nothing but its role keeps it from writing"
        return _finding("read-only", Severity.NOTICE, message, lead, count)
    if lead.standing is not Standing.REFUSED:
        return None
    is_local = options.local == "refuse" and "." not in lead.target.host
    note = ", which is on this machine or beside it (`local: refuse`)" if is_local else ""
    if lead.gates:
        return _finding(
            "gate-target", Severity.ERROR, f"{_gates(lead)} would reach {lead.target} by {lead.by}{note}", lead, count
        )
    return _of_file(lead, note, count)


def _of_file(lead: Lead, note: str, count: Counter[str]) -> Finding:
    if lead.is_added:
        severity = Severity.WARNING if lead.is_prose else Severity.ERROR
        message = f"the change adds an address of {lead.target}, which gates may not reach{note}"
        return _finding("connection-string", severity, message, lead, count)
    if lead.elsewhere is not None:
        message = f"{lead.by} names {lead.target} for {lead.elsewhere}, which no gate asks for"
        return _finding("other-environment", Severity.NOTICE, message, lead, count)
    severity = Severity.WARNING if lead.is_sealed else Severity.ERROR
    message = f"{lead.by} names {lead.target}, and gates read this file{note}"
    return _finding("settings-file", severity, message, lead, count)


def _unresolved(lead: Lead, count: Counter[str]) -> Finding | None:
    if lead.elsewhere is not None:
        return None
    where = f"{_gates(lead)}: " if lead.gates else ""
    message = f"{where}{lead.by} leads to a database that cannot be told: {lead.unknown}"
    severity = Severity.NOTICE if lead.is_sealed else Severity.WARNING
    return _finding("unresolved", severity, message, lead, count)


def _of_marker(marked: Marked, environment: str, count: Counter[str]) -> Finding | None:
    from gaterunner.targets.survey import Lead

    lead = Lead(by="its marker", target=marked.target)
    if marked.mark == "wrong":
        message = f"{marked.target} says that it is `{marked.told}`, expected `{environment}`"
        return _finding("marker-mismatch", Severity.ERROR, message, lead, count)
    if marked.mark == "missing":
        message = f"{marked.target} does not say which environment it is, expected `environment={environment}`"
        return _finding("marker-missing", Severity.WARNING, message, lead, count)
    if marked.mark == "unchecked":
        message = f"the marker of {marked.target} was not checked: {marked.told}"
        return _finding("marker-unchecked", Severity.NOTICE, message, lead, count)
    return None


def _gates(lead: Lead) -> str:
    named = ", ".join(f"`{gate}`" for gate in lead.gates[:_NAMED])
    more = f" and {len(lead.gates) - _NAMED} more" if len(lead.gates) > _NAMED else ""
    return f"gate{'s' if len(lead.gates) > 1 else ''} {named}{more}"


def _finding(rule: str, severity: Severity, message: str, lead: Lead, count: Counter[str]) -> Finding:
    # Never the line itself: it may hold a password, which a fast hash would give away.
    stable = "\0".join((rule, lead.path or "", str(lead.target), lead.by, *lead.gates, lead.unknown or ""))
    count[stable] += 1
    return Finding(
        rule=f"{AREA}/{rule}",
        severity=severity,
        message=message,
        path=lead.path,
        line=lead.line,
        help=_HELPS.get(rule),
        fingerprint=fingerprint(stable, str(count[stable])),
        content=lead.blob,
    )


# --- the result ------------------------------------------------------------------------------------------------------


def _judge(findings: tuple[Finding, ...], options: Options) -> tuple[Outcome, str]:
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    if errors:
        more = f" and {len(errors) - 1} more" if len(errors) > 1 else ""
        return Outcome.FAILED, f"{errors[0].message}{more}"
    unresolved = [
        finding for finding in findings if finding.rule == f"{AREA}/unresolved" and finding.severity is Severity.WARNING
    ]
    if unresolved and options.rules.get("unresolved", "fail") == "fail":
        first, more = unresolved[0], f" and {len(unresolved) - 1} more" if len(unresolved) > 1 else ""
        return Outcome.UNPROVEN, f"{f'{first.path}: ' if first.path else ''}{first.message}{more}"
    return Outcome.PASSED, "no gate would reach a database that is not allowed"


def _observed(seen: _Seen) -> str:
    from gaterunner.targets.protections import told

    return told(seen.holdings, seen.survey, seen.marked)


def _expected(options: Options) -> str:
    allowed = ["those that gaterunner makes", *(["this machine's"] if options.local == "allow" else []), *options.allow]
    reading = f"; read-only: {', '.join(options.read_only)}" if options.read_only else ""
    return f"gates reach no databases but {', '.join(allowed)}{reading}"
