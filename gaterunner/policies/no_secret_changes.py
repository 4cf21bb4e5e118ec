from __future__ import annotations

from msgspec import Struct

from gaterunner.model import PolicyResult
from gaterunner.policies.context import PolicyContext


class Options(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


def evaluate(context: PolicyContext, options: Options) -> PolicyResult:
    raise AssertionError
