"""Files that settings take more settings from: `extends: ./base.json`, `preset`, an import of a program of settings."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from gaterunner.guardrails.findings import found, shown
from gaterunner.guardrails.paths import guarded
from gaterunner.guardrails.sides import Sides
from gaterunner.guardrails.whole_files import what_became
from gaterunner.model import Finding

_MOST = 300
_MAY_BE = re.compile(r".+\.(?:jsonc?|[mc]?[jt]s|ya?ml|toml|ini|cfg|neon)")
_EXTENDS = re.compile(
    r"(?:^|/)\.?(?:[tj]sconfig|eslint|prettier|stylelint|babel|jest|vitest|mocha|ruff|golangci|rubocop|phpstan|biome|swc)"
    r"[\w.-]*$"
)
_NAMED = re.compile(
    r"(?:extends?|preset|inherit_from|includes|globalSetup|testRunner|runner|resolver|reporters?|require|from)\b"
    r"[\"']?\s*[:=(\[\s]{0,4}[\"']?(?P<path>\.{0,2}/?[\w@./-]+)"
)


def extended(sides: Sides) -> Iterator[Finding]:
    """Changed files, guarded by no name of their own, that settings of the base name."""
    changed = {path for path in sides.files if _MAY_BE.fullmatch(path) and guarded(path) is None}
    if not changed:
        return
    settings = [path for path in sides.old.paths() if _EXTENDS.search(path) and guarded(path) is not None][:_MOST]
    sides.contents.prefetch(sides.old.by_path[path].blob for path in settings)
    for path in settings:
        folder = posixpath.dirname(path)
        for match in _NAMED.finditer(sides.old.text(path) or ""):
            wanted = posixpath.normpath(posixpath.join(folder, match["path"]))
            for each in (wanted, *(f"{wanted}.{end}" for end in ("json", "js", "cjs", "mjs", "ts"))):
                if each in changed:
                    changed.discard(each)
                    message = f"{shown(path)} takes settings from it; {what_became(sides.files[each])}"
                    yield found("tool-settings", message, path=each, key="extended")
