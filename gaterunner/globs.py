"""The globs of a workflow file: ``paths``, ``inputs``, ``base-tests``. Pure: paths in, answers out.

A glob is relative to the repository's root. ``*`` and ``?`` stay within a folder, ``**`` crosses folders, ``{a,b}`` and
``[ab]`` are alternatives, names may start with a dot, a glob that names a folder also means all below it, and one that
starts with ``!`` takes away. Globs that only take away, take away from everything.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

# Without these, a glob is turned into an expression of our own: wcmatch costs 25 ms to load, and its expressions are
# ten times as slow over 10,000 paths. A test holds both to the same answers.
_NEEDS_WCMATCH = frozenset("[]{}()|\\")
_NEVER = re.compile(r"(?!)")


class Globs:
    """Some globs, compiled. ``included`` and ``excluded`` look at one side of them, ``matches`` at both."""

    def __init__(self, patterns: Sequence[str]) -> None:
        """Raises ``ValueError`` for a glob that cannot be used."""
        taking = [pattern for pattern in patterns if not pattern.startswith("!")]
        leaving = [pattern[1:] for pattern in patterns if pattern.startswith("!")]
        self._included = _compile(taking if taking or not leaving else ["**"])
        self._excluded = _compile(leaving)
        self.folders = _folders(taking)

    def included(self, path: str) -> bool:
        """True when a glob names the path, whatever others take away."""
        return self._included.fullmatch(path) is not None

    def excluded(self, path: str) -> bool:
        """True when a glob takes the path away."""
        return self._excluded.fullmatch(path) is not None

    def matches(self, path: str) -> bool:
        return self._included.fullmatch(path) is not None and self._excluded.fullmatch(path) is None


def _compile(patterns: Sequence[str]) -> re.Pattern[str]:
    expressions = [_expression(_plain(pattern)) for pattern in patterns]
    return re.compile("|".join(expressions), re.DOTALL) if expressions else _NEVER


def _plain(pattern: str) -> str:
    return pattern.removeprefix("./").strip("/")


def _expression(plain: str) -> str:
    segments = plain.split("/")
    if plain in {"", "."}:
        return ".*"
    unusual = _NEEDS_WCMATCH.intersection(plain) or any(
        segment in {"", ".", ".."} or ("**" in segment and segment != "**") for segment in segments
    )
    return _by_wcmatch(plain) if unusual else expression_of(segments)


def expression_of(segments: Sequence[str], *, one: str = "[^/]", each: str = "[^/]") -> str:
    """``a/**/b*`` as ``a/(?:.*/)?b[^/]*(?:/.*)?``: git's paths hold neither ``.`` and ``..`` nor empty segments.

    ``one`` is what ``?`` takes, and ``each`` the characters of which ``*`` takes any number.

    What stands between two ``**`` is taken where it comes first, and never looked for again: nothing that comes later
    could do with less. Without that, ``**/a/**/a/**/a`` and a deep path of a branch are hours of backtracking.
    """
    *before, last = _runs(segments)
    found = ""
    for number, run in enumerate(before):
        expression = "".join(f"{_named(segment, one, each)}/" for segment in run)
        found += expression if number == 0 else f"(?>(?:[^/]*/)*?{expression})"
    if last == ["**"]:
        return f"(?:{found}.+)"
    below = "(?:[^/]*/)*?" if before else ""
    return f"(?:{found}{below}{'/'.join(_named(segment, one, each) for segment in last)}(?:/.*)?)"


def _runs(segments: Sequence[str]) -> list[list[str]]:
    """The segments between each ``**``, the first run perhaps empty; where it is the last segment, so is its run."""
    runs: list[list[str]] = [[]]
    for segment in segments:
        if segment != "**":
            runs[-1].append(segment)
        elif runs[-1] or len(runs) == 1:
            runs.append([])
    return runs if runs[-1] else [*runs[:-1], ["**"]]


def _named(segment: str, one: str, each: str) -> str:
    """A name: what stands between two ``*`` is taken where it comes first, as above."""
    first, *others = ("".join(one if char == "?" else re.escape(char) for char in part) for part in segment.split("*"))
    if not others:
        return first
    return first + "".join(f"(?>{each}*?{part})" for part in others[:-1]) + f"{each}*{others[-1]}"


def _by_wcmatch(plain: str) -> str:
    from wcmatch import glob

    flags = glob.GLOBSTAR | glob.DOTGLOB | glob.BRACE | glob.CASE | glob.FORCEUNIX
    try:
        expressions, _ = glob.translate([plain, f"{plain}/**"], flags=flags)
        return "|".join(f"(?:{re.compile(expression).pattern})" for expression in expressions)
    except Exception as error:  # wcmatch and `re` raise several unrelated types for a bad pattern
        raise ValueError(str(error)) from error


def _folders(patterns: Sequence[str]) -> tuple[str, ...] | None:
    """The folders or files that bound what can match, each without a wildcard; None when anything can."""
    found = []
    for pattern in patterns:
        steady = []
        for segment in _plain(pattern).split("/"):
            if re.search(r"[*?\[\]{}()|\\!]", segment) or segment in {"", ".", ".."}:
                break
            steady.append(segment)
        if not steady:
            return None
        found.append("/".join(steady))
    return tuple(found) or None
