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
        # of Dependabot, crates.io, warehouse and Wagtail: named after texts, and code all the same
        ("lib/file_updater/gemfile_updater.rb", "code"),
        ("lib/notices.rb", "code"),
        ("src/licenses.rs", "code"),
        ("src/worker/jobs/readmes.rs", "code"),
        ("svelte/src/lib/utils/license.ts", "code"),
        ("warehouse/utils/readme.py", "code"),
        ("wagtail/models/copying.py", "code"),
        ("lib/dockerfile_parser.go", "code"),
        ("UNLICENSE", "docs"),
        ("LICENSE-MIT", "docs"),
        ("COPYING.LESSER", "docs"),
        ("README.ja", "docs"),
        ("licenses/License-Apache", "docs"),
        ("specs/dashboard-hardening.md", "docs"),
        ("spec/models/user_spec.rb", "tests"),
        ("client/src/__snapshots__/Icon.test.tsx.snap", "tests"),
        ("src/snapshots/parse__basic.snap", "tests"),
        ("e2e/crate.spec.ts-snapshots/aria.yml", "tests"),
        ("cdn_logs/test_data/basic.log", "tests"),
        ("src/parser/tests.rs", "tests"),
        ("Orders.Tests/OrderTests.cs", "tests"),
        ("OrdersTests/OrderTests.swift", "tests"),
        ("src/latest/version.py", "code"),
        ("Dockerfile.dev", "config"),
        ("docker/web.Dockerfile", "config"),
        ("src/Orders.csproj", "config"),
    ],
)
def test_a_path_is_of_one_kind(path: str, kind: str) -> None:
    assert kind_of(path) == kind
