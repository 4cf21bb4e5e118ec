"""A policy's judgement over a real repository, as a run would give it."""

from __future__ import annotations

import os
from typing import Any

from msgspec import Struct

from gaterunner.change import ChangeOptions, determine_change
from gaterunner.git.repository import Repository as Checkout
from gaterunner.model import PolicyResult
from gaterunner.policies import POLICIES
from gaterunner.policies.context import PolicyContext
from gaterunner.secrets.engine import Engine
from tests.gitrepo import Repository


def judge_policy(
    repo: Repository, policy: str, options: Struct | None = None, *, base: str = "main", **context: Any
) -> PolicyResult:
    """Evaluates one policy over what is checked out, compared with ``base``; ``context`` adds to what it may see."""
    kind = POLICIES[policy]
    with Checkout.open(repo.root, env=dict(os.environ)) as checkout:
        change = determine_change(checkout, ChangeOptions(base=base), None)
        made = PolicyContext(change=change, repository=checkout, secrets=Engine(), **context)
        return kind.evaluate(made, kind.options() if options is None else options)
