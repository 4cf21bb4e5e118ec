"""How much of one file is looked at: a text made for it has a beginning of something in each of its words. Pure."""

from __future__ import annotations


class TooMuch(Exception):  # noqa: N818 - it is no error: a file that holds more than anybody writes
    """A file takes more work than is done for one, so that what is in it is not known."""


class Effort:
    """What one reader spends on one file, counted in characters or tokens: the same on every machine."""

    def __init__(self, most: int) -> None:
        self._left = most

    def spend(self, amount: int) -> None:
        """Raises ``TooMuch`` when more was spent than there was."""
        self._left -= amount
        if self._left < 0:
            raise TooMuch
