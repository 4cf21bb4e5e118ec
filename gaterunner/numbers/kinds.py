"""What a file is, by its path alone: code, tests, docs or configuration."""

from __future__ import annotations

import re

from gaterunner.model import LineKind
from gaterunner.weakening.paths import Rank, rank

_PROSE = r"\.(?:md|mdx|rst|adoc|asciidoc|txt)$"
# In Ruby and JavaScript `spec/` holds tests; elsewhere, and here, `specs/` holds what is asked for, which is prose.
_WRITTEN_SPEC = re.compile(rf"(?i)(?:^|/)specs?/(?:.+/)?[^/]+{_PROSE}")
_TESTS = re.compile(
    r"""(?ix) (?:^|/) (?: tests? | specs? | _*tests_* | [^/]+[._-]tests? | e2e | testdata | test[_-]data | fixtures?
        | _*snapshots_* | [^/]+-snapshots | cypress | playwright ) /
      | (?:^|/)conftest\.py$ | \.snap$ | (?:^|/)(?:tests?|[^/]+_tests?)\.rs$"""
)
_XCODE = re.compile(r"(?:^|/)[A-Z]\w*(?:UI)?Tests/")
_DOCS = re.compile(rf"(?i)(?:^|/)docs?/|{_PROSE}|\.(?:pdf|svg|png|jpe?g|gif|webp)$")
# `LICENSE-MIT`, `README.ja` and `COPYING.LESSER`, but not `licenses.rs` and `readme.py`.
_NOTICES = re.compile(
    r"(?:^|/)(?:README|CHANGELOG|CHANGES|HISTORY|NEWS|(?:UN)?LICEN[SC]E|COPYING|NOTICE|AUTHORS|CONTRIBUTORS|CODEOWNERS)"
    r"(?:[-_.][^/]*)?$"
    r"|(?i:(?:^|/)(?:readme|changelog|changes|(?:un)?licen[sc]e|copying|notice|authors|contributors)(?:-[^/.]*)?$)"
)
# Texts that programs read and people do not.
_READ_BY_PROGRAMS = re.compile(
    r"(?i)(?:^|/)(?:(?:[\w-]+-)?(?:requirements|constraints)[^/]*|requirements/[^/]+|cmakelists|robots)"
    r"\.txt$"
)
_CONFIG = re.compile(
    r"""(?ix) \.(?:ya?ml|toml|ini|cfg|conf|json[c5]?|properties|env|lock|tf|tfvars|hcl|xml|plist|editorconfig|ignore
        |csproj|fsproj|vbproj|sln|props|targets|gradle|gemspec)$
      | (?:^|/)(?:\.[^/]+ | (?:[^/]*[._-])?(?:docker|container)file | (?:[^/]*[._-]|gnu)?makefile | justfile
        | taskfile | procfile | jenkinsfile | gemfile | rakefile | pipfile | vagrantfile | brewfile
        | go\.(?:mod|sum|work))$
      | (?-i:(?:^|/)(?:Dockerfile|Containerfile|Makefile|Gemfile|Jenkinsfile)[._-][^/]*$)
      | (?:^|/)(?:[\w.-]+\.config\.[cm]?[jt]s)$ | \.sum$ | ^\.(?:github|gitlab|circleci|gaterunner|vscode|husky)/"""
)
# Rust and C# keep tests in files of any name, which `rank` therefore takes for tests everywhere.
_ANY_NAME = re.compile(r"\.(?:rs|cs)$")


def kind_of(path: str) -> LineKind:
    """``tests`` before ``docs`` before ``config``; everything else is ``code``."""
    if _is_test(path):
        return "tests"
    if (_DOCS.search(path) or _NOTICES.search(path)) and not _READ_BY_PROGRAMS.search(path):
        return "docs"
    return "config" if _CONFIG.search(path) or _READ_BY_PROGRAMS.search(path) else "code"


def _is_test(path: str) -> bool:
    if rank(path) is not Rank.NONE and not _ANY_NAME.search(path):
        return True
    return (_TESTS.search(path) or _XCODE.search(path)) is not None and not _WRITTEN_SPEC.search(path)
