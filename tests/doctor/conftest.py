"""Every test here may ask for ``fake_github``."""

from tests.fake_github.fixtures import fake_github

__all__ = ["fake_github"]
