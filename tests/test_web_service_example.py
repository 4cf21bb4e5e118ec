"""examples/web-service on a real engine and a real PostgreSQL: what its README shows, run by run."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from gaterunner.model import GateResult, Report, Verdict
from gaterunner.reporters.json import decode_report
from tests.command_line import gaterunner
from tests.docker_engine import run_container
from tests.gitrepo import Repository

pytestmark = [pytest.mark.docker, pytest.mark.timeout(600)]

EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "web-service"
CACHED = {"lint", "type-check", "unit"}
SOCKET = Path("/var/run/docker.sock")
# Not the number of whoever runs the tests: the checkout then belongs to somebody that the images do not know.
RUNNER = 1001


@pytest.fixture
def guestbook(tools_image: str, postgres_image: str, tmp_path: Path) -> Repository:
    """The example on a branch, with the images that this machine has for those it names."""
    root = tmp_path / "guestbook"
    shutil.copytree(EXAMPLE, root)
    (root / "gitignore").rename(root / ".gitignore")
    law = root / ".gaterunner.yml"
    text = law.read_text("utf-8")
    assert "image: guestbook-tools:1\n" in text
    assert "service: postgres:16\n" in text
    law.write_text(text.replace("guestbook-tools:1", tools_image).replace("postgres:16", postgres_image), "utf-8")
    repository = Repository.create(root)
    repository.commit("Start")
    repository.switch("feat/greeting", create=True)
    repository.commit("Tell the news", {"NEWS.md": "# Guest book\n"})
    return repository


def by_name(report: Report) -> dict[str, GateResult]:
    return {gate.name: gate for gate in report.gates}


def check_first(report: Report) -> None:
    """What the README says of a first run."""
    assert report.verdict is Verdict.PASS, report.sentence
    gates = by_name(report)
    assert {name: (gate.executor, gate.cached, gate.flaky) for name, gate in gates.items()} == {
        name: ("docker", False, name == "resilience") for name in gates
    }
    assert [(attempt.number, str(attempt.outcome)) for attempt in gates["resilience"].tries] == [
        (1, "failed"),
        (2, "passed"),
    ]
    assert {name: gate.tests.passed for name, gate in gates.items() if gate.tests} == {
        "unit": 6,
        "resilience": 1,
        "integration": 3,
    }
    assert [use.name for use in gates["integration"].services] == ["database"]
    assert all(gate.image_digest for gate in gates.values())
    assert gates["migration-rehearsal"].reason == "the schema does not change, a second time nothing does"
    policies = {policy.name: str(policy.outcome) for policy in report.policies}
    assert policies.pop("cutovers") == "skipped"
    assert set(policies.values()) == {"passed"}, policies


def check_second(first: Report, report: Report) -> None:
    """What the README says of a second run; each cached result names the first run's commit."""
    assert report.verdict is Verdict.PASS, report.sentence
    gates = by_name(report)
    assert {name for name, gate in gates.items() if gate.cached} == CACHED
    assert first.change is not None
    assert {gate.proof.commit for gate in gates.values() if gate.proof} == {first.change.head}
    assert not any(gate.flaky for gate in gates.values())


def test_it_passes_as_its_readme_shows_and_is_cached_the_second_time(guestbook: Repository) -> None:
    first = gaterunner(guestbook.root, "run", "--format", "json", "--jobs", "4", timeout_s=300)
    assert first.code == 0, first
    check_first(first.report)

    second = gaterunner(guestbook.root, "run", "--format", "json", timeout_s=300)
    assert second.code == 0, second
    check_second(first.report, second.report)


def test_it_does_the_same_from_inside_the_image(guestbook: Repository, image: str, tmp_path: Path) -> None:
    if os.geteuid() == 0:
        for path in (guestbook.root, *guestbook.root.rglob("*")):
            os.chown(path, RUNNER, RUNNER, follow_symlinks=False)

    def run() -> Report:
        ran = run_container(
            image,
            ["run", "--format", "json"],
            mounts={guestbook.root: "/repo", SOCKET: str(SOCKET), tmp_path / "cache": "/root/.cache/gaterunner"},
            timeout_s=400,
        )
        assert ran.code == 0, ran
        return decode_report(ran.out.encode())

    first = run()
    check_first(first)
    check_second(first, run())
    assert (guestbook.root / "out" / "unit.xml").stat().st_uid == guestbook.root.stat().st_uid


def test_a_broken_query_is_red_with_the_failed_test(guestbook: Repository) -> None:
    store = (guestbook.root / "guestbook/store.py").read_text("utf-8")
    guestbook.commit("Newest first", {"guestbook/store.py": store.replace("ORDER BY id", "ORDER BY id DESC")})

    ran = gaterunner(guestbook.root, "run", "--format", "json", timeout_s=300)

    assert ran.code == 1, ran
    assert str(ran.gate("integration").outcome) == "failed"
    assert [(finding.rule, finding.path) for finding in ran.gate("integration").findings] == [
        ("test-failed", "tests/integration/test_store.py")
    ]
    assert str(ran.gate("smoke").skip) == "not-reached"


def test_a_dropped_column_is_red_though_the_rehearsal_shows_that_it_works(guestbook: Repository) -> None:
    drop = "ALTER TABLE entries DROP COLUMN said;\n"
    guestbook.commit("Drop what was said", {"migrations/0002_drop_said.sql": drop})

    ran = gaterunner(
        guestbook.root, "run", "--format", "json", "--gate", "migration-rehearsal", "--keep-going", timeout_s=300
    )

    assert ran.code == 1, ran
    rehearsal = ran.gate("migration-rehearsal")
    assert [finding.message for finding in rehearsal.findings] == ["TABLE public.entries changes: - said text NOT NULL"]
    assert ran.policy("forward-only-migrations").findings[0].rule == "migration-drop-column"
