"""Which entries of a file of settings bear on a verdict: everything, unless it is known to say nothing about checks."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from gaterunner.guardrails.data import Flat, flat

Pick = Callable[[Any], Flat]

TOOLS_NAMES = """
    pytest pytest-cov pytest-xdist pluggy coverage mypy pyright basedpyright ty ruff black isort flake8
    pylint bandit nox tox hypothesis unittest2 nose nose2 behave robotframework pre-commit poethepoet invoke
    doit pip setuptools hatchling jest @jest/core jest-cli vitest mocha chai ava tap jasmine karma cypress
    playwright @playwright/test eslint prettier typescript ts-node tsx ts-jest babel-jest @biomejs/biome
    stylelint nyc c8 husky lint-staged npm-run-all turbo nx lerna oxlint phpunit phpstan psalm rspec
    minitest rubocop
"""
TOOLS = frozenset(TOOLS_NAMES.split())
"""The packages that decide what a gate says. One that comes from somewhere else is another tool under the same name."""

# Tables of pyproject.toml and sections of setup.cfg that build, publish or depend, and check nothing.
_NO_CHECKS_NAMES = """
    poetry setuptools setuptools_scm setuptools-scm setuptools_git_versioning flit hatch pdm uv rye pixi
    briefcase commitizen semantic_release bumpversion bumpver bump-my-version towncrier cibuildwheel
    scikit-build maturin versioningit poetry-dynamic-versioning poe taskipy tox dagster jupytext
    sphinx-pyproject conda-lock meson-python mesonpy cython kedro tbump changelog versioneer pyproject-fmt
    whey nbdev dvc
"""
_NO_CHECKS = frozenset(_NO_CHECKS_NAMES.split())
_NO_SECTIONS = re.compile(
    r"(?i)metadata|options(?:\..*)?|bdist.*|sdist|egg_info|build.*|upload.*|wheel|aliases|versioneer|bumpversion.*"
)
_TOX = re.compile(r"tox(?::tox)?|testenv.*|base|gh-actions.*|gh.*")

_TS_FORM = re.compile(
    r"compilerOptions\.(?:paths|lib|target|module|moduleResolution|jsx\w*|outDir|outFile|rootDirs?|baseUrl|declaration\w*"
    r"|sourceMap|inline\w+|esModuleInterop|allowSyntheticDefaultImports|resolveJsonModule|isolatedModules|incremental"
    r"|tsBuildInfoFile|composite|emit\w*|experimentalDecorators|importHelpers|downlevelIteration|types|typeRoots"
    r"|newLine|removeComments|useDefineForClassFields|moduleDetection|verbatimModuleSyntax)(?:\..*|\[.*)?"
    r"|\$schema|display|_version|compileOnSave|ts-node\..*|watchOptions\..*"
)
_PACKAGE_SETTINGS_NAMES = """
    jest vitest mocha nyc c8 ava tap jasmine eslintConfig eslintIgnore prettier stylelint lint-staged husky
    xo standard babel tsd wireit nx packageManager workspaces config gitHooks pre-commit simple-git-hooks
    bunfig volta
"""
_PACKAGE_SETTINGS = frozenset(_PACKAGE_SETTINGS_NAMES.split())
_DEPENDENCIES = ("dependencies", "devDependencies", "peerDependencies", "optionalDependencies")
_ELSEWHERE = re.compile(
    r"(?:file|link|portal|git|https?|patch|npm|github|gitlab|workspace|exec)[:+]|^[\w.-]+/[\w.-]+$|@ "
)
_NEUTRAL_CARGO = re.compile(
    r"package\..*|(?:dev-|build-)?dependencies\..*|target\..*dependencies\..*|features\..*|badges\..*|bin\[.*|example.*"
    r"|workspace\.(?:package|dependencies|members|resolver|metadata).*|lib\.(?:name|path|crate-type|proc-macro)|metadata\..*"
    r"|profile\.(?:release|dev|dist)\..*"
)


def everything(value: Any) -> Flat:
    """All entries: the file is a tool's own."""
    return {key: plain for key, plain in flat(value).items() if key not in {"$schema", "version"}}


def pyproject(value: Any) -> Flat:
    """The tables of tools that check, the build backend, plugins of pytest, and tools that come from somewhere else."""
    tables = {name: said for name, said in _table(value, "tool").items() if name not in _NO_CHECKS}
    found = flat({"tool": tables}) if tables else {}
    for key in ("build-backend", "backend-path"):
        if key in _table(value, "build-system"):
            found.update(flat({f"build-system.{key}": value["build-system"][key]}))
    plugins = _table(value, "project", "entry-points", "pytest11")
    found.update({f"project.entry-points.pytest11.{name}": target for name, target in plugins.items()})
    for name, target in _table(value, "project", "scripts").items():
        if name in TOOLS:
            found[f"project.scripts.{name}"] = target
    uv = _table(value, "tool", "uv")
    found.update(flat({f"tool.uv.{key}": uv[key] for key in ("index", "index-url", "extra-index-url") if key in uv}))
    for name, source in _table(uv, "sources").items():
        if name.lower() in TOOLS:
            found.update(flat({f"tool.uv.sources.{name}": source}))
    poetry = _table(value, "tool", "poetry")
    if "source" in poetry:
        found.update(flat({"tool.poetry.source": poetry["source"]}))
    found.update(_from_elsewhere(value))
    return found


def _from_elsewhere(value: Any) -> Flat:
    """Requirements that name a tool and where to take it from (``pytest @ file:tools/pytest``)."""
    texts: list[str] = []
    stack: list[Any] = [_table(value, "project"), _table(value, "dependency-groups"), _table(value, "build-system")]
    while stack:
        one = stack.pop()
        if isinstance(one, dict):
            stack += one.values()
        elif isinstance(one, list):
            stack += one
        elif isinstance(one, str) and ("@" in one or "://" in one):
            texts.append(one)
    named = ((re.split(r"[\s\[<>=!~;@]", text, maxsplit=1)[0].lower(), text) for text in texts)
    return {f"requirement of {name}": text for name, text in named if name in TOOLS}


def setup_cfg(value: Any) -> Flat:
    """The sections of tools; how the package is built is no check."""
    return flat({name: said for name, said in _sections(value) if not _NO_SECTIONS.fullmatch(name)})


def tox_ini(value: Any) -> Flat:
    """The sections of other tools: those of tox itself are followed from the gates."""
    return flat({name: said for name, said in _sections(value) if not _TOX.fullmatch(name)})


def _sections(value: Any) -> list[tuple[str, Any]]:
    return list(value.items()) if isinstance(value, dict) else []


def package_json(value: Any) -> Flat:
    """Settings of tools, and tools that come from somewhere else."""
    found = flat({key: said for key, said in _sections(value) if key in _PACKAGE_SETTINGS})
    if isinstance(manager := found.get("packageManager"), str):
        name, _, version = manager.partition("@")
        found["packageManager"] = name if re.match(r"\d+\.\d+\.\d+", version) else manager  # an upgrade is ordinary
    for table in _DEPENDENCIES:
        for name, version in _table(value, table).items():
            if name in TOOLS and isinstance(version, str) and _ELSEWHERE.search(version):
                found[f"{table}.{name}"] = version
    pinned = [("overrides", _table(value, "overrides")), ("resolutions", _table(value, "resolutions"))]
    pinned.append(("pnpm.overrides", _table(value, "pnpm", "overrides")))
    for table, said in pinned:
        entries = flat(said)
        found.update({f"{table}.{key}": plain for key, plain in entries.items() if _names_a_tool(key)})
    patched = _table(value, "pnpm", "patchedDependencies")
    found.update({f"pnpm.patchedDependencies.{key}": plain for key, plain in patched.items() if _names_a_tool(key)})
    for name, target in _table(value, "bin").items():
        if name in TOOLS:
            found[f"bin.{name}"] = target
    return found


def pnpm_workspace(value: Any) -> Flat:
    """Which packages there are, how scripts are run, and tools that come from somewhere else."""
    root = {key: said for key, said in _sections(value) if key in _PNPM_SETTINGS}
    found = flat(root)
    for table in ("overrides", "patchedDependencies", "packageExtensions"):
        entries = flat(_table(value, table))
        found.update({f"{table}.{key}": plain for key, plain in entries.items() if _names_a_tool(key)})
    for catalog in (_table(value, "catalog"), *_table(value, "catalogs").values()):
        for name, version in _sections(catalog):
            if name in TOOLS and _ELSEWHERE.search(str(version)):
                found[f"catalog.{name}"] = version
    return found


_PNPM_NAMES = "packages registry registries scriptShell shellEmulator nodeOptions ignoreScripts pnpmfile"
_PNPM_SETTINGS = frozenset(_PNPM_NAMES.split())


def _names_a_tool(key: str) -> bool:
    return any(part.rpartition("@")[0] in TOOLS or part in TOOLS for part in re.split(r"[.>]", key))


def tsconfig(value: Any) -> Flat:
    """What is checked and how strictly; where output goes and how it is emitted is no check."""
    return {key: plain for key, plain in flat(value).items() if not _TS_FORM.fullmatch(key)}


_GROWING_NAMES = """
    include files packages
    tool.ruff.select tool.ruff.extend-select tool.ruff.lint.select tool.ruff.lint.extend-select
    lint.select lint.extend-select linters.enable formatters.enable
    tool.pytest.ini_options.markers tool.mypy.enable_error_code
"""
_GROWING = frozenset(_GROWING_NAMES.split())


_SHRINKING = re.compile(r"(?:.+[./\]])?(?:extend-)?(?:exclude|ignore|omit|disable|Exclude)")


def looks_at_more(key: str, was: Any, will: Any) -> bool:
    """Whether a list of what is looked at, and for what, only grows, or one of what is left out only shrinks.

    A list that ends up empty or absent says something else in tools with a default of their own.
    """
    if not (isinstance(was, tuple) and isinstance(will, tuple)):
        return False
    return (key in _GROWING and set(was) <= set(will)) or (
        bool(will) and _SHRINKING.fullmatch(key) is not None and set(will) <= set(was)
    )


# In the name of whatever looks at code or changes what a test does, plugins of such tools included.
_CHECKS = re.compile(
    r"(?i)test|cov|lint|type|check|mypy|pyre|^ty$|ruff|black|yapf|format|sort|flake|pep8|style|pylsp|bandit|stub"
    r"|spell|typo|vulture|deptry|interrogat|mut|tox|nox|refurb|upgrade|xenon|radon|semgrep|safety|audit|doc8|robot"
    r"|behave|django|pydantic|sqlalchemy|sqlfluff|import|import-?linter|pluggy|hook|pre-?commit|invoke|task|script|run"
    r"|env|python|node|pip|pants|bazel|docker|complex|security|vuln|snyk|sonar|dep|lock|plugin"
)


def unknown_tool(path: str, key: str) -> frozenset[str]:
    """The names of a tool that nothing is known of, whose table of pyproject.toml an entry is in; else nothing."""
    found = re.match(r"tool\.([^.\[]+)", key) if path.endswith("pyproject.toml") else None
    name = found[1] if found else ""
    if not name or name.lower() in TOOLS or _CHECKS.search(name):
        return frozenset()
    return frozenset({name, name.replace("_", "-"), name.replace("-", "_")})


def only_readers(path: str) -> frozenset[str]:
    """The programs that a file is read by, where that is certain; nothing otherwise."""
    is_rake = path == "Rakefile" or path.endswith(("/Rakefile", ".rake"))
    return frozenset({"rake", "rails"}) if is_rake else frozenset()


def cargo(value: Any) -> Flat:
    """Lints, test targets, profiles of tests, patches of tools; not what the crate is called or depends on."""
    return {key: plain for key, plain in flat(value).items() if not _NEUTRAL_CARGO.fullmatch(key)}


def deno(value: Any) -> Flat:
    """Tasks, lint, test and compiler options; not the map of imports."""
    return {
        key: plain
        for key, plain in flat(value).items()
        if not re.match(r"imports|scopes|name|version|exports|lock", key)
    }


def requirements(value: Any) -> Flat:
    """Options that say where packages come from, and tools that come from somewhere else."""
    found: Flat = {}
    for line in _table(value).get("lines", []):
        name = re.split(r"[\s\[<>=!~;@]", line, maxsplit=1)[0].lower()
        if line.startswith(
            ("--index-url", "--extra-index-url", "-i ", "--find-links", "-f ", "--trusted-host", "--no-index")
        ):
            found[line.split("=")[0].split()[0]] = line
        elif name in TOOLS and ("@" in line or "://" in line):
            found[f"requirement of {name}"] = line
    return found


def _table(value: Any, *keys: str) -> dict[str, Any]:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}
