"""Which paths are guarded, and as what: one expression over the path, so that an ordinary change costs little."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

from msgspec import Struct

from gaterunner.guardrails.look_alike import skeleton

Kind = Literal[
    "law",
    "ci",
    "owners",
    "instructions",
    "waivers",
    "spec",
    "git",
    "hooks",
    "conftest",
    "startup",
    "definition",
    "settings",
]

_EXTENSION = r"(?:\.(?:json[c5]?|ya?ml|toml|[mc]?[jt]s))?"
_GUARDED = rf"""
(?P<law> \.gaterunner\.ya?ml )
| (?P<ci>
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
  | \.vscode/mcp\.json | \.agents?/.+
)
| (?P<waivers> \.gaterunner/.+ )
| (?P<spec> specs/.+\.md )
| (?P<git> (?:.+/)?\.(?:gitattributes|gitignore) | \.gitmodules )
| (?P<hooks>
    \.pre-commit-(?:config|hooks)\.ya?ml | \.?lefthook(?:-local)?\.(?:ya?ml|toml|json) | \.husky/.+ | \.?githooks/.+
  | (?:.+/)?(?:\.lintstagedrc|lint-staged\.config|\.huskyrc|\.commitlintrc|commitlint\.config){_EXTENSION}
  | \.overcommit\.yml
)
| (?P<conftest> (?:.+/)?conftest\.py )
| (?P<startup>
    (?:.+/)?(?:sitecustomize|usercustomize)\.py | (?:.+/)?[^/]+\.(?:pth|egg-link)
  | (?:.+/)?[^/]+\.(?:egg|dist)-info/entry_points\.txt | (?:node_modules|\.venv|venv)/.+ | vendor/bin/.+
)
| (?P<definition>
    (?:.+/)?(?:GNUmakefile|[Mm]akefile|[^/]+\.mk|package\.json|composer\.json|\.?[Jj]ustfile|[^/]+\.just
             |[Tt]askfile(?:\.[\w-]+)?\.ya?ml|tox\.(?:ini|toml)|noxfile\.py|pyproject\.toml|setup\.cfg)
)
| (?P<settings> (?:.+/)?(?:
    \.?pytest\.(?:ini|toml) | \.?mypy\.ini | \.flake8 | \.coveragerc | \.?pylintrc | \.bandit | bandit\.ya?ml
  | \.isort\.cfg | \.?ruff\.toml | ty\.toml | pyrightconfig\.json | \.pydocstyle(?:\.ini)? | \.importlinter
  | \.codespellrc | \.sqlfluff | \.style\.yapf | pip\.(?:conf|ini) | [^/]*requirements[^/]*\.(?:txt|in)
  | requirements/[^/]+\.(?:txt|in) | constraints[^/]*\.txt
  | [tj]sconfig[^/]*\.json | deno\.jsonc? | biome\.jsonc?
  | (?:jest|vitest|playwright|vite|cypress|stryker|wdio|karma|ava|tap
      |eslint|prettier|stylelint|oxlint|nyc|c8|babel)\.(?:config|conf|workspace|setup){_EXTENSION}
  | \.(?:eslintrc|prettierrc|stylelintrc|mocharc|nycrc|c8rc|taprc|babelrc|swcrc|jshintrc|oxlintrc|xo-config){_EXTENSION}
  | \.(?:eslint|prettier|stylelint|semgrep|trivy|gitleaks|golangci|rubocop|rspec|hadolint|yamllint|markdownlint
      |swiftlint|detekt|credo|shellcheck)[\w.-]*
  | \.npmrc | \.yarnrc(?:\.yml)? | \.pnpmfile\.[mc]?js | pnpm-workspace\.yaml | bunfig\.toml
  | \.yarn/(?:releases|plugins)/.+
  | phpunit\.xml(?:\.dist)? | phpstan[\w.-]*\.neon(?:\.dist)? | psalm\.xml(?:\.dist)? | \.php-cs-fixer(?:\.dist)?\.php
  | Cargo\.toml | \.cargo/config(?:\.toml)? | \.?rustfmt\.toml | \.?clippy\.toml | deny\.toml
  | rust-toolchain(?:\.toml)?
  | \.config/nextest\.toml | gradlew?(?:\.bat)? | mvnw(?:\.cmd)? | gradle\.properties | gradle/wrapper/.+ | \.mvn/.+
  | [^/]+\.gradle(?:\.kts)? | pom\.xml | (?:checkstyle|pmd|spotbugs)[\w-]*\.xml | detekt[\w-]*\.yml | \.scalafmt\.conf
  | \.[cv]*runsettings | [^/]+\.runsettings | Directory\.Build\.(?:props|targets) | [^/]+\.(?:cs|fs|vb)proj
  | global\.json
  | Rakefile | [^/]+\.rake | \.formatter\.exs | \.dialyzer_ignore\.exs | \.clang-(?:tidy|format) | CTestConfig\.cmake
  | \.?codecov\.ya?ml | \.coveralls\.yml | sonar-project\.properties | \.codeclimate\.yml | \.deepsource\.toml | \.snyk
  | \.secrets\.baseline | \.?mise(?:\.[\w-]+)?\.toml | \.tool-versions | \.envrc
  | \.(?:python|node|ruby|go|java)-version
  | \.nvmrc
))
"""
# What a gate may run or read under a name of the project's own choosing: only then are the gates' commands followed.
_FOLLOWED = re.compile(
    r"""(?x) .+\.(?:sh|bash|zsh|ksh|ini|cfg|toml|ya?ml|json5?|xml|conf|rc|hcl|mk|txt|just|rake)
      | (?:.+/)?[^/.]+ | (?:.+/)?[^/]*[Dd]ockerfile[^/]*
      | (?:.+/)?(?:scripts?|\.?ci|tools?|bin|hack|dev|devtools|build|buildtools|etc|ops|tasks|automation|make|misc
                  |contrib)/.+
      | (?:manage|runtests?|run_tests?|setup|ci|check)\.py """
)
_FIXTURES = re.compile(
    r"(?:^|/)(?:node_modules|third_party|testdata|test-data|test_data|__?fixtures?__?|fixtures?|__snapshots__|cassettes"
    r"|cookiecutter[\w-]*|templates?)/"
)
_NESTED = frozenset({"definition", "settings", "conftest", "git", "instructions"})


class Guarded(Struct, frozen=True):
    """One guarded path. ``imitates`` is set when only its letters look like those of a guarded name."""

    kind: Kind
    path: str
    imitates: str | None = None


_ALIKE = re.compile(_GUARDED, re.VERBOSE | re.DOTALL | re.IGNORECASE)


def guarded(path: str) -> Guarded | None:
    """What a path is guarded as; None for what is not, which is decided without reading anything.

    What lies in a folder of fixtures or templates is data: tools find settings there, but only for that folder.
    """
    plain = path if path.isascii() else skeleton(path)
    match = _ALIKE.fullmatch(plain)
    if match is None:
        return None
    kind: Kind = match.lastgroup  # type: ignore[assignment]  # the names of the groups are the kinds
    if kind in _NESTED and _FIXTURES.search(plain):
        return None
    is_itself = plain == path and _exact().fullmatch(path) is not None
    return Guarded(kind, path, None if is_itself else plain)


@lru_cache(maxsize=1)
def _exact() -> re.Pattern[str]:
    """The same expression with case; most changes touch nothing that asks for it, and compiling it takes 4 ms."""
    return re.compile(_GUARDED, re.VERBOSE | re.DOTALL)


def may_be_followed(path: str) -> bool:
    """Whether a gate's command may run or read the file under this name."""
    return _FOLLOWED.fullmatch(path) is not None
