"""What the branch prints and writes is data: it speaks no commands, becomes no markup, and tells no secret."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from tests.fake_github import FakeGitHub
from tests.runner_step import PullRequest, StepRan, check_of

PRINTED = """
::set-output name=verdict::pass
  ::error file=app.py,line=1::not ours
::stop-commands::guessed
::guessed::
::add-mask::a
::group::hidden
::save-state name=x::y
build ##[error]not ours
##[group]hidden
progress 10%\r::warning::after a carriage return
\x1b[31mred\x1b[0m \x1b]0;title\x07 \x1b[2J \x1b[8mhidden \u202ereversed
</code></pre><script>alert(1)</script>
```
# heading @octocat #1 [link](https://evil.invalid) ![image](https://evil.invalid/x.png)
| a | cell |
"""
MESSAGE = "::error::x ##[error]y &lt;img src=x&gt; @octocat #1 [link](https://evil.invalid) | cell ```"
RESULTS = f"""\
<testsuite name="s" tests="1" failures="1">
  <testcase classname="::error::c" name="##[error]&lt;b&gt;t" file="shop.py" line="1">
    <failure message="{MESSAGE}"/>
  </testcase>
</testsuite>
"""
FAILING = """\
workflow:
  gates:
    - unit: {run: "cat printed; cat printed >&2; (cat results.xml; echo) >out.xml; exit 1", tests: out.xml}
  policies: [guardrails: {rules: {gate-script: "off"}}] # the branch brings what the gate reads
"""


def hostile(place: Path) -> PullRequest:
    return PullRequest.open(place, FAILING, {"printed": PRINTED, "results.xml": RESULTS, "shop.py": "1\n"})


@pytest.mark.parametrize("writes", [True, False])
def test_the_runner_obeys_nothing_that_a_gate_prints(fake_github: FakeGitHub, tmp_path: Path, *, writes: bool) -> None:
    step = hostile(tmp_path).step(fake_github).on(fake_github, writes=writes)

    ran = step.run()

    assert ran.code == 1, ran
    assert "not ours" in ran.out
    ours = [line.partition("::")[2].partition(" ")[0] for line in ran.commands]
    assert ours == ([] if writes else ["warning", "error", "error"])
    # The second line of defence: even without the fence none of it would be a command, other than the fence itself.
    visible = [line for line in ran.out.splitlines() if line.lstrip().startswith("::") or "##[" in line]
    visible = [line for line in visible if not line.startswith(("##[group]gate unit started: ", "##[endgroup]"))]
    assert len(visible) == len(ran.commands) + 2
    assert "\x1b" not in ran.told
    assert "\r" not in ran.out


def test_nothing_becomes_markup_in_check_and_summary(fake_github: FakeGitHub, tmp_path: Path) -> None:
    ran = hostile(tmp_path).step(fake_github).run()

    check = check_of(fake_github)
    for page in (ran.summary, f"{check.summary}{check.text}"):
        words, fence, log = page.partition("````text\n")
        assert fence
        assert "<img" not in words
        assert "<b>" not in words
        assert "[link](" not in words
        assert "@octocat" not in words
        assert "cell \\`\\`\\`" in words
        assert "<script>" in log.partition("\n````\n")[0]
        assert "<script>" not in log.partition("\n````\n")[2]
        assert "\x1b" not in page
    assert "<img src=x> @octocat" in check.annotations[0]["message"]  # plain text there


# Worthless, and composed so that no scanner takes it for what it only resembles.
PLANTED = "gh" + "p_" + "Zx81Qw" * 6


def _everything(ran: StepRan, fake: FakeGitHub, checkout: Path) -> str:
    logs = [file.read_text() for file in (checkout / ".git" / "gaterunner").rglob("*.log")]
    assert logs
    requests = [json.dumps(request.body) for request in fake.requests]
    return "\n".join((ran.told, (checkout / "report.json").read_text(), *logs, *requests))


@pytest.mark.parametrize("writes", [True, False])
def test_a_token_is_shown_nowhere(fake_github: FakeGitHub, tmp_path: Path, *, writes: bool) -> None:
    """Neither one in the workflow file nor the step's own, which a gate of the same user can get hold of."""
    steal = "tr '\\\\0' '\\\\n' </proc/$PPID/environ; cat stolen; base64 -w0 stolen"
    workflow = f"""\
workflow:
  gates:
    - unit:
        run: "echo {PLANTED}; {steal}; (cat results.xml; echo) >out.xml; exit 1"
        tests: out.xml
"""
    pull = PullRequest.open(tmp_path, workflow, {"shop.py": "1\n"})
    step = pull.step(fake_github).on(fake_github, writes=writes)
    step.inputs["report"] = "report.json"
    token = step.inputs["token"]
    results = f'<testsuite><testcase name="{token}" file="shop.py"><failure message="{token}"/></testcase></testsuite>'
    step.checkout.write({"stolen": token, "results.xml": results})

    ran = step.run()

    assert ran.code == 1, ran
    told = _everything(ran, fake_github, step.checkout.root)
    assert PLANTED not in told
    assert token not in told
    assert base64.b64encode(token.encode()).decode().rstrip("=")[:-4] not in told
    assert "echo ***" in ran.out


def test_a_token_in_an_input_is_not_told_by_the_complaint(fake_github: FakeGitHub, tmp_path: Path) -> None:
    step = PullRequest.open(tmp_path, FAILING).step(fake_github)
    step.inputs["command"] = step.inputs["token"]

    ran = step.run()

    assert ran.code == 2, ran
    assert step.inputs["token"] not in ran.told
