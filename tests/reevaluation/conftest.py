"""Every test here may ask for ``sentry`` and ``fake_github``."""

from tests.fake_github.fixtures import fake_github
from tests.fake_sentry.fixtures import sentry

__all__ = ["fake_github", "sentry"]
