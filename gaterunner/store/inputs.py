"""Which files of the judged tree a gate's result rests on. Pure: entries in, entries and digests out.

Beside what `inputs:` names these count, as leaving one out by mistake would make one result stand for another:
files right in the repository's root, in `cwd` and in the folders between them, where tools have their settings
(Makefile, package.json, conftest.py …), except for prose; and every symbolic link and submodule, as what lies behind
one cannot be told by globs. A glob with `!` takes any of them out again.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence

from msgspec import Struct

from gaterunner.config.types import Gate
from gaterunner.globs import Globs
from gaterunner.model import FileChange
from gaterunner.policies.context import TreeEntry

SYMLINK, SUBMODULE = "120000", "160000"
_LINKS = (SYMLINK, SUBMODULE)
_PROSE = re.compile(
    r"(?:.*\.(?:md|mdx|rst|adoc)|(?:README|CHANGELOG|CHANGES|HISTORY|LICEN[CS]E|NOTICE|COPYING|AUTHORS|CONTRIBUTORS"
    r"|CODEOWNERS|SECURITY|CONTRIBUTING)(?:\..*)?|\.mailmap|\.git-blame-ignore-revs)",
    re.IGNORECASE,
)


class Inputs(Struct, frozen=True, kw_only=True):
    """What one gate's result rests on.

    ``named`` counts the files that its globs match. ``digest`` is the sha256 over ``entries`` (mode, blob id and path
    of each); ``changed`` the one over those that the change touches, as they were at the base; None without any.
    """

    named: int
    entries: tuple[TreeEntry, ...]
    digest: str
    changed: str | None
    globs: Globs


class JudgedTree:
    """The judged tree's entries, matched against each distinct list of globs once."""

    def __init__(self, entries: Iterable[TreeEntry], changes: Sequence[FileChange], *, law: str) -> None:
        """``changes`` compares the base with this tree; ``law`` is the workflow file's path, which does not count."""
        self._entries = sorted(entries, key=lambda entry: entry.path)
        self._paths = [entry.path for entry in self._entries]
        self._links = [entry for entry in self._entries if entry.mode in _LINKS]
        self._folders: dict[str, list[TreeEntry]] = {}
        for entry in self._entries:
            self._folders.setdefault(entry.path.rpartition("/")[0], []).append(entry)
        self._changes = changes
        self._law = law
        self._found: dict[tuple[tuple[str, ...], str], Inputs] = {}

    def inputs(self, gate: Gate) -> Inputs:
        """Those of one gate. Raises ``ValueError`` for a glob that cannot be used."""
        patterns = (*gate.inputs, *gate.test_rules.base_tests)
        key = (patterns, posixpath.normpath(gate.cwd))
        if key not in self._found:
            self._found[key] = self._find(Globs(patterns), _ancestors(key[1]))
        return self._found[key]

    def _find(self, globs: Globs, settings: frozenset[str]) -> Inputs:
        named = [entry for entry in self._within(globs.folders) if globs.matches(entry.path)]
        entries = {entry.path: entry for entry in named}
        right_in = [entry for folder in settings for entry in self._folders.get(folder, ())]
        unnamed = [*self._links, *(entry for entry in right_in if self._is_setting(entry.path, settings))]
        entries.update({entry.path: entry for entry in unnamed if not globs.excluded(entry.path)})
        counted = tuple(entries[path] for path in sorted(entries))
        touched = [change for change in self._changes if self._counts(change, globs, settings)]
        return Inputs(
            named=len(named),
            entries=counted,
            digest=_digest((entry.mode, entry.blob, entry.path) for entry in counted),
            changed=_digest((each.old_mode, each.old_blob, each.path) for each in touched) if touched else None,
            globs=globs,
        )

    def _within(self, folders: tuple[str, ...] | None) -> Iterable[TreeEntry]:
        """The entries that lie in some folders, or are one of them; each once."""
        if folders is None:
            return self._entries
        found: dict[str, TreeEntry] = {}
        for folder in folders:
            at = bisect_left(self._paths, folder)
            if self._paths[at : at + 1] == [folder]:
                found[folder] = self._entries[at]
            # "0" is the character after "/"
            first, last = bisect_left(self._paths, f"{folder}/"), bisect_left(self._paths, f"{folder}0")
            found.update(zip(self._paths[first:last], self._entries[first:last], strict=True))
        return found.values()

    def _is_setting(self, path: str, folders: frozenset[str]) -> bool:
        folder, _, name = path.rpartition("/")
        return folder in folders and path != self._law and not _PROSE.fullmatch(name)

    def _counts(self, change: FileChange, globs: Globs, settings: frozenset[str]) -> bool:
        if globs.excluded(change.path):
            return False
        return (
            globs.included(change.path)
            or change.old_mode in _LINKS
            or change.new_mode in _LINKS
            or self._is_setting(change.path, settings)
        )


def _ancestors(cwd: str) -> frozenset[str]:
    """``a/b`` as the root, ``a`` and ``a/b``."""
    if cwd == ".":
        return frozenset({""})
    parts = cwd.split("/")
    return frozenset("/".join(parts[:count]) for count in range(len(parts) + 1))


def _digest(rows: Iterable[tuple[str, str, str]]) -> str:
    """One that no other rows have: neither a mode nor an id holds a space, and no path holds a zero byte."""
    text = "\0".join(f"{mode} {blob} {path}" for mode, blob, path in rows)
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
