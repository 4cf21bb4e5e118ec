"""Whether the target is green, as the forge tells it."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from gaterunner.clean_main.findings import SHORT, found, some
from gaterunner.errors import EvaluationError
from gaterunner.model import Event, Finding, Severity
from gaterunner.policies.context import PolicyContext

_RED_HELP = (
    "Repair {target} first. For the change that repairs it: an approving review of the branch's head lets it through."
)


class TargetState(Struct, frozen=True, kw_only=True):
    """``observed`` in words; ``unproven`` says why nothing can be said, empty otherwise."""

    observed: str
    unproven: str = ""
    findings: tuple[Finding, ...] = ()


def target_state(context: PolicyContext, *, own_check: str, ignored: Callable[[str], bool]) -> TargetState:
    """What the checks of the target's newest known commit say. ``own_check`` does not count while it runs."""
    change = context.change
    target, tip = change.target or "", change.base_tip
    if context.forge is None:
        return _nobody_asked(target, is_local=change.event is Event.LOCAL)
    try:
        checks = context.forge.checks_of(tip)
    except EvaluationError as error:
        return TargetState(observed=f"{target}: no answer", unproven=f"whether {target} is green: {error.line}")
    failed = sorted(name for name in checks.failed if not ignored(name))
    running = sorted(name for name in checks.running if name != own_check and not ignored(name))
    succeeded = [name for name in checks.succeeded if not ignored(name)]
    at = f"{target} at {tip[:SHORT]}"
    findings = []
    if failed:
        message = f"{at} is red: {some(failed)}"
        help = _RED_HELP.format(target=target)
        findings.append(found("target-red", Severity.ERROR, message, help=help, stable="\0".join(failed), commit=tip))
    if running:
        message = f"{at} is not finished: {some(running)}"
        help = f"Run again once {target} is green."
        findings.append(
            found("target-running", Severity.WARNING, message, help=help, stable="\0".join(running), commit=tip)
        )
    if not (failed or running or succeeded):
        message = f"no check ever ran on {at}, so nothing says that it is green"
        help = f"Run the gates on pushes to {target} as well (`on: push`)."
        findings.append(found("target-unchecked", Severity.WARNING, message, help=help, stable=target, commit=tip))
    told = f"{at}: {len(succeeded)} green, {len(failed)} red, {len(running)} running"
    return TargetState(observed=told, findings=tuple(findings))


def _nobody_asked(target: str, *, is_local: bool) -> TargetState:
    if not is_local:
        return TargetState(
            observed=f"{target}: nobody to ask",
            unproven=f"nothing here can tell whether {target} is green: no token that may read checks",
        )
    message = f"nobody was asked whether {target} is green: a run by hand does not ask GitHub"
    return TargetState(
        observed=f"{target}: not asked",
        findings=(found("target-unasked", Severity.NOTICE, message, stable=target),),
    )
