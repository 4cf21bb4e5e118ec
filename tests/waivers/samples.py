"""A change, findings, and a forge whose reviews a test writes down."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from gaterunner.errors import EvaluationError
from gaterunner.model import Change, Commit, Event, FileChange, Finding, Outcome, PolicyResult, Severity
from gaterunner.policies.forge import Authorship, CommitChecks, Protection, PullRequest, Review
from gaterunner.waivers import Waiver

HEAD, BASE, OTHER = "a1" * 20, "b2" * 20, "c3" * 20
BLOB, OLD_BLOB, GONE = "d4" * 20, "e5" * 20, "0" * 40
TODAY = date(2026, 1, 15)


def commit(sha: str = HEAD, *parents: str, **who: str) -> Commit:
    fields = {
        "author": "Agent",
        "author_email": "agent@example.invalid",
        "committer": "Agent",
        "committer_email": "agent@example.invalid",
        **who,
    }
    return Commit(
        sha=sha,
        parents=parents or (BASE,),
        authored="2026-01-14T12:00:00Z",
        committed="2026-01-14T12:00:00Z",
        subject="Work",
        **fields,
    )


def change(**more: Any) -> Change:
    """``key.pem`` was edited and ``gone.py`` deleted in one commit."""
    fields: dict[str, Any] = {
        "event": Event.PULL_REQUEST,
        "base": BASE,
        "base_tip": BASE,
        "law": BASE,
        "head": HEAD,
        "judged": OTHER,
        "merge": OTHER,
        "branch": "feat/x",
        "target": "main",
        "dirty": False,
        "commits": (commit(),),
        "files": (file("key.pem"), file("gone.py", new_blob=GONE)),
        **more,
    }
    return Change(**fields)


def file(path: str, *, new_blob: str = BLOB) -> FileChange:
    return FileChange(
        path=path,
        status="D" if new_blob == GONE else "M",
        old_mode="100644",
        new_mode="100644",
        old_blob=OLD_BLOB,
        new_blob=new_blob,
    )


def finding(rule: str = "secret/private-key", path: str | None = "key.pem", **more: Any) -> Finding:
    return Finding(**{"rule": rule, "severity": Severity.ERROR, "message": "it is there", "path": path, **more})


def failed(*findings: Finding, name: str = "no-secret-changes") -> PolicyResult:
    return PolicyResult(name=name, outcome=Outcome.FAILED, reason="it is there", findings=findings)


def waiver(**more: Any) -> Waiver:
    fields: dict[str, Any] = {
        "rule": "secret/private-key",
        "path": "key.pem",
        "content": BLOB,
        "reason": "a test key",
        "by": "hopper",
        "expires": date(2026, 3, 1),
        "line": 2,
        **more,
    }
    return Waiver(**fields)


def review(author: str | None, state: Any = "APPROVED", *, commit: str | None = HEAD, **more: Any) -> Review:
    fields: dict[str, Any] = {
        "id": 1,
        "author": author,
        "is_person": True,
        "state": state,
        "commit": commit,
        "body": "",
        "submitted": "2026-01-15T12:00:00Z",
        "url": f"https://forge.invalid/{author}",
        **more,
    }
    return Review(**fields)


class Reviewed:
    """A forge with one pull request by ``agent``, who wrote and committed everything unless ``wrote`` says otherwise.

    Everybody but ``outsider`` may write. ``heads`` are further pull requests with reviews of their own.
    """

    def __init__(
        self,
        *reviews: Review,
        author: str | None = "agent",
        wrote: tuple[Authorship, ...] | None = None,
        is_down: bool = False,
        others: Mapping[str, tuple[int, tuple[Review, ...]]] | None = None,
        edited: frozenset[str] | EvaluationError = frozenset(),
    ) -> None:
        self.author = author
        self.wrote = wrote
        self.is_down = is_down
        self.edited = edited
        self.pulls = {HEAD: (7, reviews), **(others or {})}

    def pull_request(self, number: int) -> PullRequest:
        head = next(head for head, (known, _) in self.pulls.items() if known == number)
        return PullRequest(number=number, merged=False, target="main", merge_commit=None, head=head, author=self.author)

    def pull_requests_of(self, commit: str) -> tuple[PullRequest, ...]:
        return (self.pull_request(self.pulls[commit][0]),) if commit in self.pulls else ()

    def reviews(self, number: int) -> tuple[Review, ...]:
        if self.is_down:
            raise EvaluationError("GitHub did not answer", help="try again")
        return next(reviews for known, reviews in self.pulls.values() if known == number)

    def unedited_reviews(self, number: int) -> frozenset[str]:
        if isinstance(self.edited, EvaluationError):
            raise self.edited
        return frozenset(review.url for review in self.reviews(number)) - self.edited

    def may_write(self, login: str) -> bool:
        return login != "outsider"

    def authorship(self, number: int) -> tuple[Authorship, ...]:
        if self.wrote is not None:
            return self.wrote
        head = self.pull_request(number).head
        return (Authorship(commit=head, author="agent", committer="agent"),)

    def protection(self, branch: str) -> Protection:
        raise NotImplementedError

    def checks_of(self, commit: str) -> CommitChecks:
        raise NotImplementedError
