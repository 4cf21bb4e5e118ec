"""What a change writes that nobody can count or search: output without structure, found by reading added lines.

Everything here is pure: blobs in, findings out. One file for each language; docs/unstructured-output.md says what is
looked at and what is not.
"""

from __future__ import annotations

from collections.abc import Iterator

from gaterunner.model import Finding
from gaterunner.observability.settings import Unstructured
from gaterunner.policies.context import PolicyContext

RULES: tuple[str, ...] = ("observability/print", "observability/formatted-log-call", "observability/not-read")


def unstructured(context: PolicyContext, options: Unstructured) -> Iterator[Finding]:
    """What the change adds of it, in the order of its files; the hunks between base and judged commit are read.

    Raises ``EvaluationError`` when a blob cannot be had.
    """
    from gaterunner.observability.judge import judge

    yield from judge(context.change, context.repository, options)
