"""A fresh repository of each stack, as somebody starts one, and what breaks it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from tests.init.fakes import BROKEN, Look


class Project(Struct, frozen=True, kw_only=True):
    """``gates`` are the names and commands that ``init`` is to find; ``breaking`` makes the gate ``broken`` fail.

    ``tools`` are fakes; ``real`` are programs that have to be on the machine. ``action`` is the variant of our action.
    """

    files: Mapping[str, str]
    gates: Mapping[str, str]
    breaking: Mapping[str, str]
    broken: str = "unit"
    tools: Mapping[str, Mapping[str, Look]] = {}
    real: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    action: str = "org/gaterunner/host@v1"
    proven: bool = True


def _cargo() -> str | None:
    """The toolchain itself: rustup's own programs look it up in a home directory, which tests do not have."""
    rustc = shutil.which("rustc")
    if rustc is None:
        return None
    root = subprocess.run([rustc, "--print", "sysroot"], capture_output=True, text=True, check=False).stdout.strip()
    return f"{root}/bin" if Path(root, "bin", "cargo-clippy").is_file() else None


CARGO = _cargo()
BIN = Path(sys.executable).parent

_PYTEST = {
    ".gitignore": "__pycache__/\nbuild/\n.pytest_cache/\n",
    "pyproject.toml": '[project]\nname = "shop"\nversion = "1"\n\n[tool.pytest.ini_options]\npythonpath = ["."]\n',
    "shop.py": "def total(count):\n    return count * 2\n",
    "tests/test_shop.py": "from shop import total\n\n\ndef test_total():\n    assert total(2) == 4\n",
}
_BREAKS_PYTHON = {"shop.py": "def total(count):\n    return count * 3\n"}

_NODE = {
    ".gitignore": "node_modules/\nbuild/\n",
    "package.json": '{"type": "module", "scripts": {"test": "node --test", "lint": "node --check total.js"}}',
    "total.js": "export const total = (count) => count * 2;\n",
    "total.test.js": (
        'import test from "node:test";\nimport assert from "node:assert";\nimport { total } from "./total.js";\n\n'
        'test("total", () => assert.equal(total(2), 4));\n'
    ),
}
_VITEST = {
    ".gitignore": "node_modules/\nbuild/\n",
    "src/total.test.ts": "// a test\n",
    "tsconfig.json": "{}",
}
_VITEST_PACKAGE = '{"scripts": {"test": "vitest run"}, "devDependencies": {"vitest": "3", "typescript": "5"}}'
_JUNIT = "--reporter=default --reporter=junit --outputFile.junit=build/unit.xml"

_RUST = {
    ".gitignore": "/target\n",
    "Cargo.toml": '[package]\nname = "shop"\nversion = "0.1.0"\nedition = "2021"\n',
    "Cargo.lock": 'version = 3\n\n[[package]]\nname = "shop"\nversion = "0.1.0"\n',
    "src/lib.rs": (
        "pub fn total(count: u32) -> u32 {\n    count * 2\n}\n\n#[cfg(test)]\nmod tests {\n"
        "    #[test]\n    fn total() {\n        assert_eq!(super::total(2), 4);\n    }\n}\n"
    ),
}
_RUST_GATES = {
    "build": "cargo build --locked",
    "lint": "cargo clippy --all-targets --locked -- -D warnings",
    "unit": "cargo test --locked",
}
_MAVEN = "--batch-mode --no-transfer-progress"
_SUREFIRE = "target/surefire-reports/TEST-shop.TotalTest.xml"

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
    "node-npm": Project(
        files=_NODE,
        gates={
            "lint": "npm run lint",
            "unit": "mkdir -p build && npm run test -- --test-reporter=spec --test-reporter-destination=stdout"
            " --test-reporter=junit --test-reporter-destination=build/unit.xml",
        },
        breaking={"total.js": "export const total = (count) => count * 3;\n"},
        real=("node", "npm"),
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
    "go": Project(
        files={
            "go.mod": "module example.org/shop\n\ngo 1.24\n",
            "total.go": "package shop\n",
            "total_test.go": "package shop\n",
        },
        gates={"build": "go build ./...", "lint": "go vet ./...", "unit": "go test ./..."},
        breaking={"total_test.go": f"package shop // {BROKEN}\n"},
        tools={"go": {"build ./...": Look("go.mod"), "vet ./...": Look("go.mod"), "test ./...": Look("total_test.go")}},
        proven=False,
    ),
    "rust": Project(
        files=_RUST,
        gates=_RUST_GATES,
        breaking={"src/lib.rs": _RUST["src/lib.rs"].replace("count * 2", "count * 3")},
        real=("cargo",),
        steps=("rustup toolchain install stable --profile minimal\nrustup component add clippy rustfmt",),
        proven=False,
    ),
    "rust-faked": Project(
        files=_RUST,
        gates=_RUST_GATES,
        breaking={"src/total.rs": f"// {BROKEN}\n"},
        tools={
            "cargo": {
                "build --locked": Look("Cargo.toml"),
                "clippy --all-targets --locked -- -D warnings": Look("Cargo.toml"),
                "test --locked": Look("src"),
            }
        },
        proven=False,
    ),
    "java-maven": Project(
        files={
            ".gitignore": "target/\n",
            "pom.xml": "<project><properties><java.version>17</java.version></properties></project>\n",
            "src/main/java/shop/Total.java": "package shop;\n",
            "src/test/java/shop/TotalTest.java": "package shop;\n",
        },
        gates={"build": f"mvn {_MAVEN} -DskipTests package", "unit": f"mvn {_MAVEN} test"},
        breaking={"src/test/java/shop/TotalTest.java": f"// {BROKEN}\n"},
        tools={
            "mvn": {
                f"{_MAVEN} -DskipTests package": Look("src/main"),
                f"{_MAVEN} test": Look("src", _SUREFIRE),
            }
        },
    ),
    "java-gradle": Project(
        files={
            ".gitignore": "build/\n.gradle/\n",
            "build.gradle.kts": "plugins { java }\nkotlin { jvmToolchain(21) }\n",
            "src/main/java/shop/Total.java": "package shop;\n",
            "src/test/java/shop/TotalTest.java": "package shop;\n",
        },
        gates={"build": "gradle assemble", "unit": "gradle cleanTest test --no-build-cache"},
        breaking={"src/test/java/shop/TotalTest.java": f"// {BROKEN}\n"},
        tools={
            "gradle": {
                "assemble": Look("src/main"),
                "cleanTest test --no-build-cache": Look("src", "build/test-results/test/TEST-shop.TotalTest.xml"),
            }
        },
    ),
    "ruby": Project(
        files={
            ".gitignore": "tmp/\n",
            ".ruby-version": "3.4.1\n",
            "Gemfile": 'source "https://rubygems.org"\ngem "rspec"\ngem "rspec_junit_formatter"\ngem "rubocop"\n',
            "lib/shop.rb": "# the shop\n",
            "spec/shop_spec.rb": "# a spec\n",
        },
        gates={
            "lint": "bundle exec rubocop",
            "unit": "bundle exec rspec --format progress --format RspecJunitFormatter --out tmp/unit.xml",
        },
        breaking={"spec/shop_spec.rb": f"# {BROKEN}\n"},
        tools={
            "bundle": {
                "exec rubocop": Look("lib"),
                "exec rspec --format progress --format RspecJunitFormatter --out tmp/unit.xml": Look(
                    "spec", "tmp/unit.xml"
                ),
            }
        },
    ),
    "php": Project(
        files={
            ".gitignore": "vendor/\nbuild/\n",
            "composer.json": '{"require": {"php": "^8.2"}, "require-dev": {"phpunit/phpunit": "^11"}}',
            "phpunit.xml.dist": '<phpunit><testsuites><testsuite name="all"/></testsuites></phpunit>\n',
            "src/Total.php": "<?php\n",
            "tests/TotalTest.php": "<?php\n",
        },
        gates={"unit": "vendor/bin/phpunit --log-junit build/unit.xml"},
        breaking={"tests/TotalTest.php": f"<?php // {BROKEN}\n"},
        tools={"vendor/bin/phpunit": {"--log-junit build/unit.xml": Look("tests", "build/unit.xml")}},
        steps=("composer install --no-interaction --no-progress",),
    ),
    "dotnet": Project(
        files={
            ".gitignore": "bin/\nobj/\nTestResults/\n",
            "Shop.sln": "",
            "src/Shop.csproj": '<Project Sdk="Microsoft.NET.Sdk"><TargetFramework>net9.0</TargetFramework></Project>\n',
            "tests/Shop.Tests.csproj": '<Project><PackageReference Include="Microsoft.NET.Test.Sdk" />'
            '<PackageReference Include="JunitXml.TestLogger" /></Project>\n',
            "tests/TotalTests.cs": "// a test\n",
        },
        gates={
            "build": "dotnet build Shop.sln",
            "lint": "dotnet format analyzers Shop.sln --verify-no-changes",
            "unit": "dotnet test Shop.sln --logger 'junit;LogFilePath=TestResults/unit.xml'",
        },
        breaking={"tests/TotalTests.cs": f"// {BROKEN}\n"},
        tools={
            "dotnet": {
                "build Shop.sln": Look("src"),
                "format analyzers Shop.sln --verify-no-changes": Look("src"),
                "test Shop.sln --logger junit;LogFilePath=TestResults/unit.xml": Look(
                    "tests", "tests/TestResults/unit.xml"
                ),
            }
        },
    ),
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
