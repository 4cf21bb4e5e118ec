"""Python tests read line by line, for files that this interpreter cannot parse: older or newer syntax, or broken."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

from gaterunner.weakening.bodies import digest
from gaterunner.weakening.types import Hollow, Sheet, Skip, Test

_HEADER = re.compile(r"^(?P<indent>[ \t]*)(?:async[ ]+)?(?P<kind>def|class)[ ]+(?P<name>\w+)")
_SKIP = re.compile(r"^\s*@.*?\b(?P<name>skip\w*|xfail\w*|expectedFailure)\b(?P<rest>.*)")
_CALL = re.compile(r"^\s*(?:raise\s+)?(?:\w+\.)*(?:skip|skipTest|xfail|importorskip|SkipTest)\(")
_WHOLE = re.compile(r"^pytestmark\s*=.*\b(?:skip|xfail)\w*|^\w*\.?skip\(.*allow_module_level")
_ASSERTION = re.compile(r"^\s*(?:assert\b|(?:with\s+|await\s+)?[\w.]*(?:assert|raises|expect|check|verify|fail)\w*\()")
_HOLLOW = re.compile(r"^\s*assert\s*\(?\s*(?:True|1|not False)\s*\)?\s*(?:,.*)?(?:#.*)?$|assertTrue\(\s*True\s*\)")


class _Block(Struct, frozen=True):
    indent: int
    prefix: str
    skips: tuple[Skip, ...]


def read(data: bytes) -> Sheet:
    """All tests of a module, as far as their lines tell."""
    lines = data.decode("utf-8", "replace").splitlines()
    return Sheet(tests=tuple(_tests(lines)))


def _tests(lines: Sequence[str]) -> Iterator[Test]:
    whole = tuple(_skip(line, number) for number, line in enumerate(lines, 1) if _WHOLE.match(line))
    around = [_Block(-1, "", whole)]
    for number, line in enumerate(lines, 1):
        header = _HEADER.match(line)
        if header is None:
            continue
        indent = len(header["indent"].expandtabs())
        while around[-1].indent >= indent:
            around.pop()
        skips = (*around[-1].skips, *_decorators(lines, number))
        if header["kind"] == "class":
            around.append(_Block(indent, f"{around[-1].prefix}{header['name']}.", skips))
        elif header["name"].startswith("test"):
            yield _test(lines, number, indent, f"{around[-1].prefix}{header['name']}", skips)


def _decorators(lines: Sequence[str], number: int) -> Iterator[Skip]:
    at = number - 1
    while at > 0 and (lines[at - 1].lstrip().startswith(("@", ")", "#")) or _continues(lines[at - 1])):
        if _SKIP.match(lines[at - 1]):
            yield _skip(lines[at - 1], at)
        at -= 1


def _continues(line: str) -> bool:
    return line.rstrip().endswith((",", "(", "[")) and not line.lstrip().startswith(("def ", "class "))


def _skip(line: str, number: int) -> Skip:
    found = re.search(r"\b(skip|xfail|expectedFailure)(\w*)(.*)", line)
    conditional = found is not None and found[2].lower().lstrip("_").startswith(("if", "unless"))
    fails = found is not None and "fail" in found[1].lower()
    condition = found[3].strip() if found is not None and conditional else ""
    return Skip(
        key=f"{'fails' if fails else 'skips'} {condition}".strip(),
        shown=line.strip()[:80],
        line=number,
        always=not conditional,
        word="expected to fail" if fails else "skipped",
    )


def _test(lines: Sequence[str], number: int, indent: int, name: str, skips: Sequence[Skip]) -> Test:
    end = number
    while end < len(lines) and (
        not lines[end].strip() or _indent(lines[end]) > indent or lines[end].lstrip()[:1] in ")]"
    ):
        end += 1
    body = lines[number:end]
    hollow = tuple(Hollow(line.strip()[:80], number + at) for at, line in enumerate(body, 1) if _HOLLOW.search(line))
    inner = min((_indent(line) for line in body if line.strip()), default=0)
    called = [
        _skip(line, number + at) for at, line in enumerate(body, 1) if _CALL.match(line) and _indent(line) == inner
    ]
    return Test(
        name=name,
        bare=name.rpartition(".")[2],
        line=number,
        end=end,
        skips=(*skips, *called),
        assertions=sum(_ASSERTION.match(line) is not None for line in body) - len(hollow),
        hollow=hollow,
        digest=digest(body),
    )


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip()) if "\t" not in line else len(line.expandtabs()) - len(line.lstrip())
