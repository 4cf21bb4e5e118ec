"""Checks the files that runs are judged by, as they lie: workflow file, specs, flags, waivers, cutovers, panel."""

from __future__ import annotations

from pathlib import Path

from gaterunner.config.types import CUTOVERS_PATH, DEFAULT_PATH, PANEL_PATH, WAIVERS_PATH
from gaterunner.errors import UsageError, WorkflowFileError
from gaterunner.model import Problem
from gaterunner.reporters.quantities import count

WAIVERS = Path(WAIVERS_PATH)
CUTOVERS = Path(CUTOVERS_PATH)
PANEL = Path(PANEL_PATH)
_MARKDOWN = (".md", ".markdown")
_UNREAD = f"`gaterunner init` writes {DEFAULT_PATH}; of another file: gaterunner validate FILE"


def validate_file(file: Path) -> str:
    """What a valid file holds, in a line. What a file is for is told by its name, and any other is a workflow file.

    Raises ``WorkflowFileError`` with all that is wrong with it, ``UsageError`` when it cannot be read.
    """
    try:
        data = file.read_bytes()
    except OSError as error:
        raise UsageError(f"{file}: cannot read the file: {error.strerror}", help=_UNREAD) from error
    describe = {WAIVERS.name: _waivers, CUTOVERS.name: _cutovers, PANEL.name: _panel}.get(file.name)
    if describe is None:
        describe = (
            _spec if file.suffix in _MARKDOWN or _is_spec(file) else _manifest if _is_manifest(file) else _workflow
        )
    return f"{file}: valid; {describe(data, str(file))}"


def validate_folder(folder: Path) -> list[str]:
    """The same of the workflow file of a folder and of the files that belong to it, where they exist.

    Raises ``WorkflowFileError`` with what is wrong with any of them.
    """
    files = [folder / DEFAULT_PATH, *(folder / path for path in (WAIVERS, CUTOVERS, PANEL) if (folder / path).exists())]
    lines: list[str] = []
    problems: list[Problem] = []
    for file in files:
        try:
            lines.append(validate_file(file))
        except WorkflowFileError as error:
            problems += error.problems
    from gaterunner.contract.validating import validate_specs
    from gaterunner.flags.validating import validate_manifests

    for found in (validate_specs(folder), validate_manifests(folder)):
        lines += found.lines
        problems += found.problems
    if problems:
        raise WorkflowFileError(tuple(problems))
    return lines


def _workflow(data: bytes, path: str) -> str:
    from gaterunner.config.grammar import parse_workflow

    workflow = parse_workflow(data, path)
    return f"{count(len(workflow.gates), 'gate')}, {count(len(workflow.policies), 'policy', 'policies')}"


def _is_manifest(file: Path) -> bool:
    from gaterunner.flags.validating import is_manifest

    return file.name != DEFAULT_PATH and is_manifest(file)


def _manifest(data: bytes, path: str) -> str:
    from gaterunner.flags.reading import read_manifest
    from gaterunner.flags.validating import summary

    return summary(read_manifest(data, path))


def _is_spec(file: Path) -> bool:
    from gaterunner.contract.validating import phase_at

    return file.name != DEFAULT_PATH and phase_at(file) is not None


def _spec(data: bytes, path: str) -> str:
    from gaterunner.contract.held import spec_in
    from gaterunner.contract.reading import read_spec
    from gaterunner.contract.validating import phase_at, summary

    phase = phase_at(Path(path))
    if phase is None:
        return summary(read_spec(data, path))
    held = spec_in(data, path, phase)
    if held.spec is None:
        raise WorkflowFileError(held.problems)
    return summary(held.spec)


def _waivers(data: bytes, path: str) -> str:
    from gaterunner.waivers.file import read_waivers

    return count(len(read_waivers(data, path)), "waiver")


def _cutovers(data: bytes, path: str) -> str:
    from gaterunner.cutovers import read_cutovers

    return count(len(read_cutovers(data, path)), "cutover")


def _panel(data: bytes, path: str) -> str:
    from gaterunner.governance.reading import read_panel

    panel = read_panel(data, path)
    return f"{count(len(panel.members), 'member')}, {count(len(panel.criteria), 'criterion', 'criteria')}"
