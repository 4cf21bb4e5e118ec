"""Which files hold tests, and which a test runner finds by itself, by their path alone."""

from __future__ import annotations

import re
from enum import IntEnum


class Rank(IntEnum):
    """How surely a runner collects what lies at a path. A test that moves to a lower rank is as good as gone."""

    NONE = 0
    FOLDER = 1  # in a folder of tests, under a name that runners do not look for by default
    COLLECTED = 2


_COLLECTED = re.compile(
    r"""(?x) (?:^|/)
    (?: test_[^/]*\.py | [^/]*_tests?\.py | [Tt]ests?\.py | [a-z]+tests\.py
      | [^/]*[._-](?:test|spec|cy|e2e)(?:-d)?\.[cm]?[jt]sx? | __tests__/(?:.+/)?[^/]+\.[cm]?[jt]sx?
      | [^/]+_test\.go | [^/]+\.rs | [^/]+\.cs | [^/]+\.feature | [^/]+\.bats
      | [^/]+_(?:spec|test)\.rb | test_[^/]+\.rb
      | [^/]*(?:Tests?|TestCase|IT|ITCase|Spec)\.(?:java|kts?|scala|groovy) | Test[^/]*\.(?:java|kt)
      | [^/]*Test\.php | [^/]+_test\.exs | [^/]+_test\.dart | [^/]*Tests?\.(?:swift|fs|vb)
    )$"""
)
_FOLDER = re.compile(
    r"""(?xi) (?:^|/) (?: tests? | specs? | testing | [^/]+[._-]tests? | tests?[._-][^/]+ | e2e | cypress | playwright
      | androidTest | integrationTest ) / .* \. (?: py | [cm]?[jt]sx? | java | kts? | groovy | scala | php | rb | swift
      | exs | dart | fs )$ | (?:^|/) conftest\.py$"""
)
_PUT_AWAY = re.compile(
    r"(?i)(?:^|/)[._]?(?:archived?|attic|backups?|bak|deprecated|disabled|graveyard|old|parked|quarantined?|skip(?:ped)?"
    r"|trash|unused|wip)[^/]*/"
)
# What pytest does not enter by default (norecursedirs), besides folders of others.
_NOT_ENTERED = re.compile(r"(?:^|/)(?:\.[^/]+|[^/]+\.egg|build|dist|venv|CVS|_darcs)/(?:.+/)?[^/]+\.py$")
# Other people's tests, and files that tests only read.
_NOT_OURS = re.compile(
    r"(?i)(?:^|/)(?:node_modules|vendor|third_party|\.venv|site-packages|_*fixtures?_*|test_?-?data|_*snapshots_*)/"
)


def rank(path: str) -> Rank:
    """How surely the tests at this path are run."""
    if _NOT_OURS.search(path):
        return Rank.NONE
    if _COLLECTED.search(path):
        return Rank.FOLDER if _PUT_AWAY.search(path) or _NOT_ENTERED.search(path) else Rank.COLLECTED
    return Rank.FOLDER if _FOLDER.search(path) else Rank.NONE


def is_others(path: str) -> bool:
    """True for what a repository carries of other people, and for what its tests only read."""
    return _NOT_OURS.search(path) is not None


def extension(path: str) -> str:
    """``ts`` of ``src/login.spec.ts``; empty where a name has none."""
    name = path.rpartition("/")[2]
    return name.rpartition(".")[2].lower() if "." in name else ""
