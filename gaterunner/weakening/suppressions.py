"""New requests to linters, type checkers and coverage to look away, in the source itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

from gaterunner.model import Finding
from gaterunner.weakening import findings as told
from gaterunner.weakening.matching import pair_by
from gaterunner.weakening.paths import extension, is_others
from gaterunner.weakening.sides import Sides

# In a comment: each names a tool's own way to be told to look away.
_IN_COMMENT = (
    r"(?:ruff|flake8):\s*noqa[^\n]*|noqa\b(?::[\w, -]*)?|type:\s*ignore(?:\[[^\]\n]*\])?|(?:pyright|ty|pyrefly):\s*"
    r"(?:ignore|basic)[^\n]*|mypy:\s*(?:ignore-errors|disable-error-code|allow-\w+)[^\n]*|pylint:\s*(?:disable|skip-file)"
    r"[^\n]*|nosec\b[^\n]*|pragma:\s*no ?(?:cover|branch|mutate)[^\n]*|pyre-(?:ignore|fixme)[^\n]*"
    r"|(?:eslint|oxlint|tslint|stylelint|jshint|solhint)[-:]\s*disable[^\n*]*|@ts-(?:ignore|expect-error|nocheck)"
    r"|(?:istanbul|c8|v8|node:coverage)\s+(?:ignore|disable)[^\n*]*|biome-ignore[\w-]*[^\n*]*|deno-lint-ignore[^\n*]*"
    r"|\$Flow(?:FixMe|Ignore|IgnoreUnused)\w*|Stryker disable[^\n*]*|nolint\b[^\n]*|lint:(?:file-)?ignore[^\n]*"
    r"|rubocop:\s*(?:disable|todo)[^\n]*|:nocov:|reek:[^\n]*|typed:\s*(?:false|ignore)|NOSONAR\b|NOPMD\b|NOLINT\w*"
    r"|CHECKSTYLE[: ]OFF|noinspection\s[^\n]*|ktlint-disable[^\n]*|swiftlint:disable[^\n]*|LCOV_EXCL_\w+"
    r"|@phpstan-ignore[\w-]*[^\n*]*|@psalm-suppress[^\n*]*|phpcs:(?:ignore|disable)[^\n*]*|@codeCoverageIgnore\w*"
    r"|shellcheck\s+disable=[^\n]*|hadolint\s+ignore=[^\n]*|yamllint\s+disable[^\n]*|zizmor:\s*ignore[^\n]*"
    r"|nosemgrep\b[^\n]*|(?:checkov:skip|tfsec:ignore|trivy:ignore|kics-scan\s+ignore)[^\n]*|actionlint-ignore[^\n]*"
    r"|squawk-ignore[^\n]*|sqlfluff:\s*(?:noqa|disable)[^\n]*"
)
_IN_CODE = (
    r"(?<=@)(?:file:)?Suppress(?:Warnings|FBWarnings|Lint)?\s*\([^)\n]*\)?|(?<=\#)!?\[\s*allow\s*\([^)\n]*\)"
    r"|(?<=\#)!?\[\s*coverage\s*\(\s*off[^\n]*|(?<=\#)pragma\s+warning\s+disable[^\n]*"
    r"|(?<=\#)pragma\s+(?:GCC|clang)\s+diagnostic\s+ignored[^\n]*"
    r"|(?<=\[)(?:\w+:\s*)?(?:SuppressMessage|ExcludeFromCodeCoverage)[^\]\n]*\]"
)
# One set of characters comes first: what holds none of them is passed over ten times as fast as word by word.
_MARK = re.compile(
    rf"[\#/*\-@\[](?:(?:(?<=\#)|(?<=//)|(?<=\*)|(?<=--))[ \t]*(?P<comment>{_IN_COMMENT})|{_IN_CODE})".encode()
)
_SOURCES = frozenset(
    {"py", "pyi", "go", "rb", "rake", "rs", "php", "cs", "java", "kt", "kts", "scala", "groovy", "swift"}
)
_SOURCES |= {
    "js",
    "jsx",
    "mjs",
    "cjs",
    "ts",
    "tsx",
    "mts",
    "cts",
    "vue",
    "svelte",
    "astro",
    "css",
    "scss",
    "html",
    "erb",
}
_SOURCES |= {"c", "cc", "cpp", "h", "hpp", "m", "sql", "sh", "bash", "yml", "yaml", "tf", "ex", "exs", "dart", "lua"}
_WHY = re.compile(r"\s(?://|--|#)\s")  # what follows says why, and is no part of the mark
_SHOWN = 100
_LISTED = 3
_AROUND = 300
_USUAL_IN_NEW_FILES = "typed: false"  # Sorbet's own default, which it asks to be written down
_HELP = "Repair what the tool points at and take the mark away; where it is wrong, say why beside the mark."


class _Suppression(Struct, frozen=True):
    """``mark`` as it stands there, ``code`` the whole line without indentation."""

    mark: str
    code: str
    line: int


class Suppressions:
    """Looks at one file after the other; a mark that only moved, within a file or to another one, is none."""

    def __init__(self) -> None:
        self._gone: list[_Suppression] = []
        self._born: list[tuple[str, _Suppression]] = []

    @staticmethod
    def wants(path: str) -> bool:
        """True for a file whose language a linter reads."""
        return not is_others(path) and (extension(path) in _SOURCES or path.rpartition("/")[2] == "Dockerfile")

    def look(self, sides: Sides) -> Iterator[Finding]:
        """Nothing is told before the whole change was seen."""
        old, new = _read(sides.old), _read(sides.new)
        if not sides.was:
            new = [each for each in new if each.mark != _USUAL_IN_NEW_FILES]
        pairs: list[tuple[_Suppression, _Suppression]] = []
        old, new = pair_by(old, new, _whole, pairs)
        old, new = pair_by(old, new, _mark, pairs)
        self._gone += old
        self._born += [(sides.path, each) for each in new]
        yield from ()

    def findings(self) -> Iterator[Finding]:
        """One for each file that has new marks: call it last."""
        moved: list[tuple[tuple[str, _Suppression], tuple[str, _Suppression]]] = []
        _, born = pair_by([("", each) for each in self._gone], self._born, lambda item: _whole(item[1]), moved)
        by_path: dict[str, list[_Suppression]] = {}
        for path, each in born:
            by_path.setdefault(path, []).append(each)
        for path, here in by_path.items():
            yield _finding(path, sorted(here, key=lambda each: each.line))


def _read(data: bytes | None) -> list[_Suppression]:
    found: list[_Suppression] = []
    line, seen = 1, 0
    for match in _MARK.finditer(data or b""):
        if data is None or not _leads(data, match.start()):
            continue
        line += data.count(b"\n", seen, match.start())
        seen = match.start()
        begin, end = _line_around(data, match.start())
        whole = " ".join(data[begin:end].decode("utf-8", "replace").split())
        written = (match["comment"] or match[0]).decode("utf-8", "replace").removesuffix("*/").removesuffix("-->")
        mark = " ".join(_WHY.split(written)[0].split())
        found.append(_Suppression(mark[:_SHOWN], whole, line))
    return found


def _leads(data: bytes, at: int) -> bool:
    """Whether a star begins a comment, or continues one at the beginning of its line."""
    if data[at : at + 1] != b"*" or data[at - 1 : at] == b"/":
        return True
    return not data[_line_around(data, at)[0] : at].strip()


def _line_around(data: bytes, at: int) -> tuple[int, int]:
    """The line that an offset is in, or as much of it as is looked at: one can be megabytes long."""
    begin = max(data.rfind(b"\n", max(0, at - _AROUND), at) + 1, at - _AROUND, 0)
    stop = data.find(b"\n", at, at + _AROUND)
    return begin, stop if stop >= 0 else min(len(data), at + _AROUND)


def _whole(each: _Suppression) -> tuple[str, str]:
    return each.mark, each.code


def _mark(each: _Suppression) -> str:
    return each.mark


def _finding(path: str, here: Sequence[_Suppression]) -> Finding:
    if len(here) == 1:
        message = f"a check is told to look away: {here[0].mark}"
    else:
        marks = list(dict.fromkeys(each.mark for each in here))
        more = f" and {len(marks) - _LISTED} more" if len(marks) > _LISTED else ""
        message = f"checks are told to look away at {len(here)} places: {', '.join(marks[:_LISTED])}{more}"
    return told.finding(
        told.SUPPRESSION_ADDED,
        message,
        _HELP,
        path=path,
        line=here[0].line,
        about="\0".join(sorted(each.mark for each in here)),
    )
