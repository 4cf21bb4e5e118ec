"""PHP: Composer's packages on the oldest version that composer.json allows."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gaterunner.config.conventions.files import Files, table
from gaterunner.init.actions import action
from gaterunner.init.types import Proof, Stack, Step

_NEWEST = "8.4"


def _proof(command: str, result: str, _files: Files) -> Proof | None:
    if re.fullmatch(r"vendor/bin/(?:phpunit|pest)(?: --testsuite \w+)?", command) is None:
        return None
    return Proof(command=f"{command} --log-junit {result}", files=result)


def _steps(files: Files, _commands: Sequence[str]) -> tuple[Step, ...]:
    return (
        action("shivammathur/setup-php", php_version=_version(files), coverage="none"),
        Step(name="Install", run="composer install --no-interaction --no-progress"),
    )


def _version(files: Files) -> str:
    composer = files.json("composer.json")
    wanted = table(composer, "config", "platform").get("php") or table(composer, "require").get("php")
    found = re.search(r"\d+\.\d+", wanted) if isinstance(wanted, str) else None
    return found[0] if found else _NEWEST


STACK = Stack(
    language="PHP",
    manifests=("composer.json",),
    gates=("type-check", "lint", "format-check", "unit"),
    shown=lambda _: "PHP",
    proof=_proof,
    steps=_steps,
)
