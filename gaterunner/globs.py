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
    return _by_wcmatch(plain) if unusual else _by_ourselves(segments)


def _by_ourselves(segments: Sequence[str]) -> str:
    """``a/**/b*`` as ``a/(?:.*/)?b[^/]*(?:/.*)?``: git's paths hold neither ``.`` and ``..`` nor empty segments."""
    found = ""
    for number, segment in enumerate(segments):
        last = number == len(segments) - 1
        if segment == "**":
            found += ".+" if last else "(?:.*/)?"
        else:
            found += "".join(_CHARACTERS.get(each) or re.escape(each) for each in segment) + ("" if last else "/")
    return f"(?:{found}(?:/.*)?)"


_CHARACTERS = {"*": "[^/]*", "?": "[^/]"}


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
