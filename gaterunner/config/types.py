"""What a workflow file says, as frozen types. No parsing here (``grammar.py``) and no IO."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from gaterunner.model import Mode

DEFAULT_PATH = ".gaterunner.yml"
DEFAULT_TIMEOUT_S = 30 * 60.0


class Position(Struct, frozen=True):
    """Where something stands in the workflow file; both count from 1."""

    line: int
    column: int


class Gate(Struct, frozen=True, kw_only=True):
    """One declared gate. ``run`` is None for a bare name: ``conventions`` finds its command.

    ``needs`` is None when not given: the gate then follows the one above it in the list. ``timeout_s`` is in seconds.
    ``paths`` and ``tests`` are globs relative to the repository's root and to ``cwd`` respectively.
    """

    name: str
    position: Position
    kind: str = "command"
    run: str | None = None
    shell: Literal["bash", "sh"] = "bash"
    cwd: str = "."
    env: tuple[tuple[str, str], ...] = ()
    timeout_s: float = DEFAULT_TIMEOUT_S
    needs: tuple[str, ...] | None = None
    paths: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    advisory: bool = False


class DeclaredPolicy(Struct, frozen=True, kw_only=True):
    """One declared policy with its decoded options (the ``Options`` type of its kind)."""

    name: str
    options: Struct
    position: Position


class Workflow(Struct, frozen=True, kw_only=True):
    """A whole workflow file after every check that needs nothing but the file itself."""

    path: str
    mode: Mode
    phases: tuple[str, ...]
    gates: tuple[Gate, ...]
    policies: tuple[DeclaredPolicy, ...]
