"""Judges both branches of the sample repository and compares the verdicts with what they have to be."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import click

from gaterunner.demo.build import HONEST, HOSTILE, SampleRepository
from gaterunner.errors import EXIT_FAIL, EXIT_PASS
from gaterunner.launch import judge, show
from gaterunner.model import RED, Report, Verdict
from gaterunner.pipeline import Options

MUST_FAIL = frozenset({"unit", "guardrails", "no-secret-changes", "no-merge-to-main", "forward-only-migrations"})
"""What the hostile branch breaks: one gate, every policy of the sample's workflow file, and the one always on."""


def run_demo(*, keep: bool) -> int:
    """Shows both reports; 0 when the honest branch passes and the hostile one fails for exactly the right reasons."""
    folder = Path(tempfile.mkdtemp(prefix="gaterunner-demo-"))
    try:
        sample = SampleRepository(folder, os.environ)
        _headline(f"The honest branch, {HONEST}")
        sample.switch_to_honest()
        honest = judge(Options(folder=sample.root))
        show(honest)
        _headline(f"The hostile branch, {HOSTILE}")
        sample.switch_to_hostile()
        hostile = judge(Options(folder=sample.root))
        show(hostile)
        return _conclude(honest, hostile, kept=sample.root if keep else None)
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)


def _conclude(honest: Report, hostile: Report, *, kept: Path | None) -> int:
    failed = {gate.name for gate in hostile.gates if gate.outcome in RED}
    failed |= {policy.name for policy in hostile.policies if policy.outcome in RED}
    as_it_should = honest.verdict is Verdict.PASS and hostile.verdict is Verdict.FAIL and failed == MUST_FAIL
    _headline("Both verdicts are as they should be" if as_it_should else "The verdicts are NOT as they should be")
    click.echo(f"{HONEST}: {honest.verdict}. {honest.sentence}")
    click.echo(f"{HOSTILE}: {hostile.verdict}. {hostile.sentence}")
    if kept is not None:
        click.echo(f"The sample repository is in {kept}")
    return EXIT_PASS if as_it_should else EXIT_FAIL


def _headline(text: str) -> None:
    click.echo(f"\n== {text} ==\n")
