"""Whether globs take in all that another one does. Pure.

Never said of a glob of which it is not so; where it cannot be told, it is not said. A glob is put as an example path in
which each wildcard is a character of its own, and only a wildcard that is as wide matches that character: what
matches the example matches whatever the glob can mean.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from gaterunner.globs import expression_of

# What no path holds (git's may hold any byte but NUL, and private use is what nobody names a file with).
_ONE, _NAME, _DEEP = "\ue000", "\ue001", "\ue002"
_NO_WILDCARD, _NO_FOLDERS = f"[^/{_NAME}{_DEEP}]", f"[^/{_DEEP}]"
# After a `$` braces are text.
_CHOICE = re.compile(r"(?<!\$)\{([^{}\[\]\\$,]*(?:,[^{}\[\]\\$,]*)+)\}|\[([A-Za-z0-9_]+)\]")
_CLASS = re.compile(r"\[[^\[\]]+\]")
_MOST_CHOICES = 32


class Cover:
    """Some globs, each with a name of its own."""

    def __init__(self, globs: Sequence[str]) -> None:
        self._globs = tuple(globs)
        self._each = [_expression(glob) for glob in self._globs]
        self._any = re.compile("|".join(each.pattern for each in self._each if each), re.DOTALL) if globs else None

    def all_of(self, glob: str) -> tuple[str, ...]:
        """Those that together take in all of ``glob``, one where one does; empty where that cannot be told."""
        if glob in self._globs:
            return (glob,)
        if self._any is None:
            return ()
        examples = tuple(map(_example, _choices(glob)))
        if not examples or not all(example is not None and self._any.fullmatch(example) for example in examples):
            return ()
        found: dict[str, None] = {}
        for one, expression in zip(self._globs, self._each, strict=True):
            matched = [example for example in examples if expression and example and expression.fullmatch(example)]
            if len(matched) == len(examples):
                return (one,)
            found.update(dict.fromkeys([one] if matched else []))
        return tuple(found)


def _choices(glob: str) -> tuple[str, ...]:
    """The globs without ``{a,b}`` and ``[ab]`` that mean the same together; none where they are too many."""
    done: list[str] = []
    left = [glob]
    while left:
        one = left.pop()
        match = _CHOICE.search(one)
        if match is None:
            done.append(one)
        elif ".." in match.group():
            return ()
        else:
            others = match[1].split(",") if match[1] is not None else match[2]
            left += [one[: match.start()] + other + one[match.end() :] for other in others]
        if len(done) + len(left) > _MOST_CHOICES:
            return ()
    return tuple(done)


def _segments(glob: str) -> tuple[str, ...] | None:
    """The names of a glob; None where what it means is more than wildcards."""
    plain = glob.removeprefix("./").strip("/")
    segments = ["**"] if plain in {"", "."} else [_ordered(segment) for segment in plain.split("/")]
    if segments[-1] == "?*":  # what names a folder also means all below it
        segments[-1] = "**"
    odd = any(segment in {"", ".", ".."} or ("**" in segment and segment != "**") for segment in segments)
    return None if odd or set("{}\\|()") & set(plain) else tuple(segments)


def _ordered(segment: str) -> str:
    """One spelling for ``*?`` and ``?*``, and for a whole name, which is never empty."""
    if "**" in segment:
        return segment
    ordered = re.sub(r"[*?]*\*[*?]*", lambda run: "?" * run.group().count("?") + "*", segment)
    return "?*" if ordered == "*" else ordered


def _example(glob: str) -> str | None:
    """A path that stands for all of them, and for more where there are classes: any character, or any name."""
    segments = _segments(glob)
    if segments is None:
        return None
    return "/".join(_named(segment) for segment in segments)


def _named(segment: str) -> str:
    if segment == "**":
        return _DEEP
    segment = _CLASS.sub("?", segment)
    return _NAME if set("[]") & set(segment) else segment.replace("*", _NAME).replace("?", _ONE)


def _expression(glob: str) -> re.Pattern[str] | None:
    """What matches the examples of globs that mean nothing else than this one; None where it may mean less."""
    found = []
    for choice in _choices(glob):
        segments = _segments(choice)
        if segments is not None and not set("[]") & set(choice):
            found.append(expression_of(segments, one=_NO_WILDCARD, each=_NO_FOLDERS))
    return re.compile("|".join(found), re.DOTALL) if found else None
