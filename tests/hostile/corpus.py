"""Runs one side of a case as a user would, and says how what it ended with differs from what is expected."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory

from gaterunner.errors import EvaluationError
from gaterunner.model import Finding, GateResult, Outcome, PolicyResult, Report
from gaterunner.reporters.json import decode_report
from tests.docker_engine import why_no_engine
from tests.hostile.case_file import Expect, Side, fill
from tests.hostile.outputs import Ran, leaks
from tests.hostile.staging import stage

_TIMEOUT_S = 120
_NOBODY = 65534
_HARMLESS = (Outcome.PASSED, Outcome.SKIPPED, Outcome.WAIVED)


def judge(side: Side, folder: Path, rules: Path) -> Ran:
    """Stages the repository in the empty ``folder`` and runs gaterunner in it.

    ``rules`` is where compiled rules of the secret engine are kept; nothing else of this machine is passed on.
    """
    with _reachable(folder) if side.unprivileged else nullcontext(folder) as place:
        return _run(side, place, rules)


@contextmanager
def _reachable(folder: Path) -> Iterator[Path]:
    """A folder that other users may enter, where this one is root; what pytest makes is closed to them."""
    if os.geteuid() != 0:
        yield folder
        return
    with TemporaryDirectory(prefix="gaterunner-hostile-") as made:
        Path(made).chmod(0o755)
        yield Path(made)


def why_not(side: Side) -> str | None:
    """Why this machine cannot play the side out; None where it can."""
    if "root" in side.needs and os.geteuid() != 0:
        return "it takes the rights of root to give the checkout to somebody else"
    return why_no_engine() if "docker" in side.needs else None


def _run(side: Side, folder: Path, rules: Path) -> Ran:
    for name in ("home", "cache", "tmp"):
        (folder / name).mkdir()
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder / "home"),
        "XDG_CACHE_HOME": str(folder / "cache"),
        "TMPDIR": str(folder / "tmp"),
        "KF_RULE_CACHE_DIR": str(rules),
        "LC_ALL": "C.UTF-8",
        "COLUMNS": "200",
        "GIT_CONFIG_NOSYSTEM": "1",
    }
    root = folder / "checkout"
    environment |= {name: fill(value).replace("{root}", str(root)) for name, value in side.environment.items()}
    staged = stage(side, root, lambda repository, arguments: _start(arguments, repository.root, environment))
    if side.command == "action":
        from tests.hostile.hosted import run_hosted  # its fake of GitHub takes a second to import

        return run_hosted(side, staged, folder, environment)
    if side.unprivileged and os.geteuid() == 0:
        for path in (root, *root.rglob("*")):
            os.chown(path, _NOBODY, _NOBODY, follow_symlinks=False)
    file = folder / "report.json"
    arguments = [side.command, "--base", "main", "--report", str(file), *side.arguments]
    done = _start(arguments, root, environment, {name: fill(value) for name, value in side.started_by.items()})
    out, err = done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")
    return Ran(code=done.returncode, out=out, err=err, report=read_report(file))


def _start(
    arguments: Sequence[str], folder: Path, environment: Mapping[str, str], started_by: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    command = [*_command(), *arguments]
    if started_by:
        # The shell stays to tell the exit code, so that it is there for whoever looks at the parents of a process.
        without = [part for name in started_by for part in ("-u", name)]
        command = ["sh", "-c", '"$@"; exit $?', "sh", "env", *without, *command]
    return subprocess.run(
        command,
        cwd=folder,
        env={**environment, **(started_by or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=_TIMEOUT_S,
        check=False,
    )


def differences(side: Side, ran: Ran) -> tuple[str, ...]:
    """What is not as expected, in sentences; nothing when the case holds."""
    return (
        *_verdict(side.expect, ran),
        *_told(side.expect, ran),
        *_kept_quiet(side.expect, ran),
        *leaks(side, ran),
        *(f"GitHub refused a request: {fault}" for fault in ran.faults),
    )


def describe(ran: Ran) -> str:
    """What the run said, for whoever looks into a difference; short."""
    if ran.report is None:
        return f"{ran.out[-2000:]}{ran.err[-2000:]}"
    lines = [ran.report.sentence, *(f"  problem: {problem.message}" for problem in ran.report.problems)]
    for result in _results(ran.report):
        if result.outcome not in _HARMLESS or result.findings:
            lines.append(f"  {result.name} {result.outcome}: {result.reason}")
        lines += [f"    {f.severity} {f.rule} {f.path}:{f.line} {f.message}" for f in result.findings[:8]]
    return "\n".join(lines)


def _command() -> list[str]:
    """The console script that stands beside this Python, as a user starts it."""
    script = Path(sys.executable).with_name("gaterunner")
    return [str(script)] if script.exists() else [sys.executable, "-m", "gaterunner"]


def read_report(file: Path) -> Report | None:
    """The report that a run wrote; None where it wrote none."""
    try:
        return decode_report(file.read_bytes())
    except (OSError, EvaluationError):
        return None


def _results(report: Report) -> tuple[GateResult | PolicyResult, ...]:
    return (*report.gates, *report.policies)


def _findings(report: Report, rule: str) -> list[Finding]:
    return [finding for result in _results(report) for finding in result.findings if finding.rule == rule]


def _verdict(expect: Expect, ran: Ran) -> Iterator[str]:
    if ran.verdict != expect.verdict:
        yield f"the verdict is {ran.verdict}, expected {expect.verdict}"
    if expect.check is not None and ran.check != expect.check:
        yield f"the check run is {ran.check}, expected {expect.check}"


def _told(expect: Expect, ran: Ran) -> Iterator[str]:
    rules = _several(expect.rule)
    for rule in rules:
        if not _is_told(rule, ran.report):
            yield f"`{rule}` is not told"
    if expect.path is not None and ran.report is not None:
        paths = {finding.path for finding in _findings(ran.report, rules[0])}
        if expect.path not in paths:
            yield f"`{rules[0]}` is told of {sorted(map(str, paths))}, expected {expect.path}"
    everything = "\n".join(text for _, text in ran.outputs())
    for text in _several(expect.says):
        if text not in everything:
            yield f"nothing says {text!r}"


def _is_told(rule: str, report: Report | None) -> bool:
    if report is None:
        return False
    kind, found, name = rule.partition(":")
    if not found:
        return bool(_findings(report, rule))
    results: tuple[GateResult | PolicyResult, ...] = report.gates if kind == "gate" else report.policies
    return any(result.name == name and result.outcome not in _HARMLESS for result in results)


def _kept_quiet(expect: Expect, ran: Ran) -> Iterator[str]:
    for rule in _several(expect.quiet):
        if ran.report is not None and _findings(ran.report, rule):
            yield f"`{rule}` is told"
    for where, text in ran.outputs():
        for forbidden in map(fill, _several(expect.never)):
            if forbidden in text:
                yield f"{where} holds {forbidden!r}"


def _several(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else value
