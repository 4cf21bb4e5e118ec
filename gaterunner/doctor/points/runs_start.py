"""Pull requests start workflows: those that are made with GITHUB_TOKEN start none, silently."""

from __future__ import annotations

from gaterunner.doctor.answers import Answer, Unread, bad, known, ok, unknown
from gaterunner.doctor.facts import Facts, RecentPull

_APP_TOKEN = (
    "let the agent push and open pull requests with the token of a GitHub App or of an account of its own: what "
    "GITHUB_TOKEN does starts no workflow"
)
_APPROVE = (
    "let somebody press *Approve and run*, or see Settings → Actions → General → Approval for running fork pull "
    "request workflows"
)


def judge(facts: Facts) -> Answer:
    """Looks at the newest open pull requests into the default branch."""
    pulls = known(facts.pulls)
    opened = [pull for pull in pulls if pull.is_open]
    if not opened:
        raise unknown("there is no open pull request to tell by", "open one, or look again when there is one")
    wrong = [told for pull in opened if (told := _fault(pull)) is not None]
    if wrong:
        return bad("; ".join(observed for observed, _ in wrong), "; ".join(dict.fromkeys(fix for _, fix in wrong)))
    for pull in opened:
        known(pull.runs)
    return ok(f"the newest open pull requests ({', '.join(f'#{pull.number}' for pull in opened)}) started workflows")


def _fault(pull: RecentPull) -> tuple[str, str] | None:
    if isinstance(pull.runs, Unread):
        return None
    who = f"#{pull.number} by {pull.author}"
    if pull.waiting:
        return f"the workflows of {who} wait for somebody to let them run", _APPROVE
    if pull.runs:
        return None
    if pull.conflicts:
        return f"{who} started no workflow, as it conflicts with its target", "merge or rebase: then GitHub starts them"
    if pull.is_bot:
        return f"{who} started no workflow: an account of a bot made it", _APP_TOKEN
    return (
        f"{who} started no workflow",
        f"see whether its last push was made with GITHUB_TOKEN, and whether its commit says [skip ci]; {_APP_TOKEN}",
    )
