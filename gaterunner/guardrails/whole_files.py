"""Guarded files that are judged as a whole: what became of the file, and how much of it changed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gaterunner.guardrails.findings import RuleName, found
from gaterunner.guardrails.paths import Kind
from gaterunner.guardrails.sides import PLAIN
from gaterunner.model import FileChange, Finding

_FORMS = {"120000": "a symbolic link", "160000": "a submodule"}

RULE_OF: dict[Kind, RuleName] = {
    "ci": "ci-workflow",
    "owners": "code-owners",
    "instructions": "agent-instructions",
    "waivers": "waivers",
    "spec": "spec",
    "git": "git-settings",
    "hooks": "gate-definition",
    "startup": "tool-shadowed",
    "definition": "gate-definition",
    "settings": "tool-settings",
    "conftest": "tool-settings",
    "law": "look-alike",
}

EFFECTS: dict[Kind, str] = {
    "ci": "what runs on the forge changes, which may be what calls gaterunner",
    "owners": "who has to review which file changes",
    "instructions": "what coding agents are told to do changes",
    "waivers": "what gaterunner is told to let through changes",
    "spec": "the contract that a branch is held to changes",
    "git": "how git and its readers treat files changes",
    "hooks": "what runs before a commit or a push changes",
    "startup": "Python runs it whenever it starts",
    "definition": "what gates do may change",
    "settings": "what the tools of gates look at and let through may change",
    "conftest": "it takes part in every run of the tests",
    "law": "gaterunner reads `.gaterunner.yml` and no other spelling of it",
}


_PROGRAMS = re.compile(r"(?:node_modules|\.venv|venv|vendor/bin)/")


def became_something_else(file: FileChange) -> str | None:
    """What stands now where a plain file stood or is looked for; None when that is a plain file or nothing."""
    return _FORMS.get(file.new_mode)


def as_a_whole(file: FileChange, kind: Kind) -> Iterator[Finding]:
    """One finding about a file whose content is prose, or which cannot be compared more closely."""
    effect = "programs of that name are taken from there" if _PROGRAMS.match(file.path) else EFFECTS[kind]
    yield found(RULE_OF[kind], f"{what_became(file)}: {effect}", path=file.path, key=kind)


def what_became(file: FileChange) -> str:
    """``added (12 lines)``, ``deleted``, ``changed (3 lines in, 1 out)``, ``made executable``."""
    if file.status == "A":
        return f"added{_lines(file.insertions)}"
    if file.status == "D":
        return "deleted"
    if file.old_blob == file.new_blob and {file.old_mode, file.new_mode} <= PLAIN:
        return "made executable" if file.new_mode == "100755" else "made not executable"
    if file.insertions is None or file.deletions is None:
        return "changed (not text)"
    return f"changed ({file.insertions} line{'s' if file.insertions != 1 else ''} in, {file.deletions} out)"


def _lines(count: int | None) -> str:
    return "" if count is None else f" ({count} line{'s' if count != 1 else ''})"
