"""What the files that declare commands say, cut into units that can be compared: a target, a script, a variable."""

from __future__ import annotations

from gaterunner.guardrails.definitions.types import Definitions, Unit

__all__ = ["Definitions", "Unit"]
