"""Which files are production code, by their path alone."""

from __future__ import annotations

import re

from gaterunner.weakening.paths import Rank, is_others, rank

# Folders that hold no production code wherever they are.
_ANYWHERE = (
    r"__mocks__|__tests__|_generated|__generated__|benchmarks?|bench|bin|cli|demos?|dist|docs?|e2e|examples?|fixtures?"
    r"|generated|gen|[\w-]*migrations?|mocks?|node_modules|notebooks?|playgrounds?|samples?|sandbox|seeds?|specs?|stories"
    r"|storybook|testdata|testing|tests?|test_?(?:helpers?|utils?|support|suites?)|testutils?|third_party|vendor|vendored"
    r"|management/commands|db/migrate|lib/tasks|alembic|jmh|testFixtures|androidTest|[\w-]+[_-]tests?|tests?[_-][\w-]+"
    r"|project_template|cookiecutter[\w-]*|\{\{[^/]*|\.[^/]+"
)
# Folders that do only beside the code of a project or of one of its packages, as `src/tools/` may serve requests.
_BESIDE = r"build|ci|contrib|config/deploy|dev|docker|extras?|hack|perf|release|scripts?|tools?|tooling"
_PACKAGE = r"(?:(?:packages|apps|services|libs|crates|modules|components|plugins|backend|frontend|web|server|client)/)"
_NOT_PRODUCTION = re.compile(
    rf"""(?xi)
      (?:^|/)(?:{_ANYWHERE})/
    | ^features/[^\n]+\.rb$ | (?:^|/)step_definitions/
    | ^(?:{_PACKAGE}(?:[^/]+/)?)?(?:{_BESIDE})/
    | (?:^|/)(?:
        (?:setup|conftest|noxfile|fabfile|dodo|manage|wscript|__main__|_?cli|console|[\w.-]+[._-]cli|cli[._-][\w.-]+)\.\w+
      | (?:gulpfile|gruntfile|jakefile|magefile|karma\.conf|babel\.config|[\w.-]+\.(?:config|conf|setup))
        [\w.-]*\.[cm]?[jt]s
      | (?:webpack|rollup|esbuild|vite|build|release|publish|postinstall|preinstall)[\w.-]*\.[cm]?[jt]s
      | \.[\w.-]+\.[cm]?[jt]s | [\w.-]+\.(?:stories|bench|mock|fixture|min|gen|generated|pb|d)\.\w+
      | [\w.-]+_(?:pb2|pb2_grpc|pb|gen|generated|bench|test|testing)\.\w+ | testing\.\w+
      | (?:test_?(?:helper|util|case)s?)[\w.-]*
      | (?:rakefile|gemfile|guardfile|capfile|dangerfile|vagrantfile|brewfile) | [\w.-]+\.(?:rake|gemspec)
      | seeds?\.\w+
      )$"""
)
# Names of Java packages, as `com.example.demo`, say nothing of what is in them.
_PACKAGES = re.compile(r"(?<=src/main/java/).*/")
# A logger has to write somewhere.
_LOGGER = re.compile(r"(?i)(?:^|/)(?:[\w-]*[._-])?(?:log|logger|logging|log[_-]?utils?)(?:\.\w+|/[^/]+)$")


def is_production(path: str) -> bool:
    """False for tests, examples, docs, scripts, build tools, migrations, generated and others' code, command lines."""
    return not is_test(path) and _NOT_PRODUCTION.search(_PACKAGES.sub("", path)) is None


def is_test(path: str) -> bool:
    """True for tests, what only tests read, and others' code."""
    return is_others(path) or rank(path) is not Rank.NONE


def is_logger(path: str) -> bool:
    """True for the module that a project's log lines go through, by its name."""
    return _LOGGER.search(path) is not None
