"""Reports whose texts were written by somebody who means harm, or by somebody from elsewhere."""

from __future__ import annotations

from gaterunner.model import (
    AreaLines,
    Decision,
    DecisionLog,
    Excerpt,
    Failure,
    FailureIndex,
    Figure,
    Numbers,
    Outcome,
    Problem,
    Report,
    Severity,
    Trouble,
    Verdict,
    WorkflowInfo,
)
from tests.reporters.reports import finding, gate, policy, report, summary

ATTACKS = (
    "<script>document.title='owned'</script>",
    "</script><script>document.title='owned'</script>",
    "<img src=x onerror=\"document.title='owned'\">",
    '" onmouseover="document.title=\'owned\'" x="',
    "' autofocus onfocus='document.title=1' x='",
    "</style><style>*{display:none}</style>",
    "</code></pre></details></main><h1>Pass</h1>",
    "javascript:document.title='owned'",
    "<!--",
    "-->",
    "]]>",
    "&lt;b&gt;",
    "<svg onload=alert(1)>",
    "<base href=https://example.invalid/>",
    "<meta http-equiv=refresh content='0;url=https://example.invalid/'>",
    '`<b>` and `"x`',
)
"""What somebody may write into a name, a message or a file, hoping that a page obeys it."""


def hostile_report() -> Report:
    """Every text of the report is an attack."""
    attack = " ".join(ATTACKS)
    found = finding(
        attack,
        rule=attack,
        path=attack,
        line=1,
        commit=attack,
        help=attack,
        fingerprint=attack,
        waived_because=attack,
        excerpt=Excerpt(start=1, lines=ATTACKS),
    )
    waived = finding(attack, rule=attack, path=attack, waived_by=attack, waived_because=attack)
    return report(
        verdict=Verdict.FAIL,
        sentence=attack,
        started=attack,
        run_url="javascript:document.title='owned'",
        change=summary(branch=attack, target=attack, phase=attack, repository=attack, notes=ATTACKS),
        workflow=WorkflowInfo(path=attack, sha256=attack, source="base", changed_by_branch=True),
        gates=(
            gate(
                attack,
                Outcome.FAILED,
                reason=attack,
                command=attack,
                log=attack,
                log_tail=ATTACKS,
                findings=(found,),
                started=attack,
            ),
        ),
        policies=(
            policy(
                "guardrails", Outcome.FAILED, reason=attack, observed=attack, expected=attack, findings=(found, waived)
            ),
        ),
        problems=(Problem(trouble=Trouble.EVALUATION, message=attack, path=attack, line=1, help=attack),),
        failures=FailureIndex(
            shown=(
                Failure(
                    source=attack,
                    rule=attack,
                    message=attack,
                    path=attack,
                    reproduce=attack,
                    help=attack,
                    fingerprint=attack,
                ),
            )
        ),
        decisions=(
            Decision(
                phase=attack,
                question=attack,
                text=attack,
                outcome="decided",
                option=attack,
                by=attack,
                votes_for=((attack, attack),),
                votes_cast=1,
                votes_total=1,
                explanation=(attack,),
                entry=1,
                hash=attack,
                panel=attack,
                recorded=attack,
                added=True,
            ),
        ),
        decision_log=DecisionLog(path=attack, entries=1, head=attack),
        numbers=Numbers(
            figures=(
                Figure(group="run", name=attack, unit="s", reason=attack, base_reason=attack),
                Figure(group="tests", name=attack, unit="tests", value=1, base=2),
            ),
            lines=(AreaLines(area=attack, kind="code", files=1, insertions=1, deletions=0),),
            not_compared=attack,
        ),
    )


def strange_report() -> Report:
    """Very long names, writing from right to left, emoji, and characters that nobody can see."""
    long_name = "integration-" + "of-everything-with-everything-else-" * 8
    return report(
        verdict=Verdict.FAIL,
        sentence=f"{long_name} failed.",
        duration_s=20.0,
        change=summary(
            branch="feature/" + "a-very-long-branch-name-" * 12, target="release/2026-q1", phase="שלב-ראשון"
        ),
        gates=(
            gate(
                long_name,
                Outcome.FAILED,
                reason="exit code 1: " + "word " * 100,
                started="2026-01-15T12:00:01.000Z",
                duration_s=5.0,
            ),
            gate(
                "اختبار-الوحدة",
                Outcome.FAILED,
                reason="فشل الاختبار في `tests/وحدة.py`",
                started="2026-01-15T12:00:06.000Z",
                duration_s=9.0,
                findings=(
                    finding(
                        "القيمة خاطئة: توقعنا 3 وحصلنا على 4",
                        rule="test-failed",
                        path="tests/وحدة/اختبار.py",
                        line=12,
                        help="أصلح الدالة ثم أعد التشغيل",
                        excerpt=Excerpt(start=11, lines=("x = 'مرحبا'  # تحية", "assert x == 'שלום', f'{x}'")),
                    ),
                    finding(
                        "🚀 emoji 👩‍👩‍👧 in a name ✨",
                        rule="emoji",
                        path="docs/🚀/👩‍👩‍👧.md",
                        severity=Severity.WARNING,
                    ),
                ),
            ),
            gate("多言語テスト", reason="", started="2026-01-15T12:00:15.000Z", duration_s=4.0),
        ),
        policies=(
            policy(
                "trojan-source",
                Outcome.FAILED,
                reason="hidden characters",
                findings=(
                    finding(
                        "if access\u202e\u2066 // level\u2069\u2066 == admin",
                        rule="bidi",
                        path="src/a\u200bb.py",
                        line=1,
                        excerpt=Excerpt(
                            start=1,
                            lines=(
                                "if level\u202e != 'user': # \u2066check\u2069",
                                "\x1b[31mred\x1b[0m Z"
                                + "\u0351\u036b\u0343\u036a\u0302\u033d\u0334" * 4
                                + "a\u0301lgo",
                            ),
                        ),
                    ),
                    finding(
                        "a path without an end: " + "x" * 3000,
                        rule="long",
                        path="/".join(["directory-with-a-long-name"] * 20) + "/file.py",
                        line=123456,
                    ),
                ),
            ),
        ),
    )
