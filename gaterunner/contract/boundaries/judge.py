"""Whether what a change adds keeps to the data boundaries of its spec. Pure.

Only what stands in the code is seen: a statement that is put together while the program runs is opaque, is counted,
and is told as such.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

from gaterunner.contract.boundaries.added import MAX_BYTES, Side, Sides
from gaterunner.contract.boundaries.allowed import Boundaries, Crossing
from gaterunner.contract.boundaries.languages import (
    is_python,
    is_sql_file,
    may_hold_statements,
    may_log,
    read_pieces,
    reads,
)
from gaterunner.contract.boundaries.naming import Named
from gaterunner.contract.boundaries.pieces import LogCall, Piece, Statement, Text
from gaterunner.contract.findings import RuleName, found

if TYPE_CHECKING:
    from gaterunner.contract.types import Spec
    from gaterunner.migrations.sql_tokens import Dialect
    from gaterunner.model import Finding
    from gaterunner.policies.context import PolicyContext

_OTHER_LIST = "Do without it, or have the spec's owner add it under `data: {key}` on the target branch."
_HELP = {
    "data-read": _OTHER_LIST.format(key="read"),
    "data-write": _OTHER_LIST.format(key="write"),
    "data-logged": _OTHER_LIST.format(key="log"),
    "data-never": "Take it out of the code. The spec's owner said that this phase never touches it.",
}


class Looked(Struct, frozen=True, kw_only=True):
    """``findings``, and what was looked at: added statements and log calls, how many of them tell not all."""

    findings: tuple[Finding, ...] = ()
    statements: int = 0
    opaque: int = 0
    log_calls: int = 0
    opaque_logs: int = 0

    def words(self) -> str:
        """What was looked at, for people."""
        statements = f"{_count(self.statements, 'added SQL statement')} looked at"
        if self.opaque:
            statements += f", {self.opaque:,} of them not to be seen through"
        logs = f", {_count(self.log_calls, 'added log call')}" if self.log_calls else ""
        if self.opaque_logs:
            logs += f", {self.opaque_logs:,} of them with fields that cannot be seen"
        return f"{statements}{logs}"


class _Born(Struct, frozen=True):
    side: Side
    line: int
    key: str
    crossing: Crossing


def judge_data(context: PolicyContext, spec: Spec) -> Looked:
    """Looks at all that the change adds to production code and migrations.

    Raises ``EvaluationError`` when git has no answer.
    """
    if spec.data is None:
        return Looked()
    return _Judging(context, spec).looked()


def data_findings(context: PolicyContext, spec: Spec) -> int:
    """How many places of the change leave the boundaries."""
    return sum(not finding.rule.endswith("-unseen") for finding in judge_data(context, spec).findings)


class _Judging:
    def __init__(self, context: PolicyContext, spec: Spec) -> None:
        assert spec.data is not None  # noqa: S101 - `judge_data` asks
        self._context = context
        self._sides = Sides(context)
        self._boundaries = Boundaries(spec.data)
        self._named = Named(spec.data.never)
        self._known: tuple[Dialect, ...] | None = None
        self._numbers: Counter[str] = Counter()

    def looked(self) -> Looked:
        born: list[_Born] = []
        findings: list[Finding] = []
        for side in self._sides.new():
            if side.text is None:
                findings.append(_unseen(side))
            else:
                born += self._crossings(side, count=True)
        if born:
            before = Counter(each.key for side in self._sides.old() for each in self._crossings(side, count=False))
            findings += _told(_without_moved(born, before))
        return Looked(
            findings=tuple(findings),
            statements=self._numbers["statements"],
            opaque=self._numbers["opaque"],
            log_calls=self._numbers["log calls"],
            opaque_logs=self._numbers["opaque logs"],
        )

    def _crossings(self, side: Side, *, count: bool) -> Iterator[_Born]:
        """What the touched lines of one side use and name."""
        told: set[tuple[int, str]] = set()
        for number, line in side.lines() if self._named.is_in(side.text or "") else ():
            for name in self._named.within(line):
                told.add((number, name))
                yield _Born(side, number, f"never\0{name}\0{line.strip()}", _never(name))
        for piece in self._pieces(side):
            at = side.touched(piece.line, piece.end)
            if at is None:
                continue
            if isinstance(piece, Text):
                for name in self._named.within(piece.text):
                    if not any((number, name) in told for number in range(piece.line, piece.end + 1)):
                        yield _Born(side, at, f"never\0{name}\0{piece.text}", _never(name))
                continue
            yield from self._of_piece(side, at, piece, count=count)

    def _of_piece(self, side: Side, at: int, piece: Statement | LogCall, *, count: bool) -> Iterator[_Born]:
        unclear = piece.opaque
        if isinstance(piece, Statement):
            crossings, columns = self._boundaries.of_statement(piece)
            unclear = unclear or columns
        else:
            crossings = tuple(self._boundaries.of_log(piece))
        if count:
            kind = "statements" if isinstance(piece, Statement) else "log calls"
            self._numbers[kind] += 1
            self._numbers["opaque" if isinstance(piece, Statement) else "opaque logs"] += unclear
        for crossing in crossings:
            yield _Born(side, at, f"{crossing.rule}\0{crossing.name}\0{piece.code}", crossing)

    def _pieces(self, side: Side) -> Iterator[Piece]:
        text, path = side.text or "", side.file.path
        if is_sql_file(path):
            if self._boundaries.of_statements:
                from gaterunner.contract.boundaries.sql import read_sql

                yield from read_sql(text, self._dialects())
        elif reads(path) and self._is_worth_reading(path, text):
            for piece in read_pieces(path, text):
                if isinstance(piece, Text):
                    yield piece
                    yield from self._statements(side, piece)
                elif self._boundaries.of_logs if isinstance(piece, LogCall) else self._boundaries.of_statements:
                    yield piece

    def _is_worth_reading(self, path: str, text: str) -> bool:
        if not self._named.is_empty and (is_python(path) or self._named.may_be_joined_in(text)):
            return True  # Python tells how its strings are put together, escapes included
        if self._boundaries.of_statements and may_hold_statements(text):
            return True
        return self._boundaries.of_logs and may_log(text)

    def _statements(self, side: Side, text: Text) -> Iterator[Statement]:
        # sqlglot costs a tenth of a second to load: only what reads like a statement is worth it.
        if not self._boundaries.of_statements or side.touched(text.line, text.end) is None:
            return
        from gaterunner.contract.boundaries.shape import is_sql

        if text.executed or is_sql(text.text):
            from gaterunner.contract.boundaries.sql import read_text

            yield from read_text(text, self._dialects())

    def _dialects(self) -> tuple[Dialect, ...]:
        if self._known is None:
            from gaterunner.migrations.contents import Contents
            from gaterunner.migrations.dialects import Dialects

            tree = {entry.path: entry for entry in self._context.repository.tree(self._context.change.base)}
            self._known = Dialects(tree, Contents(self._context.repository)).of_project()
        return self._known


def _never(name: str) -> Crossing:
    return Crossing(rule="data-never", name=name, message=f"names `{name}`, which the spec says is never touched")


def _without_moved(born: Iterable[_Born], before: Counter[str]) -> Iterator[_Born]:
    """Those that the change did not take from elsewhere as they were."""
    for each in born:
        if before[each.key] > 0:
            before[each.key] -= 1
        else:
            yield each


def _told(born: Iterable[_Born]) -> Iterator[Finding]:
    """A finding for each name in each file, at its first place."""
    lines: dict[tuple[str, str, str, str], set[int]] = {}
    for each in born:
        crossing = each.crossing
        place = (each.side.file.path, crossing.rule, crossing.name, crossing.message)
        lines.setdefault(place, set()).add(each.line)
    for (path, rule, name, what), found_at in lines.items():
        message = f"{path} {what}"
        if len(found_at) > 1:
            further = len(found_at) - 1
            message += f"; so do{'es' if further == 1 else ''} {_count(further, 'further line')}"
        known: RuleName = rule  # type: ignore[assignment]  # one of those of ``allowed``
        yield found(known, message, _HELP[rule], key=f"{name}\0{what}", path=path, line=min(found_at))


def _unseen(side: Side) -> Finding:
    path = side.file.path
    message = f"{path} is larger than {MAX_BYTES >> 20} MiB, so what it reads, writes, logs and names is not known"
    help = "Split it, or let `spec: {rules: {data-unseen: warn}}` say that this need not be known."
    return found("data-unseen", message, help, key="", path=path)


def _count(number: int, unit: str) -> str:
    return f"{number:,} {unit}{'' if number == 1 else 's'}"
