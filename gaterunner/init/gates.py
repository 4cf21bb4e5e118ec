"""The gates of one part: what the standard names become there, without those that would prove nothing. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from gaterunner.config.conventions import LANGUAGES, Conventions
from gaterunner.config.conventions.files import Files
from gaterunner.config.conventions.types import Resolution, SourceError, Tree, Unresolved
from gaterunner.errors import UsageError
from gaterunner.init.hollow import Declarations
from gaterunner.init.swallowed import TEST_GATES
from gaterunner.init.types import Gate, LeftOut, Stack

STANDARD = ("build", "type-check", "lint", "format-check", "unit", "integration", "smoke", "e2e")
"""The names that are looked up, in the order in which gates run."""

LATER = frozenset({"integration", "smoke", "e2e"})
"""Gates that mostly need services or a deployed system: written as comments."""

# Sources that speak for one language; a Makefile, a justfile and a Taskfile speak for the whole folder.
_SPEAKS_FOR = {
    "package.json script": "Node",
    "tox environment": "Python",
    "nox session": "Python",
    "poe task": "Python",
    "Hatch script": "Python",
    "PDM script": "Python",
    "composer.json script": "PHP",
}
_FORMATTERS = {
    "Python": ("ruff format", "ruff-format", "black"),
    "Node": ("prettier", "biome"),
    "Go": ("gofmt",),
    "Rust": ("cargo fmt", "rustfmt"),
    "Java": ("spotless",),
    "PHP": ("php-cs-fixer", "pint"),
    ".NET": ("dotnet format",),
}


class Found(Struct, frozen=True, kw_only=True):
    """What one part has: gates, those that are only suggested, and what was left out."""

    gates: tuple[Gate, ...] = ()
    later: tuple[Gate, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


class Finder:
    """Looks for the gates of one part; ``formatted_by`` is the text of the CI and hook files of the repository."""

    def __init__(self, tree: Tree, stacks: tuple[Stack, ...], *, formatted_by: str) -> None:
        self.files = Files(tree)
        self.declarations = Declarations(tree, self.files)
        self._conventions = Conventions(tree)
        self._stacks = stacks
        self._formatted_by = formatted_by
        self._gates: list[Gate] = []
        self._later: list[Gate] = []
        self._left_out: list[LeftOut] = []

    def find(self, names: tuple[str, ...] = STANDARD) -> Found:
        """What there is of these standard gates. Raises ``UsageError`` where a file that declares commands cannot be
        read."""
        for name in names:
            for gate in self._candidates(name):
                if any(other.command == gate.command for other in (*self._gates, *self._later)):
                    continue
                (self._later if name in LATER else self._gates).append(gate)
        gates = [gate for gate in self._gates if not self._is_type_check_only(gate)]
        return Found(gates=tuple(gates), later=tuple(self._later), left_out=tuple(self._left_out))

    def _is_type_check_only(self, gate: Gate) -> bool:
        """`tsc --build` by default may leave its output beside the sources, and finds what `tsc --noEmit` finds."""
        checked = any(other.kind == "type-check" and other.language == "Node" for other in self._gates)
        return gate.kind == "build" and gate.command.endswith(" tsc --build") and checked

    def _candidates(self, name: str) -> Iterator[Gate]:
        found = self._conventions.resolve(name)
        if isinstance(found, Unresolved):
            if found.faulty:
                raise UsageError(found.message, help=f"repair {found.faulty}, then run `gaterunner init` again")
            if found.looked and "has no `run:`" not in found.message:
                self._leave_out(name, found.message.partition(" became ")[2] or found.message)
            yield from self._defaults(name, instead=None)
            return
        if found.path is None:
            yield from self._defaults(name, instead=found)
            return
        hollow = self.declarations.hollow(name, found.command)
        if hollow is not None:
            self._leave_out(name, f"{found.source} ({_place(found)}) {hollow}")
            yield from self._defaults(name, instead=None)
            return
        language = _SPEAKS_FOR.get(found.source.partition(" `")[0], "")
        yield Gate(name=name, kind=name, command=found.command, why=found.why, language=language, bare=True)
        if language and name not in LATER:
            yield from self._of_other_languages(name, language)

    def _defaults(self, name: str, *, instead: Resolution | None) -> Iterator[Gate]:
        """What the languages themselves run; the first is what the bare name means, unless a declaration is in its way
        (``instead`` is None then, or nothing was found at all)."""
        first = True
        for language, command, why in self._offers(name):
            bare = first and instead is not None and instead.command == command
            gate_name = name if first else _of(language, name)
            yield Gate(name=gate_name, kind=name, command=command, why=why, language=language, bare=bare)
            first = False

    def _of_other_languages(self, name: str, spoken_for: str) -> Iterator[Gate]:
        for language, command, why in self._offers(name):
            if language != spoken_for:
                yield Gate(name=_of(language, name), kind=name, command=command, why=why, language=language)

    def _offers(self, name: str) -> Iterator[tuple[str, str, str]]:
        wanted = {stack.language: stack for stack in self._stacks}
        for language in LANGUAGES:
            stack = wanted.get(language.name)
            # What `cargo test` runs holds the integration tests as well.
            if stack is None or name not in (*stack.gates, *(() if language.name == "Rust" else LATER)):
                continue
            try:
                offer = language.offer(name, self.files)
            except SourceError as fault:
                raise UsageError(
                    f"{fault.place} {fault.message}", help=f"repair {fault.path}, then run `gaterunner init` again"
                ) from None
            if offer is None:
                continue
            empty = self.declarations.hollow(name, offer.command) if name in TEST_GATES else None
            if empty is not None:
                self._leave_out(name, f"`{offer.command}` {empty}")
                continue
            if name == "format-check" and not self._is_formatted(language.name):
                why = "nothing shows that the code is kept formatted; try it, and add it once it passes"
                self._leave_out(name, f"`{offer.command}`: {why}")
                continue
            yield language.name, offer.command, f"{language.name} default ({offer.evidence})"

    def _leave_out(self, name: str, why: str) -> None:
        self._left_out.append(LeftOut(name=name, why=why, kind=name))

    def _is_formatted(self, language: str) -> bool:
        """Whether settings, CI or hooks show that somebody formats; a first run that is red for taste helps nobody."""
        tools = _FORMATTERS.get(language, ())
        if any(tool in self._formatted_by for tool in tools):
            return True
        if language == "Rust":
            return self.files.first("rustfmt.toml", ".rustfmt.toml") is not None
        if language == "Python":
            return "[tool.black]" in self.files.text("pyproject.toml")
        return language in {"Node", "PHP", "Java"}  # offered only where the formatter is configured or a dependency


def _of(language: str, name: str) -> str:
    return f"{language.lower().replace('.', 'dot')}-{name}"


def _place(found: Resolution) -> str:
    return f"{found.path}:{found.line}" if found.line else f"{found.path}"
