"""`gaterunner validate` checks the panel as it lies."""

from __future__ import annotations

from pathlib import Path

from gaterunner.governance.held import default_panel_text
from tests.command_line import gaterunner

WORKFLOW = "workflow: {gates: [unit: 'true']}\n"


def test_a_sound_panel_is_counted(tmp_path: Path) -> None:
    (tmp_path / "panel.yml").write_bytes(default_panel_text())

    ran = gaterunner(tmp_path, "validate", "panel.yml")

    assert (ran.code, ran.out) == (0, "panel.yml: valid; 12 members, 14 criteria\n")


def test_it_is_looked_for_beside_the_workflow_file(tmp_path: Path) -> None:
    (tmp_path / ".gaterunner.yml").write_text(WORKFLOW)
    (tmp_path / ".gaterunner").mkdir()
    (tmp_path / ".gaterunner" / "panel.yml").write_bytes(default_panel_text().replace(b"quorum: 2/3", b"quorum: 5/3"))

    ran = gaterunner(tmp_path, "validate")

    assert ran.code == 2
    assert ran.err == (
        ".gaterunner/panel.yml:4:11: `quorum` is above the whole: more votes than there are would have to be cast\n"
        "  write a share of at most 1/1\n"
    )
