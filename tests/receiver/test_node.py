"""The receiver with Sentry's SDK for Node, installed from npm."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from gaterunner.config.telemetry_rules import EXPECT
from gaterunner.model import SignalCounts
from gaterunner.receiver.receiver import receiving
from gaterunner.redaction import Redactor

# Read here, at import: while a test runs, its environment holds none of this machine's settings for npm.
_ENVIRONMENT = dict(os.environ)
PROGRAM = """
const Sentry = require("@sentry/node");
Sentry.init({ tracesSampleRate: 1.0, enableLogs: true });
(async () => {
  await Sentry.startSpan({ op: "http.server", name: "GET /orders" }, async () => {
    await Sentry.startSpan({ op: "db.query", name: "select" }, async () => {});
    Sentry.logger.info("orders", { count: 3, padding: "x".repeat(100000) });
  });
  try { null.total; } catch (error) { Sentry.captureException(error); }
  await Sentry.flush(10000);
})();
"""


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the SDK and a program that uses it."""
    if not (shutil.which("npm") and shutil.which("node")):
        pytest.skip("no npm or no node on PATH")
    folder = tmp_path_factory.mktemp("node")
    (folder / "package.json").write_text("{}")
    (folder / "program.js").write_text(PROGRAM)
    options = ("--no-audit", "--no-fund", "--ignore-scripts", "--fetch-retries=0", f"--cache={folder / 'cache'}")
    try:
        done = subprocess.run(
            ["npm", "install", *options, "@sentry/node@11"],
            cwd=folder,
            env=_ENVIRONMENT,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
    except subprocess.TimeoutExpired:
        pytest.skip("npm did not install @sentry/node within 180 s: no registry?")
    if done.returncode:
        pytest.skip(f"npm could not install @sentry/node: {' '.join(done.stderr.split())[:200]}")
    return folder / "program.js"


SERVICE = """
const Sentry = require("@sentry/node");
Sentry.init({ tracesSampleRate: 1.0, enableLogs: true });
const http = require("http");
const server = http.createServer((request, response) => response.end("[]"));
server.listen(0, "127.0.0.1", async () => {
  await (await fetch(`http://127.0.0.1:${server.address().port}/orders?page=2`)).text();
  await Sentry.flush(10000);
  process.exit(0);
});
"""


def test_an_honest_service_with_sentrys_node_sdk_exposes_nobody(program: Path) -> None:
    (program.parent / "service.js").write_text(SERVICE)
    with receiving(EXPECT, Redactor()) as receiver:
        subprocess.run(
            ["node", "service.js"],
            cwd=program.parent,
            env={"PATH": os.environ["PATH"], **dict(receiver.environment)},
            timeout=60,
            check=True,
        )
        evidence = receiver.evidence()
    assert "http.server" in [use.name for use in evidence.stats.operations]
    assert (evidence.exposed, evidence.errors, evidence.stats.lost) == ((), (), ())


def test_sentrys_node_sdk_is_counted_by_item(program: Path) -> None:
    with receiving(EXPECT, Redactor()) as receiver:
        done = subprocess.run(
            ["node", program.name],
            cwd=program.parent,
            env={"PATH": os.environ["PATH"], **dict(receiver.environment)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
        evidence = receiver.evidence()
    assert evidence.stats.sentry == SignalCounts(transactions=1, spans=1, logs=1, errors=1)
    assert [use.name for use in evidence.stats.operations] == ["db.query", "http.server"]
    assert evidence.stats.sources[0].startswith("sentry.javascript.node/11.")
    assert [each.message.split(": ")[0] for each in evidence.errors] == ["TypeError"]
    assert (evidence.exposed, evidence.stats.lost) == ((), ())
