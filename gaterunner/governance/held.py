"""The panel that a change's questions are put to: the law's, or the one that ships where the law has none."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Literal

from msgspec import Struct

from gaterunner.config.types import PANEL_PATH
from gaterunner.errors import WorkflowFileError
from gaterunner.governance.reading import read_panel
from gaterunner.governance.types import Panel
from gaterunner.model import Problem
from gaterunner.policies.context import PolicyContext, RepositoryReader, TreeEntry
from gaterunner.policies.plain_files import TooLarge, content, find

DEFAULT = "the panel that ships with gaterunner"
MAX_BYTES = 1_000_000
_KEPT = 16


class Held(Struct, frozen=True, kw_only=True):
    """A panel and where it comes from. ``panel`` is None where what lies there is none, as ``problems`` or ``fault``
    say.

    ``source`` is ``base`` for the law's own file, ``head`` for the branch's at the first adoption, and ``default`` for
    the one that ships.
    """

    panel: Panel | None = None
    source: Literal["base", "head", "default"] = "default"
    path: str = DEFAULT
    problems: tuple[Problem, ...] = ()
    fault: str | None = None


@cache
def default_panel_text() -> bytes:
    """The file that ships, with its comments."""
    return resources.files(__package__).joinpath("panel.yml").read_bytes()


@cache
def default_panel() -> Panel:
    """Twelve members, and Strategy as the chair; docs/panel.md says why each weighs what it weighs."""
    return read_panel(default_panel_text(), DEFAULT)


def panel_of(context: PolicyContext) -> Held:
    """The panel in force for a change: nobody's branch chooses who judges it.

    A policy that calls this reads ``trees``. Raises ``EvaluationError`` when git has no answer.
    """
    adopted = context.law is not None and context.law.source == "head"
    commit = context.change.judged if adopted else context.change.law
    return panel_at(context.repository, commit, source="head" if adopted else "base")


def panel_at(repository: RepositoryReader, commit: str, *, source: Literal["base", "head"] = "base") -> Held:
    """The panel of one commit; the default where it has no file for it. Raises ``EvaluationError``."""
    there = find(repository, commit, PANEL_PATH)
    entry = there.entry
    if entry is None:
        return Held(panel=default_panel())
    if there.fault is not None:
        return Held(source=source, path=PANEL_PATH, fault=there.fault)
    if entry.blob not in _READ:
        if len(_READ) >= _KEPT:
            _READ.clear()
        _READ[entry.blob] = _read(repository, entry)
    panel, problems, fault = _READ[entry.blob]
    return Held(panel=panel, source=source, path=PANEL_PATH, problems=problems, fault=fault)


# By the blob's id, which tells its content.
_READ: dict[str, tuple[Panel | None, tuple[Problem, ...], str | None]] = {}


def _read(repository: RepositoryReader, entry: TreeEntry) -> tuple[Panel | None, tuple[Problem, ...], str | None]:
    data = content(repository, entry, max_bytes=MAX_BYTES)
    if isinstance(data, TooLarge):
        return None, (), data.told
    try:
        return read_panel(data, PANEL_PATH), (), None
    except WorkflowFileError as error:
        return None, error.problems, None
