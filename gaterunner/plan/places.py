"""Where a gate runs: in a container of an image, or on this machine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from gaterunner.config.types import Gate, Workflow
from gaterunner.errors import UsageError

Place = Literal["local", "docker"]


def image_of(gate: Gate, workflow: Workflow, executor: Place | None) -> str | None:
    """The image of a gate, None where it runs on this machine. ``executor`` is what ``--executor`` asks for."""
    if executor == "local" or gate.kind == "sentry-clean":
        return None
    if (executor or workflow.executor) == "docker":
        return gate.image or workflow.image
    return gate.image


def left_out(gate: Gate, workflow: Workflow, executor: Place | None) -> str:
    """What to tell of a gate that runs elsewhere than the workflow file says; empty when it does not."""
    image = image_of(gate, workflow, None)
    return f"; not in {image}: --executor local" if executor == "local" and image is not None else ""


def _lacks_one(gate: Gate, workflow: Workflow) -> bool:
    return gate.kind != "sentry-clean" and image_of(gate, workflow, "docker") is None


def check_images(gates: Sequence[Gate], workflow: Workflow) -> None:
    """Raises ``UsageError`` when ``--executor docker`` finds gates without an image."""
    without = list(dict.fromkeys(gate.name for gate in gates if _lacks_one(gate, workflow)))
    if without:
        named = ", ".join(f"`{name}`" for name in without)
        raise UsageError(
            f"--executor docker: no image for {named}",
            help=f"give `workflow.image` in {workflow.path} for all gates, or `image:` for each of these",
        )
