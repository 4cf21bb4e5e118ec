"""A fresh repository of each stack, as somebody starts one, and what breaks it."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.init.built import BUILT
from tests.init.fakes import BROKEN, Look
from tests.init.project import Project

BIN = Path(sys.executable).parent

_PYTEST = {
    ".gitignore": "__pycache__/\nbuild/\n.pytest_cache/\n",
    "pyproject.toml": '[project]\nname = "shop"\nversion = "1"\n\n[tool.pytest.ini_options]\npythonpath = ["."]\n',
    "shop.py": "def total(count):\n    return count * 2\n",
    "tests/test_shop.py": "from shop import total\n\n\ndef test_total():\n    assert total(2) == 4\n",
}
_BREAKS_PYTHON = {"shop.py": "def total(count):\n    return count * 3\n"}

_VITEST = {
    ".gitignore": "node_modules/\nbuild/\n",
    "src/total.test.ts": "// a test\n",
    "tsconfig.json": "{}",
}
_VITEST_PACKAGE = '{"scripts": {"test": "vitest run"}, "devDependencies": {"vitest": "3", "typescript": "5"}}'
_JUNIT = "--reporter=default --reporter=junit --outputFile.junit=build/unit.xml"

PROJECTS: dict[str, Project] = {
    "python-pip": Project(
        files={**_PYTEST, "requirements.txt": "pytest\n"},
        gates={"unit": "python -m pytest --junitxml=build/unit.xml"},
        breaking=_BREAKS_PYTHON,
        steps=("python -m pip install -r requirements.txt\npython -m pip install pytest",),
    ),
    "python-unittest": Project(
        files={
            ".gitignore": "__pycache__/\n",
            "shop.py": _PYTEST["shop.py"],
            "test_shop.py": "import unittest\n\nfrom shop import total\n\n\nclass Total(unittest.TestCase):\n"
            "    def test_total(self):\n        self.assertEqual(total(2), 4)\n",
        },
        gates={"unit": "python -m unittest discover"},
        breaking=_BREAKS_PYTHON,
        action="org/gaterunner@v1",
        proven=False,
    ),
    "python-uv": Project(
        files={**_PYTEST, "uv.lock": "version = 1\n"},
        gates={"unit": "uv run --locked python -m pytest --junitxml=build/unit.xml"},
        breaking={"shop.py": f"{BROKEN} = 1\n"},
        tools={"uv": {"run --locked python -m pytest --junitxml=build/unit.xml": Look("shop.py", "build/unit.xml")}},
        steps=("uv sync --locked --all-groups",),
    ),
    "python-poetry": Project(
        files={**_PYTEST, "poetry.lock": ""},
        gates={"unit": "poetry run python -m pytest --junitxml=build/unit.xml"},
        breaking={"shop.py": f"{BROKEN} = 1\n"},
        tools={"poetry": {"run python -m pytest --junitxml=build/unit.xml": Look("shop.py", "build/unit.xml")}},
        steps=("pipx install poetry\npoetry install --no-interaction",),
    ),
    "python-tox": Project(
        files={
            ".gitignore": "__pycache__/\n",
            "tox.ini": "[tox]\nenv_list = lint, unit\n\n[testenv:lint]\ncommands = ruff check .\n\n"
            "[testenv:unit]\ncommands = pytest\n",
            "shop/__init__.py": "",
            "tests/test_shop.py": "def test_shop():\n    assert True\n",
        },
        gates={"lint": "tox -e lint", "unit": "tox -e unit"},
        breaking={"shop/__init__.py": f"{BROKEN} = 1\n"},
        broken="lint",
        tools={"tox": {"-e lint": Look("shop"), "-e unit": Look("shop")}},
        steps=("python -m pip install tox",),
        proven=False,
    ),
    "python-nox": Project(
        files={
            ".gitignore": "__pycache__/\n",
            "noxfile.py": "import nox\n\n\n@nox.session\ndef tests(session):\n    session.run('pytest')\n",
            "shop/__init__.py": "",
            "tests/test_shop.py": "def test_shop():\n    assert True\n",
        },
        gates={"unit": "nox -s tests"},
        breaking={"shop/__init__.py": f"{BROKEN} = 1\n"},
        tools={"nox": {"-s tests": Look("shop")}},
        steps=("python -m pip install nox",),
        proven=False,
    ),
    "node-pnpm": Project(
        files={**_VITEST, "package.json": _VITEST_PACKAGE, "pnpm-lock.yaml": "lockfileVersion: '9.0'\n"},
        gates={"type-check": "pnpm exec tsc --noEmit", "unit": f"pnpm run test {_JUNIT}"},
        breaking={"src/total.ts": f"// {BROKEN}\n"},
        broken="type-check",
        tools={
            "pnpm": {"exec tsc --noEmit": Look("src"), f"run test {_JUNIT}": Look("src", "build/unit.xml")},
        },
        steps=("pnpm install --frozen-lockfile",),
    ),
    "node-yarn": Project(
        files={**_VITEST, "package.json": _VITEST_PACKAGE, "yarn.lock": "# yarn lockfile v1\n"},
        gates={"type-check": "yarn run tsc --noEmit", "unit": f"yarn run test {_JUNIT}"},
        breaking={"src/total.ts": f"// {BROKEN}\n"},
        broken="type-check",
        tools={"yarn": {"run tsc --noEmit": Look("src"), f"run test {_JUNIT}": Look("src", "build/unit.xml")}},
        steps=("corepack enable", "yarn install --frozen-lockfile"),
    ),
    "node-bun": Project(
        files={**_VITEST, "package.json": _VITEST_PACKAGE, "bun.lock": "{}\n"},
        gates={"type-check": "bunx --no-install tsc --noEmit", "unit": f"bun run test {_JUNIT}"},
        breaking={"src/total.ts": f"// {BROKEN}\n"},
        broken="type-check",
        tools={
            "bunx": {"--no-install tsc --noEmit": Look("src")},
            "bun": {f"run test {_JUNIT}": Look("src", "build/unit.xml")},
        },
        steps=("bun install --frozen-lockfile",),
    ),
    **BUILT,
    "monorepo": Project(
        files={
            ".gitignore": "node_modules/\n__pycache__/\nbuild/\n",
            "README.md": "# Shop\n",
            **{f"api/{path}": text for path, text in _PYTEST.items()},
            "api/requirements.txt": "pytest\n",
            "web/package.json": _VITEST_PACKAGE,
            "web/package-lock.json": "{}",
            **{f"web/{path}": text for path, text in _VITEST.items()},
        },
        gates={
            "api-unit": "python -m pytest --junitxml=build/unit.xml",
            "web-type-check": "npx --no-install tsc --noEmit",
            "web-unit": f"npm run test -- {_JUNIT}",
        },
        breaking={"api/shop.py": _BREAKS_PYTHON["shop.py"]},
        broken="api-unit",
        tools={
            "npx": {"--no-install tsc --noEmit": Look("src")},
            "npm": {f"run test -- {_JUNIT}": Look("src", "build/unit.xml")},
        },
        steps=("npm ci", "python -m pip install -r requirements.txt\npython -m pip install pytest"),
    ),
}
