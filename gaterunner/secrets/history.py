"""The range rule: which secrets does this range of commits bring in? Pure over the readers it is given.

Every new blob is scanned once, and a match counts when its key is in none of that record's parent blobs. So what one
commit adds and the next removes is found, and so is content that only a merge commit holds; what was merged in from
the target is not in the range. Compared with parent blobs alone, two honest acts would look new, so a record is also
compared with the files that its commit deletes (a move, with or without an edit) and with what its path held before
the range began (a deletion that is taken back). References to a CI system's secrets are compared in the same way.

Two passes: the records first (ids and paths only), then contents, one at a time and none kept.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator

from msgspec import Struct

from gaterunner.errors import EvaluationError
from gaterunner.model import BlobRecord
from gaterunner.policies.context import RepositoryReader, SecretMatch, SecretScanner
from gaterunner.secrets.ci import Reference
from gaterunner.secrets.contents import Contents
from gaterunner.secrets.inventory import Inventory, Place
from gaterunner.secrets.links import leads_outside
from gaterunner.secrets.touched import TouchedFile, touched_files


class NewSecret(Struct, frozen=True):
    """A secret that the range brings in. ``commits`` counts the commits that bring it to this path."""

    match: SecretMatch
    place: Place
    commits: int = 1


class Noted(Struct, frozen=True):
    """Something about one content of the range, as a sentence's end: where a link leads, why nothing could look in."""

    place: Place
    reason: str


class NewReference(Struct, frozen=True):
    """A CI system's secret that a file of the range refers to and did not before."""

    reference: Reference
    place: Place


class Examination(Struct, frozen=True, kw_only=True):
    """What a range of commits holds. ``elsewhere`` are pointers to content outside this repository.

    ``links`` lead out of the tree. ``telling_paths`` hold a secret in their own name; ``added_telling_paths`` counts
    those that are more than deleted.
    """

    secrets: tuple[NewSecret, ...]
    files: tuple[TouchedFile, ...]
    references: tuple[NewReference, ...]
    links: tuple[Noted, ...]
    unread: tuple[Noted, ...]
    elsewhere: tuple[Noted, ...]
    telling_paths: frozenset[str]
    added_telling_paths: int
    commits: int
    blobs: int
    bytes: int
    ignored: int


def examine(
    records: Iterable[BlobRecord],
    repository: RepositoryReader,
    scanner: SecretScanner,
    ignores: Callable[[str], bool],
    *,
    final: Container[str] = (),
) -> Examination:
    """Reads every new content of ``records`` once. Raises ``EvaluationError`` when git or the engine fails.

    ``final`` are the blobs that the range ends with: they are searched whole, however long it is.
    """
    inventory = Inventory(records, ignores)
    contents = Contents(repository, scanner, inventory.edits(final))
    contents.read(inventory.to_scan(), inventory.to_look())
    expected = len({blob for blob, _ in inventory.to_scan()})
    if contents.ids < expected:
        raise EvaluationError(f"Only {contents.ids} of {expected} new file contents were read.")
    totals = (contents.ids, contents.bytes)
    telling = _telling_paths(inventory.paths, scanner)
    contents.read(_compared(inventory, contents))
    return Examination(
        secrets=_new_secrets(inventory, contents),
        files=tuple(touched_files(inventory, contents)),
        references=tuple(_new_references(inventory, contents)),
        links=tuple(_links(inventory, contents)),
        unread=tuple(_unread(inventory, contents)),
        elsewhere=tuple(_elsewhere(inventory, contents)),
        telling_paths=telling,
        added_telling_paths=len(telling & {row.place.path for row in inventory.rows}) if telling else 0,
        commits=inventory.commits,
        blobs=totals[0],
        bytes=totals[1],
        ignored=inventory.ignored,
    )


def _compared(inventory: Inventory, contents: Contents) -> Iterator[tuple[str, str]]:
    """What has to be scanned besides the new contents: what those with matches are compared with."""
    commits: set[str] = set()
    for row in inventory.rows:
        if contents.matches(row.place.blob, row.place.path):
            yield from row.known
            commits.add(row.place.commit)
    for commit in commits:
        yield from inventory.deleted[commit]


def _new_secrets(inventory: Inventory, contents: Contents) -> tuple[NewSecret, ...]:
    found: dict[tuple[str, str], NewSecret] = {}
    moved: dict[str, set[str]] = {}
    for row in inventory.rows:
        path, commit = row.place.path, row.place.commit
        matches = () if row.is_moved else contents.matches(row.place.blob, path)
        if not matches:
            continue
        if commit not in moved:
            moved[commit] = contents.keys(inventory.deleted[commit])
        known = contents.keys(row.known) | moved[commit]
        for match in matches:
            if match.key not in known:
                first = found.get((match.key, path))
                found[match.key, path] = (
                    NewSecret(first.match, first.place, first.commits + 1) if first else NewSecret(match, row.place)
                )
    return tuple(found.values())


def _new_references(inventory: Inventory, contents: Contents) -> Iterator[NewReference]:
    told: set[tuple[str, str, str]] = set()
    for row in inventory.ci_files:
        before = (*row.known, *inventory.deleted[row.place.commit])
        known = {reference.key for reference in contents.references(before)}
        for reference in contents.references([(row.place.blob, row.place.path)]):
            key = (row.place.path, *reference.key)
            if reference.key not in known and key not in told:
                told.add(key)
                yield NewReference(reference, row.place)


def _links(inventory: Inventory, contents: Contents) -> Iterator[Noted]:
    told: set[tuple[str, str]] = set()
    for place in inventory.links:
        reason = leads_outside(place.path, contents.target(place.blob))
        if reason is not None and (place.path, place.blob) not in told:
            told.add((place.path, place.blob))
            yield Noted(place, reason)


def _unread(inventory: Inventory, contents: Contents) -> Iterator[Noted]:
    for row in inventory.rows:
        reason = contents.problem(row.place.blob, row.place.path)
        if reason is not None and not row.is_moved:
            yield Noted(row.place, reason)


def _elsewhere(inventory: Inventory, contents: Contents) -> Iterator[Noted]:
    for place in inventory.submodules:
        yield Noted(place, "a submodule points to another repository")
    for row in inventory.rows:
        if row.place.blob in contents.lfs_pointers and not row.is_moved:
            yield Noted(row.place, "the content lies in Git LFS")


def _telling_paths(all_paths: Iterable[str], scanner: SecretScanner) -> frozenset[str]:
    """Paths that hold a secret in their own name: no report may show them."""
    paths = sorted(all_paths)
    listing = "\n".join(path.replace("\n", " ") for path in paths)
    matches = scanner.scan("paths", listing.encode("utf-8", "surrogateescape"))
    return frozenset(paths[match.line - 1] for match in matches)
