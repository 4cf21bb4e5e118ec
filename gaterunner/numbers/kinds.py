"""What a file is, by its path alone: code, tests, docs or configuration."""

from __future__ import annotations

import re

from gaterunner.model import LineKind
from gaterunner.weakening.paths import Rank, rank

_TESTS = re.compile(
    r"(?i)(?:^|/)(?:tests?|specs?|__tests__|e2e|testdata|fixtures?|cypress|playwright)/|(?:^|/)conftest\.py$"
)
_DOCS = re.compile(
    r"(?ix) (?:^|/)docs?/ | \.(?:md|mdx|rst|adoc|asciidoc|txt|pdf|svg|png|jpe?g|gif|webp)$"
    r" | (?:^|/)(?:readme|changelog|changes|license|licence|copying|notice|authors|contributors|codeowners)[^/]*$"
)
# Texts that programs read and people do not.
_READ_BY_PROGRAMS = re.compile(
    r"(?i)(?:^|/)(?:(?:[\w-]+-)?(?:requirements|constraints)[^/]*|requirements/[^/]+|cmakelists|robots)"
    r"\.txt$"
)
_CONFIG = re.compile(
    r"""(?ix) \.(?:ya?ml|toml|ini|cfg|conf|json[c5]?|properties|env|lock|tf|tfvars|hcl|xml|plist|editorconfig|ignore)$
      | (?:^|/)(?:\.[^/]+ | [^/]*dockerfile[^/]* | [^/]*makefile | justfile | taskfile[^/]* | procfile | jenkinsfile
        | gemfile[^/]* | go\.(?:mod|sum) | pipfile | vagrantfile | brewfile)$
      | (?:^|/)(?:[\w.-]+\.config\.[cm]?[jt]s)$ | \.sum$ | ^\.(?:github|gitlab|circleci|gaterunner|vscode|husky)/"""
)
# Rust and C# keep tests in files of any name, which `rank` therefore takes for tests everywhere.
_ANY_NAME = re.compile(r"\.(?:rs|cs)$")


def kind_of(path: str) -> LineKind:
    """``tests`` before ``docs`` before ``config``; everything else is ``code``."""
    if _TESTS.search(path) or (rank(path) is not Rank.NONE and not _ANY_NAME.search(path)):
        return "tests"
    if _DOCS.search(path) and not _READ_BY_PROGRAMS.search(path):
        return "docs"
    return "config" if _CONFIG.search(path) or _READ_BY_PROGRAMS.search(path) else "code"
