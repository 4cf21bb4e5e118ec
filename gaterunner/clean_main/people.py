"""Whether commits tell who made them, and when.

git takes a name, an address and a date as it is told them, and proves none of them: what is looked for here are the
ones that cannot be true or name nobody, as left by a machine without settings or by somebody who hides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from gaterunner.clean_main.findings import SHORT, count, found, some
from gaterunner.model import Commit, Finding, Severity

GIT_BEGAN = "2005-04-07T00:00:00Z"
"""The day of git's own first commit: no commit was made before."""

_FORMAT = "%Y-%m-%dT%H:%M:%SZ"
_CLOCKS_MAY_BE_OFF = timedelta(days=1)  # also a local time that was written down as UTC
_NOBODY = frozenset(
    (
        "",
        "anonymous",
        "author name",
        "first last",
        "name",
        "no author",
        "(no author)",
        "no-reply",
        "nobody",
        "none",
        "noreply",
        "null",
        "root",
        "test",
        "test user",
        "undefined",
        "unknown",
        "user",
        "user name",
        "username",
        "you",
        "your name",
    )
)
_NOBODYS_ADDRESS = re.compile(
    r".*@example\.(?:com|org|net)"  # set aside for documentation (RFC 2606): no mail arrives there
    r"|.*@your[._-]?(?:domain|company|email)\..*|.*@(?:email|domain)\.com"
    r"|your[._-]?(?:name|email|mail)@.*|test@test\..*|foo@bar\..*"
    r"|(?:none|unknown|nobody|null|undefined)@.*|.*@(?:none|unknown|null|undefined)",
    re.IGNORECASE,
)
_NO_REPLY = re.compile(r"no-?reply@", re.IGNORECASE)
_MACHINE_ITSELF = re.compile(r"(?:.*\.)?(?:localhost|localdomain|localdomain4|localdomain6|\(none\))", re.IGNORECASE)
# What git makes up from a machine's name: no dot at all, or an ending that only a local network knows.
_MACHINES_NAME = re.compile(r"[^.]+|.*\.(?:local|lan|home|internal|attlocal\.net)", re.IGNORECASE)
# What turns text around or controls a terminal, so that a name is not what it shows.
_MISLEADING = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
# What shows nothing. Real names have some, left over from copying: one of wagtail's maintainers does.
_UNSEEN = re.compile("[\u200b-\u200f\u2060-\u2064\ufeff]")
_FORGES_OWN = ("github", "noreply@github.com")  # commits whatever is merged or edited on the web
_HELP = (
    "Set `git config user.name` and `user.email` to whoever made the commits, then `git rebase -r {parent} --exec "
    "'git commit --amend --no-edit --reset-author'` and push with --force-with-lease."
)
_DATE_HELP = (
    "Set the clock of the machine right, then write the commits anew: `git rebase -r {parent} --exec "
    "'git commit --amend --no-edit --date=now'`."
)


class _Identity(Struct, frozen=True):
    role: str
    name: str
    email: str


class _Fault(Struct, frozen=True):
    what: str
    severity: Severity = Severity.ERROR


def unattributable(commits: Iterable[Commit]) -> Iterator[Finding]:
    """One finding per name and address that stands for nobody, whatever the number of its commits."""
    seen: dict[_Identity, list[Commit]] = {}
    for commit in commits:
        seen.setdefault(_Identity("author", commit.author, commit.author_email), []).append(commit)
        if (commit.committer, commit.committer_email) != (commit.author, commit.author_email):
            seen.setdefault(_Identity("committer", commit.committer, commit.committer_email), []).append(commit)
    for identity, theirs in seen.items():
        fault = _fault(identity)
        if fault is not None:
            oldest = theirs[-1]
            yield found(
                "unattributable",
                fault.severity,
                f"the {identity.role} `{identity.name} <{identity.email}>` of {_of(theirs)}: {fault.what}",
                help=_HELP.format(parent=_parent(oldest)),
                stable=f"{identity.role}\0{identity.name}\0{identity.email}",
                commit=oldest.sha,
            )


def _fault(identity: _Identity) -> _Fault | None:
    if _MISLEADING.search(identity.name + identity.email) or _UNSEEN.search(identity.email):
        return _Fault("characters that cannot be seen, so that it can look like another")
    name, email = " ".join(_UNSEEN.sub("", identity.name).split()), identity.email.strip()
    if not name:
        return _Fault("no name")
    fault = _fault_of_address(email)
    if fault is not None and fault.severity is Severity.ERROR:
        return fault
    if _UNSEEN.search(identity.name):
        return _Fault("characters in the name that cannot be seen", Severity.WARNING)
    if name.casefold() not in _NOBODY:
        return fault
    # Whoever can be written to can be asked, also under a name that is none.
    nobody = fault is not None or _NO_REPLY.match(email)
    return _Fault("a name that stands for nobody", Severity.ERROR if nobody else Severity.WARNING)


def _fault_of_address(email: str) -> _Fault | None:
    local, _, domain = email.rpartition("@")
    if not local or not domain:
        return _Fault("not an address" if email else "no address")
    if local.casefold() == "root":
        return _Fault("a machine's root is nobody")
    if _MACHINE_ITSELF.fullmatch(domain):
        return _Fault("the address of every machine")
    if _NOBODYS_ADDRESS.fullmatch(email):
        return _Fault("an address that stands for nobody")
    if _MACHINES_NAME.fullmatch(domain):
        return _Fault("an address that git made up from the name of a machine", Severity.WARNING)
    return None


def dates(commits: Iterable[Commit], now: datetime) -> Iterator[Finding]:
    """One finding per kind of date that cannot be: before git, or after ``now`` and what clocks may be off."""
    latest = (now.astimezone(UTC) + _CLOCKS_MAY_BE_OFF).strftime(_FORMAT)
    early: list[Commit] = []
    late: list[Commit] = []
    for commit in commits:
        stated = (commit.authored, commit.committed)
        if any(_is_later(latest, date) for date in stated):
            late.append(commit)
        elif any(_is_later(date, GIT_BEGAN) for date in stated):
            early.append(commit)
    for theirs, what in ((late, "in the future"), (early, "before git was there (7 April 2005)")):
        if theirs:
            oldest = theirs[-1]
            yield found(
                "commit-date",
                Severity.ERROR,
                f"{_of(theirs)}, written {oldest.authored}, committed {oldest.committed}: {what}",
                help=_DATE_HELP.format(parent=_parent(oldest)),
                stable=what,
                commit=oldest.sha,
            )


def _is_later(first: str, second: str) -> bool:
    """Whether the second of two times is later; a year of more digits is later than any of four."""
    return (len(first), first) < (len(second), second)


def other_committers(commits: Iterable[Commit]) -> Iterator[Finding]:
    """Tells, once for all commits, who committed the work of others; a forge that merges for somebody is no other."""
    others = [
        commit
        for commit in commits
        if commit.author_email.casefold() != commit.committer_email.casefold()
        and (commit.committer.casefold(), commit.committer_email.casefold()) != _FORGES_OWN
    ]
    if not others:
        return
    people = sorted({f"{commit.committer} <{commit.committer_email}>" for commit in others})
    yield found(
        "other-committer",
        Severity.NOTICE,
        f"{count(len(others), 'commit')} committed by another than the author: {some(people)}",
        stable="\0".join(people),
        commit=others[-1].sha,
    )


def _of(commits: list[Commit]) -> str:
    oldest = commits[-1].sha[:SHORT]
    return f"commit {oldest}" if len(commits) == 1 else f"{count(len(commits), 'commit')}, the oldest {oldest}"


def _parent(commit: Commit) -> str:
    return f"{commit.sha[:SHORT]}^" if commit.parents else "--root"
