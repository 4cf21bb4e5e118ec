"""The report as SARIF 2.1.0, as GitHub code scanning takes it.

GitHub refuses a whole file for one result without a place, for more than 25,000 results, and above 10 MB compressed
(docs.github.com, "SARIF support for code scanning"). And it takes what is not in a file for repaired, so whatever kept
something from being judged is a result too: a crash must not close an alert.
"""

from __future__ import annotations

import gzip
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import msgspec

from gaterunner.config.types import DEFAULT_PATH
from gaterunner.model import Finding, GateResult, Outcome, PolicyResult, Report, Verdict
from gaterunner.reporters.ranking import waiver_words
from gaterunner.reporters.sarif_results import Result, results_of
from gaterunner.reporters.sarif_rules import Json, descriptors, rank
from gaterunner.reporters.sarif_text import LONGEST_NAME, message, relative_uri, snippet, words
from gaterunner.verdict import exit_code

MOST_RESULTS = 25_000
MOST_BYTES_COMPRESSED = 10_000_000

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ROOT = "%SRCROOT%"
_BASELINE = {"new": "new", "known": "unchanged"}
_REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)
_SERVER = re.compile(r"(https://[\w.:-]+)/[\w.-]+/[\w.-]+/actions/runs/\d+", re.ASCII)


def render_sarif(report: Report) -> bytes:
    """The report as UTF-8 JSON after the OASIS schema of SARIF 2.1.0, within GitHub's limits.

    The most important results come first; those beyond a limit are counted in a notification.
    """
    results = results_of(report)
    most = min(len(results), MOST_RESULTS)
    while True:
        data = _encode(report, results[:most], left_out=len(results) - most)
        if len(data) <= MOST_BYTES_COMPRESSED or len(gzip.compress(data)) <= MOST_BYTES_COMPRESSED:
            return data
        most //= 2


def _encode(report: Report, results: Sequence[Result], *, left_out: int) -> bytes:
    levels: dict[str, list[str]] = {}
    for each in results:
        levels.setdefault(each.rule, []).append(each.level)
    rules = {rule: rank(found) for rule, found in sorted(levels.items())}
    numbers = {rule: number for number, rule in enumerate(rules)}
    law = relative_uri(report.workflow.path if report.workflow and report.workflow.source != "file" else None)
    fallback = law or DEFAULT_PATH
    seen: Counter[tuple[str, str]] = Counter()
    written = []
    for each in results:
        seen[each.rule, each.identity] += 1
        written.append(_result(each, numbers[each.rule], seen[each.rule, each.identity], fallback))
    run: Json = {
        "tool": {"driver": {"name": "gaterunner", **_version(report), "rules": descriptors(rules)}},
        "automationDetails": {"id": _category(report)},
        "invocations": [_invocation(report, left_out)],
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The root of the repository."}}},
        **_provenance(report),
        "results": written,
        "properties": {"verdict": report.verdict, "mode": report.mode, "scope": report.scope},
    }
    return (
        msgspec.json.format(msgspec.json.encode({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}), indent=2)
        + b"\n"
    )


def _version(report: Report) -> Json:
    return {"version": words(report.tool.version, limit=LONGEST_NAME)}


def _result(each: Result, rule_index: int, occurrence: int, fallback: str) -> Json:
    finding = each.told.finding if each.told else None
    result: Json = {
        "ruleId": each.rule,
        "ruleIndex": rule_index,
        "level": each.level,
        "message": {"text": each.text},
        "locations": [{"physicalLocation": _place(each, finding, fallback)}],
        # GitHub tells results apart by the first alone, and two that are alike must not become one.
        "partialFingerprints": {
            "primaryLocationLineHash": f"{each.identity}:{occurrence}",
            "gaterunner/v1": each.identity,
        },
        "properties": _properties(each, finding),
    }
    if finding is not None and finding.standing is not None:
        result["baselineState"] = _BASELINE[finding.standing]
    if finding is not None and finding.waived_by:
        justification = message(waiver_words(finding))
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": justification}]
    return result


def _properties(each: Result, finding: Finding | None) -> Json:
    told: Json = {"source": words(each.source or "run", limit=LONGEST_NAME)}
    if each.told:
        told["decides"] = each.told.decides
    if finding and finding.commit:
        told["commit"] = words(finding.commit, limit=LONGEST_NAME)
    return told


def _place(each: Result, finding: Finding | None, fallback: str) -> Json:
    """Where GitHub shows the result. What has no file of its own stands at the workflow file, which asks for it."""
    uri = relative_uri(each.path)
    start = max(1, each.line or 1) if uri else 1
    end = max(start, (finding.end_line if finding and uri else None) or start)
    place: Json = {
        "artifactLocation": {"uri": uri or fallback, "uriBaseId": _ROOT},
        "region": {"startLine": start, "startColumn": 1},
    }
    if end != start:
        place["region"]["endLine"] = end
    if finding is not None and finding.excerpt is not None and uri:
        _excerpt(place, finding, start, end)
    return place


def _excerpt(place: Json, finding: Finding, start: int, end: int) -> None:
    excerpt = finding.excerpt
    if excerpt is None or not excerpt.lines or excerpt.start < 1:
        return
    last = excerpt.start + len(excerpt.lines) - 1
    if not excerpt.start <= start <= end <= last:
        return
    own = excerpt.lines[start - excerpt.start : end - excerpt.start + 1]
    place["region"]["endColumn"] = len(own[-1]) + 1
    place["region"]["snippet"] = {"text": snippet(own)}
    if len(own) < len(excerpt.lines):
        place["contextRegion"] = {
            "startLine": excerpt.start,
            "endLine": last,
            "snippet": {"text": snippet(excerpt.lines)},
        }


def _category(report: Report) -> str:
    """``category/run``: a later file of the same category replaces the results of an earlier one at GitHub."""
    category = "gaterunner" if report.scope == "gates+policies" else f"gaterunner-{report.scope}"
    if report.part:
        category += f"-part-{report.part.number}-of-{report.part.total}"
    run = report.change.head if report.change else ""
    return f"{category}/{words(run, limit=LONGEST_NAME) if run else ''}"


def _invocation(report: Report, left_out: int) -> Json:
    told: Json = {
        "executionSuccessful": report.verdict in (Verdict.PASS, Verdict.FAIL) and not report.problems,
        "exitCode": exit_code(report),
        "exitCodeDescription": message(report.sentence),
    }
    with suppress(ValueError, OverflowError):  # a report that somebody else wrote
        started = datetime.fromisoformat(report.started).astimezone(UTC)
        ended = started + timedelta(seconds=report.duration_s)
        told["startTimeUtc"], told["endTimeUtc"] = (f"{moment:%Y-%m-%dT%H:%M:%S}Z" for moment in (started, ended))
    notes = [*_skipped(report), *(report.change.notes if report.change else ())]
    if left_out:
        notes.insert(0, f"{left_out} more results were left out: this file is as large as GitHub takes it")
    if notes:
        told["toolExecutionNotifications"] = [{"level": "note", "message": {"text": message(note)}} for note in notes]
    return told


def _skipped(report: Report) -> Iterator[str]:
    several: tuple[GateResult | PolicyResult, ...] = (*report.gates, *report.policies)
    for each in several:
        if each.outcome is Outcome.SKIPPED:
            yield f"{each.name} was skipped: {each.reason or each.skip or 'no reason was given'}"


def _provenance(report: Report) -> Json:
    """Which commit was judged, where the report tells of which repository."""
    change = report.change
    if change is None or change.repository is None or not _REPOSITORY.fullmatch(change.repository):
        return {}
    server = _SERVER.fullmatch(report.run_url or "")
    origin: Json = {
        "repositoryUri": f"{server[1] if server else 'https://github.com'}/{change.repository}",
        "revisionId": words(change.head, limit=LONGEST_NAME),
        "mappedTo": {"uriBaseId": _ROOT},
    }
    if change.branch:
        origin["branch"] = words(change.branch, limit=LONGEST_NAME)
    return {"versionControlProvenance": [origin]}
