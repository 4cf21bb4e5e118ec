"""What is asked of any one container of ours, a gate's or a service's: how it is doing, and that it goes away."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from msgspec import Struct

from gaterunner.containers.faults import engine_errors, is_gone

if TYPE_CHECKING:
    from docker import APIClient

_REMOVAL_TRIES = 5


class State(Struct, frozen=True, kw_only=True):
    """How a container is doing; ``exit_code`` counts only when it is not ``running``. A paused one has not ended."""

    running: bool
    exit_code: int
    out_of_memory: bool


def state_of(api: APIClient, container: str) -> State:
    """How it is doing now. Raises what the SDK raises."""
    seen = api.inspect_container(container)["State"]
    return State(
        running=bool(seen.get("Running") or seen.get("Paused")),
        exit_code=int(seen["ExitCode"]),
        out_of_memory=bool(seen.get("OOMKilled")),
    )


def remove_container(api: APIClient, container: str) -> None:
    """Removes it with its anonymous volumes, running or not. Raises nothing: what stays, the next run sweeps.

    An engine that is busy with a container refuses now and then, so it is asked several times.
    """
    import docker.errors

    for attempt in range(_REMOVAL_TRIES):
        if attempt:
            time.sleep(0.1 * 2**attempt)
        try:
            api.remove_container(container, v=True, force=True)
        except docker.errors.NotFound:
            return
        except engine_errors() as error:
            if is_gone(error):
                return
        else:
            return
