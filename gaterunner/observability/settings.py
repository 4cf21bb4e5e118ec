"""What a workflow file may say about unstructured output."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from gaterunner.globs import Globs
from gaterunner.policies.levels import Level

RuleName = Literal["print", "formatted-log-call", "not-read"]


class Unstructured(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``rules`` says how much a rule weighs, ``paths`` how much all of them weigh in the files that a glob names: the
    last one that matches counts. ``production`` are globs of files that are judged although their place says that they
    are scripts, command lines, build tools or the like.
    """

    rules: dict[RuleName, Level] = {}
    paths: dict[str, Level] = {}
    production: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for glob in (*self.paths, *self.production):
            try:
                Globs([glob])
            except ValueError as error:
                raise ValueError(f"`{glob}` is no glob: {error}") from None
