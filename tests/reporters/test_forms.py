"""The table of forms: each works, each has its option, and none costs anything before it is asked for."""

from __future__ import annotations

import subprocess
import sys
from hashlib import sha256

import msgspec
import pytest

from gaterunner.cli import cli
from gaterunner.reporters.forms import FORMS, render
from gaterunner.reporters.json import encode_report
from tests.reporters.reports import failing_report, proven_report, report


@pytest.mark.parametrize("form", FORMS)
def test_every_form_renders_every_report_to_the_same_bytes_each_time(form: str) -> None:
    for each in (failing_report(), proven_report(), report(), report(change=None, workflow=None, gates=())):
        assert render(form, each) == render(form, each) != b""


def test_every_form_is_an_option_of_what_judges_and_of_report() -> None:
    options = {"--report" if form == "json" else f"--{form}" for form in FORMS}

    for command in ("run", "check", "collect"):
        assert options <= {name for parameter in cli.commands[command].params for name in parameter.opts}


def test_a_form_about_the_files_bytes_gets_those_it_was_given() -> None:
    each = report()
    spaced = encode_report(each) + b"\n"

    for data, given in ((encode_report(each), None), (spaced, spaced)):
        statement = msgspec.json.decode(render("attestation", each, data=given))
        assert statement["subject"][0]["digest"] == {"sha256": sha256(data).hexdigest()}


def test_the_table_loads_nothing_of_any_form() -> None:
    program = "import gaterunner.reporters.forms, sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()

    assert {name for name in loaded if name.startswith("gaterunner.")} == {
        "gaterunner.reporters",
        "gaterunner.reporters.forms",
    }
