"""A labelled corpus: how many of the secrets are found, and how often something harmless is taken for one."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from gaterunner.secrets.engine import Engine
from tests.secrets.credentials import fill

CASES = Path(__file__).parents[1] / "cases" / "secrets"
MIN_RECALL = 0.97
MAX_FALSE_ALARMS = 0.03


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine()


def test_secrets_are_found(engine: Engine) -> None:
    cases = yaml.safe_load((CASES / "secrets.yaml").read_text())
    missed = [
        f"{path}: {content} wanted {rule}, found {found}"
        for path, content, rule in cases
        if rule not in (found := [match.rule for match in engine.scan(path, fill(content).encode())])
    ]
    recall = 1 - len(missed) / len(cases)
    assert recall >= MIN_RECALL, f"recall {recall:.1%} of {len(cases)}; missed:\n" + "\n".join(missed)


def test_harmless_contents_stay_quiet(engine: Engine) -> None:
    cases = yaml.safe_load((CASES / "harmless.yaml").read_text())
    alarms = [
        f"{path}: {content} gave {[match.rule for match in found]}"
        for path, content in cases
        if (found := engine.scan(path, fill(content).encode()))
    ]
    rate = len(alarms) / len(cases)
    assert rate <= MAX_FALSE_ALARMS, f"false alarms {rate:.1%} of {len(cases)}:\n" + "\n".join(alarms)
