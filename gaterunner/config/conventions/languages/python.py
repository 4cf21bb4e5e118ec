"""Python: pytest or unittest, mypy or pyright, ruff, flake8, pylint or black, and the build front end."""

from __future__ import annotations

import re

from gaterunner.config.conventions.files import Files, table
from gaterunner.config.conventions.languages.directories import test_directory
from gaterunner.config.conventions.types import Offer

_MANIFESTS = ("pyproject.toml", "setup.py", "setup.cfg", "requirements.txt", "Pipfile")
# A lock file says which tool owns the environment; a tool outside that environment would judge another one.
_RUNNERS = (
    ("uv.lock", "uv run --locked "),
    ("poetry.lock", "poetry run "),
    ("pdm.lock", "pdm run "),
    ("Pipfile.lock", "pipenv run "),
)
_TEST_FILE = re.compile(r"(?:^|/)(?:test_[^/]*|[^/]*_test)\.py$")


def present(files: Files) -> bool:
    return files.first(*_MANIFESTS) is not None or any(path.endswith(".py") for path in files.paths)


def offer(gate: str, files: Files) -> Offer | None:
    """The command for a standard gate, with its evidence; raises ``SourceError`` on a broken pyproject.toml."""
    found = _OFFERS[gate](files) if gate in _OFFERS else _tests_of_kind(gate, files)
    if found is None or gate == "build":
        return found
    lock, runner = environment_of(files)
    evidence = f"{found.evidence}; {lock}" if lock else found.evidence
    return Offer(command=runner + found.command, evidence=evidence)


def environment_of(files: Files) -> tuple[str, str]:
    """The lock file of the environment that the project's tools live in, and what to put before a command of it."""
    return next(((lock, runner) for lock, runner in _RUNNERS if files.has(lock)), ("", ""))


def _is_test(path: str) -> bool:
    return _TEST_FILE.search(path) is not None


def _build(files: Files) -> Offer | None:
    if "build-system" in files.toml("pyproject.toml"):
        evidence = "pyproject.toml has a [build-system]"
    elif files.has("setup.py"):
        evidence = "setup.py"
    else:
        return None
    if files.has("uv.lock"):
        return Offer(command="uv build", evidence=f"{evidence}; uv.lock")
    return Offer(command="python -m build", evidence=evidence)


def _type_check(files: Files) -> Offer | None:
    if not any(path.endswith(".py") for path in files.paths):
        return None
    evidence = _configured(files, "mypy", ("mypy.ini", ".mypy.ini"), section="mypy")
    if evidence:
        return Offer(command=f"python -m mypy{_mypy_target(files)}", evidence=evidence)
    for tool, names, command in (
        ("basedpyright", (), "basedpyright"),
        ("pyright", ("pyrightconfig.json",), "pyright"),
        ("ty", ("ty.toml",), "ty check"),
    ):
        evidence = _configured(files, tool, names)
        if evidence:
            return Offer(command=command, evidence=evidence)
    return None


def _mypy_target(files: Files) -> str:
    """Nothing where the configuration says what to check, else the whole tree."""
    settings = table(files.toml("pyproject.toml"), "tool", "mypy")
    if {"files", "packages", "modules"} & settings.keys():
        return ""
    ini = files.first("mypy.ini", ".mypy.ini", "setup.cfg")
    given = ini and re.search(r"(?m)^(?:files|packages|modules)\s*=", files.text(ini))
    return "" if given else " ."


def _lint(files: Files) -> Offer | None:
    for tool, names, section, command in (
        ("ruff", ("ruff.toml", ".ruff.toml"), None, "ruff check ."),
        ("flake8", (".flake8",), "flake8", "python -m flake8"),
        ("pylint", (".pylintrc", "pylintrc"), None, "python -m pylint --recursive=y ."),
    ):
        evidence = _configured(files, tool, names, section=section)
        if evidence:
            return Offer(command=command, evidence=evidence)
    return None


def _format_check(files: Files) -> Offer | None:
    evidence = _configured(files, "black", ())
    if evidence:
        return Offer(command="black --check .", evidence=evidence)
    evidence = _configured(files, "ruff", ("ruff.toml", ".ruff.toml"))
    return Offer(command="ruff format --check .", evidence=evidence) if evidence else None


def _test(files: Files, directory: str = "") -> Offer | None:
    tests = [path for path in files.paths if _is_test(path) and path.startswith(directory)]
    if not tests:
        return None
    target = f" {directory.rstrip('/')}" if directory else ""
    count = f"{len(tests)} test file{'s' if len(tests) != 1 else ''}"
    evidence = _configured(files, "pytest", ("pytest.ini", ".pytest.ini", "pytest.toml"), section="tool:pytest")
    if evidence:
        return Offer(command=f"python -m pytest{target}", evidence=f"{count}; {evidence}")
    if files.has("manage.py"):
        return Offer(command=f"python manage.py test{target}", evidence=f"{count}; manage.py")
    if files.contains(r"^\s*(?:import|from)\s+unittest\b", tests) and not files.contains(
        r"^\s*(?:import|from)\s+pytest\b|^(?:async )?def test", tests
    ):
        return _unittest(tests, directory.rstrip("/"), count)
    return Offer(command=f"python -m pytest{target}", evidence=count)


def _unittest(tests: list[str], directory: str, count: str) -> Offer:
    start = directory or ("tests" if all(path.startswith("tests/") for path in tests) else "")
    top = f" -s {start}" if start else ""
    pattern = "" if all("/test_" in f"/{path}" for path in tests) else " -p '*test*.py'"
    return Offer(
        command=f"python -m unittest discover{top}{pattern}",
        evidence=f"{count} that use unittest, and nothing that asks for pytest",
    )


def _unit(files: Files) -> Offer | None:
    directory = test_directory("unit", files, _is_test, "tests", "test")
    return _test(files, f"{directory}/" if directory else "")


def _tests_of_kind(gate: str, files: Files) -> Offer | None:
    directory = test_directory(gate, files, _is_test, "tests", "test", "")
    return _test(files, f"{directory}/") if directory else None


def _configured(files: Files, tool: str, names: tuple[str, ...], *, section: str | None = None) -> str | None:
    """What asks for a tool: its own file, its table in pyproject.toml, a section in setup.cfg or tox.ini, a
    dependency that somebody declared."""
    own = files.first(*names)
    if own:
        return own
    if table(files.toml("pyproject.toml"), "tool", tool):
        return f"[tool.{tool}] in pyproject.toml"
    for path in ("setup.cfg", "tox.ini") if section else ():
        for header in (section, tool):
            if files.has(path) and f"[{header}]" in files.text(path):
                return f"[{header}] in {path}"
    return _declared(files, tool)


def _declared(files: Files, tool: str) -> str | None:
    project = files.toml("pyproject.toml")
    named = re.compile(rf"^{re.escape(tool)}(?![\w.-])", re.IGNORECASE)
    if any(named.match(requirement) for requirement in _requirements(project)):
        return f"{tool} is declared in pyproject.toml"
    listed = (
        path
        for path in files.paths
        if re.fullmatch(
            r"(?:requirements/)?[\w.-]*(?:requirements|dev|test)[\w.-]*\.(?:txt|in)|requirements/[\w.-]+\.txt|Pipfile",
            path,
        )
    )
    where = files.contains(rf"^[\"']?{re.escape(tool)}(?![\w.-])", listed)
    return f"{tool} is declared in {where}" if where else None


def _requirements(project: dict[str, object]) -> list[str]:
    """Names of everything that pyproject.toml depends on, in any of the places where tools keep it."""
    lists = [
        table(project, "project").get("dependencies"),
        *table(project, "project", "optional-dependencies").values(),
        *table(project, "dependency-groups").values(),
        *table(project, "tool", "pdm", "dev-dependencies").values(),
        table(project, "tool", "uv").get("dev-dependencies"),
    ]
    named = [str(item) for each in lists if isinstance(each, list) for item in each]
    poetry = table(project, "tool", "poetry")
    groups = [table(poetry, "group", group, "dependencies") for group in table(poetry, "group")]
    for each in (table(poetry, "dependencies"), table(poetry, "dev-dependencies"), *groups):
        named.extend(each)
    return named


_OFFERS = {
    "build": _build,
    "type-check": _type_check,
    "lint": _lint,
    "format-check": _format_check,
    "unit": _unit,
    "test": _test,
}
