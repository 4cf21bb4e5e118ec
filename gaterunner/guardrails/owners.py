"""CODEOWNERS: which patterns lose their owners, change hands, or are taken over by a later line."""

from __future__ import annotations

from collections.abc import Iterator

from gaterunner.guardrails.findings import found, several, shown, told
from gaterunner.model import FileChange, Finding


def compare_owners(file: FileChange, old: bytes | None, new: bytes | None) -> Iterator[Finding]:
    """What the change of a CODEOWNERS file does; ``None`` is a side without the file."""
    before, after = (_rules(data) for data in (old, new))
    if new is None:
        message = f"deleted: nobody would have to review {several(before)} any more"
        yield found("code-owners", message, path=file.path, key="deleted")
        return
    if old is None:
        message = "added: GitHub reads only one such file, `.github/` before the root before `docs/`"
        yield found("code-owners", message, path=file.path, key="added")
        return
    if list(before.items()) == list(after.items()):
        yield told("form-only", "only comments or spacing change", path=file.path)
        return
    yield from _differences(file, before, after)


def _differences(
    file: FileChange, before: dict[str, tuple[str, ...]], after: dict[str, tuple[str, ...]]
) -> Iterator[Finding]:
    told_any = False
    for pattern, owners in before.items():
        if pattern not in after:
            told_any = True
            message = f"{shown(pattern)} would no longer belong to {several(owners) or 'nobody'}"
            yield found("code-owners", message, path=file.path, key=pattern)
        elif after[pattern] != owners:
            told_any = True
            will, was = (several(side) or "nobody" for side in (after[pattern], owners))
            message = f"{shown(pattern)} would belong to {will} instead of {was}"
            yield found("code-owners", message, path=file.path, key=pattern)
    for pattern, owners in after.items():
        if pattern not in before:
            told_any = True
            message = f"{shown(pattern)} would belong to {several(owners) or 'nobody'}, whatever the lines above it say"
            yield found("code-owners", message, path=file.path, key=pattern)
    if not told_any:
        message = "the lines would stand in another order, and of those that match a file the last one counts"
        yield found("code-owners", message, path=file.path, key="order")


def _rules(data: bytes | None) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for line in (data or b"").decode("utf-8", "surrogateescape").splitlines():
        words = line.partition(" #")[0].split()
        if words and not words[0].startswith("#"):
            found.pop(words[0], None)  # the last line of a pattern counts, and its place does
            found[words[0]] = tuple(words[1:])
    return found
