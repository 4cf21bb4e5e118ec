"""A stand-in for Sentry's web API: real HTTP on the loopback interface, stateful, with a clock that tests move.

It is strict: unknown paths, parameters, fields and datasets are refused, scopes are checked per path, lists come in
pages, and what is asked for a time range is answered for that range only. What real servers do wrong is in
``trouble.py``.
"""

from tests.fake_sentry.server import FakeSentry
from tests.fake_sentry.state import ALL_SCOPES, Release, State

__all__ = ["ALL_SCOPES", "FakeSentry", "Release", "State"]
