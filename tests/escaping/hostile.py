"""Reports in which every text that can come from outside is an attack."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

import msgspec
from hypothesis import strategies as st

from gaterunner.model import (
    AreaLines,
    Attempt,
    CoverageCounts,
    Decision,
    DecisionLog,
    Excerpt,
    Failure,
    FailureIndex,
    Figure,
    Finding,
    GateResult,
    Numbers,
    Outcome,
    Part,
    PolicyResult,
    Problem,
    Proof,
    Repetition,
    Report,
    ServiceUse,
    Severity,
    Skip,
    TestCase,
    TestCounts,
    ToolInfo,
    Trouble,
    Verdict,
    WorkflowInfo,
)
from tests.reporters.reports import finding, gate, policy, report, summary

ATTACKS = (
    # HTML and XML
    "<script>alert(1)</script>",
    "</script><img src=x onerror=alert(1)>",
    "<!--",
    "-->",
    "]]>",
    "<![CDATA[",
    "&lt;b&gt;",
    "&#0;",
    "' onmouseover='x",
    '" autofocus onfocus="x',
    "</style>",
    "</title>",
    "</pre></code></td></tr></table>",
    "<details open>",
    "javascript:alert(1)",
    "data:text/html,x",
    # Markdown
    "# Heading",
    "\n\n# Heading\n\n",
    "\n---\n",
    "***",
    "__x__",
    "~~x~~",
    "`",
    "```",
    "~~~",
    "|",
    " | a | b |",
    "\n| a |\n|---|\n",
    "> quote",
    "- item",
    "1. item",
    "1) item",
    "[x](https://example.com)",
    "![x](https://example.com/x.png)",
    "[x]: https://example.com",
    "<https://example.com>",
    "https://example.com",
    "www.example.com",
    "a@example.com",
    "@octocat",
    "#1",
    "GH-1",
    "octo/example#1",
    "\\",
    "    code",
    "[^1]",
    ":tada:",
    "$x$",
    "$$x$$",
    "- [ ] task",
    "<br>",
    # terminals
    "\x1b[31m",
    "\x1b]0;title\x07",
    "\x1b]8;;https://example.com\x1b\\",
    "\x9b2J",
    "\x07",
    "\x08\x08\x08",
    "\r",
    "\x7f",
    # GitHub's runner
    "::error::x",
    "\n::set-output name=x::y",
    "::stop-commands::x",
    "##[error]x",
    "%0A::error::x",
    # SARIF
    "[here](1)",
    "{0}",
    "{{0}}",
    # what cannot be seen, and what changes how the rest is seen
    "\u202e",
    "\u2066",
    "\u200b",
    "\ufeff",
    "\u00ad",
    "\U000e0041",
    "\u2028",
    "\u0085",
    "\u0301" * 12,
    "\x00",
    "\ufffe",
    "\uffff",
    "\udc80",
    "\ud800",
)

texts = st.lists(st.sampled_from(ATTACKS) | st.text(max_size=8), min_size=1, max_size=5).map("".join)
"""Attacks in between any text at all, lone surrogates included."""

# What gaterunner itself chooses from a closed list, and an outsider cannot.
_OURS = {
    "group",
    "unit",
    "schema",
    "verdict",
    "mode",
    "scope",
    "outcome",
    "severity",
    "skip",
    "source",
    "event",
    "standing",
    "trouble",
    "state",
}


def everything() -> Report:
    """A report in which everything that can be told is told, in the plainest words."""
    findings = (
        finding(
            "x",
            rule="x",
            path="x",
            line=3,
            end_line=4,
            commit="x",
            help="x",
            fingerprint="f1",
            content="x",
            standing="new",
            excerpt=Excerpt(start=2, lines=("x", "x", "x", "x")),
        ),
        finding("x", rule="x", path="x", severity=Severity.WARNING, fingerprint="f2", standing="known"),
        finding("x", rule="x", severity=Severity.NOTICE, fingerprint="f3"),
        finding("x", rule="x", path="x", line=1, fingerprint="f4", waived_by="x", waived_because="x"),
    )
    tries = (
        Attempt(number=1, outcome=Outcome.FAILED, reason="x", exit_code=1, started="2025-06-15T12:00:00Z", log="x"),
        Attempt(number=2, outcome=Outcome.PASSED, reason="x", started="2025-06-15T12:01:00Z", duration_s=2.0),
    )
    return report(
        verdict=Verdict.FAIL,
        sentence="x",
        part=Part(number=1, total=2, plan="x", selected=("x", "x")),
        partial=True,
        tool=ToolInfo(version="x", image_digest="x"),
        change=summary(
            repository="x",
            pull_request=7,
            base="x",
            head="x",
            merge="x",
            branch="x",
            target="x",
            phase="x",
            notes=("x", "x"),
        ),
        workflow=WorkflowInfo(path="x", sha256="x", source="base", changed_by_branch=True, commit="x"),
        gates=_gates(findings, tries),
        policies=_policies(findings),
        problems=(Problem(trouble=Trouble.EVALUATION, message="x", path="x", line=1, column=2, help="x"),),
        failures=FailureIndex(
            shown=(
                Failure(source="x", rule="x", message="x", path="x", line=1, reproduce="x", help="x", standing="new"),
                Failure(source="x", rule="x", message="x", fingerprint="f1"),
            ),
            left_out=3,
            repeated=Repetition(runs=3, since="x"),
        ),
        run_url="x",
        decisions=(
            Decision(
                phase="x",
                question="x",
                text="x",
                outcome="decided",
                option="x",
                by="x",
                votes_for=(("x", "x"),),
                votes_cast=1,
                votes_total=1,
                explanation=("x", "x"),
                entry=1,
                hash="x",
                panel="x",
                recorded="x",
                added=True,
            ),
        ),
        decision_log=DecisionLog(path="x", entries=1, head="x"),
        numbers=Numbers(
            figures=(
                Figure(group="run", name="x", unit="s", reason="x", base_reason="x"),
                Figure(group="tests", name="x", unit="tests", value=1, base=2),
            ),
            lines=(AreaLines(area="x", kind="code", files=1, insertions=1, deletions=0),),
            compared_with="x",
            compared_commit="x",
            not_compared="x",
        ),
        telemetry={"traces": 1.0},
    )


def _gates(findings: tuple[Finding, ...], tries: tuple[Attempt, ...]) -> tuple[GateResult, ...]:
    service = ServiceUse(name="x", image="x", image_digest="x", ready_s=1.0, log="x")
    return (
        gate(
            "x",
            Outcome.FAILED,
            kind="x",
            reason="x",
            command="x",
            exit_code=1,
            signal="x",
            started="2025-06-15T12:00:00Z",
            executor="x",
            image="x",
            image_digest="x",
            services=(service,),
            tests=TestCounts(total=3, passed=1, failed=1, skipped=1, flaky=1),
            cases=(TestCase(id="x", state="failed"),),
            coverage=CoverageCounts(lines=9, covered=3, changed_lines=3, changed_covered=1),
            log="x",
            log_tail=("x", "x"),
            findings=findings,
        ),
        gate("x", reason="x", attempts=2, tries=tries, flaky=True, started="2025-06-15T12:00:00Z"),
        gate("x", cached=True, reason="x", proof=Proof(report="x", commit="x", started="x", key="x")),
        gate("x", Outcome.FAILED, reason="x", advisory=True),
        gate("x", Outcome.SKIPPED, reason="x", skip=Skip.NOT_REACHED),
    )


def _policies(findings: tuple[Finding, ...]) -> tuple[PolicyResult, ...]:
    return (
        policy("x", Outcome.FAILED, reason="x", observed="x", expected="x", findings=findings),
        policy("guardrails", Outcome.FAILED, reason="x", observed="x", expected="x", findings=findings[:1]),
        policy("x", Outcome.WAIVED, reason="x", findings=findings[3:]),
    )


def rewritten(given: Report, change: Callable[[str], str]) -> Report:
    """``given`` with every text from outside changed; what has only a closed list of values stays."""
    return msgspec.convert(_rewritten(msgspec.to_builtins(given), change), Report)


def _rewritten(value: Any, change: Callable[[str], str], key: str = "") -> Any:
    if isinstance(value, dict):
        # Of a failure the source is a name; of a workflow file it is one of three words.
        free = {"source"} if "rule" in value else set()
        # Of a gate the kind is a name; of lines it is one of four words.
        if "insertions" in value and "area" in value:
            return {**value, "area": _rewritten(value["area"], change)}
        return {name: item if name in _OURS - free else _rewritten(item, change, name) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_rewritten(item, change, key) for item in value]
    return change(value) if isinstance(value, str) else value


@st.composite
def reports(draw: st.DrawFn, *, times: bool = False) -> Report:
    """``everything`` with an attack in place of each text, but for the times of gates where ``times`` says so.

    Each text has a number before or after the attack: none is empty, and no two are equal, which would say something.
    """
    several = draw(st.lists(texts, min_size=1, max_size=6))
    first = draw(st.booleans())

    def attack(number: int) -> str:
        text = several[number % len(several)]
        return f"x{number}{text}" if first else f"{text}x{number}"

    return _numbered(attack, times=times)


def plain(*, times: bool = False) -> Report:
    """The same report without any attack."""
    return _numbered(lambda number: f"x{number}", times=times)


def _numbered(say: Callable[[int], str], *, times: bool) -> Report:
    numbers = count(1)

    def change(text: str) -> str:
        return text if text == "guardrails" or (times and text.startswith("2025-")) else say(next(numbers))

    return rewritten(everything(), change)
