"""Is a report what an attestation says, and what a repository holds? For whoever asks a year later."""

from __future__ import annotations

from gaterunner.verification.checks import Check, State
from gaterunner.verification.verify import Evidence, Verification, verify

__all__ = ["Check", "Evidence", "State", "Verification", "verify"]
