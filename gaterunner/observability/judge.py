"""Over a change: what is written without structure on lines that it adds, and was not written there before."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from gaterunner.fingerprints import fingerprint
from gaterunner.globs import Globs
from gaterunner.model import Change, FileChange, Finding, Hunk, Severity
from gaterunner.observability.found import Output
from gaterunner.observability.hits import may_log, may_write, may_write_in
from gaterunner.observability.languages import is_generated, read_outputs, reads
from gaterunner.observability.places import is_logger, is_production
from gaterunner.observability.settings import RuleName, Unstructured
from gaterunner.observability.wording import help_of, message
from gaterunner.policies.context import Blob, RepositoryReader
from gaterunner.policies.levels import Level

MAX_BYTES = 2 << 20
_FILE_MODES = ("100644", "100755")
_SEVERITIES: dict[Level, Severity] = {"fail": Severity.ERROR, "warn": Severity.WARNING}
DEFAULTS: dict[RuleName, Level] = {"print": "fail", "formatted-log-call": "warn", "not-read": "warn"}
"""How much each rule weighs where nothing else is said."""


_Key = tuple[str, str, str]


class _Born(Struct, frozen=True):
    file: FileChange
    output: Output
    line: int


class Judging:
    """The settings, with their globs compiled."""

    def __init__(self, options: Unstructured) -> None:
        self._levels = DEFAULTS | options.rules
        self._paths = [(Globs([glob]), level) for glob, level in options.paths.items()]
        self._production = Globs(options.production) if options.production else None

    def is_named(self, path: str) -> bool:
        """Whether the workflow file says that this is production code."""
        return self._production is not None and self._production.matches(path)

    def wants(self, path: str) -> bool:
        """Whether this file is judged."""
        if not reads(path) or self._said(path) == "off":
            return False
        return self.is_named(path) or is_production(path)

    def _said(self, path: str) -> Level | None:
        return next((level for globs, level in reversed(self._paths) if globs.matches(path)), None)

    def level(self, rule: RuleName, path: str) -> Level:
        """How much a rule weighs there. A rule that is off is off everywhere."""
        own = self._levels[rule]
        return own if own == "off" else self._said(path) or own

    def outputs(self, path: str, data: bytes) -> tuple[Output, ...]:
        """What a file writes, without what programs and loggers are there for; nothing of what a tool has written."""
        if is_generated(data):
            return ()
        text = data.decode("utf-8-sig", "replace")
        outputs = read_outputs(path, text, programs=self.is_named(path) or may_log(path, data))
        return tuple(each for each in outputs if self.counts(path, each))

    def counts(self, path: str, output: Output) -> bool:
        """Whether an output of this file is one of a service, and not what a program or a logger is there for."""
        if output.kind != "print" or self.is_named(path):
            return True
        return not output.own and not is_logger(path)


def judge(change: Change, repository: RepositoryReader, options: Unstructured) -> Iterator[Finding]:
    """The findings in the order of the change's files. Raises ``EvaluationError`` when a blob cannot be had."""
    judging = Judging(options)
    files = [file for file in change.files if judging.wants(file.path)]
    if not any(_is_file(file.new_mode) and file.insertions != 0 for file in files):
        return
    hunks = repository.hunks(change.base, change.judged)
    added = {path: [each for each in hunks.get(path, ()) if each.new_count] for path in (file.path for file in files)}
    born: list[_Born] = []
    counts: Counter[_Key] = Counter()
    read: set[str] = set()
    touched = [file for file in files if added[file.path] or file.insertions != 0]
    for file, blob in _contents(touched, repository, new=True):
        lines = added[file.path]
        if blob.data is None:
            yield from _unread(judging, file)
        elif may_write_in(file.path, blob.data, lines):
            read.add(file.path)
            outputs = judging.outputs(file.path, blob.data)
            counts.update(_key(file, each) for each in outputs)
            born += (_Born(file, each, line) for each in outputs if (line := _added(each, lines)))
    if born:
        others = [file for file in files if file.path not in read]
        wanted = {each.output.code for each in born}
        counts.update(_written(judging, others, repository, wanted, new=True))
        counts.subtract(_written(judging, files, repository, wanted, new=False))
        yield from _findings(judging, _without_moved(born, counts))


def _is_file(mode: str) -> bool:
    return mode in _FILE_MODES


def _contents(
    files: Sequence[FileChange], repository: RepositoryReader, *, new: bool
) -> Iterator[tuple[FileChange, Blob]]:
    """One side of each file that is one there."""
    there = [file for file in files if _is_file(file.new_mode if new else file.old_mode)]
    ids = [file.new_blob if new else file.old_blob for file in there]
    yield from zip(there, repository.blobs(ids, max_bytes=MAX_BYTES) if ids else (), strict=True)


def _written(
    judging: Judging, files: Sequence[FileChange], repository: RepositoryReader, wanted: Container[str], *, new: bool
) -> Iterator[_Key]:
    """What one side of these files writes in one of the wanted ways."""
    for file, blob in _contents(files, repository, new=new):
        if blob.data is not None and may_write(file.path, blob.data):
            outputs = judging.outputs(file.path, blob.data)
            yield from (_key(file, each) for each in outputs if each.code in wanted)


def _added(output: Output, hunks: Sequence[Hunk]) -> int | None:
    """The first line of it that the change adds; None where it adds none."""
    nearest = max(0, bisect_right(hunks, output.line, key=lambda hunk: hunk.new_start) - 1)
    for hunk in hunks[nearest:]:
        first = max(hunk.new_start, output.line)
        if hunk.new_start > output.end:
            return None
        if first <= min(hunk.new_start + hunk.new_count - 1, output.end):
            return first
    return None


def _without_moved(born: Sequence[_Born], counts: Mapping[_Key, int]) -> list[_Born]:
    """Those that are more than before: what moved, or was only laid out anew, is not new."""
    more: Counter[tuple[str, str]] = Counter()
    for (_, kind, code), count in counts.items():
        more[kind, code] += count
    told = []
    # Where one of two moved, the one in the file that has more of it than before is the new one.
    for each in sorted(born, key=lambda each: counts[_key(each.file, each.output)] <= 0):
        if more[each.output.kind, each.output.code] > 0:
            more[each.output.kind, each.output.code] -= 1
            told.append(each)
    kept = set(map(id, told))
    return [each for each in born if id(each) in kept]


def _key(file: FileChange, output: Output) -> _Key:
    return file.path, output.kind, output.code


def _findings(judging: Judging, born: Iterable[_Born]) -> Iterator[Finding]:
    seen: Counter[tuple[str, str, str]] = Counter()
    for each in born:
        output, path = each.output, each.file.path
        level = judging.level(output.kind, path)
        same = (path, output.kind, output.outline)
        seen[same] += 1
        if level == "off":
            continue
        yield Finding(
            rule=f"observability/{output.kind}",
            severity=_SEVERITIES[level],
            message=message(output),
            path=path,
            line=each.line,
            end_line=output.end if output.end > each.line else None,
            help=help_of(output, path),
            fingerprint=fingerprint(f"observability/{output.kind}", path, output.outline, str(seen[same])),
            content=each.file.new_blob,
            approvable=True,
        )


def _unread(judging: Judging, file: FileChange) -> Iterator[Finding]:
    level = judging.level("not-read", file.path)
    if level != "off" and file.insertions != 0:
        yield Finding(
            rule="observability/not-read",
            severity=_SEVERITIES[level],
            message=f"larger than {MAX_BYTES >> 20} MiB, so what it writes is not known",
            path=file.path,
            help="Name it under the policy's `paths` with `off` where a tool writes it; split it where people do.",
            fingerprint=fingerprint("observability/not-read", file.path),
            content=file.new_blob,
            approvable=True,
        )
