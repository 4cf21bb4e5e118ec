"""``python -m tests.hostile [AREA | AREA/CASE]...``: runs the corpus and prints what was caught.

Ends with 1 when an attack was missed or honest work was stopped, except where a case says that the documentation
admits it. ``--write`` puts the figures into docs/hostile-corpus.md, ``--show`` prints what every run said.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from subprocess import SubprocessError
from tempfile import TemporaryDirectory

from msgspec import Struct

from tests.hostile.case_file import CaseError, Side, read_sides
from tests.hostile.corpus import describe, differences, judge, why_not
from tests.hostile.outputs import Ran

PAGE = Path(__file__).resolve().parents[2] / "docs" / "hostile-corpus.md"
_BEGIN, _END = "<!-- figures: python -m tests.hostile --write -->", "<!-- end of the figures -->"
_COLUMNS = ("area", "attacks", "caught", "missed", "documented misses", "honest twins", "false alarms")


class Judged(Struct, frozen=True, kw_only=True):
    """One side and how its run differs from what is expected of it."""

    side: Side
    ran: Ran
    found: tuple[str, ...]

    @property
    def is_documented(self) -> bool:
        """A miss or an alarm that the documentation admits."""
        return bool(self.found and self.side.known)

    @property
    def is_wrong(self) -> bool:
        """Anything else than what the case says; also an admitted miss that no longer is one."""
        return bool(self.found) != bool(self.side.known)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs what is asked for and returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.hostile", description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("only", nargs="*", metavar="AREA[/CASE]")
    parser.add_argument("--write", action="store_true", help="put the figures into docs/hostile-corpus.md")
    parser.add_argument("--show", action="store_true", help="print what every run said")
    options = parser.parse_args(arguments)
    if options.write and options.only:
        return _refuse("--write needs the figures of the whole corpus")
    try:
        sides = [side for side in read_sides() if _is_asked_for(side, options.only)]
    except CaseError as error:
        return _refuse(str(error))
    if not sides:
        return _refuse(f"no case is called {' or '.join(options.only)}" if options.only else "there are no cases")
    missing = {side.id: reason for side in sides if (reason := why_not(side))}
    sys.stdout.writelines(f"not played out: {id}: {reason}\n" for id, reason in missing.items())
    if options.write and missing:
        return _refuse("--write needs a machine that can play out every case")
    sides = [side for side in sides if side.id not in missing]
    if not sides:
        return 0
    judged = run(sides)
    for each in judged:
        if options.show or each.is_wrong:
            sys.stdout.write(f"{_told(each)}\n\n")
    sys.stdout.write(f"{table(judged)}\n")
    documented = [each.side for each in judged if each.is_documented]
    sys.stdout.writelines(f"documented: {side.id}: {side.known}\n" for side in documented)
    if options.write:
        write_page(f"{table(judged, markdown=True)}\n\n{misses(documented)}\n")
    return int(any(each.is_wrong for each in judged))


def run(sides: Sequence[Side]) -> list[Judged]:
    """Runs all sides, as many at once as there are CPUs, each in a folder of its own that is removed again."""
    with TemporaryDirectory(prefix="gaterunner-hostile-") as folder:
        rules = Path(folder) / "rules"
        rules.mkdir(mode=0o700)

        def one(numbered: tuple[int, Side]) -> Judged:
            number, side = numbered
            place = Path(folder) / str(number)
            place.mkdir()
            try:
                ran = judge(side, place, rules)
            except (AssertionError, OSError, SubprocessError) as error:
                nothing = Ran(code=-1, out="", err="", report=None)
                return Judged(side=side, ran=nothing, found=(f"it could not be played out: {error}",))
            return Judged(side=side, ran=ran, found=differences(side, ran))

        first = one((0, sides[0]))  # alone: it compiles the rules that all others read
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            return [first, *pool.map(one, enumerate(sides[1:], start=1))]


def table(judged: Sequence[Judged], *, markdown: bool = False) -> str:
    """A row per area and one with the totals."""
    areas = sorted({each.side.area for each in judged})
    rows = [_row(area, (each for each in judged if each.side.area == area)) for area in areas]
    rows.append(_row("all", judged))
    if markdown:
        lines = [_COLUMNS, ("---", *["---:"] * (len(_COLUMNS) - 1)), *rows]
        return "\n".join(f"| {' | '.join(row)} |" for row in lines)
    widths = [max(len(row[at]) for row in (_COLUMNS, *rows)) for at in range(len(_COLUMNS))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if at else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in (_COLUMNS, *rows)
    )


def misses(documented: Sequence[Side]) -> str:
    """What the documentation says about each miss that it admits."""
    return "\n".join(f"- `{side.id}`: {side.title}. {_sentence(side.known or '')}" for side in documented)


def write_page(figures: str) -> None:
    """Replaces what stands between the two marks of the page."""
    before, begin, rest = PAGE.read_text("utf-8").partition(f"{_BEGIN}\n")
    _, end, after = rest.partition(_END)
    assert begin, f"{PAGE} lacks {_BEGIN}"
    assert end, f"{PAGE} lacks {_END}"
    PAGE.write_text(f"{before}{begin}\n{figures}\n{end}{after}", "utf-8")


def _sentence(text: str) -> str:
    stripped = text.strip()
    return f"{stripped[:1].upper()}{stripped[1:]}."


def _row(area: str, judged: Iterable[Judged]) -> tuple[str, ...]:
    every = list(judged)
    attacks = [each for each in every if each.side.is_attack]
    twins = [each for each in every if not each.side.is_attack]
    documented = sum(each.is_documented for each in attacks)
    missed = sum(bool(each.found) for each in attacks) - documented
    alarms = sum(bool(each.found) for each in twins)
    numbers = (len(attacks), len(attacks) - missed - documented, missed, documented, len(twins), alarms)
    return (area, *map(str, numbers))


def _is_asked_for(side: Side, only: Sequence[str]) -> bool:
    return not only or side.area in only or f"{side.area}/{side.name}" in only


def _told(each: Judged) -> str:
    how = "holds"
    if each.is_wrong:
        how = ("MISSED" if each.side.is_attack else "FALSE ALARM") if each.found else "no longer a documented miss"
    lines = [
        f"{how}: {each.side.id}: {each.side.title}",
        *(f"- {sentence}" for sentence in each.found),
        describe(each.ran),
    ]
    return "\n".join(lines)


def _refuse(message: str) -> int:
    sys.stderr.write(f"error: {message}\n")
    return 2


if __name__ == "__main__":
    sys.exit(main())
