"""What commit messages say of merges, reverts and phases."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from gaterunner.errors import EvaluationError
from gaterunner.git import raw
from gaterunner.git.command import MISSING_HELP, Git, failure
from gaterunner.policies.context import Mainline, Message

if TYPE_CHECKING:  # which has methods for it
    from gaterunner.git.repository import Repository

# Only these are handed out: of a hundred thousand messages all but a few hundred say nothing of either. git looks for
# words in half the time that it takes for expressions, and what these leave is few enough to be looked at here.
_SPEAKING = re.compile(r"(?aim)^merge|^pull request #|^[^0-9A-Za-z\n]*gaterunner-phase|this reverts |^reverts ")
_WORDS = ("merge", "pull request #", "gaterunner-phase", "reverts ")
_FIELDS = 4
_LONGEST = 1 << 16
"""How much of a message is looked at, in characters."""


def mainline(repository: Repository, commit: str, asked: Iterable[str]) -> Mainline:
    """The first-parent history of a commit; few git processes, whatever its length. Raises ``EvaluationError``."""
    found = _messages(repository.git, commit, "--first-parent")
    cut_off = repository.is_shallow() and _is_cut_off(repository, commit)
    held = frozenset(id for id in dict.fromkeys(asked) if _is_ancestor(repository.git, id, commit))
    return Mainline(messages=found, cut_off=cut_off, held=held)


def messages(git: Git, base: str, head: str) -> tuple[Message, ...]:
    """Those of base..head, newest first; one git process. Raises ``EvaluationError``."""
    return () if base == head else _messages(git, f"{base}..{head}", "--topo-order")


def first_commit(repository: Repository, commit: str) -> str:
    """The commit that a first-parent history begins with; one git process. Raises ``EvaluationError``."""
    found = _first(repository, commit)
    if repository.private.shallow() & {found}:
        raise EvaluationError(f"the history of {commit} is cut off at commit {found}", help=MISSING_HELP)
    return found


def _messages(git: Git, span: str, order: str) -> tuple[Message, ...]:
    data = git.run(
        *("log", "-z", order, "--no-color", "--no-notes", "--encoding=UTF-8"),
        *("--fixed-strings", "--regexp-ignore-case", *(f"--grep={word}" for word in _WORDS)),
        *("--format=tformat:%H%x00%P%x00%ct%x00%B", span, "--"),
        doing=f"reading the messages of {span}",
    )
    texts = [piece.decode("utf-8", "replace") for piece in raw.split(data)]
    if len(texts) % _FIELDS:
        raise EvaluationError(f"git's answer about the messages of {span} ended in the middle of a record")
    rows = [texts[at : at + _FIELDS] for at in range(0, len(texts), _FIELDS)]
    return tuple(
        Message(commit=commit, parents=tuple(parents.split()), committed=raw.time(stamp), text=text[:_LONGEST])
        for commit, parents, stamp, text in rows
        if _SPEAKING.search(text)
    )


def _is_cut_off(repository: Repository, commit: str) -> bool:
    return _first(repository, commit) in repository.private.shallow()


def _first(repository: Repository, commit: str) -> str:
    listed = repository.git.run(
        *("rev-list", "--first-parent", "--max-parents=0", commit, "--"),
        doing=f"looking where the history of {commit} begins",
    )
    return listed.decode("ascii").strip()


def _is_ancestor(git: Git, id: str, commit: str) -> bool:
    """False also for a commit that is not there, as one of another history never is."""
    if git.attempt("cat-file", "-e", f"{id}^{{commit}}").returncode != 0:
        return False
    done = git.attempt("merge-base", "--is-ancestor", id, commit)
    if done.returncode not in (0, 1):
        raise failure(f"looking whether {commit} holds {id}", done)
    return done.returncode == 0
