"""PHP: Composer's packages on the oldest version that composer.json allows."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gaterunner.config.conventions.files import Files, table
from gaterunner.init.actions import action
from gaterunner.init.types import Proof, Stack, Step

_NEWEST = "8.4"


_TESTER = r"(?:@php )?(?:\./)?(?:vendor/bin/)?(?:phpunit|pest)(?:\s+--(?!log-junit)[\w=.-]+)*"


def _proof(command: str, result: str, files: Files) -> Proof | None:
    """PHPUnit and Pest write JUnit, called directly or as a script that is nothing but their name and options."""
    if re.fullmatch(r"vendor/bin/(?:phpunit|pest)(?: --testsuite \w+)?", command):
        return Proof(command=f"{command} --log-junit {result}", files=result)
    script = re.fullmatch(r"(composer run-script ([\w:-]+).*)", command)
    text = table(files.json("composer.json"), "scripts").get(script[2]) if script else None
    lines = text if isinstance(text, list) else [text]
    # Composer hands what stands behind `--` to every line of a script.
    if len(lines) == 1 and isinstance(lines[0], str) and re.fullmatch(_TESTER, lines[0].strip()):
        return Proof(command=f"{command} -- --log-junit {result}", files=result)
    return None


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
