"""Whether the code that a cutover relies on is there: the file that writes both, and the flag."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from gaterunner.config.types import DEFAULT_PATH
from gaterunner.cutovers.findings import about
from gaterunner.cutovers.types import Cutover, Cutovers
from gaterunner.model import Finding

if TYPE_CHECKING:
    from gaterunner.policies.context import PolicyContext, TreeEntry

MAX_BYTES = 2_000_000  # larger files are data; a flag is looked for in code
_FILES = ("100644", "100755")
# Where a flag is spoken of, and nothing is switched.
_PROSE = (".md", ".markdown", ".rst", ".txt", ".adoc", ".org")
_NOT_CODE = (".gaterunner/", ".github/", DEFAULT_PATH)


def judge_locations(cutovers: Cutovers, context: PolicyContext) -> Iterator[Finding]:
    """What is missing of the cutovers that are under way. Raises ``EvaluationError`` when a file cannot be had.

    At `stop-old` neither is needed any more: the old one is no longer written, and nobody can go back.
    """
    active = [cutover for cutover in cutovers.judged if cutover.phase != "stop-old"]
    if not active:
        return
    entries = {entry.path: entry for entry in context.repository.tree(context.change.judged)}
    found: set[str] = set()
    for cutover in active:
        text, fault = _dual_write(cutover, entries, context)
        if fault is not None:
            yield about(
                "dual-write-missing",
                cutover,
                fault,
                "Keep the code that writes both until the cutover is at `stop-old`, and name where it is.",
            )
        if text is not None and _holds(text, cutover.flag):
            found.add(cutover.flag)
    yield from _flags(active, found, cutovers, entries, context)


def _dual_write(
    cutover: Cutover, entries: Mapping[str, TreeEntry], context: PolicyContext
) -> tuple[bytes | None, str | None]:
    """The file's content, where it can be read, and what is wrong with the location."""
    entry = entries.get(cutover.dual_write)
    if entry is None or entry.mode not in _FILES:
        what = "is no file of the judged tree" if entry is None else "is no plain file"
        return None, f"`dual-write`: {cutover.dual_write} {what}"
    (blob,) = context.repository.blobs([entry.blob], max_bytes=MAX_BYTES)
    if blob.data is None:
        return None, f"`dual-write`: {cutover.dual_write} is too large to be code ({blob.size:,} bytes)"
    if cutover.symbol is not None and not _holds(blob.data, cutover.symbol):
        return blob.data, f"`dual-write`: {cutover.dual_write} holds no `{cutover.symbol}`"
    return blob.data, None


def _flags(
    active: Sequence[Cutover],
    found: set[str],
    cutovers: Cutovers,
    entries: Mapping[str, TreeEntry],
    context: PolicyContext,
) -> Iterator[Finding]:
    wanted = {cutover.flag for cutover in active} - found
    # At the base it was there, and only a file that the change touches can have lost it.
    stood = {cutover.flag for cutover in cutovers.base if cutover.phase != "stop-old"} & wanted
    if stood:
        old = [file.old_blob for file in context.change.files if _is_code(file.path) and file.old_mode in _FILES]
        wanted -= stood - _found(stood, old, context)
    if wanted:
        wanted -= _found(wanted, [entry.blob for entry in entries.values() if _searched(entry)], context)
    for cutover in active:
        if cutover.flag in wanted:
            yield about(
                "flag-missing",
                cutover,
                f"the flag `{cutover.flag}` stands in no file of the judged tree's code",
                "Name the flag as the code asks for it, and keep it until the cutover is at `stop-old`.",
            )


def _found(flags: Iterable[str], blobs: Iterable[str], context: PolicyContext) -> set[str]:
    missing, found = set(flags), set[str]()
    for blob in context.repository.blobs(list(dict.fromkeys(blobs)), max_bytes=MAX_BYTES):
        if blob.data is not None:
            here = {flag for flag in missing if _holds(blob.data, flag)}
            found |= here
            missing -= here
            if not missing:
                break
    return found


def _searched(entry: TreeEntry) -> bool:
    return entry.mode in _FILES and _is_code(entry.path)


def _is_code(path: str) -> bool:
    return not path.lower().endswith(_PROSE) and not path.startswith(_NOT_CODE)


def _holds(data: bytes, text: str) -> bool:
    """Whether the text stands there as a word of its own."""
    wanted = text.encode("utf-8", "surrogateescape")
    return wanted in data and re.search(rb"(?<![\w])" + re.escape(wanted) + rb"(?![\w])", data) is not None
