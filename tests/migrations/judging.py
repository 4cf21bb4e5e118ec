"""A change between two trees, judged by the policy over a real repository."""

from __future__ import annotations

import os
from typing import Any, cast

import msgspec

from gaterunner.git.repository import Repository as Checkout
from gaterunner.model import Change, Event, Finding, PolicyResult
from gaterunner.policies.context import PolicyContext, SecretScanner
from gaterunner.policies.forward_only_migrations import Options, evaluate
from tests.gitrepo import Files, Repository

_NO_SECRETS = cast("SecretScanner", None)  # this policy never asks


def judge(repo: Repository, base: str, head: str, *, tip: str | None = None, **options: Any) -> PolicyResult:
    """Evaluates the policy over ``base..head`` with the target at ``tip``; options as a workflow file gives them."""
    with Checkout.open(repo.root, env=dict(os.environ)) as checkout:
        change = Change(
            event=Event.LOCAL,
            base=base,
            base_tip=tip or base,
            law=tip or base,
            head=head,
            judged=head,
            merge=None,
            branch="feat/x",
            target="main",
            dirty=False,
            commits=(),
            files=checkout.diff_files(base, head),
        )
        context = PolicyContext(change=change, repository=checkout, secrets=_NO_SECRETS)
        return evaluate(context, msgspec.convert(options, Options))


def judge_files(
    repo: Repository, base: Files, head: Files, target: Files | None = None, **options: Any
) -> PolicyResult:
    """The same from files: ``head`` and ``target`` are edits of ``base`` (None deletes)."""
    start = repo.commit("Base", base)
    tip = start
    if target:
        tip = repo.commit("Target", target)
        repo.git("checkout", "-q", start)
    return judge(repo, start, repo.commit("Head", head), tip=tip, **options)


def line(finding: Finding) -> str:
    """A finding as the cases write it: ``error migration-edited path:line``."""
    place = f"{finding.path}:{finding.line}" if finding.line else finding.path
    return f"{finding.severity} {finding.rule} {place}"
