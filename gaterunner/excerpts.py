"""Adds to findings the lines that they point at, so that a report can be read without the code beside it.

No line is shown that could give away a secret: not of a file that a policy about secrets or connection strings points
at, and not of one in which the engine finds anything. What only the run knows to be secret is masked in the whole file
before anything is cut out of it: half a password, or a private key without its first line, looks like any other text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol, TypeVar

from msgspec.structs import replace

from gaterunner.errors import EvaluationError
from gaterunner.model import Excerpt, Finding, GateResult, PolicyResult, Severity
from gaterunner.output import clean
from gaterunner.policies.context import Blob, SecretScanner, TreeEntry

MOST_FINDINGS = 300
MOST_FILES = 60

_LARGEST_FILE = 512 * 1024
_AROUND = 3
_MOST_LINES = 12
_WIDTH = 240
_SECRETIVE = ("no-secret-changes", "no-prod-db-writes")
_HEAVY = (Severity.ERROR, Severity.WARNING)

_Result = TypeVar("_Result", GateResult, PolicyResult)


class Source(Protocol):
    """Where contents come from; both raise ``EvaluationError`` for an object that cannot be had."""

    def tree(self, commit: str) -> tuple[TreeEntry, ...]: ...

    def blobs(self, ids: Iterable[str], *, max_bytes: int | None = None) -> Iterable[Blob]: ...


def with_excerpts(
    gates: Sequence[GateResult],
    policies: Sequence[PolicyResult],
    *,
    judged: str,
    source: Source,
    scanner: SecretScanner,
    redact: Callable[[str], str],
) -> tuple[tuple[GateResult, ...], tuple[PolicyResult, ...]]:
    """The same results, with excerpts of the judged tree in the findings that may have one.

    ``redact`` masks what the run knows to be secret in a text of several lines, and keeps them apart.

    Errors and warnings of at most ``MOST_FILES`` files, at most ``MOST_FINDINGS`` of them. When something cannot be
    read, or not be searched for secrets, its lines are not shown; nothing is raised for it.
    """
    hidden = {each.path for policy in policies if policy.name in _SECRETIVE for each in policy.findings}
    found = (*(each.findings for each in gates), *(each.findings for each in policies))
    told = [each for findings in found for each in findings if _wants_one(each)][:MOST_FINDINGS]
    wanted = dict.fromkeys(each.path for each in told if each.path is not None and each.path not in hidden)
    try:
        files = _read(list(wanted)[:MOST_FILES], judged, source) if wanted else {}
    except EvaluationError:
        files = {}
    shown = {
        path: (blob, _lines(data, redact)) for path, (blob, data) in files.items() if _is_harmless(path, data, scanner)
    }
    if not shown:
        return tuple(gates), tuple(policies)
    room = [MOST_FINDINGS]

    def lines_of(finding: Finding) -> Finding:
        if not _wants_one(finding) or finding.path not in shown or not room[0]:
            return finding
        room[0] -= 1
        blob, lines = shown[finding.path]
        if finding.content not in (None, blob) or (finding.commit is not None and finding.content is None):
            return finding
        return replace(finding, excerpt=_excerpt(finding, lines))

    return (
        tuple(_with(gate, lines_of) for gate in gates),
        tuple(policy if policy.name in _SECRETIVE else _with(policy, lines_of) for policy in policies),
    )


def _with(result: _Result, change: Callable[[Finding], Finding]) -> _Result:
    return replace(result, findings=tuple(change(finding) for finding in result.findings))


def _wants_one(finding: Finding) -> bool:
    return finding.line is not None and finding.path is not None and finding.severity in _HEAVY


def _read(paths: Sequence[str], judged: str, source: Source) -> Mapping[str, tuple[str, bytes]]:
    """By path, the blob's id and its content; only of regular text files of a size to be read."""
    asked = set(paths)
    entries = {
        entry.path: entry.blob for entry in source.tree(judged) if entry.path in asked and entry.mode.startswith("100")
    }
    found = source.blobs(entries.values(), max_bytes=_LARGEST_FILE)
    return {
        path: (blob.id, blob.data)
        for path, blob in zip(entries, found, strict=True)
        if blob.data is not None and b"\0" not in blob.data
    }


def _is_harmless(path: str, data: bytes, scanner: SecretScanner) -> bool:
    try:
        return not scanner.scan(path, data)
    except EvaluationError:
        return False


def _lines(data: bytes, redact: Callable[[str], str]) -> Sequence[str]:
    """The lines of a file as they may be shown, but for their width."""
    text = clean(data.removesuffix(b"\n").decode("utf-8", "replace"))
    return redact(text).split("\n")


def _excerpt(finding: Finding, lines: Sequence[str]) -> Excerpt | None:
    first = finding.line or 1
    if first > len(lines):
        return None
    start = max(1, first - _AROUND)
    end = min(len(lines), max(first, finding.end_line or first) + _AROUND, start + _MOST_LINES - 1)
    return Excerpt(start=start, lines=tuple(line.expandtabs(4)[:_WIDTH] for line in lines[start - 1 : end]))
