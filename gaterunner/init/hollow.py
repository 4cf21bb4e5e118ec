"""Whether a declared command could be green without having looked at anything. Pure.

What a name leads to is followed as the policy ``guardrails`` follows it: through targets, scripts, tasks and shell
files. A command that ignores failures, repairs what it should find, looks at a part, only prints, or runs a test tool
where no test is would make a gate that proves nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from gaterunner.config.conventions.files import Files
from gaterunner.config.conventions.types import Tree
from gaterunner.guardrails.commands import commands
from gaterunner.guardrails.definitions.types import Unit
from gaterunner.guardrails.reach import Reach
from gaterunner.guardrails.sides import Contents, Side, Unread
from gaterunner.init.swallowed import TEST_GATES, swallowed
from gaterunner.policies.context import TreeEntry

_LOOKING_GATES = frozenset({"lint", "format-check"})

_NOTHING_NAMES = "echo printf true : exit cd set export mkdir rm sleep pwd date cat ls touch source . @ test [ [["
_NOTHING = frozenset(_NOTHING_NAMES.split())
_REPAIRS = re.compile(r"(?<![\w-])--(?:fix|write|auto-?correct(?:-all)?)(?![\w-])|\bgofmt\s+(?:-\w+\s+)*-w\b")
_WATCHES = re.compile(r"(?<![\w-])--watch(?:All)?(?!=false)(?![\w-])")
# In a fresh checkout nothing is staged, and what changed since when is no question of a gate.
_PARTIAL = re.compile(
    r"\blint-staged\b|(?<![\w-])--staged\b|\bpre-commit run\b(?!.*(?:--all-files|\s-a\b|--from-ref))"
    r"|(?<![\w-])--(?:only-?[cC]hanged|changed(?:Since)?|last-failed|lf|picked|testmon)(?![\w-])"
)
_IDLE = "runs nothing that could say no, and would be green whatever the branch does"
# Tools that end with 0 where there is no test at all.
_SILENT_TESTERS = re.compile(
    r"\bgo test\b|\bcargo (?:nextest|test)\b|\bnode --test\b|\brspec\b|\brake (?:test|spec)\b"
    r"|\bmvnw? .*\b(?:test|verify)\b|\bgradlew? .*\b(?:test|check)\b"
    r"|\bdotnet test\b|\bunittest\b|\bphpunit\b|\bctest\b|\bnpm run .*--if-present"
)
# What tox, nox and the like start lives in environments of their own.
_IN_THIS_ENVIRONMENT = ("make ", "just ", "task ", "npm ", "pnpm ", "yarn ", "bun ")
_TEST_FILE = re.compile(
    r"(?:^|/)(?:test_[^/]*\.py|[^/]*_test\.(?:py|go|rb|exs|cc|cpp)|[^/]*[._-](?:test|spec)\.[cm]?[jt]sx?|[^/]*_spec\.rb"
    r"|[^/]*(?:Test|Tests|IT|Spec)\.(?:java|kt|cs|fs|vb|php|scala|groovy)|test_[^/]*\.rb)$"
    r"|(?:^|/)(?:tests?|__tests__|spec)/(?:.*/)?[^/]+\.\w+$"
)
_ELSEWHERE = re.compile(r"(?<![\w-])(?:cd|pushd|make\s+-C|--directory|--prefix)\s")
_INLINE_TEST = r"#\[(?:\w+::)*test\b|#\[cfg\(test\)\]"


class Declarations:
    """The tree of one part as what follows commands reads it."""

    def __init__(self, tree: Tree, files: Files) -> None:
        self._side = Side(_Contents(tree), (TreeEntry(path=path, mode="100644", blob=path) for path in files.paths))
        self._files = files

    def hollow(self, gate: str, command: str) -> str | None:
        """Why ``command`` proves nothing as the gate ``gate``, as the end of a sentence about it; None where it may."""
        reach = Reach(self._side)
        reach.follow(gate, "", command)
        units = [reached.unit for reached in reach.units.values() if reached.unit is not None]
        scripts = [self._side.text(path) or "" for path in reach.files]
        pipefail = any("pipefail" in (self._side.text(unit.path) or "") for unit in units)
        text = "\n".join([command, *(unit.shell for unit in units), *scripts])
        why = swallowed(gate, command, units, scripts, pipefail=pipefail) or _beside_the_point(gate, text)
        if why is None and units and not scripts and not _does_something(units):
            why = _IDLE
        if why is None and gate in TEST_GATES and _SILENT_TESTERS.search(text) and not self._is_found_by(command):
            why = "would be green, as no test file lies where it looks"
        return why

    def _is_found_by(self, command: str) -> bool:
        """Whether there is a test, and for tools that look in certain places only, whether it is there."""
        if re.search(r"\brspec$", command):
            return any(re.match(r"spec/(?:.*/)?[^/]+_spec\.rb$", path) for path in self._files.paths)
        if re.search(r"\bunittest discover$|\bmanage\.py test$", command):
            return any(self._is_importable(path) for path in self._files.paths)
        return self.has_tests

    def _is_importable(self, path: str) -> bool:
        """unittest goes down into packages only, and looks at names that begin with ``test``."""
        *folders, name = path.split("/")
        packages = ("/".join([*folders[: depth + 1], "__init__.py"]) for depth in range(len(folders)))
        return name.startswith("test") and name.endswith(".py") and all(self._files.has(each) for each in packages)

    def started(self, command: str) -> tuple[str, ...]:
        """The command and what it starts through targets, recipes, tasks and scripts, each program as its own line."""
        reach = Reach(self._side)
        reach.follow("", "", command)
        shells = [reached.unit.shell for reached in reach.units.values() if reached.unit is not None]
        inner = (" ".join((one.program, *one.words)) for shell in shells for one in commands(shell))
        return (command, *(inner if command.startswith(_IN_THIS_ENVIRONMENT) else ()))

    def shells(self, command: str) -> tuple[str, ...]:
        """The command and the texts of the root that it leads to, as a shell gets them; none where a folder is changed,
        so that a path in them means another place."""
        reach = Reach(self._side)
        reach.follow("", "", command)
        units = [reached.unit for reached in reach.units.values() if reached.unit is not None]
        texts = (command, *(unit.shell for unit in units), *(self._side.text(path) or "" for path in reach.files))
        elsewhere = any("/" in unit.path for unit in units) or any(_ELSEWHERE.search(text) for text in texts)
        return () if elsewhere else texts

    @property
    def has_tests(self) -> bool:
        """Whether anything in the part looks like a test."""
        if any(_TEST_FILE.search(path) for path in self._files.paths):
            return True
        sources = (path for path in self._files.paths if path.endswith(".rs"))
        return self._files.contains(_INLINE_TEST, sources, at_most=2000) is not None

    def mentions(self, command: str, folder: str) -> bool:
        """Whether what a command leads to names a folder, as a target does that goes through parts of a monorepo."""
        reach = Reach(self._side)
        reach.follow("", "", command)
        lines = (line for reached in reach.units.values() if reached.unit for line in reached.unit.lines)
        named = re.compile(rf"(?<![\w./-])(?:\./)?{re.escape(folder)}(?![\w-])")
        return any(named.search(line) for line in (command, *lines))


class _Contents(Contents):
    """Contents by path, as the work tree has them."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree

    def prefetch(self, ids: Iterable[str]) -> None:
        """Nothing: files are read one by one."""

    def get(self, id: str) -> bytes:
        data = self._tree.read(id)
        if data is None:
            raise Unread("is not a file")
        return data


def _beside_the_point(gate: str, text: str) -> str | None:
    if gate in _LOOKING_GATES and (found := _REPAIRS.search(text)):
        return f"repairs what it finds (`{found[0]}`) instead of telling it"
    if found := _WATCHES.search(text):
        return f"watches and never ends (`{found[0]}`)"
    found = _PARTIAL.search(text)
    return f"looks only at what is staged or was changed (`{found[0]}`)" if found else None


def _does_something(units: list[Unit]) -> bool:
    """Whether any of what was reached starts a program that may say no."""
    return any(
        command.name not in _NOTHING and not _is_lookup(command.name, command.words, units)
        for unit in units
        for command in commands(unit.shell)
    )


def _is_lookup(name: str, words: tuple[str, ...], units: list[Unit]) -> bool:
    """A command that runs another unit which is looked at by itself."""
    known = {unit.name for unit in units}
    return name in {"npm", "pnpm", "yarn", "bun", "make", "just", "task"} and any(word in known for word in words)
