"""From a workflow and a change to what runs, what is skipped, and why. Pure: it reads through ``Tree`` only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from gaterunner.config.types import Workflow
from gaterunner.contract.phases import left_out_gates
from gaterunner.errors import WorkflowFileError
from gaterunner.model import Change, Problem, Skip
from gaterunner.plan.commands import commands_of, found_for_others
from gaterunner.plan.order import in_order
from gaterunner.plan.paths import Paths
from gaterunner.plan.places import Place, check_images, image_of, left_out
from gaterunner.plan.selection import Selection
from gaterunner.plan.types import PlannedGate
from gaterunner.plan.variants import Variant, variants_of

if TYPE_CHECKING:
    from gaterunner.config.conventions import Tree


def make_plan(
    workflow: Workflow,
    change: Change | None,
    base_tree: Tree,
    head_tree: Tree | None,
    *,
    selected: Sequence[str] = (),
    executor: Place | None = None,
) -> tuple[PlannedGate, ...]:
    """Every gate of the workflow in the order of execution, with its command, its reason and whether it is skipped.

    The base's tree says what a bare name means; the head's is asked only for names that the base does not declare, and
    the reason then says so. ``selected`` (from ``--gate``) runs only what it names: what a named gate needs is not
    run with it, and the named gate's reason says so. It names gates (``unit``, with ``flags: both`` standing for both
    states), one state (``unit (flags on)``) or a shard of either (``unit=2/4``), which is then called ``unit (shard 2
    of 4)``. ``executor`` is where all gates run, None for where the workflow says.

    Raises ``UsageError`` for an unknown selected name or shard and for a gate without the image that ``executor`` asks
    for, and ``WorkflowFileError`` with every name that resolves to nothing and every broken glob, each at its gate's
    position. The grammar has already seen to it that needs are known and free of cycles.
    """
    selection = Selection(workflow, selected)
    variants = {variant.gate.name: variant for variant in variants_of(workflow, selection)}
    if executor == "docker":
        check_images([variant.gate for variant in variants.values() if variant.selected], workflow)
    problems: list[Problem] = []
    commands = commands_of(workflow, change, base_tree, head_tree, problems)
    paths = Paths(workflow, change, problems)
    if problems:
        told = sorted(problems, key=lambda problem: (problem.line or 0, problem.column or 0))
        last = replace(told[-1], help=f"{told[-1].help or ''}{found_for_others(workflow, commands)}")
        raise WorkflowFileError((*told[:-1], last))
    of_others = left_out_gates(workflow, change.branch if change is not None else None)
    reasons = {name: of_others.get(each.declared) or paths.reason_to_skip(each.gate) for name, each in variants.items()}
    skips = {name: _skip(variant, selection, reasons[name]) for name, variant in variants.items()}
    missed = {name for name, variant in variants.items() if not variant.selected and reasons[name] is None}
    planned = []
    for name in in_order({name: (*variant.needs, *variant.after) for name, variant in variants.items()}):
        variant, (skip, reason) = variants[name], skips[name]
        command, why = commands[variant.declared]
        absent = [needed for needed in variant.needs if needed in missed]
        if skip is None and absent:
            why = f"{why}; without {', '.join(absent)}, which it needs and --gate left out"
        gate = _planned(variant, command, f"{why}{left_out(variant.gate, workflow, executor)}")
        image = image_of(variant.gate, workflow, executor)
        planned.append(replace(gate, image=image, skip=skip, skip_reason=reason))
    return tuple(planned)


def _planned(variant: Variant, command: str, why: str) -> PlannedGate:
    return PlannedGate(
        gate=variant.gate,
        command=command,
        why=why,
        declared=variant.declared,
        shard=variant.shard,
        env=variant.env,
        needs=variant.needs,
        after=variant.after,
    )


def _skip(variant: Variant, selection: Selection, reason: str | None) -> tuple[Skip | None, str]:
    if not variant.selected:
        return Skip.NOT_SELECTED, f"--gate named only {', '.join(selection.given)}"
    return (None, "") if reason is None else (Skip.NOT_APPLICABLE, reason)
