"""Rust: rustup is on GitHub's runners, so nothing but the components has to be added."""

from __future__ import annotations

from collections.abc import Sequence

from gaterunner.config.conventions.files import Files, table
from gaterunner.init.types import Proof, Stack, Step


def _proof(_command: str, _result: str, _files: Files) -> Proof | None:
    """``cargo test`` writes no JUnit."""
    return None


def _steps(files: Files, _commands: Sequence[str]) -> tuple[Step, ...]:
    components = "rustup component add clippy rustfmt"
    if files.first("rust-toolchain.toml", "rust-toolchain"):
        return (
            Step(name="Have the toolchain that the repository names", run=f"rustup toolchain install\n{components}"),
        )
    return (Step(name="Have Rust", run=f"rustup toolchain install stable --profile minimal\n{components}"),)


def _members(files: Files) -> tuple[str, ...]:
    members = table(files.toml("Cargo.toml"), "workspace").get("members")
    return tuple(str(each) for each in members) if isinstance(members, list) else ()


STACK = Stack(
    language="Rust",
    manifests=("Cargo.toml",),
    # `cargo check` finds nothing that build and clippy do not.
    gates=("build", "lint", "format-check", "unit"),
    shown=lambda _: "Rust",
    proof=_proof,
    steps=_steps,
    members=_members,
)
