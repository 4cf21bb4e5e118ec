"""Checks specs as they lie in a folder: alone, with the workflow file, and against the files that are there."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

from gaterunner.config.grammar import parse_workflow
from gaterunner.config.types import CUTOVERS_PATH, DEFAULT_PATH, PANEL_PATH, SPECS, Position, Workflow
from gaterunner.contract.agreement import Disagreement, disagreements
from gaterunner.contract.held import MAX_BYTES, examine_for, spec_path
from gaterunner.contract.importing.form import as_yaml
from gaterunner.contract.reading import YAML_SUFFIXES
from gaterunner.contract.scope import idle_globs
from gaterunner.contract.types import Spec
from gaterunner.errors import GaterunnerError, WorkflowFileError
from gaterunner.model import Problem, Trouble

_IDLE_HELP = "correct it; what is yet to come stands under `touchpoints: create`"
_IDLE_CLOSED = "correct it; a pattern that begins with `**/` names a kind of files, which need not be there"


class Validated(Struct, frozen=True, kw_only=True):
    """What the specs of a folder hold, a line each, and what is wrong with any of them."""

    lines: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


def phase_at(file: Path) -> str | None:
    """The phase whose spec a file is, by where the workflow file of the current folder has them; None for no spec."""
    before, after = map(re.escape, _specs_here().split("{phase}"))
    path = os.path.relpath(file).replace(os.sep, "/")
    match = re.fullmatch(f"{before}([^/]+){after}", path)
    return match[1] if match else None


def as_kept_here(spec: str) -> str:
    """A spec in Markdown as the current folder's workflow file has specs: YAML alone where they are such files."""
    return as_yaml(spec) if _specs_here().endswith(YAML_SUFFIXES) else spec


def _specs_here() -> str:
    with suppress(OSError, GaterunnerError):  # what is wrong with it is told where it is checked itself
        return parse_workflow(Path(DEFAULT_PATH).read_bytes(), DEFAULT_PATH).specs
    return SPECS


def summary(spec: Spec) -> str:
    """What a spec holds, in a few words."""
    one, many = len(spec.objectives), "objectives"
    return f"{one} {'objective' if one == 1 else many}, owner {spec.owner}"


def validate_specs(folder: Path) -> Validated:
    """The specs of the phases that the workflow file of a folder declares; nothing where that cannot be read.

    A phase without one is told, and is no mistake: its spec may be yet to come. So may what the branch is to declare.
    """
    try:
        workflow = parse_workflow((folder / DEFAULT_PATH).read_bytes(), str(folder / DEFAULT_PATH))
    except (OSError, WorkflowFileError):
        return Validated()
    if not workflow.phases:
        return Validated()
    lines: list[str] = []
    problems: list[Problem] = []
    cutovers, flags, tree = _cutovers(folder), _flags(folder, workflow), _tree(folder)
    for phase in workflow.phases:
        path = spec_path(workflow, phase.name)
        file = folder / path
        if not os.path.lexists(file):
            if any(policy.name == "spec" for policy in workflow.policies):
                lines.append(f"{file}: not there; the phase `{phase.name}` has no spec")
            continue
        spec, wrong = _examined(folder, path, phase.name)
        if spec is not None:
            unknown = tuple(disagreements(spec, workflow, flags=flags, cutovers=cutovers))
            wrong += [*_wrong(spec, unknown, tree), *_unanswerable(folder, spec)]
            lines += [] if wrong else [f"{file}: valid; {summary(spec)}"]
            lines += [f"{file}: {one.message}; the phase's branch has to declare it" for one in unknown if one.to_come]
        problems += sorted(wrong, key=lambda problem: (problem.line or 0, problem.column or 0))
    if tree is None and lines:
        lines.append("not checked: whether patterns match something, as this is no git repository")
    return Validated(lines=tuple(lines), problems=tuple(problems))


def _examined(folder: Path, path: str, phase: str) -> tuple[Spec | None, list[Problem]]:
    """What can be read of a spec, and all that is wrong with it alone."""
    file = folder / path
    fault = None
    try:
        if file.resolve() != folder.resolve() / path:
            fault = "the spec is reached by a symbolic link, expected a plain file"
        elif not file.is_file():
            fault = "the spec is no file, expected a plain file"
        elif (size := file.stat().st_size) > MAX_BYTES:
            fault = f"the spec holds {size:,} bytes, expected at most {MAX_BYTES:,}"
        else:
            spec, problems = examine_for(file.read_bytes(), str(file), phase)
            return spec, list(problems.error().problems)
    except (OSError, RuntimeError) as error:  # `resolve` raises the other one for a circle of links before Python 3.13
        fault = f"cannot read the file: {getattr(error, 'strerror', None) or error}"
    return None, [Problem(trouble=Trouble.WORKFLOW_FILE, message=fault, path=str(file))]


def _wrong(spec: Spec, unknown: Sequence[Disagreement], tree: Sequence[str] | None) -> Iterator[Problem]:
    for one in unknown:
        if not one.to_come:
            yield _problem(spec, one.message, one.position, one.help)
    for key, glob, position in idle_globs(spec, tree) if tree is not None else ():
        help = _IDLE_HELP if key == "allow" else _IDLE_CLOSED
        yield _problem(spec, f"`{glob}` under `{key}` matches no file", position, help)


def _unanswerable(folder: Path, spec: Spec) -> tuple[Problem, ...]:
    """What the panel of a folder cannot answer; what is wrong with its file is told where it is checked itself."""
    if not spec.questions:
        return ()
    from gaterunner.governance.fitting import misfits
    from gaterunner.governance.held import default_panel
    from gaterunner.governance.reading import read_panel

    file = folder / PANEL_PATH
    try:
        panel = read_panel(file.read_bytes(), PANEL_PATH) if os.path.lexists(file) else default_panel()
    except (OSError, WorkflowFileError):
        return ()
    return misfits(panel, spec.questions, spec.path)


def _problem(spec: Spec, message: str, position: Position | None, help: str) -> Problem:
    return Problem(
        trouble=Trouble.WORKFLOW_FILE,
        message=message,
        path=spec.path,
        line=position.line if position else None,
        column=position.column if position else None,
        help=help,
    )


def _cutovers(folder: Path) -> frozenset[str]:
    """The declared cutovers; what is wrong with their file is told where it is checked itself."""
    from gaterunner.cutovers import read_cutovers

    try:
        return frozenset(one.name for one in read_cutovers((folder / CUTOVERS_PATH).read_bytes(), CUTOVERS_PATH))
    except (OSError, WorkflowFileError):
        return frozenset()


def _flags(folder: Path, workflow: Workflow) -> frozenset[str]:
    """The flags that the manifests declare; what is wrong with these is told where they are checked themselves."""
    if not workflow.flag_manifest:
        return frozenset()
    from gaterunner.flags.reading import read_manifest

    names: set[str] = set()
    for path in workflow.flag_manifest:
        with suppress(OSError, WorkflowFileError):
            names |= {flag.name for flag in read_manifest((folder / path).read_bytes(), path).flags}
    return frozenset(names)


def _tree(folder: Path) -> tuple[str, ...] | None:
    """The files that git follows or does not ignore, relative to the folder; None outside of a repository."""
    from gaterunner.git import Repository, snapshot

    try:
        with Repository.open(folder, env=dict(os.environ)) as repository:
            inner = folder.resolve().relative_to(repository.root).as_posix()
            below = "" if inner == "." else f"{inner}/"
            return tuple(path.removeprefix(below) for path in snapshot.files(repository) if path.startswith(below))
    except GaterunnerError:
        return None
