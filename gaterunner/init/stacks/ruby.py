"""Ruby: the bundle of the Gemfile."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gaterunner.config.conventions.files import Files
from gaterunner.init.actions import action
from gaterunner.init.types import Proof, Stack, Step

_NEWEST = "3.4"


def _proof(command: str, result: str, files: Files) -> Proof | None:
    """RSpec writes JUnit with the formatter of another gem."""
    formatter = re.search(r"""["']rspec_junit_formatter["']""", files.text("Gemfile"))
    if formatter is None or not re.fullmatch(r"(?:bundle exec )?rspec(?: [\w./-]+)?", command):
        return None
    return Proof(command=f"{command} --format progress --format RspecJunitFormatter --out {result}", files=result)


def _steps(files: Files, _commands: Sequence[str]) -> tuple[Step, ...]:
    known = files.first(".ruby-version", ".tool-versions", "mise.toml") is not None
    version = {} if known else {"ruby_version": _NEWEST}
    return (action("ruby/setup-ruby", **version, **({"bundler_cache": "true"} if files.has("Gemfile") else {})),)


STACK = Stack(
    language="Ruby",
    manifests=("Gemfile", ".gemspec", "Rakefile"),
    gates=("build", "type-check", "lint", "unit"),
    shown=lambda _: "Ruby",
    proof=_proof,
    steps=_steps,
)
