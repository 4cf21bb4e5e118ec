"""Which package manager a Node project uses: the ``packageManager`` field, else the lock file, else npm."""

from __future__ import annotations

from msgspec import Struct

from gaterunner.config.conventions.files import Files, table


class NodeManager(Struct, frozen=True, kw_only=True):
    """``execute`` starts a tool that the project installed; it never downloads one."""

    name: str
    execute: str
    evidence: str
    note: str = ""


_EXECUTE = {
    "npm": "npx --no-install",
    "pnpm": "pnpm exec",
    "yarn": "yarn run",
    "bun": "bunx --no-install",
}
_LOCK_FILES = (
    ("pnpm-lock.yaml", "pnpm"),
    ("yarn.lock", "yarn"),
    ("bun.lock", "bun"),
    ("bun.lockb", "bun"),
    ("package-lock.json", "npm"),
    ("npm-shrinkwrap.json", "npm"),
)


def node_manager(files: Files) -> NodeManager:
    """The manager and the evidence for it; raises ``SourceError`` when package.json cannot be read."""
    package = files.json("package.json")
    declared = package.get("packageManager")
    name = declared.split("@")[0] if isinstance(declared, str) else None
    if name in _EXECUTE:
        return NodeManager(name=name, execute=_EXECUTE[name], evidence=f"packageManager says {name}")
    engine = table(package, "devEngines", "packageManager").get("name")
    if isinstance(engine, str) and engine in _EXECUTE:
        return NodeManager(name=engine, execute=_EXECUTE[engine], evidence=f"devEngines says {engine}")
    locks = [(path, manager) for path, manager in _LOCK_FILES if files.has(path)]
    if not locks:
        return NodeManager(name="npm", execute=_EXECUTE["npm"], evidence="no lock file, so npm")
    path, manager = locks[0]
    others = sorted({other for other, name in locks if name != manager})
    note = f"{', '.join(others)} is there as well; `packageManager` in package.json would settle it" if others else ""
    return NodeManager(name=manager, execute=_EXECUTE[manager], evidence=path, note=note)
