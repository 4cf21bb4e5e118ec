"""Commands whose failure nobody would see: an ignored exit code, a pipe, a last command that always succeeds. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from gaterunner.guardrails.commands import commands
from gaterunner.guardrails.definitions.types import Unit
from gaterunner.weakening.commands import ignored_failure

TEST_GATES = frozenset({"unit", "test", "integration", "smoke", "e2e"})
_TALKS = frozenset({"echo", "printf", "true", ":"})
# What task runners have for the same (`commands = - pytest` is tox's), and an ignored exit code in brackets.
_LENIENT = re.compile(
    r"\bignore_error\s*:\s*[Tt]rue|\bsuccess_codes\s*=|^commands\s*=\s*-\s*\w|\bignore_fail\s*=\s*true"
    r"|\|\|\s*[({]\s*(?:true|:|exit\s+0)\b"
)
# What gets something ready may fail: the check after it tells.
_PREPARES = re.compile(r"\b(?:sync|prepare|husky|install|generate|codegen|fetch|pull|login|clean)\b[^&;]*\|\|")
_CHECKERS = (
    r"\b(?:pytest|unittest|tox|nox|mypy|ruff|flake8|pylint|eslint|tsc|jest|vitest|mocha|phpunit|rspec|rubocop|dotnet|mvn"
    r"|gradlew?|cargo|go (?:test|vet|build)|golangci-lint|npm|pnpm|yarn|bun)\b(?!/)"
)
_CHECKER = re.compile(_CHECKERS)
# A pipe ends as its last program does, and these are content with anything.
_PIPED = re.compile(_CHECKERS + r"[^|;&\n]{0,300}\|&?\s*(?:tee|cat|sed|awk|head|tail|less|more|sort|uniq|ts|jq)\b")
_STRICT_SHELL = re.compile(r"\bset\s+-[a-z]*e|\bset\s+-o\s+errexit|\A#!.*\s-[a-z]*e")


def swallowed(gate: str, command: str, units: Sequence[Unit], scripts: Sequence[str], *, pipefail: bool) -> str | None:
    """Why a failure within a gate's command would not be seen, as the end of a sentence; None where it would.

    ``units`` and ``scripts`` are what the command leads to; ``pipefail`` says that a file of theirs asks for it.
    """
    lines = command.splitlines()
    for unit in units:
        lines += [_as_recipe(unit, line) for line in (*unit.lines, *unit.shell.splitlines())]
    # A script may do more than check, so only a checker whose failure is ignored counts there.
    lines += [line for text in scripts for line in text.splitlines() if _CHECKER.search(line)]
    found = next(_ignored(gate, lines), None)
    # What is fetched from an address and handed on is no check, whatever it is called.
    piped = (line for line in lines if not pipefail and "://" not in line and _PIPED.search(line))
    line = found or next(piped, None) or next(_talked_over(command, units, scripts), None)
    return f"does not tell a failure: `{' '.join(line.split())[:100]}`" if line is not None else None


def _ignored(gate: str, lines: Sequence[str]) -> Iterator[str]:
    for line in lines:
        kind = ignored_failure(line)
        # Leaving tests out is what building without them means.
        if kind == "skipTests" and gate not in TEST_GATES:
            continue
        if _LENIENT.search(line) or (kind is not None and not _PREPARES.search(line)):
            yield line


def _as_recipe(unit: Unit, line: str) -> str:
    return f"\t{line}" if unit.what in ("target", "recipe") and line.startswith(("-", "@-")) else line


def _talked_over(command: str, units: Sequence[Unit], scripts: Sequence[str]) -> Iterator[str]:
    """Texts that end as their last command does, which only prints: one line with `;`, or a script without `set -e`."""
    one_liners = (unit.shell for unit in units if unit.what == "script")
    lines = [line for line in (command, *one_liners) if ";" in line]
    for text in (*lines, *scripts):
        if _STRICT_SHELL.search(text) or not _CHECKER.search(text):
            continue
        last = text.rstrip().rpartition("\n")[2].rpartition(";")[2]
        ends = list(commands(last))
        if len(ends) == 1 and (ends[0].name in _TALKS or (ends[0].name == "exit" and ends[0].words[:1] == ("0",))):
            yield last.strip()
