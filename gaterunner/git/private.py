"""A git directory of our own that sees the repository's objects and refs and nothing else of it.

It has no hooks, no attributes, no filters, no grafts, no promisor remote: what is planted in ``.git`` or in the home
directory is not there to be read. Objects made for a run (a snapshot of a dirty work tree, a fetched history) land in
it and vanish with it, so the user's repository is never written to.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping

from msgspec import Struct

from gaterunner.git.command import Git, encode, quoted, sealed, with_settings
from gaterunner.git.layout import Layout
from gaterunner.temporary import TemporaryFolder

EMPTY_TREE = {
    "sha1": "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    "sha256": "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
}


class Ref(Struct, frozen=True, kw_only=True):
    """One ref of the repository: full names, ``symref`` and ``upstream`` empty where there is none."""

    name: str
    sha: str
    symref: str = ""
    upstream: str = ""


class PrivateDir:
    """Lives from its creation until ``close``, or at the latest until the process ends."""

    def __init__(self, layout: Layout, *, object_format: str) -> None:
        self._folder = TemporaryFolder()
        self.path = self._folder.path
        self._layout = layout
        self.object_format = object_format
        for name in ("objects/info", "objects/pack", "refs/remotes"):
            (self.path / name).mkdir(parents=True)
        self.write_config()
        objects = encode(str(layout.common_dir / "objects"))
        (self.path / "objects/info/alternates").write_bytes(quoted(objects) + b"\n")
        self.copy_shallow()

    def git(self, env: Mapping[str, str], settings: tuple[tuple[str, str], ...] = ()) -> Git:
        """git in this directory, with no settings of a user or a machine but the given ones."""
        return Git(self.path, {**with_settings(sealed(env), settings), "GIT_DIR": str(self.path)})

    def write_config(self) -> None:
        """Writes the only settings there are; git itself may have added to them after a partial fetch."""
        lines = ["[core]", "\trepositoryformatversion = 1", "\tbare = true"]
        if self.object_format != "sha1":
            lines += ["[extensions]", f"\tobjectFormat = {self.object_format}"]
        (self.path / "config").write_text("\n".join(lines) + "\n")

    def copy_shallow(self) -> None:
        """Takes over where the repository's history is cut off: without it git would look for the parents there."""
        source = self._layout.common_dir / "shallow"
        if source.is_file():
            shutil.copyfile(source, self.path / "shallow")

    def shallow(self) -> frozenset[str]:
        """The commits whose parents are cut off."""
        path = self.path / "shallow"
        return frozenset(path.read_text("ascii").split()) if path.is_file() else frozenset()

    def write_refs(self, head: str, refs: tuple[Ref, ...]) -> None:
        """Takes over all refs; ``head`` is a full ref name or a commit."""
        (self.path / "HEAD").write_text(f"ref: {head}\n" if head.startswith("refs/") else f"{head}\n")
        packed = b"".join(f"{ref.sha} ".encode() + encode(ref.name) + b"\n" for ref in refs if not ref.symref)
        (self.path / "packed-refs").write_bytes(b"# pack-refs with:\n" + packed)
        for ref in refs:
            if ref.symref:
                target = self.path / ref.name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(b"ref: " + encode(ref.symref) + b"\n")

    def close(self) -> None:
        """Removes the directory and every object in it."""
        self._folder.remove()
