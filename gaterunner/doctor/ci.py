"""GitHub workflow files as frozen types, and where they call gaterunner. Pure.

What GitHub makes of them is told at https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Literal

from msgspec import Struct

from gaterunner.safe_yaml import UnreadableYamlError, load

Kind = Literal["action", "host", "fan-out", "command line", "second stage"]
DEFAULT_CHECK = "gaterunner"

_USES = re.compile(r"(?:docker://(?:[\w.:-]+/)*|[\w.-]+/)gaterunner(?P<host>/host)?(?:[@:].*)?", re.IGNORECASE)
_FAN_OUT = re.compile(r"(?:[\w.-]+/gaterunner|\.)/\.github/workflows/fan-out\.ya?ml(?:@.*)?", re.IGNORECASE)
_COMMAND = re.compile(r"(?m)^(?!\s*#).*(?<![\w.-])gaterunner(?::[\w.-]+|@sha256:\w+)?\s+(?:run|check|collect)\b.*$")
_JUDGING = ("run", "check", "collect")


class Trigger(Struct, frozen=True, kw_only=True):
    """One event with its filters; ``types`` is None where none are given."""

    event: str
    types: tuple[str, ...] | None = None
    branches: tuple[str, ...] = ()
    branches_ignore: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    paths_ignore: tuple[str, ...] = ()


class Permissions(Struct, frozen=True):
    """What a token may do: ``everything`` is ``read`` or ``write`` for `read-all` and `write-all`, else each scope."""

    scopes: tuple[tuple[str, str], ...] = ()
    everything: str | None = None

    def level(self, scope: str) -> str:
        """``none``, ``read`` or ``write``."""
        return self.everything or dict(self.scopes).get(scope, "none")


class CiStep(Struct, frozen=True, kw_only=True):
    uses: str | None = None
    run: str | None = None
    inputs: tuple[tuple[str, str], ...] = ()
    condition: str | None = None
    may_fail: bool = False

    @property
    def is_excused(self) -> bool:
        """Whether a command line throws gaterunner's exit code away (`|| true`)."""
        return any("||" in line for line in _COMMAND.findall(self.run or ""))

    def input(self, name: str, default: str) -> str:
        """An input of the action, or its default; a text with an expression is given as it stands."""
        return dict(self.inputs).get(name, default)


class CiJob(Struct, frozen=True, kw_only=True):
    """``may_fail`` is `continue-on-error`; ``calls`` the reusable workflow that it calls, with its inputs."""

    id: str
    name: str
    condition: str | None = None
    may_fail: bool = False
    is_matrix: bool = False
    permissions: Permissions | None = None
    calls: CiStep | None = None
    steps: tuple[CiStep, ...] = ()


class CiWorkflow(Struct, frozen=True, kw_only=True):
    path: str
    triggers: tuple[Trigger, ...]
    permissions: Permissions | None
    jobs: tuple[CiJob, ...]


class UnreadableCi(Struct, frozen=True):
    """A workflow file that nobody can make anything of, and why."""

    path: str
    why: str


class Call(Struct, frozen=True, kw_only=True):
    """One place that calls gaterunner: ``jobs`` are the caller of a reusable workflow and the job in it, or one job.

    ``step`` is the call itself. A ``second stage`` judges nothing and publishes what another run found. ``check`` is
    the name of the check run that it publishes; ``status`` the name of the job's own check. Each is None where there is
    none, or where only GitHub can tell it (an expression, a matrix).
    """

    workflow: CiWorkflow
    jobs: tuple[CiJob, ...]
    step: CiStep
    kind: Kind
    check: str | None
    status: str | None


class Calls(Struct, frozen=True):
    """All calls, and the files that could hold another one and cannot be read."""

    of: tuple[Call, ...]
    unreadable: tuple[UnreadableCi, ...]

    @property
    def judging(self) -> tuple[Call, ...]:
        """Those that judge."""
        return tuple(call for call in self.of if call.kind != "second stage")

    @property
    def workflows(self) -> tuple[CiWorkflow, ...]:
        """The workflows that judge, each once."""
        return tuple({call.workflow.path: call.workflow for call in self.judging}.values())


def read_ci(path: str, text: str) -> CiWorkflow | UnreadableCi:
    """A workflow file as GitHub would read it."""
    try:
        root = load(text)
    except UnreadableYamlError as error:
        return UnreadableCi(path, str(error))
    if not isinstance(root, dict) or not isinstance(root.get("jobs"), dict):
        return UnreadableCi(path, "it has no jobs")
    # YAML 1.1 reads the key `on` as true.
    triggers = root.get("on", root.get(True))
    return CiWorkflow(
        path=path,
        triggers=tuple(_triggers(triggers)),
        permissions=_permissions(root),
        jobs=tuple(_job(str(id), job) for id, job in root["jobs"].items() if isinstance(job, dict)),
    )


def _triggers(value: Any) -> Iterator[Trigger]:
    if isinstance(value, str):
        yield Trigger(event=value)
    elif isinstance(value, list):
        yield from (Trigger(event=str(each)) for each in value)
    elif isinstance(value, dict):
        for event, options in value.items():
            given = options if isinstance(options, dict) else {}
            yield Trigger(
                event=str(event),
                types=_texts(given["types"]) if "types" in given else None,
                branches=_texts(given.get("branches")),
                branches_ignore=_texts(given.get("branches-ignore")),
                paths=_texts(given.get("paths")),
                paths_ignore=_texts(given.get("paths-ignore")),
            )


def _texts(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    return tuple(map(str, value)) if isinstance(value, list) else (str(value),)


def _permissions(holder: dict[Any, Any]) -> Permissions | None:
    if "permissions" not in holder:
        return None
    value = holder["permissions"]
    if isinstance(value, dict):
        return Permissions(tuple((str(scope), str(level)) for scope, level in value.items()))
    return Permissions(everything={"read-all": "read", "write-all": "write"}.get(str(value)))


def _job(id: str, job: dict[Any, Any]) -> CiJob:
    steps = job.get("steps")
    return CiJob(
        id=id,
        name=str(job.get("name") or id),
        condition=_optional(job.get("if")),
        may_fail=_may_fail(job),
        is_matrix=isinstance(job.get("strategy"), dict) and "matrix" in job["strategy"],
        permissions=_permissions(job),
        calls=_step(job) if "uses" in job else None,
        steps=tuple(_step(step) for step in steps if isinstance(step, dict)) if isinstance(steps, list) else (),
    )


def _step(step: dict[Any, Any]) -> CiStep:
    inputs = step.get("with")
    return CiStep(
        uses=_optional(step.get("uses")),
        run=_optional(step.get("run")),
        inputs=tuple((str(name), _text(value)) for name, value in inputs.items()) if isinstance(inputs, dict) else (),
        condition=_optional(step.get("if")),
        may_fail=_may_fail(step),
    )


def _may_fail(holder: dict[Any, Any]) -> bool:
    """An expression may come to true."""
    return holder.get("continue-on-error", False) is not False


def _optional(value: Any) -> str | None:
    return None if value is None else _text(value)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def calls_of(found: Sequence[CiWorkflow | UnreadableCi], *, own: bool = False) -> Calls:
    """Where gaterunner is called, also through reusable workflows of the same repository.

    ``own`` is for gaterunner's own repository, where `uses: ./` means it.
    """
    known = {each.path: each for each in found if isinstance(each, CiWorkflow)}
    calls = [call for workflow in known.values() for call in _of_workflow(workflow, known, own=own)]
    return Calls(tuple(calls), tuple(each for each in found if isinstance(each, UnreadableCi)))


def _of_workflow(workflow: CiWorkflow, known: dict[str, CiWorkflow], *, own: bool) -> Iterator[Call]:
    if all(trigger.event == "workflow_call" for trigger in workflow.triggers):
        return  # it runs as a part of the workflow that calls it
    for job in workflow.jobs:
        yield from _of_steps(workflow, (job,), _status(job), own=own)
        if job.calls is not None:
            yield from _of_reusable(workflow, job, job.calls, known, own=own)


def _of_reusable(
    workflow: CiWorkflow, job: CiJob, calls: CiStep, known: dict[str, CiWorkflow], *, own: bool
) -> Iterator[Call]:
    """GitHub names the jobs of a called workflow `caller / called`."""
    uses, caller = calls.uses or "", _status(job)
    if _FAN_OUT.fullmatch(uses) and (own or not uses.startswith("./")):
        status = f"{caller} / Collect" if caller is not None else None
        check = _check(calls, "fan-out")
        yield Call(workflow=workflow, jobs=(job,), step=calls, kind="fan-out", check=check, status=status)
    elif uses.startswith("./") and (called := known.get(uses.removeprefix("./"))) is not None:
        for inner in called.jobs:
            name = _status(inner)
            status = f"{caller} / {name}" if caller is not None and name is not None else None
            yield from _of_steps(workflow, (job, inner), status, own=own)


def _of_steps(workflow: CiWorkflow, jobs: tuple[CiJob, ...], status: str | None, *, own: bool) -> Iterator[Call]:
    for step in jobs[-1].steps:
        kind = _kind(step, own=own)
        if kind is not None:
            check = _check(step, kind)
            yield Call(workflow=workflow, jobs=jobs, step=step, kind=kind, check=check, status=status)


def _status(job: CiJob) -> str | None:
    return None if job.is_matrix or "${{" in job.name else job.name


def _kind(step: CiStep, *, own: bool) -> Kind | None:
    if step.uses is None:
        return "command line" if _COMMAND.search(step.run or "") else None
    if own and step.uses in ("./", "./host"):
        kind: Kind = "host" if step.uses == "./host" else "action"
    elif (match := _USES.fullmatch(step.uses)) is not None:
        kind = "host" if match["host"] else "action"
    else:
        return None
    command = step.input("command", "run")
    if command == "publish":
        return "second stage"
    return kind if command in _JUDGING and not step.input("part", "") else None


def _check(step: CiStep, kind: Kind) -> str | None:
    if kind == "command line" or step.input("publish", "check") == "none":
        return None
    name = step.input("check-name", DEFAULT_CHECK) or DEFAULT_CHECK
    return None if "${{" in name else name
