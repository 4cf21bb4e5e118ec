"""A gate with `inputs:` that passed is not run again for identical inputs."""

from __future__ import annotations

import hashlib
from pathlib import Path

from tests.store.runs import Branch


def test_a_second_run_takes_the_result_of_the_first(tmp_path: Path) -> None:
    branch = Branch(tmp_path)

    first, second = branch.run(), branch.run()

    assert (first.told, first.kept_not, first.notes) == ({"unit": "passed"}, "", ())
    assert second.told == {"unit": "cached"}
    proof = second.gate.proof
    assert proof is not None
    assert proof.report == hashlib.sha256(first.encoded).hexdigest()
    assert proof.commit == branch.repo.head
    assert second.gate.reason == (
        f"cached: passed on {branch.repo.head[:8]} at 2026-11-20 12:01 UTC, report {proof.report[:8]}"
    )
    assert (second.gate.started, second.gate.duration_s, second.gate.attempts) == (None, 0.0, 0)
