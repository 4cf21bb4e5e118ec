"""`gaterunner phases`: reads a repository and tells where its phases stand. Judges nothing."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from gaterunner.change import ChangeOptions, determine_change
from gaterunner.config.law import Law, read_law
from gaterunner.contract.held import spec_at, spec_path
from gaterunner.contract.landed import landings, refuse_unknown
from gaterunner.contract.standing import Standing, spec_standing, standings
from gaterunner.errors import EXIT_PASS, UsageError
from gaterunner.git import Repository
from gaterunner.git.held import HeldReader
from gaterunner.model import Change


def show_phases(
    folder: Path, *, base: str | None, config: str | None, form: str, environment: Mapping[str, str]
) -> int:
    """Prints the overview as ``text`` or ``json``.

    Raises ``UsageError`` where no phases are declared, ``WorkflowFileError`` where the workflow file has errors, and
    ``EvaluationError`` when the history is cut off before it tells.
    """
    from gaterunner.reporters.phases import render_phases, render_phases_json
    from gaterunner.reporters.terminal_style import write_text
    from gaterunner.reporters.workflow_commands import disarm

    with Repository.open(folder, env=environment) as repository:
        change = determine_change(repository, ChangeOptions(base=base), None)
        law = read_law(repository, change, root=repository.root, config=config)
        if not law.workflow.phases:
            raise UsageError(
                f"{law.info.path} declares no phases",
                help="add them under `workflow`, such as `phases: [dashboard-hardening]` (docs/phases.md)",
            )
        found = _standings(repository, change, law)
    text = (render_phases_json if form == "json" else render_phases)(change, law.info, found)
    write_text(sys.stdout, disarm(text) if environment.get("GITHUB_ACTIONS") == "true" and form != "json" else text)
    return EXIT_PASS


def _standings(repository: Repository, change: Change, law: Law) -> tuple[Standing, ...]:
    workflow = law.workflow
    found = landings(repository, workflow, change.law)
    refuse_unknown(found.unknown, change.law)
    reader = HeldReader(repository, records=(), trees=(change.law, change.judged))
    specs = {}
    for phase in workflow.phases:
        path = spec_path(workflow, phase.name)
        sides = (spec_at(reader, commit, path, phase.name) for commit in (change.law, change.judged))
        specs[phase.name] = spec_standing(*sides)
    ahead = {}
    for phase in workflow.phases:
        commits = _ahead(repository, phase.branch, change.law)
        if commits is not None:
            ahead[phase.branch] = commits
    return standings(workflow, found, ahead=ahead, specs=specs, branch=change.branch)


def _ahead(repository: Repository, branch: str, target: str) -> int | None:
    """How many commits a branch has that the target has not: here or on the remote, whichever has more."""
    tips = {repository.ref(f"refs/{where}/{branch}") for where in ("heads", "remotes/origin")} - {None}
    return max((repository.ahead(tip, target) for tip in tips if tip is not None), default=None)
