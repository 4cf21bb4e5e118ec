"""What tells git and its readers to look away: .gitattributes, .gitmodules, .gitignore."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator

from gaterunner.guardrails.data import flat, parse
from gaterunner.guardrails.findings import found, several, shown
from gaterunner.guardrails.sides import Sides, Unread
from gaterunner.guardrails.whole_files import as_a_whole
from gaterunner.model import FileChange, Finding

# What an attribute does to whoever reads the file; all others (`text`, `eol`, `lfs` locks) change no content or diff.
_ATTRIBUTES = {
    "diff": "diffs of it would not be shown as they are",
    "binary": "diffs of it would not be shown",
    "linguist-generated": "GitHub would fold its diff away as generated",
    "linguist-vendored": "GitHub would leave it out as vendored",
    "filter": "a program would change it when it is checked out",
    "merge": "another way of merging it would be used",
    "working-tree-encoding": "it would be another file in the work tree than in git",
    "ident": "it would be another file in the work tree than in git",
    "export-subst": "it would be another file in an archive than in git",
    "export-ignore": "archives would not hold it",
}
_MOST_PATTERNS = 300
_MOST_STARS = 8


def compare_git_file(file: FileChange, old: bytes | None, new: bytes | None, sides: Sides) -> Iterator[Finding]:
    """What the change of one of these files does; ``None`` is a side without the file."""
    was, will = ((data or b"").decode("utf-8", "surrogateescape") for data in (old, new))
    name = posixpath.basename(file.path)
    if name == ".gitattributes":
        yield from _attributes(file, was, will)
    elif name == ".gitmodules":
        yield from _modules(file, was, will)
    elif name == ".gitignore":
        yield from _ignored(file, was, will, sides)


def _attributes(file: FileChange, old: str, new: str) -> Iterator[Finding]:
    before, after = set(_rules(old)), dict.fromkeys(_rules(new))
    for number, (pattern, attribute) in enumerate(after, start=1):
        name = re.split(r"=", attribute.lstrip("-!"))[0]
        if (pattern, attribute) in before or name not in _ATTRIBUTES or attribute.startswith("!"):
            continue
        if attribute in {"filter=lfs", "diff=lfs", "merge=lfs"}:
            continue  # `-text filter=lfs diff=lfs merge=lfs` is what `git lfs track` writes
        if name == "diff" and "=" in attribute and re.fullmatch(r"diff=(?:\w+)", attribute):
            continue  # a language's way of finding function names; a driver of ours would have to be set up by hand
        message = f"{shown(pattern)} would be {shown(attribute)}: {_ATTRIBUTES[name]}"
        yield found(
            "git-settings", message, path=file.path, line=_line(new, pattern) or number, key=f"{pattern} {attribute}"
        )


def _rules(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        words = line.split()
        if words and not words[0].startswith("#"):
            yield from ((words[0], word) for word in words[1:])


def _modules(file: FileChange, old: str, new: str) -> Iterator[Finding]:
    try:
        before, after = (flat(parse("ini", re.sub(r"(?m)^\s+", "", text))) for text in (old, new))
    except Unread:
        yield from as_a_whole(file, "git")
        return
    for key, will in after.items():
        was = before.get(key)
        section, _, option = key.rpartition(".")
        if was == will or option not in {"url", "path", "update", "branch", "ignore", "shallow"}:
            continue
        if was is None and f"{section}.url" not in before and option != "url":
            continue
        instead = f" instead of {shown(was)}" if was is not None else ""
        message = f"{shown(section)} would have {option} {shown(will)}{instead}: what is checked out comes from there"
        yield found("git-settings", message, path=file.path, line=_line(new, str(will)), key=key)


def _ignored(file: FileChange, old: str, new: str, sides: Sides) -> Iterator[Finding]:
    """Linters that follow .gitignore (ruff, ESLint, prettier, ripgrep) skip a file that it names, tracked or not."""
    held = set(old.splitlines())
    folder = posixpath.dirname(file.path)
    added = [line.strip() for line in dict.fromkeys(new.splitlines()) if line not in held]
    patterns = [pattern for pattern in added if pattern and not pattern.startswith(("#", "!"))]
    if len(patterns) > _MOST_PATTERNS or any(pattern.count("*") > _MOST_STARS for pattern in patterns):
        yield from as_a_whole(file, "git")  # more than is written by hand, and more than is worth the time
        return
    for pattern in patterns:
        hit = list(_matching(pattern, folder, sides.new.paths()))
        if hit:
            message = (
                f"{shown(pattern)} names tracked files ({several(hit)}), which linters that follow .gitignore then skip"
            )
            yield found("git-settings", message, path=file.path, line=_line(new, pattern), key=pattern)


def _matching(pattern: str, folder: str, paths: Iterable[str]) -> Iterator[str]:
    """Tracked paths that a line of a .gitignore means, by gitignore(5)."""
    prefix = f"{re.escape(folder)}/" if folder else ""
    anchored = "/" in pattern.rstrip("/")
    body = "".join(
        _GLOB.get(part, re.escape(part)) for part in re.split(r"(\*\*/|/\*\*|\*|\?)", pattern.strip("/")) if part
    )
    end = "/.+" if pattern.endswith("/") else "(?:/.+)?"
    expression = re.compile(f"{prefix}{'' if anchored else '(?:.*/)?'}{body}{end}", re.DOTALL)
    for path in paths:
        if expression.fullmatch(path):
            yield path


_GLOB = {"**/": "(?:.*/)?", "/**": "/.+", "*": "[^/]*", "?": "[^/]"}


def _line(text: str, word: str) -> int | None:
    at = text.find(word)
    return text.count("\n", 0, at) + 1 if at >= 0 else None
