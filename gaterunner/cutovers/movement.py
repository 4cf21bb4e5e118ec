"""How cutovers may move in one change: one step on, none skipped, and gone only after the last. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from gaterunner.cutovers.findings import about
from gaterunner.cutovers.types import PHASES, Cutover, Cutovers
from gaterunner.model import Finding, Severity

_LAST = len(PHASES) - 1


def judge_movement(cutovers: Cutovers) -> Iterator[Finding]:
    """What the change does to the declared cutovers and may not do."""
    base = {cutover.name: cutover for cutover in cutovers.base}
    judged = {cutover.name: cutover for cutover in cutovers.judged}
    for cutover in cutovers.judged:
        before = base.get(cutover.name)
        if before is None:
            yield from _new(cutover)
        else:
            yield from _moved(before, cutover)
            yield from _rewritten(before, cutover)
    for cutover in cutovers.base:
        if cutover.name not in judged and cutover.step < _LAST:
            yield about(
                "removed-early",
                cutover,
                f"the entry is removed, and at the base it stands at `{cutover.phase}`",
                f"Leave it in the file until it has reached `{PHASES[_LAST]}`; an abandoned one goes with a waiver.",
                line=None,
            )


def _new(cutover: Cutover) -> Iterator[Finding]:
    if cutover.step > 0:
        yield about(
            "skipped-phase",
            cutover,
            f"it is new and begins at `{cutover.phase}`",
            f"Begin at `{PHASES[0]}` and go on by one phase in each change.",
        )


def _moved(before: Cutover, after: Cutover) -> Iterator[Finding]:
    if after.step > before.step + 1:
        yield about(
            "skipped-phase",
            after,
            f"it goes from `{before.phase}` to `{after.phase}` and leaves out "
            f"{' and '.join(f'`{phase}`' for phase in PHASES[before.step + 1 : after.step])}",
            f"Go to `{PHASES[before.step + 1]}` first, and to the next phase in another change.",
        )
    elif after.step < before.step:
        closed = before.step == _LAST
        yield about(
            "stepped-back",
            after,
            f"it goes back from `{before.phase}` to `{after.phase}`"
            + (", but nothing has been written to the old one since" if closed else ""),
            "Declare a new cutover that writes both again."
            if closed
            else "Make sure that what runs can go back as well.",
            severity=Severity.ERROR if closed else Severity.WARNING,
        )


def _rewritten(before: Cutover, after: Cutover) -> Iterator[Finding]:
    added = [target for target in after.drops if target not in before.drops]
    if added and (before.step, after.step) != (0, 0):
        yield about(
            "drops-changed",
            after,
            f"`drops` gets {', '.join(f'`{target}`' for target in added[:5])}, which no earlier phase was about",
            f"Declare a cutover of its own for it, beginning at `{PHASES[0]}`.",
        )
    if after.parity != before.parity:
        yield about(
            "parity-changed",
            after,
            f"the gate that compares old and new was `{before.parity}` and becomes `{after.parity}`",
            "Leave the gate as it is, or have somebody else approve the change of it.",
            approvable=True,
        )
