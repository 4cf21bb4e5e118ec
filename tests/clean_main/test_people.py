"""Commits tell who made them, and when."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gaterunner.clean_main.people import dates, other_committers, unattributable
from gaterunner.model import Commit, Severity

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def commit(
    number: int = 1,
    *,
    author: str = "Ada Lovelace",
    email: str = "ada@engine.example",
    committer: str | None = None,
    committer_email: str | None = None,
    authored: str = "2026-03-01T10:00:00Z",
    committed: str | None = None,
) -> Commit:
    return Commit(
        sha=f"{number:040x}",
        parents=(f"{number - 1:040x}",),
        author=author,
        author_email=email,
        authored=authored,
        committer=author if committer is None else committer,
        committer_email=email if committer_email is None else committer_email,
        committed=authored if committed is None else committed,
        subject="Work",
    )


@pytest.mark.parametrize(
    ("name", "email"),
    [
        ("Ada Lovelace", "ada@engine.example"),
        ("Ada", "12345+ada@users.noreply.github.com"),
        ("GitHub", "noreply@github.com"),
        ("renovate[bot]", "29139614+renovate[bot]@users.noreply.github.com"),
        ("Some Agent", "noreply@agents.example"),
        ("Zoë Ångström", "zoe@engine.example"),
        ("李", "li@engine.cn"),
        ("Name Less", "rootkit@engine.example"),
        ("Test Author", "author@example.invalid"),
        ("me", "me@ada.example"),
    ],
)
def test_a_person_or_a_bot_with_an_address_is_somebody(name: str, email: str) -> None:
    assert list(unattributable([commit(author=name, email=email)])) == []


@pytest.mark.parametrize(
    ("name", "email", "told"),
    [
        ("", "ada@engine.example", "no name"),
        ("  ", "ada@engine.example", "no name"),
        ("noreply", "noreply@github.com", "a name that stands for nobody"),
        ("root", "no-reply@engine.example", "a name that stands for nobody"),
        ("unknown", "ada@ada-laptop.local", "a name that stands for nobody"),
        ("Ada", "", "no address"),
        ("Ada", "ada", "not an address"),
        ("Ada", "@engine.example", "not an address"),
        ("Ada", "root@engine.example", "a machine's root is nobody"),
        ("Ada", "ada@localhost", "the address of every machine"),
        ("Ada", "ada@box.localdomain", "the address of every machine"),
        ("Ada", "ada@box.(none)", "the address of every machine"),
        ("Ada", "you@example.com", "an address that stands for nobody"),
        ("Ada", "Your.Email@engine.example", "an address that stands for nobody"),
        ("Ada", "ada@example.org", "an address that stands for nobody"),
        ("Ada", "nobody@anywhere.example", "an address that stands for nobody"),
        ("Ada\u202e", "ada@engine.example", "characters that cannot be seen"),
        ("Ada", "ad\u200ba@engine.example", "characters that cannot be seen"),
        ("A\u200bda", "ada@localhost", "the address of every machine"),
        ("\u200b", "ada@engine.example", "no name"),
    ],
)
def test_nobody_is_told(name: str, email: str, told: str) -> None:
    (finding,) = unattributable([commit(author=name, email=email)])

    assert (finding.rule, finding.severity, finding.approvable) == ("clean-main/unattributable", Severity.ERROR, True)
    assert told in finding.message
    assert "git config user.name" in (finding.help or "")


@pytest.mark.parametrize("email", ["ada@laptop", "ada@ada-laptop.local", "ada@box.internal", "ada@box.LAN"])
def test_an_address_made_up_from_a_machines_name_is_a_warning(email: str) -> None:
    (finding,) = unattributable([commit(email=email)])

    assert finding.severity is Severity.WARNING
    assert "made up from the name of a machine" in finding.message


@pytest.mark.parametrize("name", ["root", "unknown", "Your Name", "Test User"])
def test_a_name_that_is_none_beside_a_good_address_is_a_warning(name: str) -> None:
    (finding,) = unattributable([commit(author=name)])

    assert finding.severity is Severity.WARNING
    assert "a name that stands for nobody" in finding.message


@pytest.mark.parametrize("name", ["A\u200bda", "\ufeffAda Lovelace", "Ada\u200f", "ro\u200bot"])
def test_what_shows_nothing_in_a_name_beside_a_good_address_is_a_warning(name: str) -> None:
    (finding,) = unattributable([commit(author=name)])

    assert finding.severity is Severity.WARNING
    assert "characters in the name that cannot be seen" in finding.message


def test_each_identity_is_told_once_with_the_oldest_commit() -> None:
    commits = [commit(number, author="", committer="Bo", committer_email="bo@b.example") for number in (3, 2, 1)]

    (finding,) = unattributable(commits)

    assert finding.commit == commits[-1].sha
    assert finding.message.startswith(
        "the author ` <ada@engine.example>` of 3 commits, the oldest 000000000000: no name"
    )


def test_a_committer_who_is_nobody_is_told_beside_a_good_author() -> None:
    (finding,) = unattributable([commit(committer="root", committer_email="root@3f2a9c")])

    assert finding.message.startswith("the committer `root <root@3f2a9c>`")


@pytest.mark.parametrize(
    ("date", "told"),
    [
        ("2099-01-01T00:00:00Z", "in the future"),
        ("10999-01-01T00:00:00Z", "in the future"),
        ("2026-03-03T12:00:01Z", "in the future"),
        ("2026-03-03T12:00:00Z", ""),
        ("2005-04-07T00:00:00Z", ""),
        ("2005-04-06T23:59:59Z", "before git was there"),
        ("1970-01-01T00:00:00Z", "before git was there"),
        ("999-01-01T00:00:00Z", "before git was there"),
    ],
)
def test_dates_lie_between_git_and_now(date: str, told: str) -> None:
    for dated in (commit(authored=date, committed="2026-03-01T10:00:00Z"), commit(committed=date)):
        findings = list(dates([dated], NOW))
        assert bool(findings) == bool(told)
        assert told in "".join(finding.message for finding in findings)


def test_wrong_dates_are_told_once_per_kind() -> None:
    commits = [commit(number, authored="2099-01-01T00:00:00Z") for number in range(9, 0, -1)]

    (finding,) = dates(commits, NOW)

    assert finding.message.startswith("9 commits, the oldest 000000000000, written 2099")


def test_who_commits_the_work_of_others_is_told_once() -> None:
    commits = [commit(n, committer="Bo", committer_email="bo@b.example") for n in (3, 2)]

    (finding,) = other_committers([*commits, commit(1)])

    assert (finding.rule, finding.severity) == ("clean-main/other-committer", Severity.NOTICE)
    assert finding.message == "2 commits committed by another than the author: Bo <bo@b.example>"


def test_a_forge_that_merges_for_somebody_is_nobody_else() -> None:
    merged = commit(committer="GitHub", committer_email="noreply@github.com")
    assert list(other_committers([merged])) == []

    pretender = commit(committer="Ada", committer_email="noreply@github.com")
    assert [finding.rule for finding in other_committers([pretender])] == ["clean-main/other-committer"]
