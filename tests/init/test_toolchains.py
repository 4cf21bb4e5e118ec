"""A toolchain that a machine lacks: told and passed over, or a failure where all of them are required."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.init import toolchains


@pytest.fixture
def lacking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toolchains, "why_missing", lambda name: f"no {name} on PATH")


def test_it_is_skipped_with_the_packages_that_bring_it(lacking: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toolchains, "_REQUIRED", False)
    with pytest.raises(pytest.skip.Exception, match=r"no go on PATH \(Debian: golang-go\)"):
        toolchains.need("go")


def test_it_fails_where_all_are_required(lacking: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toolchains, "_REQUIRED", True)
    with pytest.raises(pytest.fail.Exception, match="GATERUNNER_REQUIRE_TOOLCHAINS=1, but no go on PATH"):
        toolchains.need("go")


@pytest.mark.parametrize("name", sorted(toolchains.TOOLCHAINS))
def test_nothing_of_its_environment_lies_outside_of_its_folder(name: str, tmp_path: Path) -> None:
    folder = tmp_path
    values = toolchains.TOOLCHAINS[name].environment(folder).values() if toolchains.why_missing(name) is None else ()
    paths = [word for value in values for word in value.replace("=", " ").split() if word.startswith("/")]
    assert [path for path in paths if not path.startswith(str(folder))] == []
