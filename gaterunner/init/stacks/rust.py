"""Rust: rustup is on GitHub's runners, so nothing but the components has to be added."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gaterunner.config.conventions.files import Files, table
from gaterunner.init.declared_results import NEXTEST_SETTINGS, nextest_results
from gaterunner.init.types import Proof, Stack, Step

_NEXTEST = "cargo install cargo-nextest --locked # pin the version you use"


def _proof(command: str, result: str, files: Files) -> Proof | None:
    """What ``cargo test`` prints; or JUnit of nextest, where its settings have a profile that says so."""
    found = re.fullmatch(r"cargo test((?: --workspace)?(?: --locked)?)", command)
    if found is None:
        return None
    profile = _nextest_profile(files)
    if profile is None:
        # Which target a test is of stands on standard error. Gates run in a shell that sees a pipe's failure.
        printed = f"{result.removesuffix('.xml')}.txt"
        return Proof(command=f"mkdir -p {result.rpartition('/')[0]} && {command} 2>&1 | tee {printed}", files=printed)
    # nextest runs no examples of the documentation; a crate without a library has none.
    documented = f" && cargo test --doc{found[1]}" if files.has("src/lib.rs") else ""
    return Proof(
        command=f"cargo nextest run{found[1]} --profile {profile}{documented}",
        files=nextest_results(files, profile) or "",
    )


def _nextest_profile(files: Files) -> str | None:
    """The first profile that writes JUnit, `ci` before all others."""
    profiles = sorted(table(files.toml(NEXTEST_SETTINGS), "profile"), key=lambda name: (name != "ci", name))
    named = (name for name in profiles if re.fullmatch(r"[\w-]+", name))
    return next((name for name in named if nextest_results(files, name)), None)


def _steps(files: Files, commands: Sequence[str]) -> tuple[Step, ...]:
    components = "rustup component add clippy rustfmt"
    if files.first("rust-toolchain.toml", "rust-toolchain"):
        name, install = "Have the toolchain that the repository names", "rustup toolchain install"
    else:
        name, install = "Have Rust", "rustup toolchain install stable --profile minimal"
    steps = [Step(name=name, run=f"{install}\n{components}")]
    if _nextest_profile(files) or any("cargo nextest" in command for command in commands):
        steps.append(Step(name="Have cargo-nextest", run=_NEXTEST))
    return tuple(steps)


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
