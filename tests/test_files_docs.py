"""docs/files.md and docs/attestation.md say what there is."""

from __future__ import annotations

import re
from pathlib import Path

from gaterunner.cli import cli
from gaterunner.reporters.attestation import PREDICATE_TYPE
from gaterunner.reporters.forms import FORMS

ROOT = Path(__file__).resolve().parents[1]
FILES = (ROOT / "docs" / "files.md").read_text("utf-8")
ATTESTATION = (ROOT / "docs" / "attestation.md").read_text("utf-8")
WORKFLOW = (ROOT / "examples" / "github" / "attest.yml").read_text("utf-8")


def test_every_form_is_in_the_table_with_its_option() -> None:
    rows = dict(re.findall(r"^\| `([a-z]+)` \| `(--[a-z]+) FILE` \|", FILES, re.MULTILINE))

    assert rows == {form: "--report" if form == "json" else f"--{form}" for form in FORMS}
    for option in rows.values():
        assert option in {name for parameter in cli.commands["run"].params for name in parameter.opts}


def test_every_place_that_escapes_is_there() -> None:
    for page in (FILES, ATTESTATION):
        for link in re.findall(r"\]\((\.\./[^)#]+|[a-z-]+\.md)\)", page):
            assert (ROOT / "docs" / link).exists(), link


def test_the_recipe_is_the_example() -> None:
    (job,) = re.findall(r"```yaml\n(  attest:.*?)```", ATTESTATION, re.DOTALL)

    assert job in WORKFLOW
    assert PREDICATE_TYPE in job
