"""What a file is by its path."""

from __future__ import annotations

import pytest

from gaterunner.numbers.kinds import kind_of


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("dashboard/windows.py", "code"),
        ("src/main.rs", "code"),
        ("src/Order.cs", "code"),
        ("web/app.tsx", "code"),
        ("db/migrations/0001.sql", "code"),
        ("tests/test_windows.py", "tests"),
        ("dashboard/test_windows.py", "tests"),
        ("conftest.py", "tests"),
        ("src/login.spec.ts", "tests"),
        ("pkg/server_test.go", "tests"),
        ("tests/data/order.json", "tests"),
        ("tests/integration.rs", "tests"),
        ("README.md", "docs"),
        ("docs/conf.py", "docs"),
        ("LICENSE", "docs"),
        ("requirements.txt", "config"),
        ("requirements/dev.txt", "config"),
        ("CMakeLists.txt", "config"),
        ("pyproject.toml", "config"),
        (".github/workflows/ci.yml", "config"),
        ("Dockerfile", "config"),
        ("Makefile", "config"),
        ("go.sum", "config"),
        (".gitignore", "config"),
        ("vite.config.ts", "config"),
    ],
)
def test_a_path_is_of_one_kind(path: str, kind: str) -> None:
    assert kind_of(path) == kind
