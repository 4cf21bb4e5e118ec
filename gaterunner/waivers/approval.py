"""Whether somebody else approved exactly this head: who did, and why others' reviews do not count.

An approval counts when it is the latest word of a person with write access, was given on the judged head, and the
person neither opened the pull request nor wrote or committed any of its commits. Whatever cannot be told (a commit that
belongs to no account, a list that is cut) makes it count for nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from gaterunner.errors import EvaluationError
from gaterunner.model import Change, Event
from gaterunner.policies.forge import Authorship, Forge, Review
from gaterunner.waivers.queue import queued_pull_requests

_LINE = re.compile(r"[ \t]{0,3}waive[ \t]+(?P<about>[^\s:](?:.*?[^\s])?)[ \t]*:[ \t]+(?P<reason>\S.*)", re.IGNORECASE)
_FENCE = re.compile(r"[ \t]{0,3}(?:```|~~~)")
_MOST_LINES = 100


class WaiveLine(Struct, frozen=True):
    """One line ``waive RULE [PATH]: reason`` of an approving review."""

    rule: str
    path: str | None
    reason: str


class Approver(Struct, frozen=True, kw_only=True):
    """A person whose approval counts. ``url`` leads to the review, ``lines`` are what it lets through by name."""

    login: str
    url: str
    lines: tuple[WaiveLine, ...] = ()


class Approval(Struct, frozen=True, kw_only=True):
    """What the reviews of a pull request say about one head.

    ``approvers`` is empty when nobody's approval counts; ``refused`` then says why those that were given do not, a
    sentence each. ``branch_logins`` are the accounts of who opened, wrote or committed the branch. In a merge queue
    ``heads`` are those of all pull requests in the group, and each of them has an approver.
    """

    heads: tuple[str, ...]
    approvers: tuple[Approver, ...] = ()
    refused: tuple[str, ...] = ()
    branch_logins: tuple[str, ...] = ()


def find_approval(forge: Forge | None, number: int | None, change: Change) -> Approval | None:
    """The approvals that count for the head of ``change``, of pull request ``number`` or of the merge queue's.

    None where there is no pull request, or no forge to ask. Where the forge gives no answer nobody's approval counts,
    and ``refused`` says so.
    """
    queued = change.event is Event.MERGE_GROUP
    if forge is None or (number is None and not queued):
        return None
    try:
        if queued:
            pull_requests = queued_pull_requests(forge, change)
            return _together([_of_pull_request(forge, each.number, each.head) for each in pull_requests])
        if number is not None and not change.dirty:
            return _of_pull_request(forge, number, change.head)
    except EvaluationError as error:
        return Approval(heads=(change.head,), refused=(f"who approved cannot be told: {error.line}",))
    return Approval(heads=(change.head,), refused=("the work tree holds edits that nobody can have reviewed",))


def _of_pull_request(forge: Forge, number: int, head: str) -> Approval:
    """The approvals of one pull request that count for ``head``."""
    latest = latest_reviews(forge.reviews(number))
    approving = [review for review in latest if review.state == "APPROVED"]
    if not approving:
        # Nobody approved, but whose branch it is matters to entries of the waivers file all the same.
        return Approval(heads=(head,), branch_logins=_known_logins(forge, number))
    author, commits = forge.pull_request(number).author, forge.authorship(number)
    branch = _logins(author, commits)
    unknown = tuple(_unknown(author, commits, head))
    if unknown:
        return Approval(heads=(head,), refused=unknown, branch_logins=branch)
    approvers, refused = [], []
    for review in approving:
        why = _why_not(review, head, branch, forge)
        if why:
            refused.append(why)
        else:
            approvers.append(Approver(login=review.author or "", url=review.url, lines=tuple(waive_lines(review.body))))
    objections = tuple(_objections(latest, forge)) if approvers else ()
    if objections:
        return Approval(heads=(head,), refused=(*objections, *refused), branch_logins=branch)
    kept, distrusted = _own_words(forge, number, approvers)
    return Approval(heads=(head,), approvers=kept, refused=(*refused, *distrusted), branch_logins=branch)


def _logins(author: str | None, commits: tuple[Authorship, ...]) -> tuple[str, ...]:
    found = {author, *(login for each in commits for login in (each.author, each.committer))}
    return tuple(sorted(login for login in found if login))


def _known_logins(forge: Forge, number: int) -> tuple[str, ...]:
    """The accounts behind the branch; none where the forge does not tell, since git's own names are known besides."""
    try:
        return _logins(forge.pull_request(number).author, forge.authorship(number))
    except EvaluationError:
        return ()


def _own_words(forge: Forge, number: int, approvers: list[Approver]) -> tuple[tuple[Approver, ...], list[str]]:
    """The approvers with the lines that are their own, and why others are not taken for theirs.

    Whoever may write may edit others' reviews, so a line alone does not say who wrote it. That somebody approved cannot
    be edited.
    """
    if not any(approver.lines for approver in approvers):
        return tuple(approvers), []
    try:
        unedited = forge.unedited_reviews(number)
    except EvaluationError as error:
        why = f"whether somebody else edited reviews cannot be told, so their lines do not count: {error.message}"
        return tuple(replace(approver, lines=()) for approver in approvers), [why]
    others = [approver for approver in approvers if approver.lines and approver.url not in unedited]
    kept = tuple(replace(approver, lines=()) if approver in others else approver for approver in approvers)
    return kept, [
        f"{each.login}'s review may have been edited by somebody else, so its lines do not count" for each in others
    ]


def _together(approvals: list[Approval]) -> Approval:
    """The approval of a whole merge group: everybody's, where every pull request in it has one.

    What a review lets through by name it has seen in its own pull request, which the group's findings do not tell
    apart; so those lines count only where the group is that pull request.
    """
    if len(approvals) == 1:
        return approvals[0]
    complete = all(approval.approvers for approval in approvals)
    everybody = [approver for approval in approvals for approver in approval.approvers] if complete else []
    missing = [
        f"the queued head {each.heads[0][:12]} has no approval that counts" for each in approvals if not each.approvers
    ]
    return Approval(
        heads=tuple(head for approval in approvals for head in approval.heads),
        approvers=tuple(Approver(login=each.login, url=each.url) for each in everybody),
        refused=(*missing, *(why for approval in approvals for why in approval.refused)),
        branch_logins=tuple(sorted({login for approval in approvals for login in approval.branch_logins})),
    )


def latest_reviews(reviews: Iterable[Review]) -> tuple[Review, ...]:
    """Everybody's last word. A comment is none, and takes back nothing; a dismissed review stands as dismissed."""
    latest: dict[str, Review] = {}
    for review in sorted(reviews, key=lambda review: (review.submitted, review.id)):
        if review.author is not None and review.state not in ("COMMENTED", "PENDING"):
            latest[review.author.casefold()] = review
    return tuple(latest.values())


def waive_lines(body: str) -> Iterator[WaiveLine]:
    """The lines ``waive RULE [PATH]: reason``, outside of quotations and fenced blocks, which show others' words."""
    fenced = False
    count = 0
    for line in body.splitlines():
        if _FENCE.match(line):
            fenced = not fenced
            continue
        match = None if fenced else _LINE.fullmatch(line.rstrip())
        if match and count < _MOST_LINES:
            count += 1
            rule, _, path = match["about"].replace("`", "").partition(" ")
            yield WaiveLine(rule, path.strip() or None, match["reason"])


def _unknown(author: str | None, commits: tuple[Authorship, ...], head: str) -> Iterator[str]:
    """What keeps the branch's authors from being known, so that nobody can be told apart from them."""
    if author is None:
        yield "the account that opened the pull request is gone, so nobody can be told apart from its author"
    if head not in {each.commit for each in commits}:
        yield f"the pull request no longer holds the judged head {head[:12]}"
    for each in commits:
        for role, login in (("author", each.author), ("committer", each.committer)):
            if login is None:
                yield (
                    f"the {role} of commit {each.commit[:12]} belongs to no known account, so nobody can be told "
                    f"apart from them; add the commit's e-mail address to their account"
                )
                return


def _why_not(review: Review, head: str, branch: tuple[str, ...], forge: Forge) -> str | None:
    """Why an approving review does not count; None when it does. The forge is asked only where it matters."""
    who = review.author or "an account that is gone"
    if not review.is_person:
        return f"{who} is no person, so its approval does not count"
    if review.commit != head:
        seen = review.commit[:12] if review.commit else "an unknown commit"
        return f"{who} approved {seen}, and the judged head is {head[:12]}"
    if who.casefold() in {login.casefold() for login in branch}:
        return f"{who} opened, wrote or committed to the branch, so their approval does not count"
    if not forge.may_write(who):
        return f"{who} may not write to the repository, so their approval does not count"
    return None


def _objections(latest: tuple[Review, ...], forge: Forge) -> Iterator[str]:
    for review in latest:
        if review.state == "CHANGES_REQUESTED" and review.author and forge.may_write(review.author):
            yield f"{review.author} asked for changes and has not taken that back, so no approval counts"
