"""Runs one side of a case as a user would, and says how what it ended with differs from what is expected."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from gaterunner.errors import EXIT_USAGE, EvaluationError
from gaterunner.model import Finding, GateResult, Outcome, PolicyResult, Report
from gaterunner.reporters.json import decode_report
from gaterunner.reporters.markdown import render_markdown
from tests.hostile.case_file import Content, Expect, Side, Step, credentials_in, fill
from tests.hostile.staging import stage

_TIMEOUT_S = 120
_HARMLESS = (Outcome.PASSED, Outcome.SKIPPED, Outcome.WAIVED)
# What a terminal would obey: all control characters but line ends and tabs, and the marks that reorder text.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


class Ran(Struct, frozen=True, kw_only=True):
    """How a run ended. ``report`` is None where it wrote none."""

    code: int
    out: str
    err: str
    report: Report | None

    @property
    def verdict(self) -> str:
        """As ``Expect`` names it; an exit code that belongs to another verdict is told as such."""
        if self.report is None:
            return f"no report (exit {self.code})"
        if self.code == EXIT_USAGE:
            return "usage"
        fits = {"pass": 0, "fail": 1, "error": 3, "pending": 4}[self.report.verdict] == self.code
        return str(self.report.verdict) if fits else f"{self.report.verdict} with exit code {self.code}"

    def outputs(self) -> Iterator[tuple[str, str]]:
        """Everything that a reader may get to see, by what it is."""
        yield "standard output", self.out
        yield "standard error", self.err
        if self.report is not None:
            yield "the Markdown report", render_markdown(self.report, limit_bytes=60_000)


def judge(side: Side, folder: Path, rules: Path) -> Ran:
    """Stages the repository in the empty ``folder`` and runs gaterunner in it.

    ``rules`` is where compiled rules of the secret engine are kept; nothing else of this machine is passed on.
    """
    repository = stage(side, folder / "checkout")
    for name in ("home", "cache", "tmp"):
        (folder / name).mkdir()
    file = folder / "report.json"
    done = subprocess.run(
        [*_command(), side.command, "--base", "main", "--report", str(file), *side.arguments],
        cwd=repository.root,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(folder / "home"),
            "XDG_CACHE_HOME": str(folder / "cache"),
            "TMPDIR": str(folder / "tmp"),
            "KF_RULE_CACHE_DIR": str(rules),
            "LC_ALL": "C.UTF-8",
            "COLUMNS": "200",
            "GIT_CONFIG_NOSYSTEM": "1",
            **{name: fill(value).replace("{root}", str(repository.root)) for name, value in side.environment.items()},
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=_TIMEOUT_S,
        check=False,
    )
    out, err = done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")
    return Ran(code=done.returncode, out=out, err=err, report=_read(file))


def differences(side: Side, ran: Ran) -> tuple[str, ...]:
    """What is not as expected, in sentences; nothing when the case holds."""
    return (*_verdict(side.expect, ran), *_told(side.expect, ran), *_kept_quiet(side, ran))


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


def _read(file: Path) -> Report | None:
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


def _kept_quiet(side: Side, ran: Ran) -> Iterator[str]:
    for rule in _several(side.expect.quiet):
        if ran.report is not None and _findings(ran.report, rule):
            yield f"`{rule}` is told"
    secrets = _credentials(side)
    for where, text in ran.outputs():
        if any(secret in text for secret in secrets):
            yield f"{where} holds a credential"
        if found := _CONTROL.search(text):
            yield f"{where} holds the control character {found[0]!r}"
        for forbidden in _several(side.expect.never):
            if forbidden in text:
                yield f"{where} holds {forbidden!r}"


def _credentials(side: Side) -> set[str]:
    """The credentials of a case, line by line: the lines of a private key are each worth hiding."""
    texts = [*side.environment.values()]
    for step in (Step(files=side.base.files or {"x": None}), *side.base.steps, *side.branch):
        texts += [*(step.git or ()), step.input or "", step.shell or "", step.message or "", *step.files]
        for content in step.files.values():
            texts += _content_texts(content)
    values = {value for text in texts for value in credentials_in(text)}
    return {line for value in values for line in value.splitlines() if not line.startswith("-----")}


def _content_texts(content: str | Content | None) -> list[str]:
    if isinstance(content, Content):
        return [text for text in (content.text, content.base64, content.hex, content.gzip_base64) if text]
    return [content] if content else []


def _several(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else value
