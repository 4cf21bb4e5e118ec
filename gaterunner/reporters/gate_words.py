"""What the human forms say of how a gate came to its result, in the same words everywhere.

The sentences hold text from outside; each form cleans or escapes them like any other.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from gaterunner.model import Attempt, CoverageCounts, GateResult, Outcome, Proof, ServiceUse, Waiting

_SHORT = 12  # hexadecimal digits of a commit or digest


def passed_words(gate: GateResult) -> str:
    """Why a pass is not a plain one; empty where it is. The reason, with the word that a reader looks for."""
    if gate.flaky:
        reason = gate.reason or f"passed on attempt {gate.attempts}"
        return reason if "flaky" in reason else f"flaky: {reason}"
    if gate.cached:
        reason = gate.reason or (proof_words(gate.proof) if gate.proof else "passed before")
        return reason if "cached" in reason else f"cached: {reason}"
    # As gaterunner collect puts it together, or where nothing was executed; what a single command's pass rests on is
    # told anyway.
    telling = gate.kind == "sentry-clean" or " shards passed" in gate.reason
    return gate.reason if gate.outcome is Outcome.PASSED and telling else ""


def waiting_words(waiting: Waiting) -> list[tuple[str, str]]:
    """What a pending gate waits for, each with a label: since when, until when, when to look again, what was seen."""
    facts = [("Since", waiting.since), ("Until", waiting.until), ("Next look", waiting.next_evaluation)]
    return [(label, value) for label, value in (*facts, ("So far", "; ".join(waiting.told))) if value]


def attempt_words(attempt: Attempt, took: str) -> str:
    """What became of one attempt: ``failed after 3.1 s: exit code 1``."""
    reason = f": {attempt.reason}" if attempt.reason else ""
    return f"{attempt.outcome} after {took}{reason}"


def proof_words(proof: Proof) -> str:
    """What a cached result rests on."""
    return f"run on commit {proof.commit[:_SHORT]} of {proof.started}, report sha256 {proof.report[:_SHORT]}"


def coverage_words(coverage: CoverageCounts) -> str:
    """``coverage 83.3%, of changed lines 91.2%``; without the second part where the change has no such line."""
    words = f"coverage {_percent(coverage.covered, coverage.lines)}"
    if coverage.changed_lines:
        words += f", of changed lines {_percent(coverage.changed_covered, coverage.changed_lines)}"
    return words


def _percent(part: int, whole: int) -> str:
    # Rounded down, as where it is judged: no number may read as if it reached a minimum that it misses.
    return f"{math.floor(part * 1_000 / whole) / 10:g}%" if whole else "of no lines"


def image_words(image: str, digest: str | None) -> str:
    """An image with the start of its digest."""
    return f"{image} ({short_digest(digest)})" if digest else image


def short_digest(digest: str) -> str:
    """``sha256:0123456789ab`` of a digest, or of a reference that ends in one."""
    algorithm, colon, value = digest.rpartition("@")[2].rpartition(":")
    return f"{algorithm}{colon}{value[:_SHORT]}"


def service_words(service: ServiceUse, ready: str) -> str:
    """A service with its image; ``ready`` is how long it took, as words."""
    words = f"{service.name}: {image_words(service.image, service.image_digest)}"
    return f"{words}, ready after {ready}" if ready else words


def tally_words(gates: Sequence[GateResult]) -> str:
    """`` (2 cached, 1 flaky)``, empty where neither is the case."""
    numbers = ((sum(gate.cached for gate in gates), "cached"), (sum(gate.flaky for gate in gates), "flaky"))
    told = ", ".join(f"{number:,} {word}" for number, word in numbers if number)
    return f" ({told})" if told else ""
