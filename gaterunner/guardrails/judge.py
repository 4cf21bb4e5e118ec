"""All that a change does to what is guarded: each kind of file by its own module, loaded when one was touched."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec.structs import replace

from gaterunner.config.types import CUTOVERS_PATH, DECISIONS_PATH, DEFAULT_PATH
from gaterunner.guardrails.findings import found, shown, told
from gaterunner.guardrails.paths import Guarded, guarded, may_be_followed
from gaterunner.guardrails.shadowing import shadow, shadows
from gaterunner.guardrails.sides import Sides, Unread, sides_of
from gaterunner.guardrails.whole_files import as_a_whole, became_something_else
from gaterunner.model import FileChange, Finding
from gaterunner.policies.context import PolicyContext

if TYPE_CHECKING:
    from gaterunner.guardrails.meaning import Meaning
    from gaterunner.guardrails.settings import IsNamed

_ON_THE_PATH = ("src", "tests", "test")  # put before the installed packages by many a setting of pytest
# Which policy judges the file instead; None where that is so whether it is declared or not.
_ELSEWHERE: dict[str, str | None] = {CUTOVERS_PATH: None, DECISIONS_PATH: "decisions"}
_FOLDERS = frozenset({".github", ".github/workflows", ".github/actions", ".gaterunner", "specs", ".husky", ".circleci"})


def judge(context: PolicyContext) -> Iterator[Finding]:
    """The findings in the order of the files. Raises ``EvaluationError`` when an object cannot be had."""
    law = context.law
    declared = {policy.name for policy in context.workflow.policies}
    judged_elsewhere = {path for path, policy in _ELSEWHERE.items() if policy is None or policy in declared}
    laws = {DEFAULT_PATH} if law is None or law.source == "file" else {DEFAULT_PATH, law.path}
    touched = [(file, kind) for file in context.change.files if (kind := guarded(file.path)) or file.path in laws]
    folders = {posixpath.normpath(gate.cwd) for gate in context.workflow.gates} | {".", *_ON_THE_PATH}
    sides: Sides | None = None
    followed: list[Meaning] = []

    def meaning() -> Meaning:
        if not followed:
            from gaterunner.guardrails.meaning import Meaning

            followed.append(Meaning(context.workflow, sides or sides_of(context)))
        return followed[0]

    for file, kind in touched:
        sides = sides or sides_of(context)
        if file.path not in judged_elsewhere:
            yield from _judge(file, kind, laws, sides, lambda programs: meaning().is_named(programs))
    for file in context.change.files:
        if file.new_mode in {"120000", "160000"} and file.path in _FOLDERS:
            yield _not_a_file(file)
        elif file.status == "A" and file.path.endswith((".py", ".so", ".pyc")):
            modules = [module for folder in folders if (module := _shadowed(file, folder))]
            sides = sides or (sides_of(context) if modules else None)
            yield from _shadows(file, modules, sides) if sides else ()
    bears = any(kind and kind.kind == "definition" for _, kind in touched)
    if bears or any(may_be_followed(file.path) or _is_test_folder(file) for file in context.change.files):
        sides = sides or sides_of(context)
        yield from meaning().names()
        yield from meaning().definitions()
        yield from meaning().scripts()
    if any(file.status != "A" and _MAY_EXTEND.search(file.path) for file in context.change.files):
        from gaterunner.guardrails.extended import extended

        yield from extended(sides or sides_of(context))


_MAY_EXTEND = re.compile(r"\.(?:jsonc?|[mc]?[jt]s|ya?ml|toml|ini|cfg|neon)$")
# A test in a new folder can make a bare name mean that folder alone (`pytest tests/unit` instead of `pytest`).
_TEST_FOLDER = re.compile(r"(?:^|/)(?:unit|integration|e2e|smoke|functional|acceptance|tests?|specs?|__tests__)/[^/]+$")


def _is_test_folder(file: FileChange) -> bool:
    return file.status == "A" and _TEST_FOLDER.search(file.path) is not None


def _judge(
    file: FileChange, kind: Guarded | None, laws: set[str], sides: Sides, is_named: IsNamed
) -> Iterator[Finding]:
    if file.path in laws:
        yield from _workflow_file(file, sides)
        return
    if kind is None:
        return
    if kind.imitates is not None:
        yield from _look_alike(file, kind, sides)
        return
    if became_something_else(file):
        yield _not_a_file(file)
        return
    try:
        old, new = sides.pair(file)
        yield from _by_kind(file, kind, old, new, sides, is_named=is_named)
    except Unread as unread:
        for finding in as_a_whole(file, kind.kind):
            yield replace(finding, message=f"{finding.message} ({unread.reason})")


def _not_a_file(file: FileChange) -> Finding:
    message = f"would be {became_something_else(file)}: what stands there is then decided elsewhere"
    return found("not-a-file", message, path=file.path, key="form")


def _workflow_file(file: FileChange, sides: Sides) -> Iterator[Finding]:
    from gaterunner.guardrails.workflow_file import compare_files

    if other := became_something_else(file):
        message = f"would be {other}: no law is read through one, so no gate would run"
        yield found("workflow-deleted", message, path=file.path, key="form")
        return
    if file.status == "D":
        message = "would be gone: no gate and no policy would run"
        yield found("workflow-deleted", message, path=file.path, key="gone")
        return
    try:
        old, new = sides.pair(file)
    except Unread as unread:
        message = f"{unread.reason}, so what changes cannot be told"
        yield found("workflow-unreadable", message, path=file.path, key="unread")
        return
    if old is None or new is None:
        yield told("adopted", "new: what it says becomes the law once it is merged", path=file.path)
    elif old == new:
        yield told("form-only", "only the file's mode changes", path=file.path)
    else:
        yield from compare_files(old, new, file.path)


def _look_alike(file: FileChange, kind: Guarded, sides: Sides) -> Iterator[Finding]:
    """Names that look like a guarded one. Other letters always count; another case does where both would meet."""
    if file.status == "D":
        return
    wanted = (kind.imitates or "").lower()
    is_other_letters = wanted != file.path.lower()
    meets = any(path.lower() == wanted and path != file.path for path in (*sides.old.by_path, *sides.new.by_path))
    if is_other_letters or meets or kind.kind in {"law", "ci", "owners"}:
        there = (path for path in sides.old.by_path if path.lower() == wanted and path != file.path)
        whom = shown(kind.imitates) if is_other_letters else shown(next(there, "a guarded file of another case"))
        message = f"is easily taken for {whom}, and is another file"
        yield found("look-alike", message, path=file.path, key="name")


def _by_kind(
    file: FileChange, kind: Guarded, old: bytes | None, new: bytes | None, sides: Sides, *, is_named: IsNamed
) -> Iterator[Finding]:
    if old is not None and old == new:
        yield from _mode(file, kind)
    elif kind.kind == "ci":
        from gaterunner.guardrails.ci import compare_ci

        yield from compare_ci(file, old, new)
    elif kind.kind == "owners":
        from gaterunner.guardrails.owners import compare_owners

        yield from compare_owners(file, old, new)
    elif kind.kind == "git":
        from gaterunner.guardrails.git_files import compare_git_file

        yield from compare_git_file(file, old, new, sides)
    elif kind.kind == "conftest":
        from gaterunner.guardrails.startup import compare_conftest

        yield from compare_conftest(file, old, new)
    elif _holds_settings(kind):
        from gaterunner.guardrails.settings import compare_settings

        yield from compare_settings(file, old, new, is_named)
    elif kind.kind == "definition":
        return  # judged by what gates reach of it
    else:
        yield from as_a_whole(file, kind.kind)


# Of the files that declare commands, those that also hold settings of tools.
_MANIFESTS = frozenset({"pyproject.toml", "setup.cfg", "tox.ini", "package.json"})


def _holds_settings(kind: Guarded) -> bool:
    if kind.kind == "definition":
        return posixpath.basename(kind.path) in _MANIFESTS
    return kind.kind == "settings" or (kind.kind == "hooks" and kind.path.endswith((".yml", ".yaml", ".toml", ".json")))


def _mode(file: FileChange, kind: Guarded) -> Iterator[Finding]:
    """A mode alone: whether a hook or a script can run; for anything else it says nothing."""
    if kind.kind in {"hooks", "ci"} and not file.path.endswith((".yml", ".yaml")):
        yield from as_a_whole(file, kind.kind)


def _shadowed(file: FileChange, folder: str) -> str | None:
    """The module, with its folder, that a new file takes the place of for a program that starts in ``folder``."""
    module = shadows(file.path, folder, tools_only=folder in _ON_THE_PATH)
    return None if module is None else posixpath.normpath(posixpath.join(folder, module))


def _shadows(file: FileChange, modules: list[str], sides: Sides) -> Iterator[Finding]:
    for module in modules:
        if module not in sides.old.folders and not sides.old.has(f"{module}.py"):  # else it is the project's own
            yield shadow(file, posixpath.basename(module))
