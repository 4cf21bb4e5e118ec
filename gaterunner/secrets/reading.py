"""What a scanner says about content of which it could read only a part."""

from __future__ import annotations

from collections.abc import Iterable

from gaterunner.errors import EvaluationError
from gaterunner.policies.context import SecretMatch


class PartlyReadError(EvaluationError):
    """Some of a content could not be read. ``matches`` are those in the part that could; ``message`` is the reason."""

    def __init__(self, message: str, matches: Iterable[SecretMatch] = ()) -> None:
        super().__init__(message, help="Remove the file, store it unpacked, or let the base branch's policy ignore it.")
        self.matches = tuple(matches)
