"""Puts a question of a spec to the panel: which spec, which panel, which facts, and the answer."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from gaterunner.change import ChangeOptions, determine_change
from gaterunner.config.law import read_law
from gaterunner.config.nearest import nearest
from gaterunner.config.types import Phase, Workflow
from gaterunner.contract.held import Held as HeldSpec
from gaterunner.contract.held import spec_of
from gaterunner.contract.types import Question, Spec
from gaterunner.errors import EvaluationError, UsageError, WorkflowFileError
from gaterunner.git import Repository
from gaterunner.governance.entries import genesis
from gaterunner.governance.facts import facts_of_change
from gaterunner.governance.fitting import misfits
from gaterunner.governance.held import Held as HeldPanel
from gaterunner.governance.held import panel_of
from gaterunner.governance.measured import data_findings_of
from gaterunner.governance.types import Facts, Panel, Tally
from gaterunner.governance.voting import decide
from gaterunner.model import Change, Report
from gaterunner.policies.context import PolicyContext
from gaterunner.secrets.beside import EngineBeside


class Asked(Struct, frozen=True, kw_only=True):
    """Which question, and where to look. ``phase`` is None for that of the branch that is checked out.

    ``report`` is a JSON report of the same commit, for the facts that only gates tell.
    """

    question: str
    folder: Path
    phase: str | None = None
    base: str | None = None
    config: str | None = None
    report: Report | None = None


class Place(Struct, frozen=True, kw_only=True):
    """Where an answer is recorded: the work tree, and what its log's first entry follows."""

    root: Path
    genesis: str


class Answer(Struct, frozen=True, kw_only=True):
    """A question with everything that its answer was made of."""

    phase: str
    spec: Spec
    spec_source: Literal["base", "head"]
    panel: Panel
    panel_source: Literal["base", "head", "default"]
    question: Question
    facts: Facts
    tally: Tally


def place_of(folder: Path, environment: Mapping[str, str]) -> Place:
    """Where the decision log of a checkout lies. Raises ``UsageError`` outside of one, and without any commit."""
    with Repository.open(folder, env=environment) as repository:
        head = repository.head_commit()
        if head is None:
            raise UsageError("the repository has no commit yet", help="commit what there is first")
        return Place(root=repository.root, genesis=genesis(repository.first_commit(head)))


def ask(asked: Asked, environment: Mapping[str, str]) -> Answer:
    """The panel's answer to a question of the phase's spec.

    Raises ``UsageError`` where there is no such phase, spec or question, ``WorkflowFileError`` where spec and panel
    have errors or do not fit together, ``EvaluationError`` when git has no answer.
    """
    with Repository.open(asked.folder, env=environment) as repository:
        context = _context(repository, asked, environment)
        held, held_panel = spec_of(context), panel_of(context)
        spec, panel = spec_in_force(held), panel_in_force(held_panel)
        question = _question(spec, asked.question)
        wrong = misfits(panel, [question], spec.path)
        if wrong:
            raise WorkflowFileError(wrong)
        gates = asked.report.gates if asked.report is not None else None
        facts = facts_of_change(context.change, gates, data_findings_of(context, spec, panel, [question]))
        return Answer(
            phase=spec.id,
            spec=spec,
            spec_source="base" if held.source == "base" else "head",
            panel=panel,
            panel_source=held_panel.source,
            question=question,
            facts=facts,
            tally=decide(panel, question, facts),
        )


def spec_in_force(held: HeldSpec) -> Spec:
    """The spec of a change. Raises ``UsageError`` where there is none, ``WorkflowFileError`` where it has errors."""
    if held.spec is not None:
        return held.spec
    if held.problems:
        raise WorkflowFileError(held.problems)
    if held.fault is not None:
        raise EvaluationError(held.fault, help="put the spec there as a plain file")
    if held.phase is None:
        raise UsageError(f"no phase, so no spec: {held.why}", help="name the phase: --phase NAME")
    raise UsageError(
        f"phase {held.phase.name} has no spec: {held.path} is neither on the target branch nor on this one",
        help=f"write it on the target branch: `gaterunner spec new {held.phase.name}` prints an empty one",
    )


def panel_in_force(held: HeldPanel) -> Panel:
    """The panel of a change. Raises ``WorkflowFileError`` where it has errors, ``EvaluationError`` where it is none."""
    if held.panel is not None:
        return held.panel
    if held.problems:
        raise WorkflowFileError(held.problems)
    raise EvaluationError(held.fault or "there is no panel", help="put it there as a plain file, or remove it")


def _context(repository: Repository, asked: Asked, environment: Mapping[str, str]) -> PolicyContext:
    change = determine_change(repository, ChangeOptions(base=asked.base), None)
    law = read_law(repository, change, root=repository.root, config=asked.config)
    if asked.phase is not None:
        change = replace(change, branch=_phase(law.workflow, asked.phase).branch)
    if asked.report is not None:
        _check_report(asked.report, change)
    return PolicyContext(
        change=change,
        repository=repository,
        secrets=EngineBeside(),
        workflow=law.workflow,
        law=law.info,
        environment=environment,
    )


def _phase(workflow: Workflow, name: str) -> Phase:
    found = next((phase for phase in workflow.phases if phase.name == name), None)
    if found is not None:
        return found
    names = [phase.name for phase in workflow.phases]
    near = nearest(name, names)
    known = f"it has {', '.join(names)}" if names else "it declares none"
    raise UsageError(
        f"--phase {name}: the workflow file has no such phase{f'; did you mean {near}?' if near else ''}", help=known
    )


def _check_report(report: Report, change: Change) -> None:
    told = report.change
    if told is None or (told.head, told.dirty) != (change.head, change.dirty):
        about = "no commit" if told is None else f"{told.head[:12]}{' with uncommitted changes' if told.dirty else ''}"
        here = f"{change.head[:12]}{' with uncommitted changes' if change.dirty else ''}"
        raise UsageError(
            f"the report is about {about}, and here is {here}: its facts are those of another change",
            help="run the gates anew: gaterunner run --report FILE",
        )


def _question(spec: Spec, name: str) -> Question:
    found = next((question for question in spec.questions if question.id == name), None)
    if found is not None:
        return found
    names = [question.id for question in spec.questions]
    near = nearest(name, names)
    raise UsageError(
        f"{spec.path} asks no question {name}{f'; did you mean {near}?' if near else ''}",
        help=f"it asks {', '.join(names)}" if names else "it asks none; add one under `questions`",
    )
