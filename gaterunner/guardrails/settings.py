"""Settings of the tools that gates run: which entries change, and what that does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from gaterunner.guardrails import tables
from gaterunner.guardrails.code_files import compare_code
from gaterunner.guardrails.data import Flat, parse
from gaterunner.guardrails.findings import found, several, shown, told, value_of
from gaterunner.guardrails.sides import Unread
from gaterunner.guardrails.whole_files import as_a_whole
from gaterunner.model import FileChange, Finding

_MOST_TOLD = 12


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
    _row(r"[^/]*\.ya?ml | \.clang-(?:tidy|format) | \.snyk", "yaml"),
    _row(r"\.[a-z]+ignore | \.rspec | \.mvn/.+\.config | \.tool-versions"
         r" | \.(?:python|node|ruby|go|java)-version | \.nvmrc", "lines"),
)  # fmt: skip


def compare_settings(file: FileChange, old: bytes | None, new: bytes | None) -> Iterator[Finding]:
    """What the change of one file of settings does; ``None`` is a side without the file."""
    row = next((row for row in _ROWS if row.pattern.fullmatch(file.path)), None)
    texts = [
        None if data is None else data.decode("utf-8", "surrogateescape").removeprefix("\ufeff") for data in (old, new)
    ]
    if row is None:
        yield from compare_code(file, *texts)
        return
    try:
        before = {} if texts[0] is None else row.pick(parse(row.form, texts[0]))
    except Unread:
        before = None  # the base's own fault; what the branch makes of it is then new
    try:
        after = {} if texts[1] is None else row.pick(parse(row.form, texts[1]))
    except Unread as unread:
        if row.form in {"json", "yaml"} and "." not in file.path.rpartition("/")[2][1:]:
            yield from compare_code(file, *texts)  # `.eslintrc` may be either of the two
            return
        message = f"{unread.reason}, so what its tool would look at cannot be told"
        yield found("tool-settings", message, path=file.path, key="unreadable")
        return
    if before is None:
        yield from as_a_whole(file, "settings")
        return
    findings = tuple(_differences(file, before, after, texts[1] or ""))
    if findings or old is None or new is None:
        yield from findings[:_MOST_TOLD]
        if len(findings) > _MOST_TOLD:
            message = f"{len(findings) - _MOST_TOLD} more entries would change"
            yield found("tool-settings", message, path=file.path, key="more")
    elif row.pick is tables.everything:
        yield told("form-only", "only comments, order or spacing change", path=file.path)


def _differences(file: FileChange, before: Flat, after: Flat, text: str) -> Iterator[Finding]:
    for key in dict.fromkeys((*before, *after)):
        was, will = before.get(key), after.get(key)
        if was != will or (key in before) != (key in after):
            message = f"{shown(key)} {_change(key, before, after)}"
            yield found("tool-settings", message, path=file.path, line=_line(text, key), key=key)


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
    return f"would be {value_of(key, _plain(will))} instead of {value_of(key, _plain(was))}"


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def _line(text: str, key: str) -> int | None:
    name = re.split(r"[.\[]", key.rstrip("]"))[-1]
    found = re.search(rf"(?m)^.*(?<![\w-]){re.escape(name)}(?![\w-])", text) if name else None
    return text.count("\n", 0, found.start()) + 1 if found else None
