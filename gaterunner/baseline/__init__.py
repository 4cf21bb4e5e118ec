"""The base's tests: where they come from when the head's are compared with them."""

from gaterunner.baseline.gather import Baselines, Execute
from gaterunner.baseline.worktree import Worktrees

__all__ = ["Baselines", "Execute", "Worktrees"]
