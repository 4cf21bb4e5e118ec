"""Every test here may ask for ``sentry``."""

from tests.fake_sentry.fixtures import sentry

__all__ = ["sentry"]
