"""The documents of one change on disk: which tool wrote them, and what they hold."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from gaterunner.contract.importing import kiro, openspec, spec_kit
from gaterunner.contract.importing.draft import Draft, render
from gaterunner.contract.importing.finding import Documents
from gaterunner.contract.importing.markdown import sections
from gaterunner.errors import UsageError

MAX_BYTES = 1_000_000
_MOST_DELTAS = 200
_READERS: dict[str, tuple[tuple[str, ...], Callable[[str, str, Documents], Draft]]] = {
    "requirements.md": (kiro.NAMES, kiro.draft),
    "proposal.md": (openspec.NAMES, openspec.draft),
    "spec.md": (spec_kit.NAMES, spec_kit.draft),
}
_EXPECTED = (
    "name a folder of spec-kit (specs/001-name with spec.md), of OpenSpec (openspec/changes/name with proposal.md) "
    "or of Kiro (.kiro/specs/name with requirements.md)"
)


def import_draft(path: Path) -> str:
    """The draft that a folder's documents suggest, or those beside a file. Raises ``UsageError``; writes nothing."""
    if not path.exists():
        raise UsageError(f"{path} does not exist", help=_EXPECTED)
    folder = path if path.is_dir() else path.parent
    # A delta of OpenSpec is named as a spec of spec-kit; the change that it belongs to lies two folders above.
    if folder.parent.name == "specs" and (folder.parent.parent / "proposal.md").is_file():
        folder = folder.parent.parent
    found = [name for name in _READERS if (folder / name).is_file()]
    if not found:
        raise UsageError(f"{folder} holds no document of spec-kit, OpenSpec or Kiro", help=_EXPECTED)
    names, draft = _READERS[found[0]]
    documents = {name: sections(_text(folder / name)) for name in _present(folder, names)}
    return render(draft(path.as_posix(), folder.resolve().name, documents))


def _present(folder: Path, names: tuple[str, ...]) -> Iterator[str]:
    for name in names:
        if (folder / name).is_file():
            yield name
    if names is openspec.NAMES:
        deltas = sorted(path for path in (folder / "specs").glob("*/spec.md") if path.is_file())
        yield from (path.relative_to(folder).as_posix() for path in deltas[:_MOST_DELTAS])


def _text(path: Path) -> str:
    try:
        about = path.stat()
        if not stat.S_ISREG(about.st_mode) or about.st_size > MAX_BYTES:
            size = f"it holds {about.st_size:,} bytes, expected at most {MAX_BYTES:,}"
            raise UsageError(f"{path} cannot be read: {size}", help="split the document")
        return path.read_bytes().decode("utf-8-sig", "replace")
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}", help=_EXPECTED) from None
