"""Of a command nothing leaves the machine but its program's name."""

from __future__ import annotations

import pytest

from gaterunner.telemetry.program import program_of


@pytest.mark.parametrize(
    ("command", "program"),
    [
        ("pytest -q tests", "pytest"),
        ("/opt/tools/bin/pytest -q", "pytest"),
        ("./scripts/check.sh staging", "check.sh"),
        ("DATABASE_URL=postgres://u:p@h/d pytest", "pytest"),
        ("env CI=1 npm test", "npm"),
        ("env | sort", "env"),
        ("time exec make unit", "make"),
        ("set -euo pipefail\ncd web && npm test", "npm"),
        ("# smoke\n\ncurl -H 'Authorization: x' https://example.invalid | jq .", "curl"),
        ("export TOKEN=x; ./deploy", "deploy"),
        ("make \\\n  unit", "make"),
        ("'my tool' --now", None),
        ("$(cat command) now", None),
        ("`cat command`", None),
        ("echo 'open", None),
        ("", None),
        ("A=1", None),
        ("x" * 70, None),
        ("A=$(vault read key) deploy", None),
        ("A=`vault read key` deploy", None),
        ("if make unit; then exit 0; fi", "make"),
        ("for each in a b; do make $each; done", None),
    ],
)
def test_the_program_of_a_command(command: str, program: str | None) -> None:
    assert program_of(command) == program
