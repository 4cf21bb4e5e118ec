"""A sample repository with an honest and a hostile branch, judged for real."""

from __future__ import annotations

from gaterunner.demo.show import run_demo

__all__ = ["run_demo"]
