"""``gaterunner report``: shows a report file in another form, and verifies one."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

from gaterunner.errors import EXIT_ERROR, EXIT_FAIL, EXIT_PASS, EvaluationError, UsageError
from gaterunner.git import Repository
from gaterunner.launch import quoting, show
from gaterunner.report_files import check_files, write_file
from gaterunner.reporters.forms import ReportFile, render
from gaterunner.reporters.json import decode_report
from gaterunner.reporters.terminal_style import symbols_for, write_text
from gaterunner.reporters.terminal_text import clean
from gaterunner.verification import Evidence, State, Verification, verify

_EXIT_CODES = {State.HOLDS: EXIT_PASS, State.DIFFERS: EXIT_FAIL, State.UNKNOWN: EXIT_ERROR}
_LONGEST = 2_000


def render_report(file: Path, *, form: str, output: Path | None) -> int:
    """Shows the JSON report in ``file`` as ``form``, a name in ``FORMS`` or ``text``, on standard output or in a file.

    The exit code says that this was done, not what the verdict is. Raises ``EvaluationError`` for what is no report.
    """
    data = _read(file, "report")
    report = decode_report(data)
    if form == "text":
        if output is not None:
            raise UsageError("--output is for the other forms", help="choose one with --format")
        show(report, quote=quoting(os.environ))
        return EXIT_PASS
    content = render(form, report, data=data)
    if output is None:
        _print(content, form)
    else:
        wanted = ReportFile(form, output)
        check_files((wanted,), folder=Path.cwd(), printed=True)
        write_file(content, wanted, folder=Path.cwd())
    return EXIT_PASS


def _print(content: bytes, form: str) -> None:
    """Refuses what GitHub's runner would take for commands, where it reads standard output."""
    text = content.decode()
    if not stat.S_ISREG(os.fstat(sys.stdout.fileno()).st_mode) and quoting(os.environ)(text) != text:
        raise UsageError(
            f"the {form} form holds what GitHub's runner would take for a command, and it reads this output",
            help="name a file with --output",
        )
    sys.stdout.buffer.write(content)
    sys.stdout.flush()


def verify_report(file: Path, *, attestation: Path, repository: Path, config: Path | None) -> int:
    """Prints what holds of a report and what does not.

    Gives 0 when all of it holds, 1 when something differs, 3 when something could not be checked.
    """
    data, attested = _read(file, "report"), _read(attestation, "attestation")
    law = _read(config, "workflow file") if config else None
    with Repository.open(repository, env=os.environ) as opened:
        found = verify(data, Evidence(attestation=attested, repository=opened, config=law))
    write_text(sys.stdout, quoting(os.environ)(_told(found)))
    return _EXIT_CODES[found.state]


def _told(found: Verification) -> str:
    symbols = symbols_for(sys.stdout)
    marks = {State.HOLDS: symbols.passed, State.DIFFERS: symbols.failed, State.UNKNOWN: symbols.unproven}
    width = max(len(check.name) for check in found.checks)
    lines = [
        f"{marks[check.state]} {clean(check.name):{width}}  {clean(check.told, limit=_LONGEST)}"
        for check in found.checks
    ]
    count = {state: sum(check.state is state for check in found.checks) for state in State}
    summary = {
        State.HOLDS: "Everything holds.",
        State.DIFFERS: f"{count[State.DIFFERS]} of {len(found.checks)} checks found a difference.",
        State.UNKNOWN: f"{count[State.UNKNOWN]} of {len(found.checks)} checks could not be made, which proves nothing.",
    }[found.state]
    signature = (
        "Signatures are not checked here: `gh attestation verify` says who signed (docs/attestation.md)."
        if found.enveloped
        else "The attestation is not signed: whoever can write the file can write what it says (docs/attestation.md)."
    )
    return "\n".join([*lines, "", summary, signature, ""])


def _read(file: Path, what: str) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise EvaluationError(f"{file}: cannot read the {what}: {error.strerror}", help="check the path") from error
