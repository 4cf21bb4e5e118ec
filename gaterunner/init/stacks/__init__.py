"""One file per stack, one line in the table; the order is that of ``config.conventions.LANGUAGES``."""

from __future__ import annotations

from gaterunner.init.stacks import dotnet, go, java, node, php, python, ruby, rust
from gaterunner.init.types import Stack

STACKS: tuple[Stack, ...] = (
    python.STACK,
    node.STACK,
    go.STACK,
    rust.STACK,
    java.STACK,
    ruby.STACK,
    php.STACK,
    dotnet.STACK,
)

__all__ = ["STACKS"]
