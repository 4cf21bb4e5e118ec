"""Writes the files that are wanted of a run, and says before it starts which of them could never be written."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from gaterunner.errors import EvaluationError, UsageError
from gaterunner.executors.identity import owner_of
from gaterunner.git import layout
from gaterunner.logs import write_as_owner
from gaterunner.model import Report
from gaterunner.reporters.forms import ReportFile, render


def check_files(files: Sequence[ReportFile], *, folder: Path, printed: bool = False) -> None:
    """Refuses what could not be written later, before a run is spent on it; ``folder`` lies in the checkout.

    Raises ``UsageError`` for one file wanted twice, for a file inside the git directory, for what is no file, for the
    numbers in a file of JSON, and for an attestation of a JSON report that is neither written nor ``printed``.
    """
    wanted = {file.form for file in files}
    if "attestation" in wanted and "json" not in wanted and not printed:
        raise UsageError(
            "an attestation is about the bytes of the JSON report, and nobody would have it",
            help="name a file for the JSON report too (--report FILE)",
        )
    taken: dict[Path, str] = {}
    for file in files:
        with suppress(EvaluationError):  # a checkout that is broken is told by the run itself
            _repository_around(folder, file.path)
        if file.path.is_dir() and not file.path.is_symlink():
            raise UsageError(
                f"{file.path} is a folder, and the {file.form} report goes into a file", help="name a file in it"
            )
        if file.form == "numbers" and file.path.suffix.lower() == ".json":
            raise UsageError(
                f"{file.path} is the name of a JSON file, and the numbers are written as CSV",
                help="name a .csv file; the JSON report (--report FILE) holds the same under `numbers`",
            )
        other = taken.setdefault(file.path.absolute().resolve(), file.form)
        if other != file.form:
            raise UsageError(
                f"{file.path} is wanted for two forms of the report, {other} and {file.form}",
                help="name another file for one of them",
            )


def write_files(report: Report, files: Sequence[ReportFile], *, folder: Path) -> None:
    """Writes each of ``files``; those inside the checkout around ``folder`` belong to the checkout's owner.

    All that can be written are written before ``EvaluationError`` is raised for the others.
    """
    failed = []
    for file in files:
        try:
            write_file(render(file.form, report), file, folder=folder)
        except EvaluationError as error:
            failed.append(error)
    if failed:
        raise EvaluationError("; ".join(error.message for error in failed), help=failed[0].help)


def write_file(content: bytes, file: ReportFile, *, folder: Path) -> None:
    """Writes one form that is already rendered. Raises ``EvaluationError``."""
    try:
        root = _repository_around(folder, file.path)
        if root is None:
            file.path.parent.mkdir(parents=True, exist_ok=True)
            file.path.write_bytes(content)
        else:
            write_as_owner(file.path, content, root=root, owner=owner_of(root))
    except OSError as error:
        what = "report" if file.form == "json" else f"{file.form} report"
        raise EvaluationError(
            f"{file.path}: cannot write the {what}: {error.strerror}",
            help="name a file in a folder that can be written",
        ) from error


def _repository_around(folder: Path, file: Path) -> Path | None:
    """The checkout's root, None where there is none; refuses a report that would overwrite what git keeps."""
    try:
        where = layout.find(folder)
    except UsageError:  # the report itself says so
        return None
    target = file.absolute().parent.resolve()
    if any(target.is_relative_to(kept.resolve()) for kept in (where.git_dir, where.common_dir)):
        raise UsageError(f"{file} lies in the git directory", help="name a file outside of .git for the report")
    return where.root
