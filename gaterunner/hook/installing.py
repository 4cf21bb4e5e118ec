"""Puts the hook in place, takes it out, and says what stands there. What is there already is never overwritten."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from gaterunner.errors import EvaluationError, UsageError
from gaterunner.git import Repository, layout
from gaterunner.hook.place import HooksFolder, hooks_folder
from gaterunner.hook.script import BEFORE, LEGACY, NAME, Owner, is_unedited, judges_policies_only, owner_of, script
from gaterunner.reporters.terminal_text import clean

_MOST_BYTES = 256 * 1024
_CALL = "gaterunner hook pre-push"
_INSTALL = "gaterunner hook install"
_LINE = f'{_CALL} -- "$@"'


class Standing(Struct, frozen=True):
    """What ``hook status`` says: ``judges`` is True when a push is judged; ``lines`` tell the rest."""

    judges: bool
    lines: tuple[str, ...]


def install(folder: Path, *, environment: Mapping[str, str], policies_only: bool) -> tuple[str, ...]:
    """Installs the hook for the repository around ``folder`` and returns what to tell.

    A plain hook that is there already is kept beside it and runs first. Raises ``UsageError`` with the way out where
    the folder or the hook belongs to somebody who would write it anew.
    """
    place = _place(folder, environment)
    _refuse_folder_of_others(place)
    hook = place.path / NAME
    told = [_told_installed(hook, policies_only=policies_only)]
    text = _text(hook)
    if text is not None:
        _refuse_hook_of_others(hook, owner_of(text))
        if owner_of(text) == "somebody":
            told.append(_keep(hook))
    _write(hook, script(policies_only=policies_only))
    if place.kind == "work tree":
        told.append(f"core.hooksPath leads into the work tree: commit {hook} for everybody who uses these hooks")
    if not _on_path(environment):
        told.append("there is no gaterunner on PATH now: until there is, every push is refused")
    return tuple(told)


def remove(folder: Path, *, environment: Mapping[str, str]) -> tuple[str, ...]:
    """Takes the hook out, puts back the one that was there before, and returns what to tell.

    Raises ``UsageError`` where there is none, or where it holds lines that are not ours.
    """
    place = _place(folder, environment)
    hook = next((path for path in (place.path / NAME, place.path / LEGACY) if _is_ours(path)), None)
    if hook is None:
        raise UsageError(
            f"no hook of gaterunner is installed in {place.path}", help="`gaterunner hook status` says what is there"
        )
    if owner_of(_text(hook) or "") == "gaterunner, edited":
        raise UsageError(
            f"{hook} holds lines that gaterunner did not write",
            help="move them elsewhere and delete the file yourself, or bring back what `gaterunner hook install` wrote",
        )
    before = place.path / BEFORE
    if os.path.lexists(before):
        before.replace(hook)
        return (f"removed the hook; {hook} is again what it was before",)
    hook.unlink()
    return (f"removed {hook}",)


def status(folder: Path, *, environment: Mapping[str, str]) -> Standing:
    """What stands in the hook's place, and whether it judges pushes."""
    place = _place(folder, environment)
    hook, legacy = place.path / NAME, place.path / LEGACY
    text = _text(hook)
    if text is None:
        return Standing(judges=False, lines=(f"not installed: there is no {hook}", f"install it: {_INSTALL}"))
    owner = owner_of(text)
    if owner == "pre-commit" and is_unedited(_text(legacy) or ""):
        return _judging(legacy, environment, f"pre-commit runs it from {legacy}")
    if not owner.startswith("gaterunner"):
        calling = next((file for file in _callers(hook, owner, folder) if _is_called(_text(file) or "")), None)
        if calling is not None:
            return _judging(hook, environment, f"{calling} calls it", calling=calling)
        return Standing(judges=False, lines=(f"not installed: {hook} belongs to {owner}", _way_out(owner)))
    if not is_unedited(text):
        told = (
            f"{hook} was edited since gaterunner wrote it, or is another version's: what it does now, nobody can tell"
        )
        return Standing(judges=False, lines=(told, f"look at it, then delete it and install again: {_INSTALL}"))
    lines = [f"installed: {hook}"]
    if os.path.lexists(place.path / BEFORE):
        lines.append(f"it runs {place.path / BEFORE} first, the hook that was there before")
    return _judging(hook, environment, *lines)


def _callers(hook: Path, owner: Owner, folder: Path) -> tuple[Path, ...]:
    """The files that could hold the line which calls the hook, where it is not gaterunner's own."""
    if owner == "husky":
        return (hook, hook.parent.parent / NAME)
    if owner == "lefthook":
        root = layout.find(folder).root
        return tuple(root / name for name in ("lefthook.yml", ".lefthook.yml", "lefthook.yaml", "lefthook-local.yml"))
    return (hook,)


def _is_called(text: str) -> bool:
    """Whether a line calls the hook that is no comment."""
    return any(_CALL in line and not line.lstrip().startswith("#") for line in text.splitlines())


def _judging(hook: Path, environment: Mapping[str, str], *lines: str, calling: Path | None = None) -> Standing:
    what = "policies only" if judges_policies_only(_text(calling or hook) or "") else "gates and policies"
    told = [*lines, f"it judges {what} of what is pushed"]
    if not os.access(hook, os.X_OK):
        return Standing(
            judges=False, lines=(*told, f"but git does not run it, as it is not executable: chmod +x {hook}")
        )
    if not _on_path(environment):
        told.append("there is no gaterunner on PATH: every push is refused until there is")
    return Standing(judges=True, lines=tuple(told))


def _place(folder: Path, environment: Mapping[str, str]) -> HooksFolder:
    with Repository.open(folder, env=environment) as repository:
        return hooks_folder(repository.layout, repository.settings, home=Path(environment.get("HOME", "/")))


def _refuse_folder_of_others(place: HooksFolder) -> None:
    if place.kind == "husky":
        raise UsageError(f"husky writes the hooks of this repository ({place.path})", help=_way_out("husky"))
    if place.kind == "machine":
        raise UsageError(
            f"core.hooksPath of your own settings names {place.path} for all repositories",
            help=f"add this line to {place.path / NAME} to judge every repository's pushes: {_LINE} -- or give this "
            "repository hooks of its own: git config --local core.hooksPath "
            '"$(git rev-parse --path-format=absolute --git-common-dir)/hooks"',
        )


def _refuse_hook_of_others(hook: Path, owner: Owner) -> None:
    if owner == "gaterunner, edited":
        raise UsageError(
            f"{hook} was written by gaterunner and edited since",
            help="move the other lines elsewhere and delete the file, then install again",
        )
    if owner not in ("gaterunner", "somebody"):
        raise UsageError(f"{hook} belongs to {owner}, which would write it anew", help=_way_out(owner))


def _way_out(owner: Owner) -> str:
    """How a push is judged where the hook is somebody else's."""
    if owner == "pre-commit":
        return (
            "pre-commit uninstall -t pre-push && gaterunner hook install && pre-commit install -t pre-push: pre-commit "
            "keeps a hook that is there before its own, and runs it"
        )
    if owner == "lefthook":
        return (
            'add it to lefthook.yml: pre-push: {commands: {gaterunner: {run: "gaterunner hook pre-push -- {1} {2}", '
            "use_stdin: true}}}"
        )
    if owner == "husky":
        return f"add this line to .husky/pre-push and commit it: {_LINE}"
    if owner == "overcommit":
        return "add a PrePush hook to .overcommit.yml that runs `gaterunner run`, or `gaterunner check`"
    return f"gaterunner hook install keeps it and runs it first; or add this line to it: {_LINE}"


def _told_installed(hook: Path, *, policies_only: bool) -> str:
    what = "policies" if policies_only else "gates and policies"
    return f"installed {hook}: every push is judged first ({what}), and only what passes is pushed"


def _keep(hook: Path) -> str:
    before = hook.with_name(BEFORE)
    if os.path.lexists(before):
        raise UsageError(
            f"{hook} is not gaterunner's, and {before} holds another hook from before",
            help="put what both do into one file and delete the other, then install again",
        )
    hook.rename(before)
    return f"the hook that was there is kept as {before} and runs first"


def _write(hook: Path, text: str) -> None:
    """Whole or not at all: git may look for the hook at any moment."""
    try:
        hook.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=hook.parent, prefix=f".{NAME}-", delete=False) as file:
            file.write(text)
        written = Path(file.name)
        written.chmod(0o755)
        written.replace(hook)
    except OSError as error:
        raise EvaluationError(
            f"{hook}: cannot write the hook: {error.strerror}", help="see who owns the folder and what it allows"
        ) from error


def _text(hook: Path) -> str | None:
    """What stands in the place of a hook; None for nothing. A link that leads nowhere is something."""
    try:
        if not os.path.lexists(hook):
            return None
        if not hook.exists():
            return ""
        if not stat.S_ISREG(hook.stat().st_mode):
            raise UsageError(f"{hook} is not a file", help="move it away, then try again")
        with hook.open("rb") as file:
            return file.read(_MOST_BYTES).decode("utf-8", "replace")
    except OSError as error:
        raise EvaluationError(
            f"{clean(str(hook))}: cannot read what is there: {error.strerror}", help="see who owns it"
        ) from error


def _is_ours(hook: Path) -> bool:
    return owner_of(_text(hook) or "").startswith("gaterunner")


def _on_path(environment: Mapping[str, str]) -> bool:
    return shutil.which("gaterunner", path=environment.get("PATH", "")) is not None
