"""A bound on how long something may take that has none of its own.

A timeout of a socket begins anew with each byte. So a server that sends one now and then, be it of a header, keeps its
reader for hours; the look-up of a host's name knows no timeout at all.
"""

from __future__ import annotations

from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


def within(seconds: float, work: Callable[[], T]) -> T:
    """What ``work`` returns or raises. Raises ``TimeoutError`` when it takes longer; it is then left to itself."""
    done: SimpleQueue[tuple[T | None, BaseException | None]] = SimpleQueue()

    def run() -> None:
        try:
            done.put((work(), None))
        except BaseException as error:  # noqa: BLE001  raised again where it is waited for
            done.put((None, error))

    Thread(target=run, name="sentry-request", daemon=True).start()
    try:
        result, error = done.get(timeout=seconds)
    except Empty:
        raise TimeoutError from None
    if error is not None:
        raise error
    return result  # type: ignore[return-value]  # without an error it is what `work` returned
