"""What the gates' commands reach in one tree: targets, scripts, tasks and files, followed from one to the next."""

from __future__ import annotations

import posixpath
import re
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator

from msgspec import Struct

from gaterunner.guardrails.commands import Command, commands
from gaterunner.guardrails.definitions import makefile, manifests, others
from gaterunner.guardrails.definitions.types import Definitions, Unit
from gaterunner.guardrails.paths import guarded
from gaterunner.guardrails.sides import Side, Unread

_MAX_TEXTS = 3000
_MOST_STARS = 2  # of a pattern of scripts such as `lint:*`; more could take time without end
_MAX_SCRIPT = 256 * 1024

_SHELLS = frozenset({"bash", "sh", "dash", "zsh", "ksh", "ash", "source", ".", "fish"})
_INTERPRETERS = re.compile(r"python[\d.]*|pypy[\d.]*|node|nodejs|deno|bun|tsx|ts-node|ruby|perl|php|Rscript|lua|pwsh")
_NODE_MANAGERS = frozenset({"npm", "pnpm", "yarn", "bun"})
_NODE_BUILT_IN = frozenset(
    {"install", "i", "ci", "add", "exec", "dlx", "x", "audit", "publish", "pack", "config", "version"}
)
_RUN_ALL = frozenset({"run-s", "run-p", "npm-run-all", "npm-run-all2", "concurrently", "turbo", "nx", "lerna", "wsrun"})
_ALL_PACKAGES = ("-r", "--recursive", "-ws", "--workspaces", "--filter", "workspaces", "-F")
# Files of recipes and tasks that another one imports: they are not cut into units of their own.
_FOLLOWED_WHOLE = re.compile(r"(?:\.just|[Jj]ustfile|[Tt]askfile[^/]*\.ya?ml)$")
# What these read is what is installed, not what is checked; where packages come from is told as a tool's setting.
_INSTALLERS = frozenset({"pip", "pip3", "uv", "pip-sync", "pip-compile", "pipenv", "poetry", "conda", "apt-get", "apk"})
# Data that a command names is part of what the gate does; source files are what it looks at.
_NAMED = re.compile(
    r"(?:.*\.(?:sh|bash|zsh|mk|ini|cfg|toml|ya?ml|json5?|xml|conf|rc|hcl|bake|txt)|.*[Dd]ockerfile.*|[^.]*rc)"
)
# A script is a gate's own only in a place for such scripts; elsewhere it is the program that the gate looks at.
_PLACE_OF_SCRIPTS = re.compile(
    r"(?:^|/)(?:scripts?|\.?ci|tools?|bin|hack|dev|devtools|build|buildtools|etc|\.github|\.gitlab|ops|tasks|automation"
    r"|\.buildkite|\.circleci|make|misc|contrib)/|(?:^|/)(?:manage|runtests?|run_tests?|setup|ci|check|noxfile)\.py$"
)


class Reached(Struct, frozen=True):
    """A unit or a file, and the gate whose command leads there first."""

    gate: str
    unit: Unit | None = None


class Reach:
    """Everything that commands lead to. ``faults`` are definition files that could not be read, and why."""

    def __init__(self, side: Side) -> None:
        self.side = side
        self.units: dict[tuple[str, str], Reached] = {}
        self.files: dict[str, Reached] = {}
        self.faults: dict[str, Reached] = {}
        self._read: dict[tuple[str, str], Definitions | None] = {}
        self._texts: deque[tuple[str, str, str]] = deque()
        self._seen: set[tuple[str, str]] = set()

    def follow(self, gate: str, cwd: str, command: str) -> None:
        """Follows one gate's command to its end."""
        self._push(gate, cwd, command)
        while self._texts:
            who, where, text = self._texts.popleft()
            here = where
            for one in commands(text):
                if one.program == "cd" and one.words:
                    here = _joined(here, one.words[0])
                    continue
                self._command(who, here, one)

    def names(self, programs: Collection[str]) -> bool:
        """Whether a text or a file that the commands lead to names one of these programs, or may do so unseen."""
        if self.faults or len(self._seen) >= _MAX_TEXTS:
            return True
        word = re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, sorted(programs)))})(?![\w-])")
        texts = (text for _, text in self._seen)
        files = (self.side.text(path) or "" for path in self.files)
        return any(word.search(text) for text in (*texts, *files))

    def declares(self, unit: Unit) -> bool:
        """Whether a file that was read here still holds a unit of that name, reached or not."""
        name = f"${unit.name}" if unit.what == "variable" else unit.name
        return any(
            found is not None and name in found.units and found.units[name].path == unit.path
            for found in self._read.values()
        )

    def _push(self, gate: str, cwd: str, text: str) -> None:
        if text.strip() and (cwd, text) not in self._seen and len(self._seen) < _MAX_TEXTS:
            self._seen.add((cwd, text))
            self._texts.append((gate, cwd, text))

    def _command(self, gate: str, cwd: str, command: Command) -> None:
        for word in () if command.name in _INSTALLERS else (command.program, *command.words):
            value = word.partition("=")[2] if word.startswith("-") and "=" in word else word
            path = _joined(cwd, value)
            if self.side.has(path) and _NAMED.fullmatch(path):
                self._file(gate, cwd, path)
        follow = _TOOLS.get(command.name)
        if follow is not None:
            follow(self, gate, cwd, command)
        elif command.name in _SHELLS:
            self._script(gate, cwd, next(iter(command.arguments()), ""), always=True)
        elif _INTERPRETERS.fullmatch(command.name):
            self._interpreted(gate, cwd, command)
        elif "/" in command.program:
            self._script(gate, cwd, command.program, always=True)

    def _interpreted(self, gate: str, cwd: str, command: Command) -> None:
        module = command.value("-m") if command.name.startswith("py") else None
        if module is None:
            self._script(gate, cwd, next(iter(command.arguments()), ""))
            return
        inner = command.words[command.words.index(module) + 1 :] if module in command.words else ()
        if module in _TOOLS:
            self._command(gate, cwd, Command(module, inner))
        folder = module.replace(".", "/")
        for path in (f"{folder}.py", f"{folder}/__main__.py"):
            self._script(gate, cwd, path)

    def _script(self, gate: str, cwd: str, word: str, *, always: bool = False) -> None:
        path = _joined(cwd, word)
        if not self.side.has(path):
            return
        is_shell = re.search(r"\.(?:sh|bash|zsh|ksh)$", path) is not None
        if not (is_shell or _PLACE_OF_SCRIPTS.search(path) or (always and "." not in posixpath.basename(path))):
            return
        self._file(gate, cwd, path)

    def _file(self, gate: str, cwd: str, path: str) -> None:
        if path in self.files or (not _FOLLOWED_WHOLE.search(path) and guarded(path) is not None):
            return  # what is guarded under its own name is told as what it is
        self.files[path] = Reached(gate)
        text = self.side.text(path) or ""
        shebang = text[:100].partition("\n")[0]
        is_shell = re.search(r"\.(?:sh|bash|zsh|ksh)$", path) or re.match(r"#!.*\b(?:ba|da|z|k)?sh\b", shebang)
        if is_shell and len(text) <= _MAX_SCRIPT:
            self._push(gate, cwd, text)

    # --- tools that look commands up ---------------------------------------------------------------------------------

    def make(self, gate: str, cwd: str, command: Command) -> None:
        """``make -C web test`` and what its targets need."""
        folder = _joined(cwd, command.value("-C", "--directory") or ".")
        named = command.value("-f", "--file", "--makefile")
        path = _joined(folder, named) if named else self._first(folder, makefile.FILES)
        skipped = {
            command.value("-C", "--directory"),
            named,
            command.value("-j"),
            command.value("-o"),
            command.value("-W"),
        }
        targets = [
            word for word in command.arguments() if "=" not in word and word not in skipped and not word.isdigit()
        ]
        self._use(gate, folder, path, "make", targets)

    def node(self, gate: str, cwd: str, command: Command) -> None:
        """``npm run lint``, ``npm test``, ``yarn lint``, ``pnpm -C web lint``, ``npm run -ws lint``."""
        folder = _joined(cwd, command.value("--prefix", "-C", "--cwd", "--dir", "-w", "--workspace") or ".")
        skipped = {command.value("--prefix", "-C", "--cwd", "--dir", "-w", "--workspace", "--filter", "-F")}
        words = [word for word in command.arguments() if word not in skipped]
        names = [word for word in words if word not in {"run", "run-script", "workspaces", "foreach"}][:1]
        names = [{"t": "test", "tst": "test"}.get(name, name) for name in names]
        is_all = any(word.split("=")[0] in _ALL_PACKAGES for word in command.words)
        folders = [folder, *(self._packages() if is_all or not self.side.has(_joined(folder, "package.json")) else ())]
        if names and names[0] in _NODE_BUILT_IN and "run" not in words:
            names = []
        for each in dict.fromkeys(folders):
            self._use(gate, each, _joined(each, "package.json"), "package.json", names, strict=False)

    def run_all(self, gate: str, cwd: str, command: Command) -> None:
        """``run-s lint test:*`` and runners of many packages: every script whose name a word matches."""
        folders = [cwd, *(self._packages() if command.name in {"turbo", "nx", "lerna", "wsrun"} else ())]
        for folder in dict.fromkeys(folders):
            path = _joined(folder, "package.json")
            found = self._definitions(path, "package.json", gate)
            if found is None:
                continue
            given = [word for word in command.arguments() if word.count("*") <= _MOST_STARS]
            words = [re.sub(r"^(?:npm|pnpm|yarn|bun)(?: run)?[: ]", "", word) for word in given]
            patterns = [re.compile(re.escape(word).replace(r"\*", ".*") + r"(?: .*)?") for word in words]
            names = [name for name in found.units if any(pattern.fullmatch(name) for pattern in patterns)]
            self._use(gate, folder, path, "package.json", names, strict=False)

    def docker(self, gate: str, cwd: str, command: Command) -> None:
        """``docker build .`` and ``docker compose run``: the files that they read without being told to."""
        if "compose" in (*command.words[:1], command.name.partition("-")[2]):
            names = [f"{stem}{other}.{end}" for stem in ("compose", "docker-compose") for other in ("", ".override")
                     for end in ("yaml", "yml")] + ["Dockerfile"]  # fmt: skip
            folder = command.value("--project-directory") or "."
        else:
            names, folder = ["Dockerfile"], next(reversed(command.arguments()), ".")
        for name in names:
            path = _joined(_joined(cwd, folder), name)
            if self.side.has(path):
                self._file(gate, cwd, path)

    def listed(self, tool: str, files: tuple[str, ...]) -> Callable[[str, str, Command], None]:
        """A tool that takes the names of what it runs as words, from the first of these files."""

        def follow(gate: str, cwd: str, command: Command) -> None:
            folder = _joined(cwd, command.value("-d", "--dir", "--working-directory") or ".")
            given = command.value("-f", "--justfile", "-t", "--taskfile", "-c", "--conf", "--noxfile")
            path = _joined(cwd, given) if given else self._first(folder, files)
            option = {"tox": ("-e", "--env"), "nox": ("-s", "--session", "--sessions", "-e")}.get(tool)
            if option:
                value = command.value(*option)
                names = re.split(r"[,\s]+", value) if value else []
            else:
                names = [word for word in command.arguments() if word not in {"run", given} and "=" not in word][:5]
            self._use(gate, folder, path, tool, names, strict=tool in {"tox", "nox"})

        return follow

    def _first(self, folder: str, names: Iterable[str]) -> str:
        there = (_joined(folder, name) for name in names)
        return next((path for path in there if self.side.has(path)), "")

    def _packages(self) -> Iterator[str]:
        for path in self.side.paths():
            if path.endswith("/package.json") and "node_modules/" not in path:
                yield posixpath.dirname(path)

    def _definitions(self, path: str, tool: str, gate: str) -> Definitions | None:
        if (path, tool) not in self._read:
            text = self.side.text(path) if path else None
            try:
                self._read[path, tool] = None if text is None else _READERS[tool](path, text, self.side)
            except Unread as unread:
                self.faults.setdefault(path, Reached(gate))
                self._read[path, tool] = Definitions(path=path, fault=unread.reason)
        return self._read[path, tool]

    def _use(self, gate: str, cwd: str, path: str, tool: str, names: list[str], *, strict: bool = True) -> None:
        """Takes the named units and what they use; with ``strict``, all where a name is given and none is known."""
        found = self._definitions(path, tool, gate)
        if found is None:
            return
        known = [name for name in names if name in found.units]
        if any("$" in name for name in names) or (strict and names and not known and tool != "make"):
            known = list(found.units)
        queue = deque([*(known if names else found.default), *found.always])
        while queue:
            name = queue.popleft()
            unit = found.units.get(name)
            key = (unit.path, name) if unit else ("", name)
            if unit is None or key in self.units:
                continue
            self.units[key] = Reached(gate, unit)
            queue.extend(unit.uses)
            self._push(gate, cwd, unit.shell)
            if name == "(settings)":
                self._imports(gate, cwd, unit)

    def _imports(self, gate: str, cwd: str, unit: Unit) -> None:
        """The files and folders that a justfile or a Taskfile takes more from."""
        for word in re.split(r"[\s'\":=]+", " ".join(unit.lines)):
            for name in ("", "/Taskfile.yml", "/Taskfile.yaml", "/justfile", "/mod.just", ".just"):
                path = _joined(cwd, f"{word}{name}") if word else ""
                if path != unit.path and self.side.has(path) and _FOLLOWED_WHOLE.search(path):
                    self._file(gate, cwd, path)


def _joined(folder: str, path: str) -> str:
    joined = posixpath.normpath(posixpath.join(folder, path))
    return "" if joined.startswith(("../", "/")) or not path else joined


_READERS: dict[str, Callable[[str, str, Side], Definitions]] = {
    "make": lambda path, text, side: makefile.read(path, text, side.text, side.matching),
    "package.json": lambda path, text, _: manifests.package_json(path, text),
    "composer": lambda path, text, _: manifests.composer_json(path, text),
    "poe": lambda path, text, _: manifests.python_tasks(path, text, "poe"),
    "pdm": lambda path, text, _: manifests.python_tasks(path, text, "pdm"),
    "hatch": lambda path, text, _: manifests.python_tasks(path, text, "hatch"),
    "task": lambda path, text, _: others.taskfile(path, text),
    "just": lambda path, text, _: others.justfile(path, text),
    "tox": lambda path, text, _: others.tox(path, text),
    "nox": lambda path, text, _: others.noxfile(path, text),
}

_FILES: dict[str, tuple[str, ...]] = {
    "composer": ("composer.json",),
    "poe": ("pyproject.toml",),
    "pdm": ("pyproject.toml",),
    "hatch": ("pyproject.toml",),
    "task": others.TASKFILES,
    "just": ("justfile", "Justfile", ".justfile", "JUSTFILE"),
    "tox": ("tox.ini", "setup.cfg", "pyproject.toml", "tox.toml"),
    "nox": ("noxfile.py",),
}

_Follow = Callable[[Reach, str, str, Command], None]


def _by_list(tool: str) -> _Follow:
    return lambda reach, gate, cwd, command: reach.listed(tool, _FILES[tool])(gate, cwd, command)


_TOOLS: dict[str, _Follow] = {
    **dict.fromkeys(("make", "gmake", "gnumake", "remake"), Reach.make),
    **dict.fromkeys(("docker", "docker-compose", "podman", "podman-compose", "nerdctl", "buildah"), Reach.docker),
    **dict.fromkeys(_NODE_MANAGERS, Reach.node),
    **dict.fromkeys(_RUN_ALL, Reach.run_all),
    **{tool: _by_list(tool) for tool in _FILES},
}
