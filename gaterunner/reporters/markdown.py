"""A report as GitHub's Markdown: one page for the job summary and a file, two for the check.

``markdown_overview.py`` has what a reviewer needs in ten seconds, ``markdown_details.py`` what somebody needs who
mends, approves or audits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from msgspec import Struct

from gaterunner.model import Report
from gaterunner.reporters.markdown_details import bound_to, details
from gaterunner.reporters.markdown_overview import overview
from gaterunner.reporters.markdown_text import link, size
from gaterunner.reporters.markdown_words import Block

_CONTINUED = "\n\n_Continued in the details below: GitHub shows no more in one piece._\n"


class Pages(Struct, frozen=True, kw_only=True):
    """A report in two pieces, as a check run shows it: ``summary`` is read first, ``text`` below it."""

    summary: str
    text: str


def render_markdown(report: Report, *, limit_bytes: int, notes: Sequence[str] = (), run_url: str | None = None) -> str:
    """The whole report, the most important first; cut between two blocks when it would exceed ``limit_bytes``.

    ``notes`` are sentences of the caller's, shown under the verdict; they are escaped like all outside text. A cut page
    ends with a pointer to the whole report, to ``run_url`` where the caller knows it and vouches for it.
    """
    tail, cut = bound_to(report), _cut(run_url)
    room = limit_bytes - size(tail) - size(cut) - 1
    if room <= 0:
        return ""
    page, rest = _fill(chain(overview(report, notes), details(report)), room)
    return page.rstrip("\n") + (cut if _any(rest) else "\n") + f"\n{tail}"


def render_pages(report: Report, *, limit_bytes: int, notes: Sequence[str] = (), run_url: str | None = None) -> Pages:
    """The report in two pages of at most ``limit_bytes`` each.

    What does not fit on the first goes on at the top of the second, before anything is left out; then the second ends
    with a pointer like that of ``render_markdown``. Neither is ever empty.
    """
    tail, cut, foot = bound_to(report), _cut(run_url), _foot(run_url)
    summary, rest = _fill(overview(report, notes), limit_bytes - size(_CONTINUED) - size(foot))
    further = [*rest]
    text, left = _fill(chain(further, details(report)), limit_bytes - size(tail) - size(cut) - 1)
    return Pages(
        summary=summary.rstrip("\n") + (_CONTINUED if further else "\n") + foot,
        text=(text.rstrip("\n") + (cut if _any(left) else "\n") + f"\n{tail}").lstrip("\n"),
    )


def _fill(blocks: Iterator[Block], room: int) -> tuple[str, Iterator[Block]]:
    """As many blocks as ``room`` bytes hold, and those that are left; what is never shown is never made."""
    page: list[str] = []
    for block in blocks:
        text = block.text if page else block.head + block.text
        room -= size(text)
        if room < 0:
            return "".join(page), chain([block], blocks)
        page.append(text)
    return "".join(page), iter(())


def _any(blocks: Iterator[Block]) -> bool:
    return next(blocks, None) is not None


def _foot(run_url: str | None) -> str:
    # GitHub does not let every token name the page that a check leads to, so the summary does.
    run = link("The run", run_url)
    return f"\n{run} has the whole log.\n" if run else ""


def _cut(run_url: str | None) -> str:
    place = link("the run", run_url) or "the run"
    return f"\n\n_This report was cut here: GitHub shows no more. The JSON report of {place} has all of it._\n"
