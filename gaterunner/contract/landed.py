"""Which phases have landed on a branch, with the commits that show it.

The evidence is the first-parent history: what its merges say of the branches they merged, the trailers of commits that
were squashed or rebased, or a commit that the law names. docs/phases.md says what a forged message can do. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal, Protocol

from msgspec import Struct

from gaterunner.config.problems import listed, quoted
from gaterunner.contract.merge_messages import TRAILER, Claims, claims_of
from gaterunner.errors import EvaluationError

if TYPE_CHECKING:
    from gaterunner.config.types import Phase, Workflow
    from gaterunner.policies.context import Mainline, Message

Kind = Literal["merge", "squash", "rebase", "declared"]

CUT_OFF_HELP = (
    "check out with the whole history: actions/checkout with `fetch-depth: 0`, or locally `git fetch --unshallow`"
)
_SHORT = 12


class Landed(Struct, frozen=True, kw_only=True):
    """A phase that has landed. ``commit`` shows it: the newest of ``commits``, or the one that the law names.

    ``commits`` are all commits of the first-parent history that brought it and were not reverted, newest first: to
    take the phase back they are to be reverted in this order. It is empty where the law names the commit. ``evidence``
    is a sentence.
    """

    phase: str
    commit: str
    kind: Kind
    evidence: str
    commits: tuple[str, ...] = ()


class Reverted(Struct, frozen=True, kw_only=True):
    """A phase that had landed with ``commit``, which ``by`` took back."""

    phase: str
    commit: str
    by: str


class Landings(Struct, frozen=True, kw_only=True):
    """What a history says of the phases, each in the order of the workflow.

    ``unknown`` are those it says nothing of where its older part is not there.
    """

    landed: tuple[Landed, ...] = ()
    reverted: tuple[Reverted, ...] = ()
    unknown: tuple[str, ...] = ()


class Reader(Protocol):
    """What is asked of a repository."""

    def mainline(self, commit: str, asked: Iterable[str] = ()) -> Mainline: ...


def landed(repository: Reader, workflow: Workflow, commit: str) -> tuple[Landed, ...]:
    """The phases that the history of ``commit`` shows to be done, in the order of the workflow.

    Raises ``EvaluationError`` when git has no answer, and when the history is cut off before all are found.
    """
    found = landings(repository, workflow, commit)
    refuse_unknown(found.unknown, commit)
    return found.landed


def refuse_unknown(unknown: Iterable[str], commit: str) -> None:
    """Raises ``EvaluationError`` for phases that a cut-off history says nothing of; the others are no matter."""
    names = [quoted(name) for name in unknown]
    if names:
        raise EvaluationError(
            f"the history of {commit[:_SHORT]} is cut off (a shallow clone), so it cannot be told whether "
            f"{listed(names, last='and')} landed",
            help=CUT_OFF_HELP,
        )


def declared_commits(workflow: Workflow) -> tuple[str, ...]:
    """The commits that the law names as having completed a phase: what ``mainline`` is to be asked for."""
    return tuple(phase.done_at for phase in workflow.phases if phase.done_at is not None)


def landings(repository: Reader, workflow: Workflow, commit: str) -> Landings:
    """Everything that the history of ``commit`` says of the phases. Raises ``EvaluationError`` as git does."""
    if not workflow.phases:
        return Landings()
    mainline = repository.mainline(commit, declared_commits(workflow))
    history = _History(workflow.phases, mainline.messages)
    found = {phase.name: history.landed(phase, mainline.held) for phase in workflow.phases}
    back = {reverted.phase: reverted for reverted in history.reverted}
    open_ends = [name for name, each in found.items() if each is None and name not in back]
    return Landings(
        landed=tuple(each for each in found.values() if each is not None),
        reverted=tuple(back[name] for name, each in found.items() if each is None and name in back),
        unknown=tuple(open_ends) if mainline.cut_off else (),
    )


class _Step(Struct, frozen=True):
    """One commit that brought something of a phase."""

    message: Message
    claims: Claims


class _History:
    """A first-parent history, gone through from its newest commit to its oldest.

    So a commit is known to be reverted before it is met, and a revert that was itself reverted takes nothing back.
    """

    def __init__(self, phases: Iterable[Phase], messages: Iterable[Message]) -> None:
        self._by_branch = {phase.branch: phase.name for phase in phases}
        self._names = set(self._by_branch.values())
        self._steps: dict[str, list[_Step]] = {}
        self._void: dict[str, str] = {}  # what takes back, by the (abbreviated) id of a commit
        self._void_numbers: dict[str, str] = {}
        self.reverted: list[Reverted] = []
        for message in messages:
            self._take(message)

    def _take(self, message: Message) -> None:
        claims = claims_of(message)
        names = self._brought(claims)
        by = self._taken_back(message.commit, claims)
        if by is not None:
            self.reverted += [Reverted(phase=name, commit=message.commit, by=by) for name in names]
            return
        self._void |= dict.fromkeys(claims.reverted_commits, message.commit)
        self._void_numbers |= dict.fromkeys(claims.reverted_numbers, message.commit)
        for name in names:
            self._steps.setdefault(name, []).append(_Step(message, claims))

    def _brought(self, claims: Claims) -> list[str]:
        """A merge that names its branch speaks for it alone: below stands the pull request's title, anybody's text."""
        if claims.branches:
            merged = (self._by_branch[branch] for branch in claims.branches if branch in self._by_branch)
            return list(dict.fromkeys(merged))
        return [name for name in claims.phases if name in self._names]

    def _taken_back(self, commit: str, claims: Claims) -> str | None:
        found = next((by for id, by in self._void.items() if commit.startswith(id)), None)
        numbers = claims.numbers & self._void_numbers.keys()
        return found or next((self._void_numbers[number] for number in numbers), None)

    def landed(self, phase: Phase, held: frozenset[str]) -> Landed | None:
        """What shows that a phase is done; None where nothing does."""
        steps = self._steps.get(phase.name)
        if steps:
            return _from_steps(phase, steps)
        if phase.done_at is None or phase.done_at not in held or self._taken_back(phase.done_at, Claims()):
            return None
        return Landed(
            phase=phase.name,
            commit=phase.done_at,
            kind="declared",
            evidence=f"`done-at` of the law names {phase.done_at[:_SHORT]}, which the history holds",
        )


def _from_steps(phase: Phase, steps: list[_Step]) -> Landed:
    newest = steps[0]
    sha = newest.message.commit[:_SHORT]
    subject = quoted(newest.message.text.partition("\n")[0].strip())
    if len(newest.message.parents) > 1:
        kind: Kind = "merge"
        said = f"merges {quoted(phase.branch)}" if newest.claims.branches else f"bears `{TRAILER}: {phase.name}`"
        evidence = f"{sha} {said}: {subject}"
    else:
        kind = "squash" if len(steps) == 1 else "rebase"
        said = "bears" if len(steps) == 1 else f"and {len(steps) - 1} more bear"
        evidence = f"{sha} {said} `{TRAILER}: {phase.name}`: {subject}"
        if phase.branch in newest.claims.branches:
            evidence = f"{sha} is what became of {quoted(phase.branch)}: {subject}"
    return Landed(
        phase=phase.name,
        commit=newest.message.commit,
        kind=kind,
        evidence=evidence,
        commits=tuple(step.message.commit for step in steps),
    )
