"""Rust: cargo, held to the lock file where there is one and to the whole workspace where there is one."""

from __future__ import annotations

import re

from gaterunner.config.conventions.files import Files
from gaterunner.config.conventions.types import Offer


def present(files: Files) -> bool:
    return files.has("Cargo.toml")


def offer(gate: str, files: Files) -> Offer | None:
    """The command for a standard gate, with its evidence; raises ``SourceError`` on a broken Cargo.toml."""
    sources = [path for path in files.paths if path.endswith(".rs")]
    if not present(files) or not sources:
        return None
    workspace = " --workspace" if "workspace" in files.toml("Cargo.toml") else ""
    scope = workspace + (" --locked" if files.has("Cargo.lock") else "")
    evidence = "Cargo.toml" + (" and Cargo.lock" if files.has("Cargo.lock") else "")
    command = {
        "build": f"cargo build{scope}",
        "type-check": f"cargo check --all-targets{scope}",
        "lint": f"cargo clippy --all-targets{scope} -- -D warnings",
        "format-check": "cargo fmt --all --check",
    }.get(gate)
    if command:
        return Offer(command=command, evidence=evidence)
    if gate in ("unit", "test"):
        shown = files.contains(r"#\[(?:\w+::)*test\b|#\[cfg\(test\)\]", sources)
        return Offer(command=f"cargo test{scope}", evidence=f"{evidence}; tests in {shown}") if shown else None
    return _target(gate, scope, sources)


def _target(gate: str, scope: str, sources: list[str]) -> Offer | None:
    """Cargo builds each ``tests/NAME.rs`` and ``tests/NAME/main.rs`` as an integration test of its own."""
    targets = [found for path in sources if (found := re.fullmatch(r"(?:.+/)?tests/([^/]+?)(?:\.rs|/main\.rs)", path))]
    named = next((found for found in targets if found[1] == gate), None)
    if named:
        return Offer(command=f"cargo test --test {gate}{scope}", evidence=named[0])
    if gate == "integration" and targets:
        return Offer(command=f"cargo test --test '*'{scope}", evidence=targets[0][0])
    return None
