"""Whether what a change adds keeps to the data boundaries of its spec. Pure.

Only what stands in the code is seen: a statement that is put together while the program runs is opaque, is counted,
and is told as such.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from gaterunner.contract.boundaries.added import Side, Sides
from gaterunner.contract.boundaries.allowed import Boundaries, Crossing, never
from gaterunner.contract.boundaries.builders import WORDS, uses
from gaterunner.contract.boundaries.effort import TooMuch
from gaterunner.contract.boundaries.languages import (
    is_exact,
    is_program,
    is_python,
    is_sql_file,
    log_words,
    logs_unseen,
    may_hold_statements,
    may_log,
    read_pieces,
    reads,
)
from gaterunner.contract.boundaries.naming import Named
from gaterunner.contract.boundaries.pieces import LogCall, Mapped, Piece, Statement, Text
from gaterunner.contract.findings import RuleName, found

if TYPE_CHECKING:
    from gaterunner.contract.boundaries.sql import Parsing
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
    """``findings``, and what was looked at: added statements and log calls, how many of them tell not all.

    ``mapped`` counts uses of object mappers and query builders, ``left`` files that are not looked at, by why.
    """

    findings: tuple[Finding, ...] = ()
    statements: int = 0
    opaque: int = 0
    log_calls: int = 0
    opaque_logs: int = 0
    mapped: int = 0
    left: tuple[tuple[str, int], ...] = ()

    def words(self) -> str:
        """What was looked at, for people."""
        told = f"{_count(self.statements, 'added SQL statement')} looked at"
        if self.opaque:
            told += f", {self.opaque:,} of them not to be seen through"
        if self.log_calls:
            told += f", {_count(self.log_calls, 'added log call')}"
        if self.opaque_logs:
            told += f", {self.opaque_logs:,} of them with fields that cannot be seen"
        if self.mapped:
            told += f", {_count(self.mapped, 'line')} of object mappers whose tables are not known"
        if self.left:
            told += f", not looked at: {', '.join(_left(why, number) for why, number in self.left)}"
        return told


_LEFT = {"test": "{} of tests", "text": "{} for people or tools", "binary": "binary {}", "link": "linked {}"}


def _left(why: str, number: int) -> str:
    return f"{number:,} {_LEFT[why].format('file' if number == 1 else 'files')}"


Counted = Statement | LogCall | Mapped


class _Born(Struct, frozen=True):
    """``crossing`` is None for what is only counted."""

    side: Side
    line: int
    key: str
    crossing: Crossing | None = None
    piece: Counted | None = None


def judge_data(context: PolicyContext, spec: Spec) -> Looked:
    """Looks at all that the change adds to production code and migrations.

    Raises ``EvaluationError`` when git has no answer.
    """
    if spec.data is None:
        return Looked()
    return _Judging(context, spec).looked()


def data_findings(context: PolicyContext, spec: Spec) -> int | str:
    """How many places of the change leave the boundaries; or why that is not known, where a file was not looked at."""
    findings = judge_data(context, spec).findings
    unseen = sum(finding.rule == "spec/data-unseen" for finding in findings)
    return f"{_count(unseen, 'file')} could not be looked at" if unseen else len(findings)


class _Judging:
    def __init__(self, context: PolicyContext, spec: Spec) -> None:
        assert spec.data is not None  # noqa: S101 - `judge_data` asks
        self._context = context
        self._sides = Sides(context)
        self._boundaries = Boundaries(spec.data)
        self._named = Named(spec.data.never)
        self._known: tuple[Dialect, ...] | None = None
        self._numbers: Counter[str] = Counter()
        self._parsing: Parsing | None = None  # of the side that is looked at

    def looked(self) -> Looked:
        born: list[_Born] = []
        findings: list[Finding] = []
        for side in self._sides.new():
            fault = side.fault
            try:
                born.extend(() if fault else self._crossings(side))  # what is found before it is too much counts
            except TooMuch:
                fault = "holds more that may be statements or log calls than is looked at in one file"
            if fault:
                findings.append(_unseen(side.path, fault))
        if any(each.crossing or not each.side.adds(each.line, each.line) for each in born):
            crosses = any(each.crossing for each in born)
            before = Counter(key for side in self._sides.old(everywhere=crosses) for key in self._keys(side))
            born = list(_without_moved(born, before))
        findings += _told(born)
        for each in born:
            self._count(each.piece)
        return Looked(
            findings=tuple(findings),
            statements=self._numbers["statements"],
            opaque=self._numbers["opaque"],
            log_calls=self._numbers["log calls"],
            opaque_logs=self._numbers["opaque logs"],
            mapped=self._numbers["mapped"],
            left=tuple((why, number) for why in _LEFT if (number := self._sides.left[why])),
        )

    def _keys(self, side: Side) -> tuple[str, ...]:
        """What stood there; nothing where nobody can tell, so that what stands there now is new."""
        try:
            return tuple(each.key for each in self._crossings(side))
        except TooMuch:
            return ()

    def _count(self, piece: Counted | None) -> None:
        match piece:
            case Statement():
                self._numbers["statements"] += 1
                self._numbers["opaque"] += piece.opaque
            case LogCall():
                self._numbers["log calls"] += 1
                self._numbers["opaque logs"] += piece.opaque
            case Mapped():
                self._numbers["mapped"] += 1

    def _crossings(self, side: Side) -> Iterator[_Born]:
        """What the touched lines of one side use and name. Raises ``TooMuch``."""
        self._parsing = None
        told: set[tuple[int, str]] = set()
        for number, line in side.all_lines() if not self._named.is_empty and self._named.may_be_in(side.text) else ():
            for name in self._named.within(line):
                if not side.is_comment(number):
                    told.add((number, name))
                    yield _Born(side, number, f"never\0{name}\0{line.strip()}", never(name))
        for piece in self._pieces(side):
            at = side.touched(piece.line, piece.end)
            if at is None:
                continue
            if isinstance(piece, Text):
                for name in self._named.within(piece.text):
                    if not any((number, name) in told for number in range(piece.line, piece.end + 1)):
                        yield _Born(side, at, f"never\0{name}\0{piece.text}", never(name))
                continue
            yield from self._of_piece(side, at, piece)

    def _of_piece(self, side: Side, at: int, piece: Counted) -> Iterator[_Born]:
        crossings: tuple[Crossing, ...] = ()
        if isinstance(piece, Statement):
            crossings, unclear = self._boundaries.of_statement(piece)
            piece = replace(piece, opaque=piece.opaque or unclear)
        elif isinstance(piece, LogCall):
            crossings = tuple(self._boundaries.of_log(piece))
        yield _Born(side, at, f"\0{type(piece).__name__}\0{piece.code}", piece=piece)
        for crossing in crossings:
            yield _Born(side, at, f"{crossing.rule}\0{crossing.name}\0{piece.code}", crossing)

    def _pieces(self, side: Side) -> Iterator[Piece]:
        text, kind = side.text, side.kind
        if is_sql_file(kind):
            if self._boundaries.of_statements:
                from gaterunner.contract.boundaries.sql import read_sql

                yield from read_sql(text, self._dialects(), side.touched, self._statements_of_side())
            return
        if is_program(kind) or kind in {"xml", "yml", "yaml"}:
            yield from self._by_lines(side)
        if self._is_worth_reading(kind, text):
            yield from self._read(side)

    def _read(self, side: Side) -> Iterator[Piece]:
        """What the reader of a language finds, and beside it what it may have missed."""
        said: set[int] = set()
        for piece in read_pieces(side.kind, side.text, side.touched):
            if isinstance(piece, Text):
                if reads(side.kind):
                    yield piece
                elif side.is_comment(piece.line):
                    continue
                for statement in self._statements(side, piece):
                    said.update(range(statement.line, statement.end + 1))
                    yield statement
            elif self._boundaries.of_logs if isinstance(piece, LogCall) else self._boundaries.of_statements:
                yield piece
        if reads(side.kind) and not is_exact(side.kind) and self._boundaries.of_statements:
            for piece in read_pieces("", side.text, side.touched):
                lines = range(piece.line, piece.end + 1)
                if isinstance(piece, Text) and said.isdisjoint(lines) and not any(map(side.is_comment, lines)):
                    yield from self._statements(side, piece, is_piece=True)

    def _by_lines(self, side: Side) -> Iterator[Piece]:
        """What is told by lines, whatever the language."""
        if self._boundaries.of_statements:
            for number, line in side.lines(WORDS):
                found = uses(number, line)
                if found is not None and not side.is_comment(number):
                    yield found
        if self._boundaries.of_logs:
            for number, line in side.lines(log_words(side.kind)):
                if logs_unseen(side.kind, line) and not side.is_comment(number):
                    yield LogCall(line=number, end=number, code=line.strip(), opaque=True)

    def _is_worth_reading(self, kind: str, text: str) -> bool:
        if reads(kind) and not self._named.is_empty and (is_python(kind) or self._named.may_be_in(text)):
            return True  # Python tells how its strings are put together, escapes included
        if self._boundaries.of_statements and may_hold_statements(text):
            return True
        return self._boundaries.of_logs and reads(kind) and may_log(kind, text)

    def _statements(self, side: Side, text: Text, *, is_piece: bool = False) -> Iterator[Statement]:
        # sqlglot costs a tenth of a second to load: only what reads like a statement is worth it.
        if not self._boundaries.of_statements or side.touched(text.line, text.end) is None:
            return
        from gaterunner.contract.boundaries.shape import shape

        kind = shape(text.text)
        if text.executed or kind is not None:
            from gaterunner.contract.boundaries.sql import read_text

            for statement in read_text(text, self._dialects(), self._statements_of_side()):
                yield _without_common(statement, side) if is_piece or kind == "fragment" else statement

    def _statements_of_side(self) -> Parsing:
        if self._parsing is None:
            from gaterunner.contract.boundaries.sql import Parsing

            self._parsing = Parsing()
        return self._parsing

    def _dialects(self) -> tuple[Dialect, ...]:
        if self._known is None:
            from gaterunner.migrations.contents import Contents
            from gaterunner.migrations.dialects import Dialects

            tree = {entry.path: entry for entry in self._context.repository.tree(self._context.change.base)}
            self._known = Dialects(tree, Contents(self._context.repository)).of_project()
        return self._known


def _without_common(statement: Statement, side: Side) -> Statement:
    """Without the names that another piece of the same file gives to a query within."""
    kept = tuple(each for each in statement.accesses if each.table not in side.common_tables)
    return replace(statement, accesses=kept, opaque=statement.opaque or kept != statement.accesses)


def _without_moved(born: Iterable[_Born], before: Counter[str]) -> Iterator[_Born]:
    """Those that the change did not take from elsewhere as they were; what stands where it stood comes first."""
    for each in sorted(born, key=lambda each: each.side.adds(each.line, each.line)):
        if before[each.key] > 0:
            before[each.key] -= 1
        else:
            yield each


def _told(born: Iterable[_Born]) -> Iterator[Finding]:
    """A finding for each name in each file, at its first place."""
    lines: dict[tuple[str, str, str, str], set[int]] = {}
    for each in born:
        crossing = each.crossing
        if crossing is None:
            continue
        place = (each.side.path, crossing.rule, crossing.name, crossing.message)
        lines.setdefault(place, set()).add(each.line)
    for (path, rule, name, what), found_at in lines.items():
        message = f"{path} {what}"
        if len(found_at) > 1:
            further = len(found_at) - 1
            message += f"; so do{'es' if further == 1 else ''} {_count(further, 'further line')}"
        known: RuleName = rule  # type: ignore[assignment]  # one of those of ``allowed``
        yield found(known, message, _HELP[rule], key=f"{name}\0{what}", path=path, line=min(found_at))


def _unseen(path: str, fault: str) -> Finding:
    message = f"{path} {fault}, so what it reads, writes, logs and names is not known"
    help = (
        "Write it so that it can be read, or let `spec: {rules: {data-unseen: warn}}` say that this need not be known."
    )
    return found("data-unseen", message, help, key="", path=path)


def _count(number: int, unit: str) -> str:
    return f"{number:,} {unit}{'' if number == 1 else 's'}"
