"""Builds the repository of one side of a case: real git, a small app with a passing gate, and all policies."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from gaterunner.policies import POLICIES
from tests.docker_engine import BASE_IMAGE
from tests.gitrepo import ENVIRONMENT, Repository
from tests.hostile.case_file import Content, Files, Side, Step, fill

BRANCH = "feat/work"
WORKFLOW = ".gaterunner.yml"
IMAGE = BASE_IMAGE or "debian:bookworm-slim"
DEFAULT_FILES: Mapping[str, str] = {
    "README.md": "# Greeter\n\nSays hello.\n",
    "greeter.py": 'def greet(name):\n    return f"hello {name}"\n',
    "tests/test_greeter.py": (
        "from greeter import greet\n\n\ndef test_it_greets_by_name():\n"
        '    assert greet("Ada") == "hello Ada"\n\n\ndef test_it_greets_everyone():\n'
        '    assert greet("all") == "hello all"\n'
    ),
}
# Proven only by a gate whose program tells of its running, or on the branch of a phase: an attack would be red for that
# alone.
_NOT_BY_DEFAULT = ("observability", "phases", "reversible-rollout", "spec")
_PERSON = re.compile(r"(?P<name>.*?) ?<(?P<email>[^<>]*)>")


def workflow(policies: tuple[str, ...] = ()) -> str:
    """A workflow file with one gate that really runs and passes, and every policy that needs no options and no gate."""
    named = policies or tuple(
        name
        for name, kind in POLICIES.items()
        if not kind.always and name not in _NOT_BY_DEFAULT and not _required(kind.options)
    )
    lines = [
        "workflow:",
        "  gates:",
        "    - unit: test -s greeter.py",
        "  policies:",
        *(f"    - {name}" for name in named),
    ]
    return "\n".join(lines) + "\n"


class Staged(msgspec.Struct, frozen=True):
    """The repository, and what its steps named: ``base``, ``head``, ``root``, ``image`` and what git printed."""

    repository: Repository
    names: Mapping[str, str]

    def placed(self, text: str) -> str:
        """The text with names and credentials in it."""
        return _placed(text, self.names)


Run = Callable[[Repository, Sequence[str]], object]


def stage(side: Side, folder: Path, run: Run | None = None) -> Staged:
    """The repository as the run finds it: main with the base, and a branch with its steps checked out.

    ``run`` runs gaterunner in it with the arguments of a ``run`` step.
    """
    repository = Repository.create(folder)
    files: Files = {**DEFAULT_FILES, WORKFLOW: workflow(), **side.base.files}
    names = {"image": IMAGE}
    _lay(repository, {path: content for path, content in files.items() if content is not None})
    repository.commit("Start")
    for step in side.base.steps:
        _take(repository, step, names, run)
    names["base"] = repository.head
    repository.switch(BRANCH, create=True)
    for step in side.branch:
        _take(repository, step, names, run)
    return Staged(repository, {**names, "head": repository.head, "root": str(repository.root)})


def _required(options: type[msgspec.Struct]) -> bool:
    return any(field.required for field in msgspec.structs.fields(options))


def _take(repository: Repository, step: Step, names: dict[str, str], run: Run | None) -> None:
    places = {**names, "head": repository.head, "root": str(repository.root)}
    if step.git is not None:
        arguments = [_placed(argument, places).encode("utf-8", "surrogateescape") for argument in step.git]
        given = None if step.input is None else _placed(step.input, places).encode("utf-8", "surrogateescape")
        printed = repository.git(*arguments, input=given)
        if step.name is not None:
            names[step.name] = printed
    elif step.shell is not None:
        _run_shell(repository, _placed(step.shell, places))
    elif step.run is not None:
        assert run is not None, "nothing was given that runs gaterunner"
        run(repository, [_placed(argument, places) for argument in step.run])
    else:
        _lay(repository, {_placed(path, places): content for path, content in step.files.items()}, places)
        if step.message is not None:
            repository.commit(fill(step.message), env=_who(step))


def _placed(text: str, places: Mapping[str, str]) -> str:
    """``{head}`` and other names of steps replaced, then credentials; ``${head}`` is the shell's."""
    placed = re.sub(r"(?<![${])\{(\w+)\}(?!\})", lambda found: places.get(found[1], found[0]), text)
    return fill(placed)


def _run_shell(repository: Repository, line: str) -> None:
    environment = {**ENVIRONMENT, "HOME": str(repository.root.parent)}
    done = subprocess.run(
        ["sh", "-ec", line],
        cwd=repository.root,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, f"{line!r}: {done.stderr}"


def _who(step: Step) -> dict[str, str]:
    """What git takes from the environment about author, committer and date."""
    made: dict[str, str] = {}
    for role, person in (("AUTHOR", step.author), ("COMMITTER", step.committer)):
        if person is not None:
            found = _PERSON.fullmatch(person)
            assert found, f"{person!r}: write it as `Name <address>`"
            made |= {f"GIT_{role}_NAME": found["name"], f"GIT_{role}_EMAIL": found["email"]}
        if step.date is not None:
            made[f"GIT_{role}_DATE"] = step.date
    return made


def _lay(repository: Repository, files: Files, places: Mapping[str, str] | None = None) -> None:
    for path, content in files.items():
        target = repository.root / os.fsdecode(path.encode("utf-8", "surrogateescape"))
        made = Content(text=content) if isinstance(content, str) else content
        _remove(target)
        if made is None:
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        if made.symlink is not None:
            target.symlink_to(made.symlink)
        elif made.submodule is not None:
            target.mkdir()
            sha = _placed(made.submodule, places or {})
            repository.git("update-index", "--add", "--cacheinfo", f"160000,{sha},{path}")
        else:
            target.write_bytes(made.data())
            target.chmod(0o755 if made.mode == "100755" else 0o644)


def _remove(target: Path) -> None:
    """Makes room for what comes next, in the place of a file, a link or an empty folder."""
    if target.is_dir() and not target.is_symlink():
        target.rmdir()
    elif target.is_symlink() or target.exists():
        target.unlink()
