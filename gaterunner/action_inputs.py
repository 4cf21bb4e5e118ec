"""The action's inputs, from the runner's INPUT_* to one frozen type and to the run's options."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, TypeVar

from msgspec import Struct

from gaterunner.errors import UsageError
from gaterunner.reporters.forms import ReportFile
from gaterunner.reporters.publication import Form

_Choice = TypeVar("_Choice", bound=str)
Command = Literal["run", "check", "plan", "collect", "publish", "pending"]

Place = Literal["local", "docker"]
Publish = Literal["check", "status", "none"]

_COMMANDS: tuple[Command, ...] = ("run", "check", "plan", "collect", "publish", "pending")
_PLACES: tuple[Place, ...] = ("local", "docker")
_PUBLISH: tuple[Publish, ...] = ("check", "status", "none")
_ONLY_WITH = {
    "part": "run",
    "gates": "run",
    "parts": "collect",
    "matrix-parts": "plan",
    "onto": "run",
    "pull-request": "run",
    "workflow": "publish",
    "branches": "publish",
}
_WITH_ONTO = ("workflow", "branches")
"""What says as well where a report comes from that is gone on with."""


class Inputs(Struct, frozen=True, kw_only=True):
    """The action's inputs, as documented in ``action.yml``; None where one was not given."""

    command: Command
    config: str | None
    token: str | None
    check_name: str
    publish: Publish
    comment: bool
    report: str | None
    files: tuple[ReportFile, ...]
    gates: tuple[str, ...]
    jobs: int | None
    keep_going: bool
    fresh: bool
    executor: Place | None
    cache: Path | None
    matrix_parts: int | None
    part: str | None
    parts: str | None
    workflow: str | None
    branches: tuple[str, ...]
    onto: Path | None = None
    pull_request: int | None = None

    @property
    def is_whole(self) -> bool:
        """Whether there will be a verdict to tell: some gates tell their job's exit code, and a plan judges nothing."""
        some = self.part is not None or (bool(self.gates) and self.onto is None)
        return not some and self.command not in ("plan", "pending")

    @property
    def form(self) -> Form | None:
        """What the verdict is published as; None where it is not."""
        return self.publish if self.publish != "none" and self.is_whole else None

    def reports(self, folder: Path) -> tuple[Path, ...]:
        """What ``parts`` stands for below the workspace ``folder``: a file, a folder, or all that a glob matches.

        Nothing where there is nothing: actions/download-artifact makes no folder when no part handed in a report.
        """
        if self.parts is None:
            return ()
        if (folder / self.parts).exists():
            return (folder / self.parts,)
        from glob import glob

        found = glob(self.parts, root_dir=folder, recursive=True)  # noqa: PTH207  Path.glob takes no absolute pattern
        return tuple(folder / path for path in sorted(found))


def read_inputs(env: Mapping[str, str]) -> Inputs:
    """The inputs that the runner hands over; an empty one is one that was not given. Raises ``UsageError``."""
    read = _Read(env)
    command = read.chosen("command", _COMMANDS) or "run"
    _refuse_strangers(read, command)
    parts = read.given("parts")
    if command == "collect" and parts is None:
        raise UsageError(
            "`command: collect` was not told where the reports of the parts are",
            help="set `parts` to the folder into which actions/download-artifact put them",
        )
    report = read.given("report")
    if command == "publish" and report is None:
        raise UsageError(
            "`command: publish` was not told which report to publish",
            help="set `report` to the JSON report that actions/download-artifact fetched",
        )
    cache = read.given("cache")
    return Inputs(
        command=command,
        config=read.given("config"),
        token=read.given("token"),
        check_name=read.given("check-name") or "gaterunner",
        publish=read.chosen("publish", _PUBLISH) or "check",
        comment=read.chosen("comment", ("true", "false")) == "true",
        report=report,
        files=_files(read, report=None if command == "publish" else report),
        gates=read.listed("gates"),
        jobs=read.number("jobs"),
        keep_going=read.chosen("keep-going", ("true", "false")) == "true",
        fresh=read.chosen("fresh", ("true", "false")) == "true",
        executor=read.chosen("executor", _PLACES),
        cache=Path(cache) if cache else None,
        matrix_parts=read.number("matrix-parts"),
        part=read.given("part"),
        parts=parts,
        workflow=read.given("workflow"),
        branches=read.listed("branches"),
        onto=Path(onto) if (onto := read.given("onto")) else None,
        pull_request=read.number("pull-request", digits=9),
    )


def _refuse_strangers(read: _Read, command: Command) -> None:
    """Raises ``UsageError`` for inputs that say nothing to the command, and for a half of two that belong together."""
    onto = read.given("onto") is not None
    for name, wanted in _ONLY_WITH.items():
        if read.given(name) is not None and command != wanted and not (onto and name in _WITH_ONTO):
            raise UsageError(
                f"input `{name}` is for `command: {wanted}`, and the command is {command!r}",
                help=f"leave `{name}` out, or set `command: {wanted}`",
            )
    if onto is not (read.given("pull-request") is not None):
        raise UsageError(
            "inputs `onto` and `pull-request` belong together, and only one of them is given",
            help="set both, as examples/github/re-evaluate.yml does",
        )
    if onto and read.given("part") is not None:
        raise UsageError("inputs `onto` and `part` exclude each other", help="leave one of them out")


def _files(read: _Read, *, report: str | None) -> tuple[ReportFile, ...]:
    given = {
        "json": report,
        "html": read.given("html"),
        "sarif": read.given("sarif"),
        "junit": read.given("junit"),
        "markdown": read.given("markdown"),
        "numbers": read.given("numbers"),
        "predicate": read.given("predicate"),
    }
    return tuple(ReportFile(form, Path(path)) for form, path in given.items() if path)


class _Read:
    """One input at a time, each as its description in ``action.yml`` says."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env

    def given(self, name: str) -> str | None:
        # For a container the runner keeps dashes and puts names in capitals (docs.github.com, "Metadata syntax",
        # inputs). A composite action hands them on by itself, and not every shell passes on a name with a dash.
        for variable in (f"INPUT_{name.upper()}", f"INPUT_{name.upper().replace('-', '_')}"):
            if value := self._env.get(variable, "").strip():
                return value
        return None

    def chosen(self, name: str, choices: tuple[_Choice, ...]) -> _Choice | None:
        value = self.given(name)
        found = [choice for choice in choices if choice == value]
        if value is not None and not found:
            raise _unexpected(name, value, f"one of: {', '.join(choices)}")
        return found[0] if found else None

    def listed(self, name: str) -> tuple[str, ...]:
        """Names by line or comma."""
        return tuple(piece for each in re.split(r"[\n,]", self.given(name) or "") if (piece := each.strip()))

    def number(self, name: str, *, digits: int = 4) -> int | None:
        value = self.given(name)
        if value is None:
            return None
        if not re.fullmatch(f"[1-9][0-9]{{0,{digits - 1}}}", value):
            raise _unexpected(name, value, "a number from 1")
        return int(value)


def _unexpected(name: str, value: str, expected: str) -> UsageError:
    return UsageError(f"input `{name}` is {value!r}", help=f"expected {expected}")
