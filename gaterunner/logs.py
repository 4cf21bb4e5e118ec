"""Where the logs of gates lie: privately while they are written, in the git directory when the run is over.

A gate may run with other rights than ours and can write into the checkout, its git directory included. So nothing is
written there while a gate is alive, and what is written afterwards is written with the rights of the checkout's owner:
a link planted there leads nowhere that the owner could not write anyway.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

from msgspec.structs import replace

from gaterunner.executors.identity import Identity
from gaterunner.model import Finding, GateResult, Severity
from gaterunner.temporary import TemporaryFolder

KEPT_RUNS = 10
BESIDE = ".diff"
"""How a file that is kept beside a log is called: the log's name with this in place of its suffix."""


def join_logs(log: Path, parts: Iterable[tuple[str, Path]]) -> None:
    """Writes several logs into one, each below a line that says what was run; one that is not there is empty."""
    with log.open("wb") as joined:
        for told, part in parts:
            joined.write(f"--- {told}\n".encode())
            if part.exists():
                with part.open("rb") as written:
                    shutil.copyfileobj(written, joined)


class LogFolder:
    """The logs of one run. A context manager: the private folder is gone afterwards."""

    def __init__(self, git_dir: Path, *, run: str, owner: Identity | None) -> None:
        """``run`` names the run and sorts by time; ``owner`` is whose rights the kept logs are written with."""
        self._kept = git_dir / "gaterunner" / "logs"
        self._run = run
        self._owner = owner
        self._folder = TemporaryFolder()
        self.private = self._folder.path

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._folder.remove()

    def keep(self, results: Sequence[GateResult], *, root: Path) -> Iterator[GateResult]:
        """Copies every log into the git directory and gives the results with the path of the kept log.

        Call it when no gate is alive. A log that cannot be kept is said in its result and does not change its outcome.
        """
        for result in results:
            keeping = _Keeping(self._kept / self._run, root=root, owner=self._owner)
            yield replace(
                result,
                log=keeping.keep(result.log),
                tries=tuple(replace(attempt, log=keeping.keep(attempt.log)) for attempt in result.tries),
                services=tuple(replace(service, log=keeping.keep(service.log)) for service in result.services),
                findings=(*result.findings, *keeping.lost),
            )
        with suppress(OSError), rights_of(self._owner):
            self._forget_old()

    def _forget_old(self) -> None:
        runs = sorted(entry for entry in self._kept.iterdir() if entry.is_dir() and not entry.is_symlink())
        for old in runs[:-KEPT_RUNS]:
            shutil.rmtree(old, ignore_errors=True)


class _Keeping:
    """Keeps the logs of one gate; ``lost`` are findings about those that could not be."""

    def __init__(self, folder: Path, *, root: Path, owner: Identity | None) -> None:
        self._folder = folder
        self._root = root
        self._owner = owner
        self.lost: list[Finding] = []

    def keep(self, log: str | None) -> str | None:
        """Where the log is kept, relative to the checkout where it lies inside; None when there is none."""
        if log is None:
            return None
        kept = self._folder / Path(log).name
        try:
            content = Path(log).read_bytes()
            beside = Path(log).with_suffix(BESIDE)
            more = beside.read_bytes() if beside.exists() else None
            with rights_of(self._owner):
                kept.parent.mkdir(parents=True, exist_ok=True)
                kept.write_bytes(content)
                if more is not None:
                    kept.with_suffix(BESIDE).write_bytes(more)
        except OSError as error:
            self.lost.append(_lost(kept, error))
            return None
        return str(kept.relative_to(self._root) if kept.is_relative_to(self._root) else kept)


def _lost(log: Path, error: OSError) -> Finding:
    return Finding(
        rule="log-not-kept",
        severity=Severity.NOTICE,
        message=f"the log could not be kept in {log.parent}: {error.strerror}",
    )


@contextmanager
def rights_of(owner: Identity | None) -> Iterator[None]:
    """Inside the block, files are reached with the rights of ``owner``; None changes nothing.

    The effective ids belong to the whole process, so no other thread may do anything meanwhile that needs ours.
    """
    if owner is None or os.geteuid() != 0 or owner.uid == 0:
        yield
        return
    groups, gid = os.getgroups(), os.getegid()
    os.setgroups([])
    os.setegid(owner.gid)
    os.seteuid(owner.uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(gid)
        os.setgroups(groups)


def write_as_owner(path: Path, content: bytes, *, root: Path, owner: Identity | None) -> None:
    """Writes a file the caller asked for. Raises ``OSError``.

    Inside the checkout it is written with the rights of its owner, and what lies there is replaced, never written
    through: the branch could have committed a link, and a gate could have left one, or a pipe that nobody reads.
    """
    folder = Path(os.path.normpath(path.absolute())).parent
    inside = any(each.resolve() == root for each in (folder, *folder.parents))
    if inside and not folder.resolve().is_relative_to(root):
        raise OSError(errno.ELOOP, "a link on the way leads out of the repository")
    if not inside and not folder.resolve().is_relative_to(root):
        folder.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return
    with rights_of(owner):
        folder.mkdir(parents=True, exist_ok=True)
        _replace(folder / path.name, content)


def _replace(path: Path, content: bytes) -> None:
    fresh = path.with_name(f".{path.name[:100]}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o666), "wb") as file:
            file.write(content)
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
