"""What earlier runs on this repository left: results that may stand for a run, tests by commit, how long gates took."""

from __future__ import annotations

import hashlib
import os
import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import msgspec
from msgspec import Struct

from gaterunner.cache_home import cache_home
from gaterunner.executors.identity import Identity
from gaterunner.git.layout import Layout
from gaterunner.model import GateResult, Report, TestCase
from gaterunner.numbers.last_run import LastRun
from gaterunner.store.folder import MAX_REPORT_BYTES, Folder, evict
from gaterunner.store.records import Duration, KeptResult, KeptRun, decode_run, encode_run, file_name, stamp

MAX_RUNS = 200
MAX_BARE_RUNS = 50
MAX_BYTES = 128 * 1024 * 1024
_RECENT = 5
_NAMED = 3
_LONGEST = 200
_SHA_SHOWN = 10


def default_folder(layout: Layout, environment: Mapping[str, str]) -> Path | None:
    """Where the repository's store lies when nobody names a folder; None where there is no home for it.

    All work trees of a repository share one.
    """
    home = cache_home(environment)
    if home is None:
        return None
    real = str(layout.common_dir.resolve())
    repository = hashlib.sha256(real.encode("utf-8", "surrogateescape")).hexdigest()[:32]
    return home / repository


def forget(layout: Layout, *, environment: Mapping[str, str], rights: Identity | None) -> None:
    """Removes a repository's store that appeared while gates ran, with no more rights than theirs."""
    path = default_folder(layout, environment)
    if path is not None and os.path.lexists(path):
        with suppress(OSError):  # what they cannot remove they did not put there
            evict(path, rights)


class Found(Struct, frozen=True, kw_only=True):
    """A kept result in the report that proved it; ``sha256`` is that of the report's bytes."""

    report: Report
    result: GateResult
    sha256: str


class Store:
    """One folder in memory, as it was before the first gate started. A context manager; ``notes`` are for people."""

    def __init__(self, folder: Folder | None, *, now: datetime | None = None) -> None:
        """``now`` stands still where it is given."""
        self.folder = folder
        self.notes: list[str] = []
        self._still = now
        self._runs: dict[str, KeptRun] = {}
        self._files: dict[str, bytes] = {}
        self._forgotten: list[str] = []
        self._reports: dict[str, Report | None] = {}
        if folder is not None:
            try:
                self._read(folder)
            except OSError as error:
                self.notes.append(f"the cache {folder.path} cannot be read: {error.strerror}")
        self._by_key = self._index()

    @classmethod
    def open(
        cls, layout: Layout, *, environment: Mapping[str, str], cache: Path | None = None, now: datetime | None = None
    ) -> Store:
        """The store of a repository, or the exported one in the folder ``cache``; call it before the first gate.

        Raises ``UsageError`` when ``cache`` names a folder that must not be one. What is wrong in a folder is a note.
        """
        path = cache if cache is not None else default_folder(layout, environment)
        if path is None:
            return cls(None)
        try:
            folder = Folder(path, root=layout.root.resolve(), exported=cache is not None)
        except OSError as error:
            store = cls(None)
            store.notes.append(f"the cache {path} cannot be used: {error.strerror}")
            return store
        return cls(folder, now=now)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.folder is not None:
            self.folder.close()

    def _now(self) -> datetime:
        return self._still or datetime.now(UTC)

    # --- reading -----------------------------------------------------------------------------------------------------

    def _read(self, folder: Folder) -> None:
        bad: list[str] = []
        now = self._now()
        for name, content in folder.read_runs():
            try:
                if content is None:
                    raise ValueError("it is no readable file, or too large")  # noqa: TRY301 (told like the others)
                run = decode_run(name, content, now=now)
            except ValueError as error:
                bad.append(f"{repr(name[:20])[1:-1]}: {repr(str(error)[:_LONGEST])[1:-1]}")  # escaped: anybody's bytes
                continue
            if run is None or len(self._runs) >= MAX_RUNS:
                self._forgotten.append(name)
            else:
                self._runs[run.report] = run
                self._files[run.report] = content
        if bad:
            more = f" and {len(bad) - _NAMED} more" if len(bad) > _NAMED else ""
            self.notes.append(f"ignored in the cache {folder.path}: {'; '.join(bad[:_NAMED])}{more}")

    def _index(self) -> dict[str, tuple[KeptRun, KeptResult]]:
        newest_last = sorted(self._runs.values(), key=lambda run: (run.finished, run.report))
        return {result.key: (run, result) for run in newest_last for result in run.results}

    def refuse_if_committed(self, paths: Iterable[str]) -> None:
        """Uses nothing of a folder that the judged tree has files in: the branch could have written all of it."""
        inside = self.folder.inside if self.folder is not None else None
        if self.folder is None or inside is None:
            return
        if any(path == inside or path.startswith(f"{inside}/") for path in paths):
            self.notes.append(f"the cache {self.folder.path} is not used: the branch has files of its own in it")
            self.folder.close()
            self.folder = None
            self._runs, self._files, self._by_key = {}, {}, {}

    @property
    def in_checkout(self) -> bool:
        """Whether the folder lies where a branch may have files of its own."""
        return self.folder is not None and self.folder.inside is not None

    @property
    def usable(self) -> bool:
        """False where there is no folder to read from and to write to."""
        return self.folder is not None

    def find(self, key: str) -> Found | None:
        """The newest result of this key; None when there is none, or its report is gone."""
        found = self._by_key.get(key)
        if found is None:
            return None
        run, result = found
        report = self._report(run.report)
        if report is None or result.place >= len(report.gates):
            return None
        return Found(report=report, result=report.gates[result.place], sha256=run.report)

    def _report(self, sha256: str) -> Report | None:
        if sha256 not in self._reports:
            content = self.folder.read_report(sha256) if self.folder is not None else None
            self._reports[sha256] = None
            with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                self._reports[sha256] = msgspec.json.decode(content or b"", type=Report)
        return self._reports[sha256]

    def tests_of(self, commit: str, gate: str) -> tuple[TestCase, ...] | None:
        """The tests of a gate (by ``GateResult.name``) in the last report on a commit's own tree that names any.

        None when no report is kept that does.
        """
        runs = sorted((run for run in self._runs.values() if run.commit == commit), key=lambda run: run.finished)
        for run in reversed(runs):
            report = self._report(run.report)
            cases = (
                next((each.cases for each in report.gates if each.name == gate and each.cases), None)
                if report
                else None
            )
            if cases:
                return cases
        return None

    def last_run(self, commit: str) -> LastRun:
        """The last kept run of all gates on a commit's own tree, whatever came of it."""
        runs = [run for run in self._runs.values() if run.commit == commit]
        what = "no report"
        for run in sorted(runs, key=lambda run: (run.finished, run.report), reverse=True):
            report = self._report(run.report)
            if report is not None and not report.partial:
                return LastRun(report=report, sha256=run.report, commit=commit)
            what = (
                "no report but one that this version cannot read" if report is None else "no report but of some gates"
            )
        return LastRun(reason=f"{what} is kept of the base {commit[:_SHA_SHOWN]}")

    def durations(self) -> dict[str, float]:
        """Seconds that gates take, all their shards together, by their name in the workflow file.

        The median of the last times; a gate that was never executed is not in it.
        """
        seconds: dict[str, list[float]] = {}
        for run in sorted(self._runs.values(), key=lambda run: run.finished, reverse=True):
            for each in run.durations:
                seconds.setdefault(each.gate, []).append(each.seconds * each.shards)
        return {gate: statistics.median(times[:_RECENT]) for gate, times in seconds.items()}

    # --- writing -----------------------------------------------------------------------------------------------------

    def save(
        self,
        encoded: bytes,
        *,
        commit: str,
        results: Sequence[KeptResult],
        durations: Sequence[Duration],
        clear: bool,
    ) -> None:
        """Adds a run with its report (``encoded`` as it is told elsewhere too); forgets what is too old or too much.

        ``clear``: something that ran could write into the folder; everything that was not there before is removed.
        Call it when nothing of the gates is alive. What goes wrong is a note.
        """
        if self.folder is None:
            return
        fresh: dict[str, bytes] = {}
        if len(encoded) <= MAX_REPORT_BYTES:
            run = KeptRun(
                report=hashlib.sha256(encoded).hexdigest(),
                commit=commit,
                finished=stamp(self._now()),
                results=tuple(results),
                durations=tuple(durations),
            )
            fresh = {run.report: encoded}
            self._runs[run.report] = run
            self._files[run.report] = encode_run(run)
        else:
            self.notes.append("the report is too large to be kept, and so is what it proves")
        self._write(self.folder, fresh, clear=clear)

    def settle(self, *, clear: bool) -> None:
        """For a run that has nothing to keep: forgets what is too old, and clears as ``save`` does."""
        if self.folder is not None and (clear or self.folder.exported or self._forgotten):
            self._write(self.folder, {}, clear=clear)

    def _write(self, folder: Folder, fresh: Mapping[str, bytes], *, clear: bool) -> None:
        kept = set(self._worth_keeping(folder, fresh))
        forgotten = [*self._forgotten, *(file_name(report) for report in self._runs if report not in kept)]
        files = {report: content for report, content in self._files.items() if report in kept}
        try:
            folder.write(files, fresh=fresh, forgotten=forgotten, clear=clear or folder.exported)
        except OSError as error:
            self.notes.append(f"the cache {folder.path} cannot be written: {error.strerror}")

    def _worth_keeping(self, folder: Folder, fresh: Mapping[str, bytes]) -> Iterator[str]:
        """The newest runs, within bounds. Those that proved nothing new only serve as the last report on a commit."""
        size = count = bare = 0
        for run in sorted(self._runs.values(), key=lambda run: (run.finished, run.report), reverse=True):
            bare += not run.results
            if not run.results and bare > MAX_BARE_RUNS:
                continue
            size += len(fresh[run.report]) if run.report in fresh else folder.report_size(run.report)
            count += 1
            if count > MAX_RUNS or size > MAX_BYTES:
                return
            yield run.report
