"""Settings of the tools that gates run: which entries change, and what that does."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from gaterunner.guardrails import tables
from gaterunner.guardrails.code_files import compare_code
from gaterunner.guardrails.data import Flat, parse
from gaterunner.guardrails.findings import found, several, shown, told, value_of
from gaterunner.guardrails.sides import Unread
from gaterunner.guardrails.versions import is_newer
from gaterunner.guardrails.whole_files import as_a_whole
from gaterunner.model import FileChange, Finding, Severity

_MOST_TOLD = 12
_LONGEST_NAME = 200  # characters
_LONG = 80  # characters; of a longer text only the words that differ are told


class Settings(Struct, frozen=True):
    """How one kind of file is read: its form (``code`` for what only running it would tell) and what of it counts."""

    pattern: re.Pattern[str]
    form: str
    pick: tables.Pick = tables.everything


def _row(pattern: str, form: str, pick: tables.Pick = tables.everything) -> Settings:
    return Settings(re.compile(rf"(?x)(?:.+/)?(?:{pattern})"), form, pick)


# The first row that matches a path says how it is read. What no row reads is compared as code: line by line.
_ROWS = (
    _row(r"pyproject\.toml", "toml", tables.pyproject),
    _row(r"setup\.cfg", "ini", tables.setup_cfg),
    _row(r"tox\.ini", "ini", tables.tox_ini),
    _row(r"package\.json", "json", tables.package_json),
    _row(r"[tj]sconfig[^/]*\.json", "json", tables.tsconfig),
    _row(r"Cargo\.toml", "toml", tables.cargo),
    _row(r"deno\.jsonc?", "json", tables.deno),
    _row(r"[^/]*requirements[^/]*\.(?:txt|in) | requirements/[^/]+\.(?:txt|in)"
         r" | constraints[^/]*\.txt", "lines", tables.requirements),
    _row(r"\.?pytest\.ini | \.?mypy\.ini | \.flake8 | \.coveragerc | \.?pylintrc | \.bandit | \.isort\.cfg"
         r" | \.pydocstyle(?:\.ini)? | \.importlinter | pip\.(?:conf|ini) | \.codespellrc | \.sqlfluff"
         r" | \.style\.yapf", "ini"),
    _row(r"[^/]+\.properties | \.npmrc | \.yarnrc | \.env(?:rc)? | \.shellcheckrc", "properties"),
    _row(r"[^/]*\.toml | \.cargo/config | rust-toolchain", "toml"),
    _row(r"[^/]*\.jsonc?"
         r" | \.(?:eslintrc|prettierrc|stylelintrc|nycrc|c8rc|mocharc|babelrc|swcrc|jshintrc|oxlintrc)", "json"),
    _row(r"pnpm-workspace\.yaml", "yaml", tables.pnpm_workspace),
    _row(r"[^/]*\.ya?ml | \.clang-(?:tidy|format) | \.snyk", "yaml"),
    _row(r"\.[a-z]+ignore | \.rspec | \.mvn/.+\.config | \.tool-versions"
         r" | \.(?:python|node|ruby|go|java)-version | \.nvmrc", "lines"),
)  # fmt: skip


IsNamed = Callable[[Collection[str]], bool]
"""Whether anything that the gates run names one of these programs."""


def compare_settings(
    file: FileChange, old: bytes | None, new: bytes | None, is_named: IsNamed = lambda _programs: True
) -> Iterator[Finding]:
    """What the change of one file of settings does; ``None`` is a side without the file.

    What nothing but a program that no gate names would read is a warning.
    """
    readers = tables.only_readers(file.path)
    for finding in _compare(file, old, new, is_named):
        unread = readers and finding.severity is Severity.ERROR and not is_named(readers)
        yield _of_no_gate(finding) if unread else finding


def _of_no_gate(finding: Finding) -> Finding:
    return replace(
        finding, severity=Severity.WARNING, message=f"{finding.message} (no gate names a tool that reads it)"
    )


def _compare(file: FileChange, old: bytes | None, new: bytes | None, is_named: IsNamed) -> Iterator[Finding]:
    row = next((row for row in _ROWS if row.pattern.fullmatch(file.path)), None)
    was, will = (None if data is None else _text(data) for data in (old, new))
    if row is None or _may_be_either(row, file.path, will):
        yield from compare_code(file, was, will)
        return
    if old is None and row.pick in {tables.tsconfig, tables.cargo} and "/" in file.path:
        return  # a new project of its own: what was checked so far is checked as before
    try:
        after = _entries(row, will)
    except Unread as unread:
        message = f"{unread.reason}, so what its tool would look at cannot be told"
        yield found("tool-settings", message, path=file.path, key="unreadable")
        return
    try:
        before = _entries(row, was)
    except Unread:
        yield from as_a_whole(file, "settings")  # the base's own fault; what the branch makes of it is then new
        return
    if old is None:
        # A new project in a folder says how it is built; no gate was told to build it so far.
        after = {key: plain for key, plain in after.items() if not key.startswith("build-system.")}
    findings = tuple(_differences(file, before, after, is_named))
    for finding, key in findings[:_MOST_TOLD]:
        yield replace(finding, line=_line(will or "", key))
    if len(findings) > _MOST_TOLD:
        message = f"{len(findings) - _MOST_TOLD} more entries would change"
        yield found("tool-settings", message, path=file.path, key="more")
    if before == after and old is not None and new is not None and row.pick is tables.everything:
        yield told("form-only", "only comments, order or spacing change", path=file.path)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape").removeprefix("\ufeff")


def _entries(row: Settings, text: str | None) -> Flat:
    return {} if text is None else row.pick(parse(row.form, text))


def _may_be_either(row: Settings, path: str, text: str | None) -> bool:
    """``.eslintrc`` may be JSON or YAML."""
    if row.form != "json" or "." in path.rpartition("/")[2][1:]:
        return False
    return not (text or "").lstrip().startswith("{")


def _differences(file: FileChange, before: Flat, after: Flat, is_named: IsNamed) -> Iterator[tuple[Finding, str]]:
    """What differs, each with the key that it is about."""
    for key in dict.fromkeys((*before, *after)):
        was, will = before.get(key), after.get(key)
        if was != will or (key in before) != (key in after):
            if is_newer(file.path, key, was, will) or tables.looks_at_more(key, was, will):
                continue
            message = f"{shown(key)} {_change(key, before, after)}"
            finding = found("tool-settings", message, path=file.path, key=key)
            readers = tables.unknown_tool(file.path, key)
            yield _of_no_gate(finding) if readers and not is_named(readers) else finding, key


def _change(key: str, before: Flat, after: Flat) -> str:
    was, will = before.get(key), after.get(key)
    if key not in after:
        return f"would be gone; it says {several(was) if isinstance(was, tuple) else value_of(key, _plain(was))}"
    if will in {(), ""} or (key not in before and not isinstance(will, tuple)):
        return f"would be set to {value_of(key, _plain(will))}"
    if isinstance(will, tuple) and isinstance(was, tuple | None):
        lost = [one for one in was or () if one not in will]
        gained = [one for one in will if one not in (was or ())]
        parts = [f"lose {several(lost)}" if lost else "", f"get {several(gained)}" if gained else ""]
        return "would " + (" and ".join(part for part in parts if part) or "be in another order")
    if isinstance(was, str) and isinstance(will, str) and max(len(was), len(will)) > _LONG:
        lost = [word for word in was.split() if word not in will.split()]
        gained = [word for word in will.split() if word not in was.split()]
        parts = [f"lose {several(lost)}" if lost else "", f"get {several(gained)}" if gained else ""]
        return "would " + (" and ".join(part for part in parts if part) or "be in another order")
    return f"would be {value_of(key, _plain(will))} instead of {value_of(key, _plain(was))}"


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def _line(text: str, key: str) -> int | None:
    name = re.split(r"[.\[]", key.rstrip("]"))[-1]
    if not name or len(name) > _LONGEST_NAME:  # a name as long as the file would be compared at every place of it
        return None
    found = re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text)
    return text.count("\n", 0, found.start()) + 1 if found else None
