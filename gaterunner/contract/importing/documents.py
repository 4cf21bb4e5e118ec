"""The documents of one change on disk: which tool wrote them, and what they hold."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from msgspec import Struct

from gaterunner.config.problems import listed
from gaterunner.contract.importing import kiro, openspec, spec_kit
from gaterunner.contract.importing.draft import Draft, render
from gaterunner.contract.importing.finding import Documents
from gaterunner.contract.importing.markdown import sections
from gaterunner.errors import UsageError

MAX_BYTES = 1_000_000
MAX_TOTAL = 5_000_000
MOST_DELTAS = 200
_MOST_FOLDERS = 1000
_MOST_NAMED = 5


class _Tool(Struct, frozen=True):
    """One tool: its name, the documents of it that are read, and who reads them."""

    name: str
    names: tuple[str, ...]
    draft: Callable[[str, str, Documents], Draft]


_KIRO = _Tool("Kiro", kiro.NAMES, kiro.draft)
_OPENSPEC = _Tool("OpenSpec", openspec.NAMES, openspec.draft)
_CAPABILITY = _Tool("OpenSpec", (openspec.CAPABILITY,), openspec.draft)
_SPEC_KIT = _Tool("spec-kit", spec_kit.NAMES, spec_kit.draft)
_MARKS = {"requirements.md": _KIRO, "bugfix.md": _KIRO, "proposal.md": _OPENSPEC, "spec.md": _SPEC_KIT}
_EXPECTED = (
    "name a folder of spec-kit (specs/001-name with spec.md), of OpenSpec (openspec/changes/name with proposal.md) "
    "or of Kiro (.kiro/specs/name with requirements.md or bugfix.md)"
)
_OTHER_ENCODINGS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")


def import_draft(path: Path) -> str:
    """The draft that a folder's documents suggest, or those beside a file. Raises ``UsageError``; writes nothing."""
    try:
        return _import(path)
    except FileNotFoundError:
        raise UsageError(f"{path} does not exist", help=_EXPECTED) from None
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", help=_EXPECTED) from None


def _import(path: Path) -> str:
    path.stat()  # unlike `exists`, it tells apart what is not there and what cannot be reached
    folder = _folder(path if path.is_dir() else path.parent)
    tool = _tool(folder, path)
    documents = {name: sections(text) for name, text in _texts(folder, tool)}
    if tool is _SPEC_KIT and openspec.is_capability(documents["spec.md"]):
        tool, documents = _CAPABILITY, {"spec.md": documents["spec.md"]}
    return render(tool.draft(path.as_posix(), folder.resolve().name, documents))


def _folder(folder: Path) -> Path:
    """That of the whole change, where the folder of a part of it was named."""
    # A delta of OpenSpec is named as a spec of spec-kit; the change that it belongs to lies two folders above.
    if folder.parent.name == "specs" and (folder.parent.parent / "proposal.md").is_file():
        return folder.parent.parent
    # The checklists of spec-kit are named as the requirements of Kiro.
    if folder.name == "checklists" and (folder.parent / "spec.md").is_file():
        return folder.parent
    return folder


def _tool(folder: Path, path: Path) -> _Tool:
    found = {name: tool for name, tool in _MARKS.items() if (folder / name).is_file()}
    tools = dict.fromkeys(found.values())
    if len(tools) > 1 and path.name in found and path.parent == folder:
        return found[path.name]
    if len(tools) > 1:
        names, marks = listed([tool.name for tool in tools], last="and"), listed([f"`{name}`" for name in found])
        raise UsageError(f"{folder} holds documents of {names}", help=f"name the one that is meant: {marks}")
    if not tools:
        raise UsageError(f"{folder} holds no document of spec-kit, OpenSpec or Kiro", help=_below(folder) or _EXPECTED)
    return next(iter(tools))


def _below(folder: Path) -> str:
    """That it is the folder of several, with some of them."""
    found = sorted(
        str(each)
        for each in islice(folder.iterdir(), _MOST_FOLDERS)
        if each.is_dir() and any((each / name).is_file() for name in _MARKS)
    )
    names = listed([f"`{each}`" for each in found[:_MOST_NAMED]])
    return f"name one of those below it, such as {names}" if found else ""


def _texts(folder: Path, tool: _Tool) -> Iterator[tuple[str, str]]:
    total = 0
    for name in _present(folder, tool):
        data = _read(folder, name)
        total += len(data)
        if total > MAX_TOTAL:
            raise UsageError(f"{folder} holds more than {MAX_TOTAL:,} bytes of documents", help=_SPLIT)
        yield name, data.decode("utf-8-sig", "replace")


_SPLIT = "split the change, or import a part of it"


def _present(folder: Path, tool: _Tool) -> Iterator[str]:
    yield from (name for name in tool.names if (folder / name).is_file())
    if tool is _OPENSPEC:
        found = (path for glob in ("*/spec.md", "*/*/spec.md") for path in (folder / "specs").glob(glob))
        deltas = sorted(islice((path for path in found if path.is_file()), MOST_DELTAS + 1))
        if len(deltas) > MOST_DELTAS:
            raise UsageError(f"{folder} holds more than {MOST_DELTAS} deltas of specs", help=_SPLIT)
        yield from (path.relative_to(folder).as_posix() for path in deltas)


def _read(folder: Path, name: str) -> bytes:
    path = folder / name
    # Whoever wrote the folder wrote its links, and what they lead to may be nobody else's to print.
    if not path.resolve().is_relative_to(folder.resolve()):
        raise UsageError(f"{path} is a link that leads out of the folder", help="put the document itself there")
    about = path.stat()
    if not stat.S_ISREG(about.st_mode) or about.st_size > MAX_BYTES:
        size = f"it holds {about.st_size:,} bytes, expected at most {MAX_BYTES:,}"
        raise UsageError(f"{path} cannot be read: {size}", help="split the document")
    data = path.read_bytes()
    if data.startswith(_OTHER_ENCODINGS) or b"\x00" in data:
        raise UsageError(f"{path} is not UTF-8 text", help="save it as UTF-8")
    return data
