"""The same question gives the same bytes in every process, with every hash seed and on every Python at hand."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

from gaterunner.contract.reading import read_spec
from gaterunner.governance.chain import read_log
from gaterunner.governance.entries import Entry, encode, genesis, hash_of, make_body
from gaterunner.governance.facts import FACTS
from gaterunner.governance.held import default_panel
from gaterunner.governance.replay import replay
from gaterunner.governance.types import Facts
from gaterunner.governance.voting import decide

ROOT = Path(__file__).resolve().parents[2]
SPEC = ROOT / "tests" / "cases" / "panel" / "dashboard-hardening.md"
# Read before the environment of tests is emptied of what is gaterunner's.
PYTHONS = tuple(filter(None, os.environ.get("GATERUNNER_TEST_PYTHONS", "").split(os.pathsep)))
NEEDED = "import bracex, click, msgspec, rfc8785, wcmatch, yaml, sys; assert sys.version_info >= (3, 11)"

# Puts every question of the article to the panel that ships, and writes the log; then replays a log that it is given.
PROGRAM = """
import sys
from fractions import Fraction
from gaterunner.contract.reading import read_spec
from gaterunner.governance.chain import read_log
from gaterunner.governance.entries import Entry, encode, genesis, hash_of, make_body
from gaterunner.governance.facts import FACTS
from gaterunner.governance.held import default_panel
from gaterunner.governance.replay import replay
from gaterunner.governance.types import Facts
from gaterunner.governance.voting import decide

given = sys.stdin.buffer.read()
spec = read_spec(open(sys.argv[1], "rb").read(), "spec.md")
facts = Facts(known=tuple(sorted((name, Fraction(200 + len(name), 3)) for name in set(FACTS))))
panel, before, log = default_panel(), genesis("a" * 40), b""
for index, question in enumerate(spec.questions):
    body = make_body(index=index, previous=before, phase=spec.id, spec=spec.sha256, question=question, facts=facts,
                     panel=panel, tally=decide(panel, question, facts))
    entry = Entry(body=body, hash=hash_of(body), recorded="2026-01-31T12:00:00Z")
    log, before = log + encode(entry) + b"\\n", entry.hash
whys = [replay(each.entry.body) for each in read_log(given, genesis("a" * 40)).entries]
assert whys == [None] * len(whys), whys
sys.stdout.buffer.write(log)
"""


def run(python: str, seed: str, given: bytes = b"") -> bytes:
    done = subprocess.run(
        [python, "-c", PROGRAM, str(SPEC)],
        input=given,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "PYTHONHASHSEED": seed,
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def others() -> list[str]:
    """Every other interpreter at hand that has what is needed: on PATH, of pyenv, named in GATERUNNER_TEST_PYTHONS."""
    names = [shutil.which(f"python3.{minor}") for minor in range(11, 16)]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    candidates = [
        *PYTHONS,
        *(name for name in names if name is not None),
        *(str(path) for path in sorted(pyenv.glob("3.*/bin/python3"))),
    ]
    return [each for each in dict.fromkeys(candidates) if each != sys.executable and _is_able(each)]


def _is_able(python: str) -> bool:
    try:
        return subprocess.run([python, "-c", NEEDED], capture_output=True, timeout=60, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


@pytest.fixture(scope="module")
def log() -> bytes:
    """What this process makes of it."""
    spec = read_spec(SPEC.read_bytes(), "spec.md")
    facts = Facts(known=tuple(sorted((name, Fraction(200 + len(name), 3)) for name in FACTS)))
    panel, before, written = default_panel(), genesis("a" * 40), b""
    for index, question in enumerate(spec.questions):
        made = make_body(
            index=index,
            previous=before,
            phase=spec.id,
            spec=spec.sha256,
            question=question,
            facts=facts,
            panel=panel,
            tally=decide(panel, question, facts),
        )
        entry = Entry(body=made, hash=hash_of(made), recorded="2026-01-31T12:00:00Z")
        written, before = written + encode(entry) + b"\n", entry.hash
    return written


@pytest.mark.parametrize("seed", ["0", "1", "4294967295", "random"])
def test_no_hash_seed_changes_a_byte(seed: str, log: bytes) -> None:
    assert run(sys.executable, seed, log) == log


def test_no_other_python_changes_a_byte(log: bytes) -> None:
    found = others()
    if not found:
        pytest.skip("no other Python at hand has the libraries; name some in GATERUNNER_TEST_PYTHONS")
    for python in found:
        assert run(python, "random", log) == log, python


def test_the_whole_of_it_replays_here(log: bytes) -> None:
    read = read_log(log, genesis("a" * 40))

    assert (read.faults, len(read.entries)) == ((), 6)
    assert [replay(each.entry.body) for each in read.entries] == [None] * 6
