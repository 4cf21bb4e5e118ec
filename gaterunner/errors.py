"""The errors a user sees and the exit codes that go with them.

Everything that can go wrong for a reason a user can act on is a ``GaterunnerError``; anything else is a defect of
ours and is told as such by the one handler in ``cli.py``.
"""

from __future__ import annotations

from typing import ClassVar

from gaterunner.model import Problem, Trouble

EXIT_PASS = 0
EXIT_FAIL = 1
EXIT_USAGE = 2
EXIT_ERROR = 3
EXIT_PENDING = 4
EXIT_INTERRUPTED = 130


class GaterunnerError(Exception):
    """An expected failure: ``message`` says what happened and where, ``help`` what to do next."""

    trouble: ClassVar[Trouble] = Trouble.EVALUATION
    exit_code: ClassVar[int] = EXIT_ERROR

    def __init__(self, message: str, *, help: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.help = help

    @property
    def line(self) -> str:
        """What happened and what to do next in one line, for a reason."""
        return f"{self.message}; {self.help}" if self.help else self.message

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The problems as the report tells them; one unless a subclass collects several."""
        return (Problem(trouble=self.trouble, message=self.message, help=self.help),)


class UsageError(GaterunnerError):
    """The command line, the action's inputs or the environment ask for something that cannot be."""

    trouble = Trouble.USAGE
    exit_code = EXIT_USAGE


class EvaluationError(GaterunnerError):
    """Something needed for a judgement could not be had: git, a file, the network, a tool."""


def machine_error(error: OSError) -> EvaluationError:
    """A full disk, a folder that cannot be written, a limit of the system: nothing of it is a defect of ours."""
    where = f"{error.filename}: " if error.filename else ""
    return EvaluationError(
        f"{where}{error.strerror or type(error).__name__}",
        help="look at free space, permissions and limits where gaterunner runs, TMPDIR included",
    )


class WorkflowFileError(GaterunnerError):
    """The workflow file has errors; all of them, each with its position."""

    trouble = Trouble.WORKFLOW_FILE
    exit_code = EXIT_USAGE

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        count = len(problems)
        super().__init__(f"{count} error{'s' if count != 1 else ''} in the workflow file")
        self._problems = problems

    @property
    def problems(self) -> tuple[Problem, ...]:
        return self._problems
