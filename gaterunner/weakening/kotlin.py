"""Tests of Kotlin, which are marked as Java's are."""

from __future__ import annotations

from gaterunner.weakening.java import read_kotlin as read

__all__ = ["read"]
