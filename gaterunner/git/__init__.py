"""git: the only package that runs it."""

from __future__ import annotations

from gaterunner.git.repository import Repository, TreeView

__all__ = ["Repository", "TreeView"]
