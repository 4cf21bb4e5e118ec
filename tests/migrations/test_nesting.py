"""Migrations that nest more deeply than anybody writes are unreadable, not the end of the run."""

from __future__ import annotations

import pytest

from gaterunner.migrations import drizzle
from gaterunner.migrations.inventory import Claim
from gaterunner.migrations.kinds import Place, Role, UnreadableError
from gaterunner.migrations.liquibase import LIQUIBASE
from gaterunner.migrations.reading import read


def test_elements_of_a_changelog() -> None:
    inner = "<a>" * 30_000 + "</a>" * 30_000
    text = f'<databaseChangeLog><changeSet id="1" author="b"><sql>{inner}</sql></changeSet></databaseChangeLog>'
    path = "db/changelog.xml"
    place = Place(sequence=path, name=path, role=Role.CHANGELOG, certain=False)
    claim = Claim(path=path, tool=LIQUIBASE, place=place)
    with pytest.raises(UnreadableError, match="nested too deeply"):
        read(claim, text.encode(), ("postgres",))


def test_a_journal() -> None:
    with pytest.raises(UnreadableError, match="not a journal"):
        drizzle.entries(b'{"a":' * 100_000)
