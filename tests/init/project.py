"""What a fresh repository of a stack is, for tests."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from gaterunner.model import Outcome
from tests.init.fakes import Look


class Sabotage(Struct, frozen=True, kw_only=True):
    """A change for the worse, and the first ``gate`` that is to find it.

    ``told`` is text of its reason, findings or output, and ``failed`` how many tests its results tell as failed.
    """

    files: Mapping[str, str | None]
    gate: str = "unit"
    told: str
    outcome: Outcome = Outcome.FAILED
    failed: int | None = None


class Project(Struct, frozen=True, kw_only=True):
    """``gates`` are the names and commands that ``init`` is to find; ``breaking`` makes the gate ``broken`` fail.

    ``tools`` are fakes that play with ``breaking``. ``toolchain`` is the real one of ``toolchains.TOOLCHAINS`` that
    plays with ``sabotages``, after ``prepared`` made ready what somebody commits with the rest. ``action`` is the
    variant of our action. ``proven`` says that results are read, ``tests`` how many of them the real toolchain leaves.
    """

    files: Mapping[str, str]
    gates: Mapping[str, str]
    breaking: Mapping[str, str] = {}
    broken: str = "unit"
    tools: Mapping[str, Mapping[str, Look]] = {}
    toolchain: str = ""
    prepared: tuple[str, ...] = ()
    sabotages: Mapping[str, Sabotage] = {}
    tests: int = 2
    steps: tuple[str, ...] = ()
    action: str = "org/gaterunner/host@v1"
    proven: bool = True
