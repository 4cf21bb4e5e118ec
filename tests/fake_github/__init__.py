"""A GitHub that runs on this machine: it keeps state, refuses what GitHub refuses, and can be told to misbehave."""

from tests.fake_github.server import FakeGitHub
from tests.fake_github.state import Branch, FakeRepository, Pull, Reviewed, Status
from tests.fake_github.trouble import Trouble

__all__ = ["Branch", "FakeGitHub", "FakeRepository", "Pull", "Reviewed", "Status", "Trouble"]
