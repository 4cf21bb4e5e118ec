"""Deleted tests are told; moved ones are not."""

from __future__ import annotations

from gaterunner.weakening.paths import is_test_file


def test_files_that_a_runner_collects_are_tests() -> None:
    assert is_test_file("tests/test_login.py")
    assert is_test_file("web/login.spec.ts")
    assert is_test_file("pkg/login_test.go")
    assert not is_test_file("app/login.py")
