"""Commands inside a service's container: how it is asked whether it is ready, and how a database is made."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from gaterunner.containers.faults import engine_errors
from gaterunner.output import clean

if TYPE_CHECKING:
    from docker import APIClient

KEPT_OUTPUT = 4096  # bytes; the end of an answer is what tells
_POLL_S = 0.05
_CODE_WITHIN_S = 2.0


class Answer(Struct, frozen=True):
    """What a command said, without control sequences but not yet redacted.

    ``code`` is None when it did not end or could not be started; ``output`` then says why.
    """

    code: int | None
    output: str


def execute(
    api: APIClient, container: str, argv: Sequence[str], env: Mapping[str, str], *, kept: int = KEPT_OUTPUT
) -> Answer:
    """Runs a command to its end, however long it takes; the container's own environment is extended by ``env``.

    The last ``kept`` bytes of its output are kept. Raises nothing: that a command cannot be run is an answer too, since
    containers come and go.
    """
    try:
        started = api.exec_create(container, list(argv), environment=dict(env))
        output = _end_of_output(api, started["Id"], kept)
        code = _exit_code(api, started["Id"])
    except engine_errors() as error:
        return Answer(None, str(getattr(error, "explanation", None) or error))
    return Answer(code, clean(output.decode("utf-8", "replace")).strip())


def _end_of_output(api: APIClient, command: str, kept: int) -> bytes:
    from docker.utils.socket import frames_iter

    # Not its `stream=True`: the connection of a command cannot be used again, and the SDK would leave it open.
    stream: Any = api.exec_start(command, socket=True)
    output = bytearray()
    try:
        for _, chunk in frames_iter(stream, tty=False):  # type: ignore[no-untyped-call] # in the stubs
            output += chunk
            del output[:-kept]
    finally:
        getattr(stream, "_response", stream).close()
    return bytes(output)


def _exit_code(api: APIClient, command: str) -> int | None:
    # The output can end a moment before the engine has noted the code.
    limit = time.monotonic() + _CODE_WITHIN_S
    while time.monotonic() < limit:
        code = api.exec_inspect(command)["ExitCode"]
        if code is not None:
            return int(code)
        time.sleep(_POLL_S)
    return None


def execute_within(
    timeout_s: float,
    api: APIClient,
    container: str,
    argv: Sequence[str],
    env: Mapping[str, str],
    *,
    cancelled: Event,
    kept: int = KEPT_OUTPUT,
) -> Answer:
    """The same, but for at most ``timeout_s`` seconds or until ``cancelled`` is set.

    The command then goes on in the container until that is removed: the engine has no way to end one.
    """
    answers: list[Answer] = []
    worker = Thread(
        target=lambda: answers.append(execute(api, container, argv, env, kept=kept)),
        name="gaterunner-inside",
        daemon=True,
    )
    worker.start()
    limit = time.monotonic() + timeout_s
    while worker.is_alive() and time.monotonic() < limit and not cancelled.is_set():
        worker.join(_POLL_S)
    return answers[0] if answers else Answer(None, f"no answer within {timeout_s:g} s")
