"""Everything that a run's gates could take for their database, found before one of them starts."""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from gaterunner.globs import Globs
from gaterunner.model import FileChange, Hunk
from gaterunner.targets.allowed import AllowList, Standing
from gaterunner.targets.environment import named_by
from gaterunner.targets.files import MOST_ADDRESSES, TooManyError, additions, decoded, is_prose
from gaterunner.targets.gates import Holding
from gaterunner.targets.scan import client_calls, scan_text
from gaterunner.targets.services import parse_services, service_reading
from gaterunner.targets.settings import elsewhere, is_settings, targets_of
from gaterunner.targets.types import Login, Named, Reading, Target
from gaterunner.targets.values import from_shell

if TYPE_CHECKING:
    from gaterunner.policies.context import PolicyContext

LARGEST_SETTINGS = 1024 * 1024
LARGEST_CONTENT = 128 * 1024 * 1024
_WORKSPACE = "/workspace/"
_LINK, _SUBMODULE = "120000", "160000"
_OUTSIDE = "leads out of the repository"


class Lead(Struct, frozen=True, kw_only=True):
    """One thing that leads to a database, or whose end cannot be told (then ``unknown`` says why).

    ``by`` is what leads there: a variable, a key, a command. ``gates`` are those that hold it, empty for a file.
    ``path`` and ``line`` are its place in the judged tree, ``blob`` the content it stands in. ``is_added`` says that
    the change adds the line. ``elsewhere`` names the environment that a part of a file is for, where no gate asks for
    that one. ``is_prose`` says that nobody executes the file. ``is_sealed`` says that nothing that holds it has a way
    out. ``login`` is for the probe alone.
    """

    by: str
    target: Target | None = None
    standing: Standing | None = None
    unknown: str | None = None
    gates: tuple[str, ...] = ()
    path: str | None = None
    line: int | None = None
    blob: str | None = None
    is_added: bool = False
    elsewhere: str | None = None
    is_prose: bool = False
    is_sealed: bool = False
    login: Login = Login()


class Survey(Struct, frozen=True, kw_only=True):
    """All leads, and how much was looked at: settings files, changed files with added lines, files left out."""

    leads: tuple[Lead, ...]
    settings: int
    changed: int
    ignored: int


class Surveyor:
    """Looks at one run. ``ignore`` are globs of files that are not looked at."""

    def __init__(
        self,
        context: PolicyContext,
        holdings: Sequence[Holding],
        allowed: Callable[[Iterable[str]], AllowList],
        ignore: Sequence[str],
    ) -> None:
        self._context = context
        self._holdings = holdings
        self._allowed = allowed
        own = frozenset(name for holding in holdings for name in holding.own)
        self._everywhere = allowed(own)
        self._ignored = Globs(ignore) if ignore else None
        self._left_out: set[str] = set()
        self._is_sealed = bool(holdings) and all(holding.sealed for holding in holdings)
        self._tree = {entry.path: entry for entry in context.repository.tree(context.change.judged)}

    def survey(self) -> Survey:
        """Raises ``EvaluationError`` when git cannot hand out what is needed."""
        settings = [path for path in self._tree if is_settings(path) and self._is_looked_at(path)]
        moved = _moved(self._context.change.files)
        changed = [
            file
            for file in self._context.change.files
            if _is_content(file) and file.path not in moved and self._is_looked_at(file.path)
        ]
        leads = [*self._of_gates(), *self._of_changes(changed)]
        added = frozenset((lead.path, lead.line) for lead in leads if lead.is_added and _is_refused(lead))
        leads += self._of_settings(settings, added)
        beside = self._beside()
        leads += [lead for path, data in beside.items() for lead in self._of_file_beside(path, data)]
        return Survey(
            leads=tuple(dict.fromkeys(leads)),
            settings=len(settings) + len(beside),
            changed=len(changed),
            ignored=len(self._left_out),
        )

    def _is_looked_at(self, path: str) -> bool:
        if self._ignored is None or not self._ignored.matches(path):
            return True
        self._left_out.add(path)
        return False

    # --- gates -------------------------------------------------------------------------------------------------------

    def _of_gates(self) -> Iterator[Lead]:
        found: dict[Lead, list[str]] = {}
        for holding in self._holdings:
            allowed = self._allowed(holding.own)
            for named in (*named_by(holding.env), *_named_by_command(holding)):
                reading = self._with_services(named.reading, holding)
                for lead in _leads(named, reading, allowed):
                    found.setdefault(replace(lead, is_sealed=holding.sealed), []).append(holding.name)
        for lead, gates in found.items():
            yield replace(lead, gates=tuple(dict.fromkeys(gates)))

    def _with_services(self, reading: Reading, holding: Holding | None) -> Reading:
        """With what the services name that are looked up in a file of the repository."""
        if not reading.services:
            return reading
        targets, unknown, login = list(reading.targets), list(reading.unknown), reading.login
        for service in reading.services:
            told = self._service(service, holding)
            targets += told.targets
            unknown += told.unknown
            login = reading.login if reading.login.user else told.login
        return Reading(targets=tuple(targets), unknown=tuple(unknown), login=login)

    def _service(self, name: str, holding: Holding | None) -> Reading:
        file = holding.env.get("PGSERVICEFILE") if holding is not None else None
        if file is None:
            why = f"the service `{name}` is looked up in a file of the machine (~/.pg_service.conf)"
            return Reading(unknown=(why,))
        path = self._in_tree(file, holding.cwd if holding is not None else ".")
        text = self._text(path) if path is not None else None
        if text is None:
            return Reading(unknown=(f"the service file {file} is not a file of the repository",))
        section = parse_services(text).get(name)
        return (
            service_reading(section)
            if section is not None
            else Reading(unknown=(f"the service file {path} has no service `{name}`",))
        )

    def _in_tree(self, file: str, cwd: str) -> str | None:
        relative = file.removeprefix(_WORKSPACE) if file.startswith(_WORKSPACE) else posixpath.join(cwd, file)
        if relative.startswith("/"):
            return None
        return self._followed(posixpath.normpath(relative))

    def _text(self, path: str) -> str | None:
        (blob,) = self._context.repository.blobs([self._tree[path].blob], max_bytes=LARGEST_SETTINGS)
        return None if blob.data is None else decoded(blob.data).decode("utf-8", "replace")

    def _followed(self, path: str) -> str | None:
        """The regular file that a path leads to, through links within the repository; None when it leads out of it."""
        for _ in range(8):
            entry = self._tree.get(path)
            if entry is None or entry.mode == _SUBMODULE:
                return None
            if entry.mode != _LINK:
                return path
            (blob,) = self._context.repository.blobs([entry.blob], max_bytes=LARGEST_SETTINGS)
            link = (blob.data or b"").decode("utf-8", "surrogateescape")
            path = posixpath.normpath(posixpath.join(posixpath.dirname(path), link))
        return None

    # --- settings files ----------------------------------------------------------------------------------------------

    def _of_settings(self, paths: Iterable[str], added: frozenset[tuple[str | None, int | None]]) -> Iterator[Lead]:
        wanted: dict[str, list[str]] = {}
        for path in paths:
            found = self._followed(path)
            if found is None:
                if self._tree[path].mode == _LINK:
                    yield Lead(by="it", unknown=f"it is a link that {_OUTSIDE}", path=path, is_sealed=self._is_sealed)
                continue
            wanted.setdefault(self._tree[found].blob, []).append(path)
        for blob in self._context.repository.blobs(wanted, max_bytes=LARGEST_SETTINGS):
            for path in wanted[blob.id]:
                if blob.data is None:
                    why = f"it is larger than {LARGEST_SETTINGS // 1024} kB"
                    yield Lead(by="it", unknown=why, path=path, is_sealed=self._is_sealed)
                    continue
                leads = list(self._of_file(path, decoded(blob.data).decode("utf-8", "replace")))
                before = self._before(path) if any(map(_is_refused, leads)) else frozenset()
                for lead in leads:
                    is_new = self._adds(path, lead.line) and (lead.target, lead.elsewhere) not in before
                    if (path, lead.line) not in added or not _is_refused(lead):
                        yield replace(lead, blob=blob.id, is_added=is_new)

    def _beside(self) -> Mapping[str, bytes | None]:
        """Settings files in the work tree that are no part of what is judged, such as an ignored `.env`."""
        if self._context.beside is None:
            return {}
        found = self._context.beside(self._tree, is_settings)
        return {path: data for path, data in found.items() if self._is_looked_at(path)}

    def _of_file_beside(self, path: str, data: bytes | None) -> Iterator[Lead]:
        if data is None:
            yield Lead(by="it", unknown="it cannot be read", path=path, is_sealed=self._is_sealed)
        else:
            yield from self._of_file(path, decoded(data).decode("utf-8", "replace"))

    def _before(self, path: str) -> frozenset[tuple[Target | None, str | None]]:
        """What the file named on the base, with the environment that it was for."""
        text = self._old_content(path).decode("utf-8", "replace")
        return frozenset((lead.target, lead.elsewhere) for lead in self._of_file(path, text))

    def _old_content(self, path: str) -> bytes:
        """The content of a changed file on the base, as far as that can be read at once; empty for a new one."""
        for file in self._context.change.files:
            if file.path == path and file.status == "M":
                (blob,) = self._context.repository.blobs([file.old_blob], max_bytes=LARGEST_CONTENT)
                return decoded(blob.data or b"")
        return b""

    def _of_file(self, path: str, text: str) -> Iterator[Lead]:
        for env in self._environments(text):
            for named in targets_of(path, text, env):
                reading = self._with_services(named.reading, None)
                for lead in _leads(named, reading, self._everywhere):
                    where = elsewhere(path, named.part, env)
                    yield replace(lead, path=path, line=named.line, elsewhere=where, is_sealed=self._is_sealed)

    def _environments(self, text: str) -> list[Mapping[str, str]]:
        """The environments of the gates, as far as they matter to a file."""
        mentioned = text.upper().replace(".", "_").replace("-", "_")
        found: dict[frozenset[tuple[str, str]], Mapping[str, str]] = {}
        for holding in self._holdings:
            env = {
                name: value
                for name, value in holding.env.items()
                if name.upper() in mentioned
                or name.upper().endswith(("ENV", "ENVIRONMENT", "PROFILE", "ACTIVE", "MODULE"))
            }
            found[frozenset(env.items())] = env
        return list(found.values()) or [{}]

    # --- the change --------------------------------------------------------------------------------------------------

    def _of_changes(self, files: Sequence[FileChange]) -> Iterator[Lead]:
        hunks = self._context.repository.hunks(self._context.change.base, self._context.change.judged)
        wanted: dict[str, list[str]] = {}
        for file in files:
            if any(hunk.new_count for hunk in hunks.get(file.path, ())):
                wanted.setdefault(file.new_blob, []).append(file.path)
        for blob in self._context.repository.blobs(wanted, max_bytes=LARGEST_CONTENT):
            for path in wanted[blob.id]:
                if blob.data is None:
                    why = f"it is larger than {LARGEST_CONTENT // 1024**2} MB"
                    yield Lead(by="it", unknown=why, path=path, blob=blob.id, is_added=True)
                    continue
                try:
                    yield from self._of_additions(path, blob.id, blob.data, hunks[path])
                except TooManyError:
                    why = f"it names more than {MOST_ADDRESSES:,} addresses"
                    yield Lead(by="it", unknown=why, path=path, blob=blob.id, is_added=True)

    def _of_additions(self, path: str, blob: str, data: bytes, hunks: Sequence[Hunk]) -> Iterator[Lead]:
        found = {
            (addition.line, target): self._added(path, addition.line, blob, target)
            for addition in additions(path, data, hunks)
            for target in addition.reading.targets
        }
        if any(map(_is_refused, found.values())):
            # An edited or moved line names what the file named before: only more of it is new.
            old, new = _named_in(path, self._old_content(path)), _named_in(path, data)
            yield from (
                lead for (_, target), lead in found.items() if new[target] > old[target] or not _is_refused(lead)
            )
        else:
            yield from found.values()

    def _added(self, path: str, line: int, blob: str, target: Target) -> Lead:
        return Lead(
            by="an added line",
            target=target,
            standing=self._everywhere.standing(target),
            path=path,
            line=line,
            blob=blob,
            is_added=True,
            is_prose=is_prose(path),
        )

    def _adds(self, path: str, line: int | None) -> bool:
        hunks = self._context.repository.hunks(self._context.change.base, self._context.change.judged).get(path, ())
        return line is not None and any(hunk.new_start <= line < hunk.new_start + hunk.new_count for hunk in hunks)


def _named_by_command(holding: Holding) -> Iterator[Named]:
    command = from_shell(holding.command, holding.env).shown
    for seen in (*scan_text(command), *client_calls(command)):
        yield Named(by="its command", reading=seen.reading)


def _leads(named: Named, reading: Reading, allowed: AllowList) -> Iterator[Lead]:
    for target in reading.targets:
        yield Lead(by=named.by, target=target, standing=allowed.standing(target), login=reading.login)
    for why in reading.unknown:
        yield Lead(by=named.by, unknown=why)


def _is_refused(lead: Lead) -> bool:
    return lead.standing is Standing.REFUSED


def _named_in(path: str, data: bytes) -> Counter[Target]:
    """How often a content names each target, however often a line is read as naming it."""
    seen = additions(path, data, [Hunk(0, 0, 1, data.count(b"\n") + 1)])
    return Counter(target for _, target in {(each.line, target) for each in seen for target in each.reading.targets})


def _moved(files: Sequence[FileChange]) -> frozenset[str]:
    """Paths whose content only moved here from another folder, under the same name."""
    gone = {(file.old_blob, posixpath.basename(file.path)) for file in files if file.status == "D"}
    return frozenset(
        file.path for file in files if file.status == "A" and (file.new_blob, posixpath.basename(file.path)) in gone
    )


def _is_content(file: FileChange) -> bool:
    return file.status != "D" and file.new_mode != _SUBMODULE
