"""PHP: the tools in vendor/bin that the project configured."""

from __future__ import annotations

from gaterunner.config.conventions.files import Files
from gaterunner.config.conventions.types import Offer

# gate, files of which one asks for the tool, command
_TOOLS = (
    (
        "type-check",
        ("phpstan.neon", "phpstan.neon.dist", "phpstan.dist.neon"),
        "vendor/bin/phpstan analyse --no-progress",
    ),
    ("type-check", ("psalm.xml", "psalm.xml.dist"), "vendor/bin/psalm --no-progress"),
    ("lint", ("phpcs.xml", ".phpcs.xml", "phpcs.xml.dist", ".phpcs.xml.dist"), "vendor/bin/phpcs"),
    ("format-check", (".php-cs-fixer.php", ".php-cs-fixer.dist.php"), "vendor/bin/php-cs-fixer fix --dry-run --diff"),
    ("format-check", ("pint.json",), "vendor/bin/pint --test"),
)
_PHPUNIT = ("phpunit.xml", "phpunit.xml.dist", "phpunit.dist.xml")


def present(files: Files) -> bool:
    return files.has("composer.json")


def offer(gate: str, files: Files) -> Offer | None:
    """The command for a standard gate, with its evidence."""
    if not present(files):
        return None
    for wanted, paths, command in _TOOLS:
        found = files.first(*paths) if gate == wanted else None
        if found:
            return Offer(command=command, evidence=found)
    return _test(gate, files) if gate not in {"build", "type-check", "lint", "format-check"} else None


def _test(gate: str, files: Files) -> Offer | None:
    settings = files.first(*_PHPUNIT)
    if settings is None or not any(path.endswith("Test.php") or path == "tests/Pest.php" for path in files.paths):
        return None
    runner = "vendor/bin/pest" if files.has("tests/Pest.php") else "vendor/bin/phpunit"
    for suite in (gate, gate.capitalize()):
        if f'<testsuite name="{suite}"' in files.text(settings):
            return Offer(command=f"{runner} --testsuite {suite}", evidence=f"test suite `{suite}` in {settings}")
    return Offer(command=runner, evidence=settings) if gate in ("unit", "test") else None
