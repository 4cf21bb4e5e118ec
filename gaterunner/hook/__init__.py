"""The pre-push hook: judges what is about to be pushed, and git pushes nothing unless it passes."""
