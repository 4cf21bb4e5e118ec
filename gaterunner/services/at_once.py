"""The same thing for several services at once: the engine takes its time for each, mostly waiting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def at_once(function: Callable[[_Item], _Result], items: Sequence[_Item]) -> list[_Result]:
    """The results in the order of the items. When one raises, the first of them in that order is passed on.

    Either way every call has ended.
    """
    if len(items) <= 1:
        return [function(item) for item in items]
    with ThreadPoolExecutor(len(items), thread_name_prefix="gaterunner-service") as pool:
        futures = [pool.submit(function, item) for item in items]
    return [future.result() for future in futures]
