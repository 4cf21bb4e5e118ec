"""Whether one glob takes in all that another one does. Pure."""

from __future__ import annotations

from gaterunner.globs import Globs

# What no glob spells, so that only a wildcard of the other matches it.
_ANY = "\ue000"


def covers(outer: Globs, inner: str) -> bool:
    """True when ``outer`` matches whatever ``inner`` can; False also where that cannot be told.

    A wildcard of ``inner`` is put as something that only a wildcard as wide can match: ``*`` as two characters that
    stand nowhere else, ``?`` as one, ``**`` as folders of such names.
    """
    return all(outer.matches(example) for example in _examples(inner))


def _examples(glob: str) -> list[str]:
    plain = glob.removeprefix("./").strip("/")
    if plain in {"", "."}:
        plain = "**"
    segments = plain.split("/")
    deep = "/".join(_deep(segment) for segment in segments)
    if "**" not in segments:
        return [deep]
    shallow = "/".join(_deep(segment) for segment in segments if segment != "**")
    # `a/**` does not mean `a` itself; `**/a` also means `a` at the root.
    return [deep, shallow] if shallow and segments[-1] != "**" else [deep, f"{shallow}/{_ANY}{_ANY}".lstrip("/")]


def _deep(segment: str) -> str:
    if segment == "**":
        return f"{_ANY}{_ANY}/{_ANY}{_ANY}"
    return segment.replace("**", "*").replace("*", f"{_ANY}{_ANY}").replace("?", _ANY)
