"""Which paths are guarded, and as what: one expression over the path, so that an ordinary change costs little."""

from __future__ import annotations

import re
from typing import Literal

from msgspec import Struct

from gaterunner.guardrails.look_alike import skeleton

Kind = Literal["ci", "owners", "instructions", "waivers", "spec", "git", "definition", "settings", "hooks", "startup"]

_EXTENSION = r"(?:\.(?:json5?|jsonc|ya?ml|toml|[mc]?[jt]s))?"
_GUARDED = rf"""
(?P<ci>
    \.github/(?:workflows|actions)/.+
  | \.github/(?:settings|mergify|dependabot|renovate|auto-?merge)[^/]*
  | (?:\.github/)?\.?(?:mergify|kodiak)[^/]*\.(?:ya?ml|toml)
  | \.gitlab-ci\.ya?ml | \.gitlab/(?:ci/)?[^/]+\.ya?ml
  | \.(?:circleci|buildkite|semaphore|woodpecker|teamcity)/.+ | \.(?:woodpecker|drone|travis|cirrus)\.ya?ml
  | (?:.+/)?Jenkinsfile(?:\.[^/]*)? | azure-pipelines[^/]*\.ya?ml | bitbucket-pipelines\.ya?ml | \.?appveyor\.ya?ml
)
| (?P<owners> (?:docs/|\.github/|\.gitlab/)?CODEOWNERS )
| (?P<instructions>
    (?:.+/)?(?:AGENTS?|CLAUDE|GEMINI|QWEN|CODEX|COPILOT|WARP|JULES)(?:\.local|\.override)?\.md
  | (?:.+/)?\.(?:cursor|windsurf|clinerules|roo|kilocode|continue|junie|amazonq|claude|codex|gemini|qwen|opencode
               |kiro|trae|augment|openhands|goose)/.+
  | (?:.+/)?\.(?:cursorrules|cursorignore|windsurfrules|clinerules|roorules|goosehints|aider\.conf\.yml|aiderignore
               |mcp\.json|geminiignore)
  | \.github/copilot-[^/]*\.(?:md|ya?ml|json) | \.github/(?:instructions|prompts|chatmodes|agents)/.+
  | \.vscode/mcp\.json | \.devcontainer/.+ | \.agents?/.+
)
| (?P<waivers> \.gaterunner/.+ )
| (?P<spec> specs/.+\.md )
| (?P<git> (?:.+/)?\.(?:gitattributes|gitignore) | \.gitmodules )
| (?P<hooks>
    \.pre-commit-(?:config|hooks)\.ya?ml | \.?lefthook(?:-local)?\.(?:ya?ml|toml|json) | \.husky/.+ | \.?githooks/.+
  | (?:.+/)?(?:\.lintstagedrc|lint-staged\.config|\.huskyrc|\.commitlintrc|commitlint\.config){_EXTENSION}
  | \.overcommit\.yml
)
"""


class Guarded(Struct, frozen=True):
    """One guarded path. ``imitates`` is set when only its letters look like those of a guarded name."""

    kind: Kind
    path: str
    imitates: str | None = None


_EXACT = re.compile(_GUARDED, re.VERBOSE | re.DOTALL)
_ALIKE = re.compile(_GUARDED, re.VERBOSE | re.DOTALL | re.IGNORECASE)


def guarded(path: str) -> Guarded | None:
    """What a path is guarded as; None for what is not, which is decided without reading anything."""
    plain = path if path.isascii() else skeleton(path)
    match = _ALIKE.fullmatch(plain)
    if match is None:
        return None
    kind: Kind = match.lastgroup  # type: ignore[assignment]  # the names of the groups are the kinds
    is_itself = plain == path and _EXACT.fullmatch(path) is not None
    return Guarded(kind, path, None if is_itself else plain)
