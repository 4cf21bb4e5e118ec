"""Publishing a report of 5,000 findings as a check, against a bare loop that sends the very same requests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from pairs import Cost, as_installed, tell

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from gaterunner.model import Excerpt, Finding, GateResult, Outcome, Report, Severity, Verdict
from gaterunner.reporters.json import encode_report
from tests.fake_github import FakeGitHub, Pull
from tests.github.samples import HEAD, report

FINDINGS = 5_000
ROUNDS = 7
MAX_REQUESTS = 25
MAX_MEMORY_MB = 150
MAX_CPU_S = 3.0
MAX_RATIO = 3.0
ANNOTATED = 1_000

# Both are a program of their own, so that what they take can be told from what the fake takes.
OURS = """
import sys
from pathlib import Path
from gaterunner.github.checks import CheckTarget, make_external_id
from gaterunner.github.client import GitHubClient
from gaterunner.reporters.check_run_observer import CheckRunObserver, Published
from gaterunner.reporters.json import decode_report
file, url, token, head, run = sys.argv[1:]
external_id = make_external_id(run_id=run, run_attempt="1", job="gates", name="gaterunner", head_sha=head)
target = CheckTarget(name="gaterunner", head_sha=head, external_id=external_id, started_at="2026-01-15T12:00:00Z",
                     details_url="https://github.com/octo/example/actions/runs/77", pull_request=7)
check = CheckRunObserver(GitHubClient.connect(token=token, repository="octo/example", api_url=url), target)
published = check.finish(decode_report(Path(file).read_bytes()))
assert isinstance(published, Published), published
"""
PEER = """
import json, sys
from pathlib import Path
import requests
file, url, token = sys.argv[1:]
session = requests.Session()
session.headers = {"Authorization": f"Bearer {token}", "User-Agent": "gaterunner/0",
                   "X-GitHub-Api-Version": "2022-11-28"}
for method, path, query, body in json.loads(Path(file).read_bytes()):
    if "/RUN" in path:  # the check run that this loop has made
        path = path.replace("/RUN", f"/{made}")
    answer = session.request(method, url + path, params=query, json=body or None)
    answer.raise_for_status()
    if method == "POST":
        made = answer.json()["id"]
"""


class Ran(NamedTuple):
    cost: Cost
    memory_mb: float


def ran(program: str, *arguments: str) -> Ran:
    """What one program takes, alone: seconds, and the most memory in MB (10^6 bytes)."""
    clock = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-c", program, *arguments], env=as_installed(os.environ), stderr=subprocess.PIPE
    ) as process:
        assert process.stderr is not None
        told = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - clock
    assert process.returncode == 0, told.decode()
    return Ran(Cost(wall, usage.ru_utime + usage.ru_stime), usage.ru_maxrss * 1024 / 1e6)


def large_report() -> Report:
    """5,000 failures of one gate, each with its excerpt, a message of 200 characters and a fix."""
    found = tuple(
        Finding(
            rule="lint/line",
            severity=Severity.ERROR,
            message=f"finding {number}: {'what is wrong here ' * 10}",
            path=f"src/module_{number % 97}/file_{number % 13}.py",
            line=number % 400 + 1,
            help="take it out",
            fingerprint=f"{number:032x}",
            standing="new" if number % 3 else "known",
            excerpt=Excerpt(start=1, lines=tuple(f"    value_{line} = compute({number})" for line in range(7))),
        )
        for number in range(FINDINGS)
    )
    gate = GateResult(
        name="lint",
        kind="command",
        outcome=Outcome.FAILED,
        reason=f"{FINDINGS} findings",
        command="make lint",
        findings=found,
    )
    return report(Verdict.FAIL, gate, sentence="lint failed.")


def main() -> None:
    """Prints the figures; fails where a promise is not kept."""
    with tempfile.TemporaryDirectory() as folder, FakeGitHub.running() as fake:
        told, recorded = Path(folder) / "report.json", Path(folder) / "requests.json"
        told.write_bytes(encode_report(large_report()))
        fake.repository("octo/example").open_pull(Pull(number=7, head=HEAD))
        token = fake.token()
        rounds, most_mb = [], 0.0
        for number in range(ROUNDS + 1):
            fake.requests.clear()
            fake.budget = 1_000
            ours = ran(OURS, str(told), fake.url, token, HEAD, str(number))
            requests = [(each.method, each.path, each.query, each.body) for each in fake.requests]
            recorded.write_text(json.dumps([_of_any_run(each) for each in requests]), encoding="utf-8")
            peer = ran(PEER, str(recorded), fake.url, token)
            assert fake.violations == [], fake.violations
            if number:  # the first compiles
                rounds.append((ours.cost, peer.cost))
                most_mb = max(most_mb, ours.memory_mb)
        tell(f"{FINDINGS:,} findings as a check, against the same requests in a loop", rounds, bound=MAX_RATIO)
        cpu_s = max(our.cpu for our, _ in rounds)
        annotated = sum(len(body.get("output", {}).get("annotations", [])) for _, _, _, body in requests)
        print(f"  {annotated:,} annotations in {len(requests)} requests (at most {MAX_REQUESTS})")
        print(
            f"  at most {cpu_s:.2f} s of our own time (at most {MAX_CPU_S:g}) "
            f"and {most_mb:.0f} MB (at most {MAX_MEMORY_MB})"
        )
        assert annotated == ANNOTATED
        assert len(requests) <= MAX_REQUESTS
        assert cpu_s < MAX_CPU_S
        assert most_mb < MAX_MEMORY_MB


def _of_any_run(request: tuple[str, str, object, object]) -> tuple[str, str, object, object]:
    method, path, query, body = request
    head, _, number = path.rpartition("/check-runs/")
    return (method, f"{head}/check-runs/RUN", query, body) if number.isdecimal() else request


if __name__ == "__main__":
    main()
