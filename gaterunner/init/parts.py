"""Which folders of a repository are projects of their own. Pure."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from gaterunner.config.conventions import LANGUAGES
from gaterunner.config.conventions.files import Files
from gaterunner.config.conventions.types import SourceError, Tree
from gaterunner.init.stacks import STACKS
from gaterunner.init.types import ROOT, LeftOut, Stack

DEEPEST = 3
"""Folders further down are not looked at."""

# Nobody's own project: what is bundled, shown, generated, or made to be tested with.
_ASIDE = re.compile(
    r"(?:^|/)(?:\.[^/]*|node_modules|vendor|third[_-]party|external|dist|out|target|fixtures?|testdata|test[_-]?data|tests?"
    r"|__tests__|specs?|e2e|examples?|samples?|demos?|playgrounds?|templates?|docs?|website|site|benchmarks?|bench|fuzz"
    r"|docker|scripts?|tools?|hack|ci|contrib|packaging|static|assets|public|migrations|patches)(?:/|$)",
    re.IGNORECASE,
)
_PYTHON = re.compile(
    r"pyproject\.toml|setup\.(?:py|cfg)|Pipfile|requirements[\w.-]*\.txt|requirements/.*\.txt|tox\.ini|manage\.py"
)
_MOST_STARS = 4  # of a workspace's glob; more could take time without end
_SAFE = re.compile(r"[A-Za-z0-9_][\w.@+/-]*")


class Place(Struct, frozen=True, kw_only=True):
    """A folder and the stacks whose manifests lie in it; a ``member`` belongs to the root's workspace."""

    folder: str
    stacks: tuple[Stack, ...]
    tree: Tree
    member: bool = False


class Below:
    """The part of a tree below a folder; ``paths`` are those of the whole tree, sorted, so that it is found quickly."""

    def __init__(self, tree: Tree, folder: str, paths: Sequence[str]) -> None:
        self._tree = tree
        self._prefix = f"{folder}/"
        first = bisect_left(paths, self._prefix)
        after = bisect_left(paths, f"{folder}0")  # the character behind the slash
        self._paths = tuple(path[len(self._prefix) :] for path in paths[first:after])

    def paths(self) -> tuple[str, ...]:
        """Relative to the folder."""
        return self._paths

    def read(self, path: str) -> bytes | None:
        return self._tree.read(self._prefix + path)


class Places(Struct, frozen=True, kw_only=True):
    """The root first, then the others by path; ``left_out`` tells which folders with manifests were passed over."""

    places: tuple[Place, ...]
    left_out: tuple[LeftOut, ...]


def find_places(tree: Tree) -> Places:
    """The root, and every folder with a manifest that is nobody's member; a root without any stack is there, too."""
    folders = _folders_with_manifests(tree)
    root = Place(folder=ROOT, stacks=_stacks_in(tree, folders), tree=tree)
    members = tuple(_members(root))
    places, left_out = [root], list[str]()
    paths = tuple(sorted(tree.paths()))
    for folder in folders:
        if _ASIDE.search(folder) or not _SAFE.fullmatch(folder):
            left_out.append(folder)
            continue
        part = Below(tree, folder, paths)
        stacks = _stacks_in(part)
        if stacks:
            own = tuple(stack for stack in stacks if not _is_member(folder, stack, members))
            places.append(Place(folder=folder, stacks=own or stacks, tree=part, member=not own))
    return Places(places=tuple(places), left_out=tuple(_grouped(left_out)))


def _stacks_in(tree: Tree, projects: Iterable[str] = ()) -> tuple[Stack, ...]:
    """Stray scripts make no project: Python without a manifest counts only where nothing else is, and only for files
    outside of the folders that are ``projects`` of their own."""
    files = Files(tree)
    present = {language.name for language in LANGUAGES if language.present(files)}
    if not any(_PYTHON.fullmatch(path) for path in files.paths):
        inside = tuple(f"{folder}/" for folder in projects)
        own = any(path.endswith(".py") and not path.startswith(inside) for path in files.paths)
        if len(present) > 1 or not own:
            present.discard("Python")
    return tuple(stack for stack in STACKS if stack.language in present)


def _grouped(folders: list[str]) -> Iterator[LeftOut]:
    """One line for each folder at the root."""
    tops: dict[str, list[str]] = {}
    for folder in folders:
        tops.setdefault(folder.partition("/")[0], []).append(folder)
    for inside in tops.values():
        more = f" and {len(inside) - 1} more" if len(inside) > 1 else ""
        yield LeftOut(name=f"{inside[0]}/{more}", why="not taken for a project of its own, by its name")


def _folders_with_manifests(tree: Tree) -> list[str]:
    endings = tuple(manifest for stack in STACKS for manifest in stack.manifests)
    found: set[str] = set()
    for path in tree.paths():
        folder, _, name = path.rpartition("/")
        if folder and folder.count("/") < DEEPEST and name.endswith(endings) and _is_manifest(name):
            found.add(folder)
    return sorted(found)


def _is_manifest(name: str) -> bool:
    return any(
        name == manifest or (manifest.startswith(".") and name.endswith(manifest))
        for stack in STACKS
        for manifest in stack.manifests
    )


def _members(root: Place) -> Iterator[tuple[str, re.Pattern[str]]]:
    files = Files(root.tree)
    for stack in root.stacks:
        try:
            globs = stack.members(files)
        except SourceError:
            continue  # whoever looks for the gates of the root will say so
        for glob in globs:
            if not glob.startswith("!") and glob.count("*") <= _MOST_STARS:
                yield stack.language, _expression(glob)


def _expression(glob: str) -> re.Pattern[str]:
    """A folder's glob with ``*`` within a folder and ``**`` across; longer ones are cut to keep matching quick."""
    text = re.escape(glob.strip("/").removeprefix("./")[:200])
    text = re.sub(r"(?:\\\*){2,}(?:/)?", "(?:.*/)?", text, count=2)
    return re.compile(re.sub(r"\\\*", "[^/]*", text) + r"(?:/.*)?")


def _is_member(folder: str, stack: Stack, members: tuple[tuple[str, re.Pattern[str]], ...]) -> bool:
    return any(language == stack.language and pattern.fullmatch(folder) for language, pattern in members)
