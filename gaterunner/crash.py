"""What a user sees of a defect of ours: one line and a file to send, never a traceback."""

from __future__ import annotations

import os
import tempfile
import traceback

from gaterunner import __version__
from gaterunner.executors.environment import secret_values
from gaterunner.model import Problem, Trouble
from gaterunner.redaction import Redactor


def describe_crash(error: BaseException) -> Problem:
    """Keeps the traceback (without variables' values) in a temporary file and returns the line that points to it."""
    redact = Redactor(secret_values(os.environ))
    what = redact(f"internal error: {type(error).__name__}: {error}")
    try:
        handle, path = tempfile.mkstemp(prefix="gaterunner-crash-", suffix=".txt")
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(f"gaterunner {__version__}\n")
            file.write(redact("".join(traceback.format_exception(error))))
    except OSError:
        path = ""
    kept = f" with the file {path}" if path else ""
    return Problem(
        trouble=Trouble.EVALUATION, message=what, help=f"this is a defect of gaterunner; please report it{kept}"
    )
