"""Which phases have landed on a branch, with the commits that show it.

The evidence is the first-parent history: what its merges say of the branches they merged, the trailers of commits that
were squashed or rebased, or a commit that the law names. docs/phases.md says what a forged message can do. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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


def brought_back(
    repository: Reader, workflow: Workflow, commit: str, at_law: Landings, ahead: Sequence[Message]
) -> tuple[tuple[str, str], ...]:
    """The reverted phases that would count as landed again once ``ahead`` (newest first) stands on top of ``commit``.

    Each with the commit that says so. A revert of a revert brings a phase back, and so does one that only says it is.
    Raises ``EvaluationError`` as git does.
    """
    saying = [message for message in ahead if claims_of(message).takes_back]
    if not at_law.reverted or not saying:
        return ()
    mainline = repository.mainline(commit, declared_commits(workflow))
    history = _History(workflow.phases, (*saying, *mainline.messages))
    phases = {phase.name: phase for phase in workflow.phases}
    back = (each.phase for each in at_law.reverted if history.landed(phases[each.phase], mainline.held) is not None)
    return tuple((name, saying[0].commit) for name in dict.fromkeys(back))


class _Step(Struct, frozen=True):
    """One commit that brought something of a phase."""

    message: Message
    claims: Claims


class _Taken:
    """What later commits take back, and which one does: by (abbreviated) ids, and by numbers of pull requests."""

    def __init__(self) -> None:
        self._by_length: dict[int, dict[str, str]] = {}  # so that thousands of reverts are not gone through one by one
        self._by_number: dict[str, str] = {}

    def add(self, commit: str, claims: Claims) -> None:
        """Notes what ``commit`` takes back."""
        for id in sorted(claims.reverted_commits):
            self._by_length.setdefault(len(id), {})[id] = commit
        self._by_number |= dict.fromkeys(claims.reverted_numbers, commit)

    def by(self, commit: str, numbers: Iterable[str] = ()) -> str | None:
        """What takes a commit back, or one of the pull requests that it is of; None where nothing does."""
        told = (found.get(commit[:length]) for length, found in self._by_length.items())
        return next((by for by in (*told, *map(self._by_number.get, sorted(numbers))) if by is not None), None)


class _History:
    """A first-parent history, gone through from its newest commit to its oldest.

    So a commit is known to be reverted before it is met, and a revert that was itself reverted takes nothing back.
    """

    def __init__(self, phases: Iterable[Phase], messages: Iterable[Message]) -> None:
        self._by_branch = {phase.branch: phase.name for phase in phases}
        self._names = set(self._by_branch.values())
        self._steps: dict[str, list[_Step]] = {}
        self._taken = _Taken()
        self.reverted: list[Reverted] = []
        for message in messages:
            self._take(message)

    def _take(self, message: Message) -> None:
        claims = claims_of(message)
        names = self._brought(claims)
        by = self._taken.by(message.commit, claims.numbers)
        if by is not None:
            self.reverted += [Reverted(phase=name, commit=message.commit, by=by) for name in names]
            return
        self._taken.add(message.commit, claims)
        for name in names:
            self._steps.setdefault(name, []).append(_Step(message, claims))

    def _brought(self, claims: Claims) -> list[str]:
        """A merge that names its branch speaks for it alone: below stands the pull request's title, anybody's text."""
        if claims.branches:
            merged = (self._by_branch[branch] for branch in claims.branches if branch in self._by_branch)
            return list(dict.fromkeys(merged))
        return [name for name in claims.phases if name in self._names]

    def landed(self, phase: Phase, held: frozenset[str]) -> Landed | None:
        """What shows that a phase is done; None where nothing does."""
        steps = self._steps.get(phase.name)
        if steps:
            return _from_steps(phase, steps)
        if phase.done_at is None or phase.done_at not in held or self._taken.by(phase.done_at) is not None:
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
