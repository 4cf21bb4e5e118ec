"""From results to the verdict of the run. Pure: no IO, and no option that could change the answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from gaterunner.config.types import WAIVERS_PATH
from gaterunner.errors import EXIT_ERROR, EXIT_FAIL, EXIT_INTERRUPTED, EXIT_PASS, EXIT_PENDING, EXIT_USAGE
from gaterunner.model import GateResult, Outcome, PolicyResult, Problem, Report, Skip, Trouble, Verdict

Scope = Literal["gates+policies", "policies", "gates"]
Result = GateResult | PolicyResult

_HARMLESS_SKIPS = (Skip.NOT_APPLICABLE, Skip.NOT_SELECTED)
# The row that tells what became of the waivers themselves: it is about exceptions and is none.
_WAIVERS = "waivers"
EXIT_CODES = {
    Verdict.PASS: EXIT_PASS,
    Verdict.FAIL: EXIT_FAIL,
    Verdict.ERROR: EXIT_ERROR,
    Verdict.PENDING: EXIT_PENDING,
}


def decide(
    gates: Sequence[GateResult], policies: Sequence[PolicyResult], *, scope: Scope, problems: Sequence[Problem] = ()
) -> Verdict:
    """The verdict over everything that counts: all policies and every gate that is not advisory.

    ``pass`` needs at least one gate that passed (at least one policy, where only policies were asked for), so a run
    in which everything was skipped is a ``fail``: it has proven nothing. A skip that nothing explains is an ``error``;
    that a gate was not reached is explained by one that waits.
    """
    counting = _counting(gates, policies)
    outcomes = {result.outcome for result in counting}
    explained = (*_HARMLESS_SKIPS, Skip.NOT_REACHED) if Outcome.PENDING in outcomes else _HARMLESS_SKIPS
    unexplained = any(result.outcome is Outcome.SKIPPED and result.skip not in explained for result in counting)
    if problems:
        return Verdict.ERROR
    if outcomes & {Outcome.FAILED, Outcome.UNPROVEN}:
        return Verdict.FAIL
    if Outcome.ERRORED in outcomes or unexplained:
        return Verdict.ERROR
    if Outcome.PENDING in outcomes:
        return Verdict.PENDING
    provers = _counting([] if scope == "policies" else gates, policies if scope == "policies" else [])
    if not any(result.outcome is Outcome.PASSED for result in provers):
        return Verdict.FAIL
    return Verdict.PASS


def exit_code(report: Report) -> int:
    """The process's exit code for a report, as fixed in README.md."""
    troubles = {problem.trouble for problem in report.problems}
    if Trouble.INTERRUPTED in troubles:
        return EXIT_INTERRUPTED
    if troubles & {Trouble.USAGE, Trouble.WORKFLOW_FILE}:
        return EXIT_USAGE
    return EXIT_CODES[report.verdict]


def describe(
    verdict: Verdict,
    gates: Sequence[GateResult],
    policies: Sequence[PolicyResult],
    *,
    scope: Scope,
    problems: Sequence[Problem] = (),
) -> str:
    """One sentence that says what the verdict rests on."""
    if problems:
        return _describe_problems(problems)
    counting = _counting(gates, policies)
    if verdict is Verdict.PASS:
        return _describe_pass(gates, policies)
    if verdict is Verdict.PENDING:
        return f"Pending: {_names(counting, Outcome.PENDING)} still waits{_until(gates)}."
    if verdict is Verdict.ERROR:
        return f"Could not evaluate {_names(counting, Outcome.ERRORED) or 'everything'}."
    failed, unproven = _names(counting, Outcome.FAILED), _names(counting, Outcome.UNPROVEN)
    if not failed and not unproven:
        what = "policy" if scope == "policies" else "gate"
        return f"Nothing was proven: no {what} ran and passed."
    parts = [f"{failed} failed"] if failed else []
    parts += [f"{unproven} unproven"] if unproven else []
    return f"{'; '.join(parts)}."


def _until(gates: Sequence[GateResult]) -> str:
    """When the first of the gates that wait can first be decided; empty where none tells."""
    times = [gate.waiting.next_evaluation for gate in gates if gate.waiting is not None and not gate.advisory]
    return f"; next evaluation {min(times)}" if times else ""


def _describe_problems(problems: Sequence[Problem]) -> str:
    troubles = {problem.trouble for problem in problems}
    if Trouble.INTERRUPTED in troubles:
        return "Interrupted before everything was judged."
    if Trouble.WORKFLOW_FILE in troubles:
        count = len(problems)
        file = "waivers" if all(problem.path == WAIVERS_PATH for problem in problems) else "workflow"
        return f"The {file} file has {count} error{'s' if count != 1 else ''}."
    if Trouble.USAGE in troubles:
        return f"Wrong usage: {problems[0].message}."
    return f"Could not evaluate: {problems[0].message}."


def _describe_pass(gates: Sequence[GateResult], policies: Sequence[PolicyResult]) -> str:
    parts = []
    for word, plural, outcomes in (
        ("gate", "gates", [gate.outcome for gate in gates]),
        ("policy", "policies", [policy.outcome for policy in policies]),
    ):
        held = sum(outcome is Outcome.PASSED for outcome in outcomes)
        if held:
            parts.append(f"{held} {word if held == 1 else plural}")
    results: list[Result] = [*gates, *policies]
    numbers = (
        (sum(result.outcome is Outcome.SKIPPED for result in results), "skipped"),
        (sum(gate.cached for gate in gates), "cached"),
        (sum(gate.flaky for gate in gates), "flaky"),
    )
    told = ", ".join(f"{number} {word}" for number, word in numbers if number)
    tail = f" ({told})" if told else ""
    waived = _names([result for result in results if result.name != _WAIVERS], Outcome.WAIVED)
    exceptions = f"; {waived} waived" if waived else ""
    return f"{' and '.join(parts)} passed{tail}{exceptions}."


def _counting(gates: Sequence[GateResult], policies: Sequence[PolicyResult]) -> list[Result]:
    return [*(gate for gate in gates if not gate.advisory), *policies]


def _names(results: Sequence[Result], outcome: Outcome) -> str:
    return ", ".join(result.name for result in results if result.outcome is outcome)
