"""What git says it is about to push, and what of it is judged how. Pure but for what the repository answers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

from gaterunner.errors import EvaluationError, UsageError
from gaterunner.git import Repository
from gaterunner.git.pushing import brings_nothing_new

_BRANCHES = "refs/heads/"
_FIELDS = 4


class PushedRef(Struct, frozen=True, kw_only=True):
    """One line that git gives to a pre-push hook (githooks(5)): what is pushed, and to where.

    ``local`` is what the user named, which need not be a ref (``HEAD~1``). An id of zeros is nothing.
    """

    local: str
    id: str
    remote: str
    remote_id: str

    @property
    def deletes(self) -> bool:
        return not self.id.strip("0")

    @property
    def creates(self) -> bool:
        """True when the remote has no ref of that name yet."""
        return not self.remote_id.strip("0")

    @property
    def branch(self) -> str | None:
        """The branch it will be on the remote; None for a tag and anything else."""
        return self.remote.removeprefix(_BRANCHES) if self.remote.startswith(_BRANCHES) else None


class Judgement(Struct, frozen=True, kw_only=True):
    """One commit to judge under the name that it gets on the remote. ``head`` is how it is named to the run."""

    head: str
    commit: str
    name: str
    branch: str | None
    scope: Literal["gates+policies", "policies"]


class Judgements(Struct, frozen=True):
    """What to judge, and why the rest of a push is not judged."""

    of: tuple[Judgement, ...]
    notes: tuple[str, ...]


def read_pushed(lines: Iterable[str]) -> tuple[PushedRef, ...]:
    """The refs of a push. Raises ``EvaluationError`` for a line that git would not write."""
    return tuple(_read(line.rstrip("\n")) for line in lines if line.strip())


def _read(line: str) -> PushedRef:
    # From the right: what the user named may hold blanks (`HEAD@{1 day ago}`), the other three never do.
    fields = line.rsplit(" ", _FIELDS - 1)
    if len(fields) != _FIELDS or not all(_is_id(each) for each in (fields[1], fields[3])):
        raise EvaluationError(
            f"{line!r} is not what git tells a pre-push hook",
            help="this command is for the hook that `gaterunner hook install` writes: it reads from git what is pushed",
        )
    local, id, remote, remote_id = fields
    return PushedRef(local=local, id=id, remote=remote, remote_id=remote_id)


def _is_id(text: str) -> bool:
    return len(text) in (40, 64) and not text.strip("0123456789abcdef")


def judgements(repository: Repository, pushed: Iterable[PushedRef], *, remote: str, policies_only: bool) -> Judgements:
    """What has to be judged before this may be pushed to the remote of that name.

    Gates run once for a commit, however many refs it is pushed to, and only for the one that is checked out: they run
    in the work tree. Raises ``UsageError`` for any other, and ``EvaluationError`` for what is no commit.
    """
    found: list[Judgement] = []
    notes: list[str] = []
    refs = tuple(pushed)
    if not refs:
        _refuse_what_was_not_named(repository, remote)
    for ref in refs:
        if ref.deletes:
            notes.append(f"{ref.remote} is deleted on {remote}: there is nothing to judge")
            continue
        commit = repository.resolve(ref.id)
        if commit is None:
            raise EvaluationError(
                f"{ref.remote} would be {ref.id[:12]}, which is no commit of this repository and cannot be judged",
                help="push the other refs without it",
            )
        # What moves a branch is judged also when the remote has its commits: on another branch they go further.
        if (ref.branch is None or ref.creates) and brings_nothing_new(repository, commit, remote):
            notes.append(f"{ref.remote}: {remote} has its commits already, so there is nothing to judge")
            continue
        known = any(each.commit == commit and each.scope == "gates+policies" for each in found)
        found.append(_judgement(repository, ref, commit, policies_only=policies_only or known))
    return Judgements(tuple(found), tuple(notes))


def _refuse_what_was_not_named(repository: Repository, remote: str) -> None:
    """git names nothing when all is there already, and so it looks when another command has read what it named."""
    commit = repository.head_commit()
    if commit is not None and not brings_nothing_new(repository, commit, remote):
        raise UsageError(
            f"git named nothing that is pushed, and {remote} lacks {commit[:12]}, which is checked out",
            help="if there was something to push, another command in the hook (git lfs, a loop with read) has read "
            'what git names: keep it first, named=$(cat), and give it to each: printf "%s\\n" "$named" | gaterunner '
            'hook pre-push -- "$@"',
        )


def _judgement(repository: Repository, ref: PushedRef, commit: str, *, policies_only: bool) -> Judgement:
    name = ref.branch or ref.remote
    if not policies_only and commit != repository.head_commit():
        raise UsageError(
            f"{name} would be {commit[:12]}, which is not checked out, and gates run in the work tree",
            help=f"switch to it and push it by itself (git switch {name}; git push), or install the hook for policies "
            "only: gaterunner hook install --check",
        )
    named = ref.local if repository.resolve(ref.local) == commit else commit
    return Judgement(
        head=named,
        commit=commit,
        name=name,
        branch=ref.branch,
        scope="policies" if policies_only else "gates+policies",
    )
