"""A dirty work tree as a commit that exists only for one run.

Nothing of the repository is touched: the index is read, never refreshed, and the new objects go to the private
directory. What counts as changed is what git's own comparison of file times and sizes says. A file whose times fit the
index counts as clean even when its bytes differ from its blob, as those of a file under a filter (Git LFS) or an
end-of-line conversion do. A file that was touched is taken as it lies on the disk: no filter is ever run to turn it
back into what a commit would hold, because a filter is a program that ``.git/config`` names.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec import Struct

from gaterunner.git import raw, unseen
from gaterunner.git.command import Git, committer, decode, quoted
from gaterunner.git.entries import SUBMODULE, IndexEntry, entries
from gaterunner.git.repository import Repository

_LFS_POINTER = b"version https://git-lfs.github.com/spec/"
_LFS_MAX = 1024
_SYMLINK = "120000"
_FILE_MODES = ("100644", "100755")
_DIFF_FILES = ("diff-files", "--raw", "-z", "--no-renames", "--ignore-submodules=dirty")

# What describes the disk, not what to run: it may come from the repository's own settings.
_DISK_SETTINGS = ("core.filemode", "core.symlinks", "core.ignorecase", "core.autocrlf", "core.eol")


class Snapshot(Struct, frozen=True, kw_only=True):
    """``commit`` holds the work tree as it lies, on top of HEAD; it is HEAD itself when nothing differs.

    Where what is staged is neither in HEAD nor on the disk (staged, then edited or deleted), a commit of
    the index lies between: the next ``git commit`` would make it, so it is judged as well.

    ``notes`` tell what gates see and it does not hold, or the other way round.
    """

    commit: str
    notes: tuple[str, ...]


def take(repository: Repository, head: str) -> Snapshot | None:
    """The work tree as a commit on top of ``head``; None when nothing differs from it and there is nothing to tell.

    It includes staged, unstaged, deleted and untracked files (those that are not ignored), symlinks, executable bits,
    and files that are flagged as assume-unchanged or skip-worktree and differ all the same. At most eleven git
    processes.

    Raises ``EvaluationError`` when a file cannot be read.
    """
    git = _beside_the_work_tree(repository)
    listed, others, compared, staged = git.together(
        ("ls-files", "-v", "--stage", "-z"),
        ("ls-files", "--others", *_ignores(repository), "-z"),
        _DIFF_FILES,
        ("diff-index", "--cached", "--raw", "-z", "--no-renames", head),
        doing=f"comparing the work tree {repository.root} with its index",
    )
    tracked, untracked, differing = entries(listed), raw.split(others), _differing(compared)
    on_disk = _on_disk(repository, tracked, differing, untracked)
    index = _merged(tracked, on_disk)
    notes = tuple(unseen.notes(repository, git, tracked, differing, untracked))
    indexed = {entry.path: (entry.mode, entry.blob) for entry in tracked}
    if staged or index != indexed:
        if any(_is_content(row) and row != index.get(path) for path in _paths(staged) if (row := indexed.get(path))):
            head = _commit(repository, _write_tree(repository, indexed), head)
        return Snapshot(commit=_commit(repository, _write_tree(repository, index), head), notes=notes)
    return Snapshot(commit=head, notes=notes) if notes else None


def changed_since(repository: Repository, judged: str, *, head: str) -> tuple[str, ...]:
    """The files of the judged tree that are different on the disk by now, or gone; what was added does not count.

    ``head`` is what the judged tree was a snapshot of, or the same commit. One git process where nothing was touched.
    Raises ``EvaluationError`` when a file cannot be read.
    """
    git = _as_it_was(repository) if judged == head else None
    if git is not None and not git.run(*_DIFF_FILES, doing=f"looking again at the work tree {repository.root}"):
        return ()
    taken = take(repository, head)
    now = taken.commit if taken is not None else head
    return tuple(file.path for file in repository.diff_files(judged, now) if file.status != "A")


def untracked(repository: Repository) -> tuple[str, ...]:
    """The files of the work tree that git neither follows nor ignores by now; a nested repository as its folder."""
    git = _as_it_was(repository) or _beside_the_work_tree(repository)
    listed = git.run("ls-files", "--others", *_ignores(repository), "-z", doing="looking for files that are new")
    return tuple(decode(path.rstrip(b"/")) for path in raw.split(listed))


def files(repository: Repository) -> tuple[str, ...]:
    """The files that git follows or does not ignore, sorted, also before the first commit; some may be deleted."""
    git = _beside_the_work_tree(repository)
    doing = f"listing the files of {repository.root}"
    listed = git.run("ls-files", "--cached", "--others", *_ignores(repository), "-z", doing=doing)
    return tuple(sorted({decode(path) for path in raw.split(listed) if not path.endswith(b"/")}))


def _as_it_was(repository: Repository) -> Git | None:
    """git with the work tree and the index as it was before the first gate; None when that was not looked at."""
    index = repository.private.path / "index.copy"
    if not index.is_file():
        return None
    git = repository.private.git(repository.env, _settings(repository))
    return git.with_env(GIT_WORK_TREE=str(repository.root), GIT_INDEX_FILE=str(index))


def _beside_the_work_tree(repository: Repository) -> Git:
    """git with the work tree and a copy of its index, but still without the repository's settings.

    Comparing may mean to read a file's content (when it was written in the same second as the index), which git does
    through filters; here there are none to be found.
    """
    private = repository.private.path
    index = private / "index.copy"
    source = repository.git_dir / "index"
    if source.is_file():
        shutil.copy2(source, index)  # with its time: entries as young as their index are compared by content
    for shared in repository.git_dir.glob("sharedindex.*"):  # a split index refers to it by name
        shutil.copy2(shared, private / shared.name)
    git = repository.private.git(repository.env, _settings(repository))
    return git.with_env(GIT_WORK_TREE=str(repository.root), GIT_INDEX_FILE=str(index))


def _settings(repository: Repository) -> tuple[tuple[str, str], ...]:
    settings = [(key, value) for key in _DISK_SETTINGS if (value := repository.settings.last(key)) is not None]
    settings += [("core.excludesFile", path) for path in _operators_ignores(repository)]
    return tuple(settings)


def _operators_ignores(repository: Repository) -> Iterator[str]:
    path = repository.settings.last("core.excludesfile", scopes=("system", "global"))
    if path is not None:
        yield str(Path(path).expanduser())


def _ignores(repository: Repository) -> tuple[bytes, ...]:
    own = repository.layout.common_dir / "info" / "exclude"
    more = (b"--exclude-from=" + os.fsencode(own),) if own.is_file() else ()
    return (b"--exclude-standard", *more)


def _paths(data: bytes) -> list[bytes]:
    """The paths of ``diff-index --raw -z``."""
    return raw.split(data)[1::2]


def _is_content(row: Row) -> bool:
    """Whether more than an empty file is staged, which is also what `git add --intent-to-add` puts there."""
    return row[1] not in _EMPTY


def _differing(data: bytes) -> dict[bytes, str]:
    """Reads ``diff-files --raw -z``: path to status (M, T, D; A for intent-to-add; U for unmerged)."""
    pieces = raw.split(data)
    return {path: header.decode("ascii")[-1] for header, path in zip(pieces[::2], pieces[1::2], strict=True)}


Row = tuple[str, str]
"""Mode and blob."""

_EMPTY = frozenset(
    {hashlib.sha1(b"blob 0\0", usedforsecurity=False).hexdigest(), hashlib.sha256(b"blob 0\0").hexdigest()}
)


def _on_disk(
    repository: Repository, tracked: list[IndexEntry], differing: dict[bytes, str], untracked: Iterable[bytes]
) -> dict[bytes, Row | None]:
    """What lies on the disk for every path that may differ from the index; None where there is nothing."""
    known = {entry.path: entry for entry in tracked}
    hidden = {entry.path for entry in tracked if entry.hidden}
    candidates = {*differing, *hidden, *(path for path in untracked if not path.endswith(b"/"))}
    modes = {path: _mode(repository, path, known.get(path)) for path in sorted(candidates)}
    found: dict[bytes, Row | None] = {path: None for path, mode in modes.items() if mode is None}
    for path in hidden:
        if modes[path] is None and known[path].skipped:
            del found[path]  # a sparse checkout: the file is not there because it need not be
    for path, mode in modes.items():
        if mode == SUBMODULE:
            found[path] = (SUBMODULE, known[path].blob)
    files = {path: mode for path, mode in modes.items() if mode is not None and mode != SUBMODULE}
    for path, blob in zip(files, _hash(repository, files), strict=True):
        found[path] = (files[path], blob)
    for path in _unsmudged(repository, known, files):
        found[path] = (files[path], known[path].blob)
    return found


def _mode(repository: Repository, path: bytes, entry: IndexEntry | None) -> str | None:
    """The mode that git would give the file; None where it would see none."""
    full = _full(repository, path)
    if full.parent.resolve() != full.parent:
        return None  # a directory on the way is a symlink now: git sees nothing behind it
    try:
        mode = full.lstat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None
    if stat.S_ISREG(mode):
        if entry is not None and entry.mode in _FILE_MODES and repository.settings.last("core.filemode") == "false":
            return entry.mode
        return "100755" if mode & stat.S_IXUSR else "100644"
    if stat.S_ISDIR(mode) and entry is not None and entry.mode == SUBMODULE:
        return SUBMODULE
    return _SYMLINK if stat.S_ISLNK(mode) else None


def _full(repository: Repository, path: bytes) -> Path:
    return repository.root / os.fsdecode(path)


def _hash(repository: Repository, files: dict[bytes, str]) -> list[str]:
    """Stores the files' content as it lies and returns the ids, in one git process."""
    if not files:
        return []
    links = repository.private.path / "links"
    links.mkdir(exist_ok=True)
    lines: list[bytes] = []
    for number, (path, mode) in enumerate(files.items()):
        source = _full(repository, path)
        if mode == _SYMLINK:  # git stores where a link points; hash-object would follow it
            target = os.fsencode(source.readlink())
            source = links / str(number)
            source.write_bytes(target)
        lines.append(quoted(os.fsencode(source)) + b"\n")
    listed = repository.git.run(
        *("hash-object", "-w", "--no-filters", "--stdin-paths"),
        input=b"".join(lines),
        doing="reading the files that are not committed",
        help="every file that is not ignored must be readable; add it to .gitignore or mend its permissions",
    )
    return listed.decode("ascii").split()


def _unsmudged(repository: Repository, known: dict[bytes, IndexEntry], files: dict[bytes, str]) -> Iterator[bytes]:
    """The paths whose blob is a Git LFS pointer to just the content on the disk: checked out, not changed.

    Seen when the file was written in the same second as the index, as in a fresh checkout.
    """
    tracked = [path for path in files if path in known and known[path].mode == files[path]]
    ids = [known[path].blob for path in tracked]
    for path, blob in zip(tracked, repository.blobs(ids, max_bytes=_LFS_MAX) if ids else (), strict=True):
        if blob.data is None or not blob.data.startswith(_LFS_POINTER):
            continue
        if b"oid sha256:" + _sha256(_full(repository, path)) in blob.data.split(b"\n"):
            yield path


def _sha256(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest().encode("ascii")


def _merged(tracked: list[IndexEntry], on_disk: dict[bytes, Row | None]) -> dict[bytes, Row]:
    """The index with what lies on the disk in place of what differs from it."""
    index = {entry.path: (entry.mode, entry.blob) for entry in tracked if entry.path not in on_disk}
    index.update({path: row for path, row in on_disk.items() if row is not None})
    return index


def _write_tree(repository: Repository, index: dict[bytes, Row]) -> str:
    file = repository.private.path / "snapshot.index"
    file.unlink(missing_ok=True)  # of an earlier one: git would add to it
    git = repository.git.with_env(GIT_INDEX_FILE=str(file))
    rows = b"".join(b"%s %s\t%s\0" % (mode.encode(), blob.encode(), path) for path, (mode, blob) in index.items())
    doing = "taking a snapshot of the work tree"
    git.run("update-index", "-z", "--index-info", input=rows, doing=doing)
    # A partial clone need not hold what is not checked out; whoever reads it will say so.
    return git.run("write-tree", "--missing-ok", doing=doing).decode("ascii").strip()


def _commit(repository: Repository, tree: str, head: str) -> str:
    """Dated as its parent, so that the same content makes the same commit and history is walked in order."""
    doing = "taking a snapshot of the work tree"
    parent = repository.git.run("cat-file", "commit", head, doing=doing)
    stamp = re.search(rb"^committer .* (\d+ [+-]\d{4})$", parent, re.MULTILINE)
    date = stamp[1].decode("ascii") if stamp is not None else "0 +0000"
    made = repository.git.with_env(**committer(date)).run(
        "commit-tree", tree, "-p", head, "-m", "Work that is not committed", doing=doing
    )
    return made.decode("ascii").strip()
