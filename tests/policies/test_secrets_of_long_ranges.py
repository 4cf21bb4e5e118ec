"""``no-secret-changes`` over ranges so long that of an edited text only the edit is searched."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

import pytest

from gaterunner.git import Repository as Git
from gaterunner.model import PolicyResult, Severity
from gaterunner.policies.context import Scanned, SecretMatch, Stream
from gaterunner.secrets import inventory
from gaterunner.secrets.engine import Engine
from gaterunner.secrets.history import Examination, examine
from tests.gitrepo import Repository
from tests.policies.judging import judge_policy
from tests.secrets.credentials import fill

TOKEN_LINE = fill('TOKEN = "{github_pat}"\n')
LINES = [f"value_{number} = {number}\n" for number in range(2_000)]


@pytest.fixture(autouse=True)
def _every_range_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inventory, "MANY", 0)


def given(repo: Repository, *texts: list[str]) -> PolicyResult:
    """The judgement of a branch whose commits leave one file with these lines, one after the other."""
    repo.commit("Start", {"app.py": "".join(texts[0])})
    repo.switch("feat/x", create=True)
    for text in texts[1:]:
        repo.commit("Edit", {"app.py": "".join(text)})
    return judge_policy(repo, "no-secret-changes")


def with_line(at: int, line: str) -> list[str]:
    return [*LINES[:at], line, *LINES[at:]]


def told(result: PolicyResult) -> list[tuple[str, int | None]]:
    return [(each.rule, each.line) for each in result.findings if each.severity is Severity.ERROR]


def test_a_secret_that_came_and_went_is_told_with_its_line(repo: Repository) -> None:
    result = given(repo, LINES, ["first edit\n", *LINES], ["first edit\n", *with_line(1_200, TOKEN_LINE)], LINES)

    assert told(result) == [("secret/github-pat", 1_202)]


def test_a_secret_that_the_base_holds_is_not_told_when_lines_beside_it_change(repo: Repository) -> None:
    old = with_line(1_000, TOKEN_LINE)

    result = given(repo, old, [*old, "end\n"], [*old[:998], "edited\n", *old[999:], "end\n"], [*old[:998], *old[999:]])

    assert told(result) == []


def test_a_secret_that_moves_within_its_file_is_not_told(repo: Repository) -> None:
    result = given(repo, with_line(100, TOKEN_LINE), with_line(900, TOKEN_LINE), with_line(1_900, TOKEN_LINE))

    assert told(result) == []


def test_what_the_range_ends_with_is_searched_whole(repo: Repository) -> None:
    sizes = examined(repo, LINES, ["edit 1\n", *LINES], ["edit 2\n", *LINES])[1]

    whole = len("".join(LINES))
    assert [size > whole for size in sizes] == [True, True]  # the first has nothing that was read before it


def test_of_what_lies_between_only_the_edit_is_searched(repo: Repository) -> None:
    sizes = examined(repo, LINES, *([f"edit {number}\n", *LINES] for number in range(4)))[1]

    whole = len("".join(LINES))
    assert [size > whole for size in sizes] == [True, False, False, True]


def examined(repo: Repository, *texts: list[str]) -> tuple[Examination, list[int]]:
    """What is found, and how many bytes the engine was given of each content."""
    start = repo.commit("Start", {"app.py": "".join(texts[0])})
    for text in texts[1:]:
        repo.commit("Edit", {"app.py": "".join(text)})
    watched = Watched()
    with Git.open(repo.root, env=os.environ) as git:
        final = {entry.blob for entry in git.tree(repo.head)}
        seen = examine(git.records(start, repo.head), git, watched, lambda _path: False, final=final)
    return seen, watched.sizes


class Watched:
    """The engine, with a list of how much it was given."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self._engine = Engine()

    def scan(self, path: str, data: bytes) -> tuple[SecretMatch, ...]:
        if path != "paths":
            self.sizes.append(len(data))
        return self._engine.scan(path, data)

    def scan_each(self, contents: Iterable[tuple[str, bytes]]) -> Iterator[Scanned]:
        for path, data in contents:
            yield Scanned(self.scan(path, data))

    def start(self) -> None:
        """Nothing."""

    def scan_stream(self, path: str, size: int, stream: Stream) -> tuple[SecretMatch, ...]:
        return self._engine.scan_stream(path, size, stream)

    def fingerprint(self, match: SecretMatch) -> str:
        return self._engine.fingerprint(match)
