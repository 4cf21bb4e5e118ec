"""Whether the spec allows what a statement or a log call uses. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from gaterunner.config.nearest import nearest
from gaterunner.contract.boundaries.naming import flat, table
from gaterunner.contract.boundaries.pieces import ALL, Access, LogCall, Statement
from gaterunner.contract.types import DataBoundaries

_NO_FIELDS = frozenset({"msg", "message", "event", "err", "error"})  # the text itself and the error, in any logger


class Crossing(Struct, frozen=True, kw_only=True):
    """One use that is not allowed: the rule's end, what was used, and the nearest that is allowed."""

    rule: str
    name: str
    message: str


class Boundaries:
    """The lists of one spec, in the spelling in which names are compared."""

    def __init__(self, data: DataBoundaries) -> None:
        self._reads = None if data.read is None else (*data.read, *(data.write or ()))
        self._writes = data.write
        self._log = data.log
        self._fields = {flat(name.rpartition(".")[2]) for name in data.log or ()}
        self._never = [
            (name, table(owner), column.lower())
            for name in data.never
            for owner, _, column in [name.rpartition(".")]
            if owner
        ]

    @property
    def of_statements(self) -> bool:
        """Whether anything is said of what statements use."""
        return self._reads is not None or self._writes is not None or bool(self._never)

    @property
    def of_logs(self) -> bool:
        """Whether anything is said of what is logged."""
        return self._log is not None

    def of_statement(self, statement: Statement) -> tuple[tuple[Crossing, ...], bool]:
        """What a statement uses and may not; and whether some of its columns cannot be told."""
        crossings: list[Crossing] = []
        unclear = False
        for access in statement.accesses:
            entries = self._reads if access.use == "read" else self._writes
            if entries is not None:
                found, open_ = _judge(access, entries)
                crossings += found
                unclear |= open_
            found, open_ = self._touches_never(access)
            crossings += found
            unclear |= open_
        return tuple(crossings), unclear

    def _touches_never(self, access: Access) -> tuple[list[Crossing], bool]:
        """The columns that are never touched of what a statement uses, wherever in it their table is said."""
        wanted = table(access.table)
        mine = [(name, column) for name, owner, column in self._never if wanted in {owner, owner.rpartition(".")[2]}]
        if not mine or access.columns is None:
            return [], bool(mine)
        every = ALL in access.columns and access.use == "read"
        return [never(name) for name, column in mine if every or column in access.columns], False

    def of_log(self, call: LogCall) -> Iterator[Crossing]:
        """What a log call logs and may not."""
        if self._log is None:
            return
        for name in dict.fromkeys(call.fields):
            if flat(name) not in self._fields | _NO_FIELDS:
                yield Crossing(rule="data-logged", name=name, message=f"logs `{name}`{_allowed(name, self._log)}")


def _judge(access: Access, entries: tuple[str, ...]) -> tuple[list[Crossing], bool]:
    wanted = table(access.table)
    allowed = [table(entry) for entry in entries]
    if wanted in allowed:
        return [], False
    rule, verb = f"data-{access.use}", "reads" if access.use == "read" else "writes"
    columns = {entry.rpartition(".")[2] for entry in allowed if entry.rpartition(".")[0] == wanted}
    if not columns:
        message = f"{verb} the table `{wanted}`{_allowed(wanted, entries)}"
        return [Crossing(rule=rule, name=wanted, message=message)], False
    if access.columns is None:
        return [], True
    extra = [each for each in access.columns if each.lower() not in columns]
    told = ", ".join("all columns" if each == ALL else f"`{each}`" for each in extra)
    message = f"{verb} {told} of the table `{wanted}`, of which the spec allows {_listed(sorted(columns))}"
    return ([Crossing(rule=rule, name=f"{wanted}.{extra[0]}", message=message)] if extra else []), False


def never(name: str) -> Crossing:
    """The use of what is never touched."""
    return Crossing(rule="data-never", name=name, message=f"names `{name}`, which the spec says is never touched")


_SHOWN = 5


def _allowed(name: str, entries: tuple[str, ...]) -> str:
    if not entries:
        return ", and the spec allows none"
    near = nearest(name, entries)
    first = [near] if near else []
    return f", and the spec allows {_listed([*first, *(each for each in entries if each != near)])}"


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(f"`{name}`" for name in names[:_SHOWN]) + more
