"""From a checkout, the caller's options and GitHub's event to the change that is judged."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from gaterunner.errors import EvaluationError, UsageError
from gaterunner.git import Repository, snapshot
from gaterunner.model import Change, Event

if TYPE_CHECKING:
    from gaterunner.git.fetch import Remote
    from gaterunner.github.events import GitHubEvent

_GUESSES = ("refs/remotes/origin/main", "refs/remotes/origin/master", "refs/heads/main", "refs/heads/master")


class ChangeOptions(Struct, frozen=True, kw_only=True):
    """``base`` and ``head`` are any name of a commit. ``token`` may read the repository where a history is cut off and
    the checkout kept no credentials. ``committed`` leaves out what lies in the work tree and is not committed.
    ``judged`` is a pull request's head or one of its test merges, a full id, whatever is checked out."""

    base: str | None = None
    head: str | None = None
    token: str | None = None
    committed: bool = False
    judged: str | None = None


class _Range(Struct, frozen=True, kw_only=True):
    """What is compared with what, before anything is read of it."""

    event: Event
    base: str
    base_tip: str
    head: str
    judged: str
    law: str | None = None
    merge: str | None = None
    branch: str | None = None
    target: str | None = None
    on_default: bool = False
    notes: tuple[str, ...] = ()


def determine_change(repository: Repository, options: ChangeOptions, event: GitHubEvent | None) -> Change:
    """The change that a run judges; ``event`` is None for a run by hand.

    Fetches what a shallow or partial clone left out (into a private directory: the repository is not written to).
    Raises ``UsageError`` when the options name nothing, ``EvaluationError`` when the checkout does not fit the event or
    objects cannot be had.
    """
    checkout = _Checkout(repository, options)
    found = checkout.local() if event is None else checkout.of_event(event)
    notes = [*found.notes, *checkout.complete(found)]
    judged, dirty = found.judged, False
    if options.head is None and not options.committed:
        taken = snapshot.take(repository, found.judged)
        if taken is not None:
            judged, dirty = taken.commit, taken.commit != found.judged
            notes += taken.notes
    elif options.head is not None and found.judged != repository.head_commit():
        notes.append(f"the work tree is not at the judged commit {found.judged[:12]}, which --head names")
    commits = repository.commits(found.base, found.head)
    files = repository.diff_files(found.base, judged)
    if not commits and not files:
        notes.append(f"nothing lies between {found.base[:12]} and {found.head[:12]}: the change is empty")
    return Change(
        event=found.event,
        base=found.base,
        base_tip=found.base_tip,
        law=found.law or found.base_tip,
        head=found.head,
        judged=judged,
        merge=found.merge,
        branch=found.branch,
        target=found.target,
        on_default=found.on_default,
        dirty=dirty,
        commits=commits,
        files=files,
        notes=tuple(notes),
    )


def named_commit(repository: Repository, option: str, name: str) -> str:
    """The commit that an option names.

    Raises ``UsageError`` where it names none, and where it names several: git takes a tag before a branch, and a local
    branch before one of the remote, and whoever made the commits could have made a tag called main as well, to be
    measured by it.
    """
    found = repository.resolve(name)
    if found is None:
        raise UsageError(
            f"{option} {name} names no commit of this repository",
            help="give a branch, a tag or a commit that `git rev-parse` knows; fetch it first if it is on the remote",
        )
    named = (f"refs/tags/{name}", f"refs/heads/{name}", f"refs/remotes/{name}")
    refs = [ref for ref in named if repository.ref(ref) is not None]
    if len({repository.resolve(ref) for ref in refs}) > 1:
        raise UsageError(
            f"{option} {name} names different commits: {', '.join(refs)}",
            help=f"give the full name of the one that is meant, such as {refs[-1]}, and see who made the others",
        )
    return found


class _Checkout:
    """Finds the range that a checkout stands for, and brings in what is not there."""

    def __init__(self, repository: Repository, options: ChangeOptions) -> None:
        self._repository = repository
        self._options = options
        self._fetched = False

    @cached_property
    def _remote(self) -> Remote:
        from gaterunner.git.fetch import Remote  # a whole clone needs none

        return Remote(self._repository, token=self._options.token)

    # --- by hand -----------------------------------------------------------------------------------------------------

    def local(self) -> _Range:
        """HEAD, or what ``--head`` names, against the remote's default branch, or what ``--base`` names."""
        name = self._options.head or "HEAD"
        if self._options.head is None and self._repository.resolve(name) is None:
            raise UsageError(
                f"the branch {self._repository.current_branch()} has no commit yet", help="commit something first"
            )
        head = named_commit(self._repository, "--head", name)
        branch = self._branch_named(name)
        notes = () if branch is not None else (f"{name} is not a branch: the change has no branch name",)
        found = _Range(event=Event.LOCAL, base=head, base_tip=head, head=head, judged=head, branch=branch, notes=notes)
        target = self._named_base(self._options.base) if self._options.base is not None else self._guessed_base(found)
        return self._against(found, *target)

    def _branch_named(self, name: str) -> str | None:
        if name == "HEAD":
            return self._repository.current_branch()
        short = name.removeprefix("refs/heads/")
        return short if self._repository.ref(f"refs/heads/{short}") is not None else None

    def _named_base(self, name: str) -> tuple[str, str | None, str | None]:
        tip = named_commit(self._repository, "--base", name)
        short = name.removeprefix("refs/").removeprefix("heads/").removeprefix("remotes/").removeprefix("origin/")
        known = (f"refs/heads/{short}", f"refs/remotes/origin/{short}")
        return tip, short if any(self._repository.ref(ref) for ref in known) else None, None

    def _guessed_base(self, found: _Range) -> tuple[str, str | None, str | None]:
        """Tip, short name and a note on the guess."""
        default = self._repository.symref("refs/remotes/origin/HEAD")
        if default is not None and not default.startswith("refs/remotes/origin/"):
            default = None  # git never makes it so, and a branch of this checkout is no one's to be measured by
        for ref in (default, *_GUESSES):
            tip = self._repository.ref(ref) if ref is not None else None
            if ref is None or tip is None:
                continue
            short = ref.removeprefix("refs/remotes/origin/").removeprefix("refs/heads/")
            guessed = f"compared with {ref.removeprefix('refs/remotes/').removeprefix('refs/heads/')}"
            return tip, short, None if ref == default else f"{guessed}, as origin/HEAD is not known"
        raise UsageError(
            f"there is nothing to compare {found.branch or found.head[:12]} with: "
            "no origin/HEAD, origin/main, origin/master, main or master",
            help="name the commit or branch that the change starts from with --base",
        )

    def _against(self, found: _Range, tip: str, target: str | None, note: str | None = None) -> _Range:
        """The range from the common ancestor with ``tip``."""
        if tip == found.head:
            base: str | None = tip
        else:
            self._deepen(tip, found.head)
            base = self._repository.merge_base(tip, found.head)
        if base is None:
            raise EvaluationError(
                f"{found.head[:12]} and its base {target or tip[:12]} have no common ancestor",
                help="rebase the branch onto the base, or name another base with --base",
            )
        notes = (*found.notes, note) if note else found.notes
        return replace(found, base=base, base_tip=tip, target=target, notes=notes)

    # --- on GitHub ---------------------------------------------------------------------------------------------------

    def of_event(self, event: GitHubEvent) -> _Range:
        """What the event is about, which must be what is checked out."""
        if self._options.head is not None:
            raise UsageError(f"--head cannot be given on the event {event.name}", help="GitHub says what the head is")
        found = self._pull_request(event) if event.is_pull_request else self._of_branch(event)
        if self._options.base is None:
            return found
        return self._against(found, *self._named_base(self._options.base))

    def _head(self, event: GitHubEvent) -> str:
        head = self._repository.head_commit()
        if head is None:
            raise EvaluationError("nothing is checked out", help="run actions/checkout before gaterunner")
        if not event.is_pull_request and head != event.head_sha:
            raise EvaluationError(
                f"the checkout is of {head[:12]}, but the event {event.name} is about {event.head_sha[:12]}",
                help="check out with actions/checkout without `ref`, and commit nothing before gaterunner runs",
            )
        return head

    def _pull_request(self, event: GitHubEvent) -> _Range:
        checked_out, target = self._options.judged or self._head(event), event.base_branch or ""
        # A law that has changed since the merge was made holds for what is judged later.
        law = self._tip(target) if self._options.judged else None
        if self._options.judged:
            self._deepen(checked_out, event.head_sha)
        found = _Range(
            event=Event.PULL_REQUEST,
            base=checked_out,
            base_tip=checked_out,
            head=event.head_sha,
            judged=checked_out,
            branch=event.head_branch,
            target=target,
            law=law,
        )
        if checked_out == event.head_sha:
            return self._against(found, self._tip(target), target)
        parents = self._repository.parents(checked_out)
        if len(parents) != 2 or parents[1] != event.head_sha:  # noqa: PLR2004 -- a test merge has two parents
            raise _other_checkout(event, checked_out)
        base = parents[0]
        if checked_out != event.sha:
            self._check_test_merge(event, checked_out, base)
        self._deepen(base, event.head_sha)
        return replace(found, base=base, base_tip=base, merge=checked_out)

    def _check_test_merge(self, event: GitHubEvent, checked_out: str, base: str) -> None:
        """A merge that is not the one of the event may be the branch's own, with a first parent (the law!) it chose."""
        if not event.policies_only:
            raise _other_checkout(event, checked_out)
        tip = self._tip(event.base_branch or "")
        self._deepen(base, tip)
        if self._repository.merge_base(base, tip) != base:
            raise _other_checkout(event, checked_out)

    def _of_branch(self, event: GitHubEvent) -> _Range:
        head = self._head(event)
        kind = Event.MERGE_GROUP if event.name == "merge_group" else Event.PUSH
        found = _Range(event=kind, base=head, base_tip=head, head=head, judged=head, branch=event.head_branch)
        if kind is Event.MERGE_GROUP:
            return self._against(found, self._tip(event.base_branch or ""), event.base_branch)
        found = replace(
            found, on_default=event.default_branch is not None and event.default_branch == event.head_branch
        )
        if event.before is None:
            return self._new_branch(found, event)
        return self._pushed(found, event, event.before)

    def _new_branch(self, found: _Range, event: GitHubEvent, note: str | None = None) -> _Range:
        if event.default_branch is None or event.default_branch == event.head_branch:
            return replace(found, notes=(*found.notes, note)) if note else found
        return self._against(found, self._tip(event.default_branch), event.default_branch, note)

    def _pushed(self, found: _Range, event: GitHubEvent, before: str) -> _Range:
        try:
            if self._repository.resolve(before) is None:
                self._fetch_history(before, found.head)
            self._deepen(before, found.head)
        except EvaluationError:
            if not event.forced:
                raise
            return self._new_branch(found, event, f"the push replaced {before[:12]}, which is gone")
        if event.default_branch is not None and event.default_branch != event.head_branch:
            found = replace(found, law=self._tip(event.default_branch))
        base = self._repository.merge_base(before, found.head)
        if base is None:
            return self._new_branch(found, event, f"the push replaced {before[:12]}, which has another history")
        notes = (f"the push replaced {before[:12]}",) if base != before else ()
        return replace(found, base=base, base_tip=before, notes=(*found.notes, *notes))

    # --- what is not there -------------------------------------------------------------------------------------------

    def _tip(self, branch: str) -> str:
        known = self._repository.ref(f"refs/remotes/origin/{branch}")
        if known is not None:
            return known
        self._fetched = True
        return self._remote.branch(branch)

    def _deepen(self, *commits: str) -> None:
        if self._repository.is_shallow() or not self._repository.holds(*commits):
            self._fetch_history(*commits)

    def _fetch_history(self, *commits: str) -> None:
        self._fetched = True
        self._remote.history(*commits)

    def complete(self, found: _Range) -> tuple[str, ...]:
        """Brings in the contents of the range where they may be missing; says so when something was fetched."""
        if self._fetched or self._repository.is_partial():
            self._remote.contents(
                found.base, found.judged, whole=(found.base, found.base_tip, found.law or found.base_tip)
            )
        return ("a part of the history was fetched, as the clone does not hold all of it",) if self._fetched else ()


def _other_checkout(event: GitHubEvent, checked_out: str) -> EvaluationError:
    return EvaluationError(
        f"the checkout is of {checked_out[:12]}, which is neither the head {event.head_sha[:12]} of pull request "
        f"#{event.number} nor its test merge",
        help="check out with actions/checkout without `ref`, or with "
        "`ref: ${{ github.event.pull_request.head.sha }}`; if the branch has moved since, its newer run judges it",
    )
