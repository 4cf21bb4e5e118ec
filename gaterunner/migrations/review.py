"""What a change does to the migrations that exist: edited, deleted, renamed, moved, replaced."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from gaterunner.migrations import alembic, edits
from gaterunner.migrations.contents import Contents
from gaterunner.migrations.findings import Rules, add_instead, error, unreadable, warning, with_severity
from gaterunner.migrations.inventory import Claim, Inventory, blob_ids
from gaterunner.migrations.kinds import Role, UnreadableError
from gaterunner.model import FileChange, Finding

_JUDGED_ELSEWHERE = frozenset({Role.EXEMPT, Role.COMPANION, Role.JOURNAL, Role.CHANGELOG})
_IN_FOLDERS = ("/migration.sql", "/up.sql")
_NO_MIGRATIONS = (".md", ".txt", "/__init__.py", "/.gitkeep")
_LINKS = {"120000": "a symbolic link", "160000": "a submodule"}


class Touched(Struct, frozen=True, kw_only=True):
    """One changed migration."""

    file: FileChange
    claim: Claim


class Reviewed(Struct, frozen=True, kw_only=True):
    """The findings, the migrations that are really new (neither moved nor renamed), and the paths of edited ones."""

    findings: tuple[Finding, ...]
    added: tuple[Touched, ...]
    modified: frozenset[str]
    edited: int
    removed: int


class Review:
    """One pass over the changed migrations of a change."""

    def __init__(self, inventory: Inventory, contents: Contents, rules: Rules) -> None:
        self._inventory = inventory
        self._contents = contents
        self._rules = rules
        self._findings: list[Finding] = []
        self._edited = 0
        self._rewritten: frozenset[str] = frozenset()

    def run(self, files: Sequence[FileChange]) -> Reviewed:
        """Judges all files that the inventory claims; journals and changelogs have rules of their own."""
        touched = [
            Touched(file=file, claim=self._inventory.changed[file.path])
            for file in files
            if file.path in self._inventory.changed
        ]
        plain = [each for each in touched if each.claim.place.role not in _JUDGED_ELSEWHERE]
        self._contents.load(id for each in plain for id in blob_ids(each.file))
        self._linked_folders(files)
        for each in touched:
            if each.file.new_mode in _LINKS and each.claim.place.role is not Role.EXEMPT:
                self._link(each)
        for each in plain:
            if each.file.status in {"M", "T"} and each.file.new_mode not in _LINKS:
                self._modified(each)
        self._companions([each for each in touched if each.claim.place.role is Role.COMPANION])
        added = [each for each in plain if each.file.status == "A" and each.file.new_mode not in _LINKS]
        removed = [each for each in plain if each.file.status == "D"]
        left = self._pair(removed, added)
        for each in left:
            self._readable(each)
        return Reviewed(
            findings=tuple(self._findings),
            added=tuple(left),
            modified=frozenset(each.claim.path for each in touched if each not in added) | self._rewritten,
            edited=self._edited,
            removed=len(removed),
        )

    def _companions(self, touched: list[Touched]) -> None:
        there = {each.claim.place.name for each in touched if each.file.status != "D"}
        for each in touched:
            claim = each.claim
            if each.file.status == "D" and claim.place.name not in there:
                message = f"{claim.tool.title}: without this generated file the tool no longer sees its migration."
                self._findings.append(error("migration-deleted", claim.path, message, f"Restore {claim.path}."))

    def _existing(self, claim: Claim) -> tuple[Claim, ...]:
        return self._inventory.existing.get((claim.tool.name, claim.place.sequence), ())

    def _linked_folders(self, files: Iterable[FileChange]) -> None:
        """A link or submodule among migrations may be a whole folder of them, which the tool follows."""
        links = [file for file in files if file.new_mode in _LINKS and file.path not in self._inventory.changed]
        if not links:
            return
        existing = [claim.path for claims in self._inventory.existing.values() for claim in claims]
        folders = {path.rpartition("/")[0] for path in existing}
        # One folder for each migration: its neighbours are folders as well.
        folders |= {path.rsplit("/", 2)[0] for path in existing if path.endswith(_IN_FOLDERS)}
        for file in links:
            if file.path.rpartition("/")[0] in folders and not file.path.endswith(_NO_MIGRATIONS):
                message = f"{_LINKS[file.new_mode]} among migrations may hold some that nobody reviews."
                help = "Commit migrations as plain files, and keep links out of their folder."
                self._findings.append(error("migration-unreadable", file.path, message, help))

    def _link(self, each: Touched) -> None:
        claim = each.claim
        kind = _LINKS[each.file.new_mode]
        message = f"{claim.tool.title}: the migration is {kind}, so what would run is not what is reviewed."
        rule = "migration-unreadable" if each.file.status == "A" else "migration-edited"
        self._findings.append(error(rule, claim.path, message, "Commit the migration as a plain file."))

    def _modified(self, each: Touched) -> None:
        claim, file = each.claim, each.file
        if file.old_blob == file.new_blob:
            message = (
                f"{claim.tool.title}: only the mode of the migration changed ({file.old_mode} to {file.new_mode})."
            )
            help = "Migrations are not executed as programs; restore the mode unless it is meant."
            self._findings.append(warning("migration-mode-changed", claim.path, message, help))
        elif claim.place.role is not Role.REPEATABLE:
            self._edit(claim, file.old_blob, file.new_blob)

    def _edit(self, claim: Claim, old: str, new: str) -> None:
        self._edited += 1
        help = add_instead(claim, self._existing(claim))
        try:
            edit = edits.classify(claim.tool, claim.path, self._contents.bytes_of(old), self._contents.bytes_of(new))
        except UnreadableError as trouble:
            edit = edits.Edit(kind=edits.Kind.SEMANTIC, line=1, why=str(trouble))
        title = claim.tool.title
        if claim.place.role is Role.DOWN or edit.kind is edits.Kind.DOWN:
            message = f"{title}: the way back of an existing migration was edited; applying it is unchanged."
            self._findings.append(warning("migration-edited-down", claim.path, message, help, edit.line))
        elif edit.kind is edits.Kind.COSMETIC:
            severity = self._rules.cosmetic_severity(claim)
            why = "its checksum changes with it" if claim.tool.checksum else "what it does is the same"
            message = f"{title}: an existing migration was edited in form only; {why}."
            help = "Undo the edit, unless it is wanted and nothing keeps checksums of migration files."
            self._findings.append(
                with_severity(severity, "migration-edited-cosmetic", claim.path, message, help, line=edit.line)
            )
        else:
            unclear = f" (taken for a real edit because the file cannot be compared: {edit.why})" if edit.why else ""
            message = f"{title}: an existing migration was edited; where it was applied, the edit never runs{unclear}."
            self._findings.append(error("migration-edited", claim.path, message, help, edit.line))

    def _pair(self, removed: list[Touched], added: list[Touched]) -> list[Touched]:
        """Finds for each removed file where it went; returns the added ones that came from nowhere."""
        left = list(added)
        for each in removed:
            partner = self._partner(each, left)
            if partner is None:
                self._deleted(each, added)
                continue
            left.remove(partner)
            if self._identity(each.claim, each.file.old_blob) == self._identity(partner.claim, partner.file.new_blob):
                self._moved(each, partner)
            else:
                self._renamed(each, partner)
        return left

    def _identity(self, claim: Claim, blob: str) -> tuple[str, str]:
        """What the tool records: for Alembic the stated revision, elsewhere the name (or only its version)."""
        if claim.tool.graph == "alembic":
            try:
                revision = alembic.revision_of(claim.path, self._contents.bytes_of(blob))
            except UnreadableError:
                revision = None
            return (claim.tool.name, revision or claim.path)
        place = claim.place
        return (claim.tool.name, place.version if claim.tool.title_is_free and place.version else place.name)

    def _partner(self, each: Touched, added: list[Touched]) -> Touched | None:
        same = [
            other
            for other in added
            if other.claim.tool is each.claim.tool and other.claim.place.role is each.claim.place.role
        ]
        identity = self._identity(each.claim, each.file.old_blob)
        for other in same:
            if self._identity(other.claim, other.file.new_blob) == identity:
                return other
        place = each.claim.place
        return next(
            (
                other
                for other in same
                if other.file.new_blob == each.file.old_blob
                or (
                    place.version
                    and (other.claim.place.sequence, other.claim.place.version) == (place.sequence, place.version)
                )
            ),
            None,
        )

    def _moved(self, old: Touched, new: Touched) -> None:
        claim = new.claim
        if old.file.old_blob != new.file.new_blob and claim.place.role is not Role.REPEATABLE:
            self._edit(claim, old.file.old_blob, new.file.new_blob)
        elif claim.place.sequence == old.claim.place.sequence and claim.tool.title_is_free:
            return
        message = f"{claim.tool.title}: the migration moved here from {old.claim.path}; the tool still knows it."
        help = "Make sure that the tool looks in the new place before this is deployed."
        self._findings.append(warning("migration-moved", claim.path, message, help))

    def _renamed(self, old: Touched, new: Touched) -> None:
        claim = new.claim
        if old.file.old_blob != new.file.new_blob:
            self._rewritten |= {claim.path}
        if claim.place.role is Role.REPEATABLE:
            return
        message = (
            f"{claim.tool.title}: an existing migration was renamed from {old.claim.path}; where it was applied, "
            "the old name is missing and the new one runs again."
        )
        self._findings.append(
            error("migration-renamed", claim.path, message, f"Give the file its old name back: {old.claim.path}.")
        )

    def _deleted(self, each: Touched, added: list[Touched]) -> None:
        claim = each.claim
        title = claim.tool.title
        if claim.place.role is Role.DOWN:
            message = f"{title}: the way back of an existing migration was deleted."
            self._findings.append(warning("migration-edited-down", claim.path, message, f"Restore {claim.path}."))
            return
        if claim.place.role is Role.REPEATABLE:
            message = f"{title}: a repeatable migration was deleted; what it created stays."
            help = "Drop what it created in a new migration, if that is meant."
            self._findings.append(warning("migration-deleted", claim.path, message, help))
            return
        message = f"{title}: an existing migration was deleted; new and existing databases part ways."
        help = add_instead(claim, self._existing(claim))
        if self._is_squashed(claim, added):
            message = f"{title}: an existing migration was deleted because a new one replaces it."
            help = "Keep the originals until every database has applied the squashed migration, and delete them later."
        self._findings.append(error("migration-deleted", claim.path, message, help))

    def _is_squashed(self, claim: Claim, added: list[Touched]) -> bool:
        if claim.tool.graph != "django":
            return False
        name = claim.place.name.rpartition(".")[2]
        texts = (
            self._contents.text_of(each.file.new_blob)
            for each in added
            if each.claim.place.sequence == claim.place.sequence
        )
        return any("replaces" in text and f"{name}" in text for text in texts)

    def _readable(self, each: Touched) -> None:
        """A new migration must at least be text of its language; what it does is not judged here."""
        try:
            each.claim.tool.parts(each.claim.path, self._contents.bytes_of(each.file.new_blob))
        except UnreadableError as why:
            self._findings.append(unreadable(each.claim, str(why)))
