"""Which files of a change, and of the trees around it, are migrations of which tool."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct

from gaterunner.globs import Globs
from gaterunner.migrations.contents import Contents
from gaterunner.migrations.kinds import Layout, Parts, Place, Role, Tool
from gaterunner.migrations.names import number, version_text
from gaterunner.migrations.sql_folders import sql_parts
from gaterunner.migrations.tools import TOOLS
from gaterunner.model import FileChange
from gaterunner.policies.context import PolicyContext, TreeEntry

_SIBLINGS_LOOKED_AT = 2
# A path without any of these is no migration of any tool in the table; most paths of a tree end here.
_HINT = re.compile(
    r"(?i)migrat|alembic|versions/|\.sql$|drizzle|(?:^|/)[VUBR]\d*__|_journal\.json$|changelog|(?:^|/)\d+_[^/]*\.go$"
)
_CODE = r"(?:sql|py|rb|[cm]?[jt]s|go|cs|java|kt|exs?|php|xml|ya?ml)"
_LOOKS_LIKE_ONE = re.compile(
    rf"(?i)(?:.*/)?(?:[^/]*migrat(?:e|ions?)/(?:.*/)?(?:[^/]+\.sql|[VUR]?\d\d+[-_.][^/]*\.{_CODE}|\d\d+[-_][^/]*/[^/]+\.sql)"
    r"|[VUR]?\d\d+[-_][^/]*\.sql)"
)


def looks_like_one(path: str) -> bool:
    """True for a path that reads like a migration's, whatever its tool; contents are not looked at."""
    return bool(_LOOKS_LIKE_ONE.fullmatch(path))


class Claim(Struct, frozen=True, kw_only=True):
    """A file, the tool that owns it, and its place there."""

    path: str
    tool: Tool
    place: Place


class Trees(Struct, frozen=True, kw_only=True):
    """The three trees of a change by path: where it started, the target's newest state, what is judged."""

    base: Mapping[str, TreeEntry]
    tip: Mapping[str, TreeEntry]
    judged: Mapping[str, TreeEntry]


class Inventory(Struct, frozen=True, kw_only=True):
    """What belongs to whom.

    ``changed`` holds the changed migrations by path, ``existing`` the target's by tool and sequence. ``counts`` says
    how many each tool (by title) has on the base. ``unclaimed`` are changed files that look like migrations and that
    no tool's evidence covers.
    """

    changed: Mapping[str, Claim]
    existing: Mapping[tuple[str, str], tuple[Claim, ...]]
    counts: Mapping[str, int]
    unclaimed: tuple[str, ...]


def trees_of(context: PolicyContext) -> Trees:
    """Reads each distinct tree once."""
    change = context.change
    known: dict[str, dict[str, TreeEntry]] = {}
    for commit in (change.base, change.base_tip, change.judged):
        if commit not in known:
            known[commit] = {entry.path: entry for entry in context.repository.tree(commit)}
    return Trees(base=known[change.base], tip=known[change.base_tip], judged=known[change.judged])


class _Recogniser:
    """Asks the tools in their order, and looks into files only where a path does not tell."""

    def __init__(self, tools: Iterable[Tool], layout: Layout, *, pinned: bool, any_path: bool) -> None:
        self._tools = tuple(tools)
        self._layout = layout
        self._pinned = pinned
        self._any_path = any_path
        self._confirmed: set[tuple[str, str]] = set()

    def candidates(self, path: str) -> list[Claim]:
        """Every tool that could own the path, in the order of the table."""
        if not self._any_path and not _HINT.search(path) and not path.endswith((".xml", ".yaml", ".yml", ".json")):
            return []
        claims = ((tool, tool.place(path, self._layout)) for tool in self._tools)
        return [Claim(path=path, tool=tool, place=place) for tool, place in claims if place]

    def confirm(self, claim: Claim, text: str) -> None:
        """Counts a text of the claim's sequence as evidence, if it is some."""
        if claim.tool.confirms and claim.tool.confirms(text):
            self._confirmed.add(_sequence(claim))

    def owner(self, claims: Iterable[Claim]) -> Claim | None:
        """The first claim that holds."""
        return next((claim for claim in claims if self._holds(claim)), None)

    def _holds(self, claim: Claim) -> bool:
        # A tool that the operator named needs no evidence, except where its files could be anything.
        trusted = claim.place.certain or (self._pinned and claim.place.role is not Role.CHANGELOG)
        return trusted or _sequence(claim) in self._confirmed


def _sequence(claim: Claim) -> tuple[str, str]:
    return (claim.tool.name, claim.place.sequence)


def numbered_tool(globs: tuple[str, ...]) -> Tool:
    """A tool for files that the operator names by glob: numbered, applied once, never edited."""
    named = Globs(globs)

    def place(path: str, _layout: Layout) -> Place | None:
        if not named.matches(path):
            return None
        version = version_text(path)
        if not version:
            return Place(sequence=path.rpartition("/")[0], name=path, role=Role.UP)
        digits = re.sub(r"\D", "", version)
        name = path.rpartition("/")[2]
        return Place(sequence=path.rpartition("/")[0], name=name, version=digits.lstrip("0"), order=number(digits))

    def parts(path: str, data: bytes) -> Parts:
        return sql_parts(path, data)

    return Tool(name="numbered", title="Numbered files", place=place, parts=parts, linear=True)


def take(
    files: Iterable[FileChange],
    trees: Trees,
    contents: Contents,
    *,
    tools: tuple[str, ...] = (),
    paths: tuple[str, ...] = (),
    ignore: tuple[str, ...] = (),
) -> Inventory:
    """Recognises the changed files and lists the existing migrations; the keywords are the operator's options."""
    left_out = _left_out(ignore)
    kept = [file for file in files if not left_out(file.path)]
    recogniser = _recogniser(trees, contents, tools, paths)
    claims = {file.path: found for file in kept if (found := recogniser.candidates(file.path))}
    _look_into(recogniser, [file for file in kept if file.path in claims], claims, trees, contents)
    changed = {path: owner for path, found in claims.items() if (owner := recogniser.owner(found))}
    existing = _claims_of(trees.tip, recogniser, ignore)
    base = existing if trees.base is trees.tip else _claims_of(trees.base, recogniser, ignore)
    counts: dict[str, int] = {}
    for claim in base:
        if claim.place.role in (Role.UP, Role.BASELINE, Role.REPEATABLE, Role.CHANGELOG):
            counts[claim.tool.title] = counts.get(claim.tool.title, 0) + 1
    by_sequence: dict[tuple[str, str], list[Claim]] = {}
    for claim in existing:
        by_sequence.setdefault(_sequence(claim), []).append(claim)
    return Inventory(
        changed=changed,
        existing={key: tuple(found) for key, found in by_sequence.items()},
        counts=counts,
        unclaimed=() if tools else _unclaimed(kept, changed, existing),
    )


def _recogniser(trees: Trees, contents: Contents, tools: tuple[str, ...], paths: tuple[str, ...]) -> _Recogniser:
    def read_all(path: str) -> str:
        ids = [tree[path].blob for tree in (trees.base, trees.judged) if path in tree]
        contents.load(ids)
        return "\n".join(contents.text_of(id) for id in ids)

    chosen = [tool for name, tool in TOOLS.items() if not tools or name in tools]
    if paths:
        chosen.insert(0, numbered_tool(paths))
    layout = Layout([*trees.base, *trees.tip, *trees.judged], read_all)
    return _Recogniser(chosen, layout, pinned=bool(tools), any_path=bool(tools or paths))


def _look_into(
    recogniser: _Recogniser,
    files: list[FileChange],
    claims: Mapping[str, list[Claim]],
    trees: Trees,
    contents: Contents,
) -> None:
    """Reads the changed files and a few siblings on the base, and counts what they say as evidence."""
    doubtful = [claim for found in claims.values() for claim in found if not claim.place.certain]
    siblings = _siblings(doubtful, trees.base)
    ids = {file.path: blob_ids(file) for file in files}
    contents.load([*(id for pair in ids.values() for id in pair), *siblings])
    for claim in doubtful:
        for id in (*ids[claim.path], *siblings):
            if id in ids[claim.path] or siblings.get(id) == claim.path.rpartition("/")[0]:
                recogniser.confirm(claim, contents.text_of(id))


def blob_ids(file: FileChange) -> tuple[str, ...]:
    """The ids of a changed file's contents; a submodule's is a commit of another repository, and has none here."""
    sides = ((file.old_mode, file.old_blob), (file.new_mode, file.new_blob))
    return tuple(blob for mode, blob in sides if mode != "160000" and blob.strip("0"))


def _siblings(doubtful: Iterable[Claim], base: Mapping[str, TreeEntry]) -> dict[str, str]:
    """The ids of a few files beside each doubtful one, with their directory."""
    wanted = {
        (claim.path.rpartition("/")[0], claim.path.rpartition(".")[2])
        for claim in doubtful
        if claim.place.role is not Role.CHANGELOG
    }
    found: dict[tuple[str, str], list[str]] = {}
    if wanted:
        for path in sorted(base):
            key = (path.rpartition("/")[0], path.rpartition(".")[2])
            if key in wanted and version_text(path):
                found.setdefault(key, []).append(base[path].blob)
    return {
        blob: directory
        for (directory, _), blobs in found.items()
        for blob in (*blobs[:_SIBLINGS_LOOKED_AT], *blobs[-_SIBLINGS_LOOKED_AT:])
    }


def _claims_of(tree: Mapping[str, TreeEntry], recogniser: _Recogniser, ignore: tuple[str, ...]) -> list[Claim]:
    left_out = _left_out(ignore)
    owners = (recogniser.owner(recogniser.candidates(path)) for path in tree if not left_out(path))
    return [owner for owner in owners if owner]


def _unclaimed(files: Iterable[FileChange], changed: Mapping[str, Claim], existing: Iterable[Claim]) -> tuple[str, ...]:
    """A file beside a tool's own migrations that the tool does not take for one is none."""
    owned = {claim.path.rpartition("/")[0] for claim in (*changed.values(), *existing)}
    return tuple(
        file.path
        for file in files
        if file.path not in changed and looks_like_one(file.path) and file.path.rpartition("/")[0] not in owned
    )


def _left_out(globs: tuple[str, ...]) -> Callable[[str], bool]:
    return Globs(globs).matches if globs else lambda _path: False
