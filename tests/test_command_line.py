"""The command line: what it offers, and what it says when it is used wrongly."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from gaterunner import __version__
from gaterunner.cli import cli
from tests.command_line import gaterunner

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "command-line.md"
COMMANDS = sorted(name for name, command in cli.commands.items() if not command.hidden)
GROUPS = {name: sorted(command.commands) for name, command in cli.commands.items() if isinstance(command, click.Group)}


def help_page() -> str:
    """docs/command-line.md as it has to be: the help of every command."""
    parts = ["# The command line\n\nMade from `--help`; a test compares it.\n"]
    for arguments in ([], *([name] for name in COMMANDS), *([name, each] for name in GROUPS for each in GROUPS[name])):
        title = " ".join(["gaterunner", *arguments])
        shown = gaterunner(ROOT, *arguments, "--help").out
        parts.append(f"## `{title}`\n\n```text\n{shown.rstrip()}\n```\n")
    return "\n".join(parts)


def test_the_page_shows_the_help_of_every_command() -> None:
    assert PAGE.read_text("utf-8") == help_page()


def test_the_version_is_the_packages() -> None:
    assert gaterunner(ROOT, "--version").out == f"gaterunner {__version__}\n"


def test_ctrl_c_while_it_is_loaded_shows_no_traceback() -> None:
    program = """
import os, signal, sys
class Loading:
    def find_spec(name, path, target=None):
        if name == "gaterunner.cli":
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Loading)
from gaterunner.__main__ import main
main()
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_only_what_works_is_offered() -> None:
    assert COMMANDS == [
        "check",
        "collect",
        "decide",
        "decisions",
        "demo",
        "doctor",
        "explain",
        "hook",
        "init",
        "phases",
        "plan",
        "publish",
        "report",
        "rollback",
        "run",
        "schema",
        "spec",
        "validate",
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["rnu"], "No such command 'rnu'"),
        (["run", "--gaet", "unit"], "No such option '--gaet'"),
        (["run", "--format", "xml"], "'xml' is not one of 'text', 'json'"),
        (
            ["validate", "no-such-file.yml"],
            "no-such-file.yml: cannot read the file: No such file or directory `gaterunner init` writes",
        ),
    ],
)
def test_wrong_usage_is_told_without_a_traceback(arguments: list[str], said: str) -> None:
    ran = gaterunner(ROOT, *arguments)

    assert ran.code == 2
    assert re.sub(r"\s+", " ", said) in re.sub(r"\s+", " ", ran.err)
    assert "Traceback" not in ran.err


def test_the_schema_is_printed_for_editors() -> None:
    assert gaterunner(ROOT, "schema").out == (ROOT / "gaterunner/config/workflow.schema.json").read_text("utf-8")
