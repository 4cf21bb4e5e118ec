"""Which names mean the same gate. The table is the whole rule; ``docs/conventions.md`` shows it to users."""

from __future__ import annotations

import re

from msgspec import Struct

_SHORT = 3  # a word so short keeps its `s`: it is rarely a plural


class Family(Struct, frozen=True, kw_only=True):
    """One standard gate: other spellings of its name, and declared names that may stand in, nearest meaning first.

    A stand-in is never narrower than the gate: ``unit`` may become ``test``, but ``test`` never becomes ``unit``.
    """

    name: str
    spellings: tuple[str, ...] = ()
    stand_ins: tuple[str, ...] = ()


def _tests(name: str) -> Family:
    return Family(
        name=name,
        spellings=(f"test-{name}", f"{name}-test"),
        stand_ins=(f"test:{name}", f"{name}-test"),
    )


FAMILIES: tuple[Family, ...] = (
    Family(name="build", spellings=("compile",), stand_ins=("compile",)),
    Family(
        name="type-check",
        spellings=("types", "check-types", "typing"),
        stand_ins=("types", "check:types", "typing", "mypy", "pyright", "tsc"),
    ),
    Family(
        name="lint",
        spellings=("linting", "lint-check", "check-lint"),
        stand_ins=("lint:check", "check:lint", "linting", "linters", "ruff", "flake8", "eslint"),
    ),
    Family(
        name="format-check",
        spellings=("check-format", "fmt-check", "check-fmt"),
        stand_ins=("check:format", "fmt:check", "check:fmt", "lint:format"),
    ),
    Family(
        name="unit",
        spellings=("test-unit", "unit-test"),
        stand_ins=("test:unit", "unit-test", "test", "pytest"),
    ),
    Family(name="test", stand_ins=("test:all", "pytest")),
    _tests("integration"),
    _tests("smoke"),
    _tests("e2e"),
)


def normal(name: str) -> str:
    """The form in which ``type-check``, ``typecheck``, ``type_check`` and ``type:checks`` are one name."""
    words = re.split(r"[-_:. /]+", name.lower())
    return "".join(word[:-1] if len(word) > _SHORT and word.endswith("s") else word for word in words)


_FAMILY_OF = {normal(spelling): family for family in FAMILIES for spelling in (family.name, *family.spellings)}


def family_of(name: str) -> Family | None:
    """The standard gate that a name spells, if it spells one."""
    return _FAMILY_OF.get(normal(name))


def stand_ins(name: str) -> tuple[str, ...]:
    """Normal forms of the declared names that may stand in for a gate's name, nearest meaning first."""
    family = family_of(name)
    if family is None:
        return ()
    forms = (normal(other) for other in (family.name, *family.stand_ins))
    return tuple(dict.fromkeys(form for form in forms if form != normal(name)))
