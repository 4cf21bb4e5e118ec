"""The store's folder on the disk: read before the first gate starts, written when nothing of the gates is alive.

    CACHEDIR.TAG          says that it is a cache, and that it is ours to clear
    runs/<sha256>.json    what a run proved, by the name of its report (``records.py``)
    reports/<sha256>.json the report itself, byte for byte

A file is never changed once it is there, so two runs at once do not get in each other's way. Everything goes through
descriptors of folders and follows no link: a gate may be able to write here.
"""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from gaterunner.errors import UsageError
from gaterunner.executors.identity import Identity, owner_of
from gaterunner.logs import rights_of
from gaterunner.store.descriptors import (
    Seen,
    allow,
    clear_but,
    made,
    newest,
    opened,
    put,
    read,
    remove,
    signature,
    signatures,
)
from gaterunner.store.records import file_name

MAX_RUN_BYTES = 2 * 1024 * 1024
MAX_REPORT_BYTES = 32 * 1024 * 1024
_RUNS, _REPORTS = "runs", "reports"
_TAG, _TAG_LINE = "CACHEDIR.TAG", b"Signature: 8a477f597d28d172789f06886806bc55"  # https://bford.info/cachedir/
_MARKERS = {
    _TAG: _TAG_LINE + b"\n# What gaterunner keeps between runs; it clears this folder of everything else.\n",
    ".gitignore": b"*\n",
}
_EXCHANGED = "something else was put in its place during the run; that was removed, and nothing is kept"
_OWN = frozenset({_RUNS, _REPORTS, *_MARKERS})


class Folder:
    """One folder. ``exported`` is one that the operator named: it is cleared of what nobody of ours wrote."""

    def __init__(self, path: Path, *, root: Path, exported: bool) -> None:
        """Raises ``UsageError`` for a folder that must not be one: it holds other things, or the checkout.

        Raises ``OSError`` for one that cannot be opened, and for a link in the place of one that nobody named.
        """
        self.path = Path(os.path.normpath(path.absolute()))
        self.exported = exported
        self._root = root
        self._seen: dict[str, Seen] = {}
        if exported:
            self._check()
        elif self.path.is_symlink():  # somebody else may have put it there, and what it leads to would be cleared
            raise OSError(errno.ELOOP, "it is a link; remove it")
        # Held from before the first gate, which may put a link to somewhere else in the place of a folder on the way.
        place = self.path
        while not place.is_dir():
            place = place.parent
        self._rights = owner_of(root if self.inside is not None else place)
        self._ground = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        self._below = self.path.relative_to(place).parts

    def close(self) -> None:
        """Lets go of the folder; nothing can be read or written afterwards."""
        if self._ground >= 0:
            os.close(self._ground)
            self._ground = -1

    @property
    def inside(self) -> str | None:
        """Its path in the checkout, with ``/``; None when it lies outside."""
        real = self.path.resolve()
        return real.relative_to(self._root).as_posix() if real.is_relative_to(self._root) else None

    def _check(self) -> None:
        real = self.path.resolve()
        if self._root.is_relative_to(real):
            raise UsageError(f"--cache {self.path} holds the checkout itself", help=_NAME_ANOTHER)
        link = next((each for each in self._within_checkout() if each.is_symlink()), None)
        if link is not None:
            raise UsageError(f"--cache {self.path} leads through a link, {link}", help=_NAME_ANOTHER)
        if real.is_relative_to(self._root) and real.relative_to(self._root).parts[0] == ".git":
            raise UsageError(f"--cache {self.path} lies in the git directory", help=_NAME_ANOTHER)
        try:
            names = os.listdir(self.path)  # noqa: PTH208 (only names)
        except FileNotFoundError:
            return
        except OSError as error:
            raise UsageError(f"--cache {self.path}: {error.strerror}", help=_NAME_ANOTHER) from None
        if names and not self._is_ours():
            raise UsageError(
                f"--cache {self.path} holds other things than a cache, such as {min(names)!r}",
                help=_NAME_ANOTHER,
            )

    def _within_checkout(self) -> list[Path]:
        """The folder and those above it that lie in the checkout by their names."""
        way = [self.path, *self.path.parents]
        names = [path.resolve() for path in way]
        return way[: names.index(self._root)] if self._root in names else []

    def _is_ours(self) -> bool:
        with suppress(OSError), opened(self.path) as folder:
            return read(folder, _TAG, limit=4096) == _MARKERS[_TAG]
        return False

    # --- reading -----------------------------------------------------------------------------------------------------

    def read_runs(self) -> Iterator[tuple[str, bytes | None]]:
        """The name and content of each run's file, the newest first; None for one that cannot be read or is no file."""
        with suppress(FileNotFoundError, NotADirectoryError), self._top() as top:
            self._remember(top)
            with opened(_RUNS, top) as runs:
                for name in newest(runs):
                    yield name, read(runs, name, limit=MAX_RUN_BYTES)

    def _remember(self, top: int) -> None:
        """How everything looks before the first gate."""
        for kind in (_RUNS, _REPORTS):
            with suppress(OSError), opened(kind, top) as folder:
                self._seen.update({f"{kind}/{name}": seen for name, seen in signatures(folder)})

    def read_report(self, sha256: str) -> bytes | None:
        """The bytes of one report; None when it is not there any more or is another by now."""
        with suppress(OSError), self._top() as top, opened(_REPORTS, top) as reports:
            content = read(reports, file_name(sha256), limit=MAX_REPORT_BYTES)
            if content is not None and hashlib.sha256(content).hexdigest() == sha256:
                return content
        return None

    def report_size(self, sha256: str) -> int:
        """The bytes of one report as it was before the first gate; 0 when it was not there."""
        seen = self._seen.get(f"{_REPORTS}/{file_name(sha256)}")
        return seen[1] if seen is not None else 0

    # --- writing -----------------------------------------------------------------------------------------------------

    def write(
        self, runs: Mapping[str, bytes], *, fresh: Mapping[str, bytes], forgotten: Iterable[str], clear: bool
    ) -> None:
        """Leaves ``runs`` (report to file content) with their reports; ``fresh`` are the reports that are new.

        With ``clear`` everything else goes, and so does what has changed since it was read; without it only the
        files named by ``forgotten``. Raises ``OSError``, also when by now something else lies under the folder's name:
        then that is removed, and nothing is kept. Call it when no gate is alive.
        """
        with rights_of(self._rights):
            exchanged = clear and self._is_exchanged()
        if exchanged:
            evict(self.path, owner_of(self._root) or self._rights)
            raise OSError(errno.ESTALE, _EXCHANGED)
        with rights_of(self._rights):
            try:
                with self._top(make=bool(runs)) as top:
                    self._write(top, runs, fresh=fresh, forgotten=forgotten, clear=clear)
            except FileNotFoundError:
                if runs:
                    raise

    def _is_exchanged(self) -> bool:
        """True when something lies under the folder's name that the way from the held folder does not lead to."""
        if not os.path.lexists(self.path):
            return False
        try:
            with self._top() as top:
                return not os.path.samestat(self.path.stat(), os.fstat(top))
        except OSError:
            return True

    def _write(
        self, top: int, runs: Mapping[str, bytes], *, fresh: Mapping[str, bytes], forgotten: Iterable[str], clear: bool
    ) -> None:
        names = {file_name(report) for report in runs}
        with ExitStack() as entered:
            allow(top)
            listed, reports = (entered.enter_context(made(name, top)) for name in (_RUNS, _REPORTS))
            if clear:  # what could be believed comes first
                clear_but(listed, names)
                clear_but(reports, {name for name in names if self._untouched(reports, _REPORTS, name)})
                clear_but(top, _OWN)
            for name, content in _MARKERS.items():
                put(top, name, content)
            for name in forgotten:
                remove(listed, name)
                remove(reports, name)
            for report, content in fresh.items():
                put(reports, file_name(report), content)
            for report in runs if clear else fresh:
                if not self._untouched(listed, _RUNS, file_name(report)):
                    put(listed, file_name(report), runs[report])

    def _untouched(self, folder: int, kind: str, name: str) -> bool:
        try:
            return signature(os.stat(name, dir_fd=folder, follow_symlinks=False)) == self._seen.get(f"{kind}/{name}")
        except OSError:
            return False

    @contextmanager
    def _top(self, *, make: bool = False) -> Iterator[int]:
        """The folder's descriptor. Raises ``OSError``, ``FileNotFoundError`` where there is none."""
        with ExitStack() as entered:
            descriptor = self._ground
            for name in self._below:
                if make:
                    with suppress(FileExistsError):
                        os.mkdir(name, 0o777 if self.exported else 0o700, dir_fd=descriptor)
                descriptor = entered.enter_context(opened(name, descriptor))
            yield descriptor


def evict(path: Path, rights: Identity | None) -> None:
    """Removes what a gate put in a folder's place, with no more rights than it had: the way may lead anywhere by now.

    Raises ``OSError``.
    """
    with rights_of(rights):
        above = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            remove(above, path.name)
        finally:
            os.close(above)


_NAME_ANOTHER = "name an empty folder for it, such as .gaterunner-cache, or one that gaterunner made"
