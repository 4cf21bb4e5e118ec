"""Which waiver lets which finding through: exact rule, exact place, exact content. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, timedelta

from gaterunner.model import Change, Finding
from gaterunner.waivers.approval import Approval
from gaterunner.waivers.file import Waiver

MOST_DAYS = 180
"""How far ahead an entry may expire: an exception that nobody has to look at for longer is a rule change."""

_WILDCARDS = frozenset("*?")
_NOREPLY = re.compile(r"(?:\d+\+)?(?P<login>[a-z0-9-]+(?:\[bot\])?)@users\.noreply\.", re.IGNORECASE)
_NAME_AND_EMAIL = re.compile(r"(?P<name>[^<>]*)<(?P<email>[^<>]+)>\s*\Z")


def content_of(finding: Finding, change: Change, blobs: Mapping[str, str]) -> str:
    """The git object id that a waiver of ``finding`` must name.

    ``blobs`` are the changed files' blobs after the change. Where no file stands for the finding it is the head, and
    for a work tree with edits the snapshot of them, which no committed waiver can name.
    """
    if finding.content is not None:
        return finding.content
    if finding.path is not None and finding.path in blobs:
        return blobs[finding.path]
    return change.judged if change.dirty else change.head


def why_too_broad(waiver: Waiver, today: date) -> str | None:
    """Why an entry asks for more than one exception; None when it does not."""
    if (rule := why_no_rule(waiver.rule)) is not None:
        return rule
    if waiver.path is not None and (path := why_no_path(waiver.path)) is not None:
        return path
    latest = today + timedelta(days=MOST_DAYS)
    if waiver.expires > latest:
        return f"it would count until {waiver.expires}, more than {MOST_DAYS} days from now ({latest})"
    return None


def why_no_rule(rule: str) -> str | None:
    """Why a text names no single rule."""
    if not rule.strip():
        return "it names no rule"
    if rule.endswith("/more"):
        return "its rule stands for findings that are not listed"
    if _WILDCARDS & set(rule) or rule.endswith("/"):
        return "its rule is a pattern, not the name of one rule"
    return None


def why_no_path(path: str) -> str | None:
    """Why a text names no single file. Brackets and braces are ordinary characters in a file's name."""
    if not path or path in (".", "/") or path.endswith("/"):
        return "its path is a folder, not one file"
    return "its path is a pattern, not one file" if _WILDCARDS & set(path) else None


def places(waiver: Waiver, finding: Finding) -> bool:
    """Whether a waiver is about a finding, whatever the content."""
    if waiver.rule != finding.rule:
        return False
    if waiver.path is None and waiver.fingerprint is None:
        return finding.path is None
    return waiver.path in (None, finding.path) and waiver.fingerprint in (None, finding.fingerprint)


def branch_people(change: Change, approval: Approval | None) -> frozenset[str]:
    """Everything the people behind the branch are called: names, addresses and logins, case folded."""
    said = [
        text
        for commit in change.commits
        for text in (commit.author, commit.author_email, commit.committer, commit.committer_email)
    ]
    logins = [match["login"] for text in said if (match := _NOREPLY.match(text))]
    known = approval.branch_logins if approval is not None else ()
    return frozenset(folded for text in (*said, *logins, *known) if (folded := _folded(text)))


def signed_by(waiver: Waiver, people: frozenset[str]) -> bool:
    """Whether the person who answers for an entry is one of ``people``."""
    return is_one_of(waiver.by, people)


def is_one_of(person: str, people: frozenset[str]) -> bool:
    """Whether a person, told by a name, an address, both or a login, is one of ``people``."""
    match = _NAME_AND_EMAIL.match(person)
    parts = [match["name"], match["email"]] if match else [person]
    parts += [noreply["login"] for text in parts if (noreply := _NOREPLY.match(text.strip()))]
    return any(_folded(part) in people for part in parts)


def _folded(text: str) -> str:
    """One spelling: nobody is two people by what cannot be seen, or by how Unicode spells the same letter.

    Letters keep their marks: many names differ by nothing else.
    """
    plain = text if text.isascii() else "".join(filter(_is_seen, unicodedata.normalize("NFKC", text)))
    return " ".join(plain.split()).strip("@").casefold()


def _is_seen(char: str) -> bool:
    return unicodedata.category(char) != "Cf"
