"""A report as GitHub's Markdown, for the check's page and the job summary."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gaterunner.config.types import WAIVERS_PATH
from gaterunner.model import ChangeSummary, GateResult, Mode, Outcome, Problem, Report, ServiceUse, Verdict
from gaterunner.reporters.gate_words import (
    attempt_words,
    coverage_words,
    part_words,
    run_notes,
    service_words,
    tally_words,
)
from gaterunner.reporters.letting_through import PLAIN, broken, letting_through
from gaterunner.reporters.markdown_text import code, fenced, inline, size
from gaterunner.reporters.ranking import Told, ranked_findings, waiver_words

_VERDICTS = {Verdict.PASS: "✅", Verdict.FAIL: "❌", Verdict.ERROR: "⚠️", Verdict.PENDING: "⏳"}
_OUTCOMES = {
    Outcome.PASSED: "✅ passed",
    Outcome.FAILED: "❌ failed",
    Outcome.UNPROVEN: "❓ unproven",
    Outcome.ERRORED: "⚠️ errored",
    Outcome.PENDING: "⏳ pending",
    Outcome.SKIPPED: "⏭️ skipped",
    Outcome.WAIVED: "📝 waived",
}
_SOURCES = {"base": "the base commit", "head": "the branch itself", "file": "a file outside the repository"}
_CUT = "\n\n_This report was cut here: GitHub shows no more. The JSON report of the run has all of it._\n"
_SHORT_SHA = 12
_SECONDS_WITH_TENTHS = 10
_MAX_SERVICES = 8
_MAX_ENTRIES = 10
_ENTRY_WIDTH = 120


def render_markdown(report: Report, *, limit_bytes: int, notes: Sequence[str] = ()) -> str:
    """The whole report, the most important first; cut between two blocks when it would exceed ``limit_bytes``.

    ``notes`` are sentences of the caller's, shown under the verdict; they are escaped like all outside text.
    """
    page, room = "", limit_bytes - size(_CUT)
    for block in _blocks(report, notes):
        room -= size(block)
        if room < 0:
            return page + _CUT
        page += block
    return page.rstrip("\n") + "\n"


def outcome_words(outcome: Outcome) -> str:
    """An outcome with its sign, as every table shows it."""
    return _OUTCOMES[outcome]


def gate_row(gate: GateResult) -> str:
    """One row of the table of gates."""
    marks = ((gate.advisory, "advisory"), (gate.cached, "cached"), (gate.flaky, "flaky ⚠️"))
    words = outcome_words(gate.outcome) + "".join(f" ({mark})" for is_so, mark in marks if is_so)
    return f"| {code(gate.name)} | {words} | {_duration(gate)} | {_tests(gate)} | {inline(gate.reason, limit=300)} |\n"


GATES_HEADER = "| Gate | Outcome | Duration | Tests | Why |\n|---|---|---:|---|---|\n"


def _blocks(report: Report, notes: Sequence[str]) -> Iterator[str]:
    """The page in pieces that may be left out from the end; a table is a piece per row."""
    yield f"## {_VERDICTS[report.verdict]} {inline(report.sentence, limit=500)}\n\n"
    for note in (*notes, *_notes(report)):
        yield f"> {inline(note, limit=500)}\n>\n"
    yield "\n"
    yield from _problems(report.problems)
    yield _run_table(report)
    yield from _findings(ranked_findings(report), deciding=True)
    yield from _letting_through(report)
    yield from _gates(report)
    yield from _attempts(report.gates)
    yield from _policies(report)
    yield from _findings(ranked_findings(report), deciding=False)
    yield from _logs(report.gates)
    yield from _proofs(report.gates)
    yield from _places(report.gates)
    yield _bound_to(report)


def _scope_notes(report: Report) -> Iterator[str]:
    if report.part:
        yield part_words(report.part)
    if report.mode is Mode.SHADOW:
        yield f"Shadow mode: the verdict is {report.verdict}, but the check does not block."
    if report.scope == "policies":
        yield "Only the policies were evaluated; no gate was executed."
    if report.scope == "gates" and report.part is None:
        yield "Only the gates were executed; no policy was evaluated."
    if report.partial:
        yield "A partial run: only some of the gates or shards were selected."


def _notes(report: Report) -> Iterator[str]:
    yield from _scope_notes(report)
    workflow, change = report.workflow, report.change
    if workflow and workflow.source == "head":
        yield f"First adoption: the base holds no {workflow.path}, so the branch's own was applied."
    if workflow and workflow.source == "file":
        yield f"The workflow file {workflow.path} lies outside the repository and was read as it is."
    if workflow and workflow.changed_by_branch and workflow.source == "base":
        yield f"The branch changes {workflow.path}, its own guardrail; the base's was applied. This needs approval."
    if change and change.dirty:
        yield "The work tree holds changes that are not committed; they were judged too."
    yield from run_notes(report)
    if change:
        yield from change.notes


def _problems(problems: Sequence[Problem]) -> Iterator[str]:
    if not problems:
        return
    yield "### What kept the run from being judged\n\n"
    for problem in problems:
        place = ":".join(str(part) for part in (problem.path, problem.line, problem.column) if part is not None)
        fix = f" _How to fix:_ {inline(problem.help)}" if problem.help else ""
        yield f"- {code(place)} {inline(problem.message)}{fix}\n" if place else f"- {inline(problem.message)}{fix}\n"
    yield "\n"


def _run_table(report: Report) -> str:
    rows = [("Verdict", f"{_VERDICTS[report.verdict]} {report.verdict}")]
    if report.change:
        rows += _change_rows(report.change)
    counting = [gate for gate in report.gates if not gate.advisory]
    if counting:
        passed = sum(gate.outcome is Outcome.PASSED for gate in counting)
        rows.append(("Quality gates", f"{passed} of {len(counting)} passed{tally_words(counting)}"))
    if report.policies:
        held = sum(policy.outcome is Outcome.PASSED for policy in report.policies)
        rows.append(("Policies", f"{held} of {len(report.policies)} passed"))
    rows.append(("Duration", duration_words(report.duration_s)))
    body = "".join(f"| {name} | {value} |\n" for name, value in rows)
    return f"| Run | |\n|---|---|\n{body}\n"


def _change_rows(change: ChangeSummary) -> list[tuple[str, str]]:
    branch, target = code(change.branch or "(detached)"), code(change.target or "(unknown)")
    rows = [("Branch", f"{branch} → {target}")]
    if change.phase:
        rows.append(("Phase", code(change.phase)))
    files = f"{change.files} file{'' if change.files == 1 else 's'}"
    return [
        *rows,
        ("Commits", str(change.commits)),
        ("Diff", f"{files}, +{change.insertions} -{change.deletions}"),
    ]


def _gates(report: Report) -> Iterator[str]:
    if not report.gates:
        return
    yield f"### Gates\n\n{GATES_HEADER}"
    for gate in report.gates:
        yield gate_row(gate)
    yield "\n"


def _policies(report: Report) -> Iterator[str]:
    if not report.policies:
        return
    yield "### Policies\n\n| Policy | Outcome | Why | Observed | Expected |\n|---|---|---|---|---|\n"
    for policy in report.policies:
        told = (policy.reason, policy.observed, policy.expected)
        cells = " | ".join(inline(text, limit=300) for text in told)
        # In one piece: the page may be cut between two.
        yield f"| {code(policy.name)} | {outcome_words(policy.outcome)} | {cells} |\n"
    yield "\n"


def _findings(ranked: Sequence[Told], *, deciding: bool) -> Iterator[str]:
    told = [each for each in ranked if each.decides is deciding]
    if not told:
        return
    yield "### To fix\n\n" if deciding else "### Also found (does not decide the verdict)\n\n"
    for each in told:
        yield _finding(each)
    yield "\n"


def _finding(told: Told) -> str:
    finding = told.finding
    place = f"{finding.path}:{finding.line}" if finding.path and finding.line else finding.path or ""
    commit = f" (commit {code(finding.commit[:_SHORT_SHA])})" if finding.commit else ""
    waived = f" **Let through:** {inline(waiver_words(finding))}." if finding.waived_by else ""
    fix = f"\n  _How to fix:_ {inline(finding.help)}" if finding.help else ""
    head = f"- **{finding.severity}** {code(place)}{' ' if place else ''}{inline(finding.message)}"
    return f"{head}{commit} ({inline(told.source)}: {inline(finding.rule)}){waived}{fix}\n"


def _letting_through(report: Report) -> Iterator[str]:
    """What a reviewer copies, each policy in one piece."""
    ways = [(policy.name, letting_through(policy, most=_MAX_ENTRIES)) for policy in report.policies]
    told = [(name, way) for name, way in ways if way is not None]
    if not told or (report.change and report.change.dirty):
        return
    yield "### To let through on purpose\n\n"
    for name, way in told:
        if not way.lines:
            yield f"- {code(name)}: {PLAIN}\n\n"
            continue
        target = code((report.change and report.change.target) or "the target branch")
        entries = tuple(line for entry in way.entries for line in broken(entry, _ENTRY_WIDTH))
        what = "entries" if len(way.entries) > 1 else "an entry"
        more = f"and {way.left_out} more, whose `content` is in the JSON report\n\n" if way.left_out else ""
        yield (
            f"- {code(name)}: an approving review of this head, with\n\n{fenced(way.lines)}\n\n"
            f"or {what} in `{WAIVERS_PATH}` on {target}\n\n{fenced(entries)}\n\n{more}"
        )


def _logs(gates: Sequence[GateResult]) -> Iterator[str]:
    for gate in gates:
        if gate.log_tail and gate.outcome in (Outcome.FAILED, Outcome.UNPROVEN, Outcome.ERRORED):
            command = f"\n\nTo reproduce: {code(gate.command)}" if gate.command else ""
            yield f"### The end of {code(gate.name)}{command}\n\n{fenced(gate.log_tail)}\n\n"


def _attempts(gates: Sequence[GateResult]) -> Iterator[str]:
    told = [gate for gate in gates if gate.tries]
    if not told:
        return
    yield "### Attempts\n\n"
    for gate in told:
        yield f"- {code(gate.name)}: {outcome_words(gate.outcome)}{' (flaky ⚠️)' if gate.flaky else ''}\n"
        for attempt in gate.tries:
            words = inline(attempt_words(attempt, duration_words(attempt.duration_s)), limit=300)
            log = f"; log {code(attempt.log)}" if attempt.log else ""
            yield f"  - attempt {attempt.number} {words}{log}\n"
    yield "\n"


def _proofs(gates: Sequence[GateResult]) -> Iterator[str]:
    told = [(gate.name, gate.proof) for gate in gates if gate.proof]
    if not told:
        return
    yield "### Proven before (cached)\n\n| Gate | Run on commit | When | Report (sha256) |\n|---|---|---|---|\n"
    for name, proof in told:
        yield f"| {code(name)} | {code(proof.commit)} | {inline(proof.started)} | {code(proof.report)} |\n"
    yield "\n"


def _places(gates: Sequence[GateResult]) -> Iterator[str]:
    told = [gate for gate in gates if gate.image or gate.services]
    if not told:
        return
    yield "### Where gates ran\n\n| Gate | Image | Digest | Services |\n|---|---|---|---|\n"
    for gate in told:
        image, digest = (code(text) if text else "" for text in (gate.image, gate.image_digest))
        services = ", ".join(_service(service) for service in gate.services[:_MAX_SERVICES])
        more = f" and {len(gate.services) - _MAX_SERVICES} more" if len(gate.services) > _MAX_SERVICES else ""
        yield f"| {code(gate.name)} | {image} | {digest} | {services}{more} |\n"
    yield "\n"


def _service(service: ServiceUse) -> str:
    ready = "" if service.ready_s is None else duration_words(service.ready_s)
    return inline(service_words(service, ready), limit=300) + (f" (log {code(service.log)})" if service.log else "")


def _bound_to(report: Report) -> str:
    """What the verdict is bound to, in one line of ids and hashes."""
    parts = [f"gaterunner {inline(report.tool.version)}"]
    if report.change:
        parts.append(f"head {code(report.change.head)}")
        parts.append(f"base {code(report.change.base)}")
    if report.change and report.change.merge:
        parts.append(f"merge {code(report.change.merge)}")
    if report.workflow:
        parts.append(f"{code(report.workflow.path)} from {_SOURCES[report.workflow.source]}")
        parts.append(f"sha256 {code(report.workflow.sha256)}")
    if report.tool.image_digest:
        parts.append(f"image {code(report.tool.image_digest)}")
    return f"Bound to: {' · '.join(parts)}\n"


def duration_words(seconds: float) -> str:
    """``0.4 s``, ``12 s``, ``3 min 05 s``."""
    if seconds < _SECONDS_WITH_TENTHS:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"


def _duration(gate: GateResult) -> str:
    return "" if gate.outcome is Outcome.SKIPPED or gate.cached else duration_words(gate.duration_s)


def _tests(gate: GateResult) -> str:
    coverage = [coverage_words(gate.coverage)] if gate.coverage else []
    return ", ".join(filter(None, (_counts(gate), *coverage)))


def _counts(gate: GateResult) -> str:
    if gate.tests is None:
        return ""
    counts = gate.tests
    if not counts.total:
        return "none"
    parts = [f"{counts.passed} of {counts.total} passed"]
    parts += [f"{number} {word}" for number, word in ((counts.skipped, "skipped"), (counts.flaky, "flaky")) if number]
    return ", ".join(parts)
