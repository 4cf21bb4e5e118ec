"""Ways to destroy something in a migration's code without calling the tool's own method by its name."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gaterunner.migrations.code_text import Source
from gaterunner.migrations.code_verbs import Tool
from gaterunner.migrations.effects import Effect, Kind
from gaterunner.migrations.sql_keywords import destructive_word

# Short names (`remove`, `drop`) are also names of other things.
_TELLING = re.compile(r"(?i:drop|remove|rename|truncate|delete|clear)(?:_[a-z]\w*|[A-Z]\w*)\Z")
_JOINT = re.compile(r"['\"`]\s{0,20}\+\s{0,20}['\"`]")
_RUNS_BACK = re.compile(
    r"(?<![\w.:])revert(?=[ (]|\s+do\b)|\.(?:migrate|exec_migration)[ (]+[^\n)]{0,80}:down\b|\bMigrator\.down\b"
    r"|\.synchronize\s*\(\s*true|\.dropDatabase\s*\("
)
_SHELL = re.compile(
    r"(?<![\w.])(?:system|exec|spawn|shell_exec|passthru|proc_open|popen|execSync|spawnSync|execFileSync)[ (]"
    r"|(?<!\w)%x[{(\[]|\bOpen3\.|\bchild_process\b|\bProcess\.Start\b|\bexec\.Command\b|\bSystem\.cmd\b|\bIO\.popen\b"
)
_SPELT = re.compile(r"\\u(?:[0-9a-fA-F]{4}|\{)")
_GUARDS = re.compile(r"(?<![\w.])(?:if|unless|rescue|try|catch|when)\b|&&|\?\?|\s\?\s")


def may_be_skipped(source: Source) -> bool:
    """Whether a creation may not happen: by a condition, or because the error that the thing exists is caught."""
    return _GUARDS.search(source.code) is not None


def effects(source: Source, tool: Tool) -> Iterator[Effect]:
    """What the code names, runs or puts together besides the calls that are read; each is opaque."""
    losing = sorted((name for name in tool.verbs if _TELLING.match(name)), key=len, reverse=True)
    if losing:
        yield from _named(source, tool, re.compile(rf"(?<!\w)(?P<name>{'|'.join(losing)})(?!\w)"))
    for pattern, harm in ((_RUNS_BACK, "undoes what exists"), (_SPELT, "is a name spelt in escapes")):
        if (found := pattern.search(source.code)) and (pattern is _RUNS_BACK or tool.language == "javascript"):
            yield _harmful(source, found.start(), f"{found[0].strip(' (')}, which {harm},")
    if shell := _SHELL.search(source.code):
        word = destructive_word(source.text)
        says = "a program that it starts" + (f", with {word} in the file," if word else "")
        yield Effect(kind=Kind.OPAQUE, line=source.line(shell.start()), harmful=word is not None, says=says)


def _named(source: Source, tool: Tool, losing: re.Pattern[str]) -> Iterator[Effect]:
    """A losing method that is passed on, looked up or renamed instead of called."""
    called = {found.start("name") for found in tool.pattern().finditer(source.code)}
    for found in losing.finditer(source.code):
        if found.start() not in called:
            yield _harmful(source, found.start(), f"{found[0]}, which is named and not called,")
            return
    # Blanked out are the strings of the way back, quotes and all.
    alive = [each for each in source.literals.values() if source.code[each.at : each.at + 1].strip()]
    for each in alive:
        if losing.fullmatch(each.text.strip()):
            yield _harmful(source, each.at, f"{each.text.strip()}, which is named and not called,")
            return
    for joint in _JOINT.finditer(source.text):
        start, end = max(joint.start() - 40, 0), joint.end() + 40
        near = _JOINT.sub("", source.text[start:end])
        whole = losing.search(near)
        if whole and not losing.search(source.text[start:end]):
            yield _harmful(source, joint.start(), f"{whole[0]}, whose name is put together,")
            return


def _harmful(source: Source, at: int, says: str) -> Effect:
    return Effect(kind=Kind.OPAQUE, line=source.line(at), harmful=True, says=says)
