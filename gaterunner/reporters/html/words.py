"""Small pieces that every part of the page uses: signs, moments, places, commands to copy."""

from __future__ import annotations

from datetime import UTC, datetime

from gaterunner.model import Outcome, Report, Trouble
from gaterunner.reporters.html.markup import Html, code_text, element, join, lines, raw

SHORT = 12
"""Hexadecimal digits of a commit or hash, where all of them stand elsewhere on the page."""

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

# 16 by 16, drawn here, so that no font decides how an outcome looks; each differs by its shape, not by colour alone.
_DISC = '<circle cx="8" cy="8" r="7.25" class="disc"/>'
_SIGNS = {
    Outcome.PASSED: f'{_DISC}<path d="M4.7 8.3l2.3 2.3 4.4-4.8" class="mark"/>',
    Outcome.FAILED: f'{_DISC}<path d="M5.4 5.4l5.2 5.2m0-5.2l-5.2 5.2" class="mark"/>',
    Outcome.UNPROVEN: f'{_DISC}<path d="M5.9 6.3a2.1 2.1 0 1 1 3.2 1.8c-.7.4-1.1.8-1.1 1.5m0 1.9v.2" class="mark"/>',
    Outcome.ERRORED: '<path d="M8 1.2l7.2 13H.8z" class="disc"/><path d="M8 6v4m0 1.9v.2" class="mark"/>',
    Outcome.PENDING: f'{_DISC}<path d="M8 4.2V8l2.6 1.7" class="mark"/>',
    Outcome.SKIPPED: '<circle cx="8" cy="8" r="6.5" class="ring"/><path d="M5.2 8h5.6" class="line"/>',
    Outcome.WAIVED: (
        '<rect x="1" y="1" width="14" height="14" rx="3.5" class="disc"/>'
        '<path d="M4.8 8.2l2.2 2.2 4.2-4.6" class="mark"/>'
    ),
}


def sprite() -> Html:
    """The signs, to be used by ``sign``; shows nothing by itself."""
    symbols = "".join(
        f'<symbol id="sign-{outcome}" viewBox="0 0 16 16">{it}</symbol>' for outcome, it in _SIGNS.items()
    )
    return raw(f'<svg class="sprite" aria-hidden="true">{symbols}</svg>')


def picture(outcome: Outcome, colour: str) -> str:
    """An outcome's sign as an SVG file in one ``colour``, for the browser's tab."""
    drawn = _SIGNS[outcome].replace('class="disc"', f'fill="{colour}"')
    strokes = 'fill="none" stroke="#fff" stroke-width="1.7" stroke-linecap="round" stroke-linejoin="round"'
    drawn = drawn.replace('class="mark"', strokes)
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">{drawn}</svg>'


def sign(outcome: Outcome) -> Html:
    """An outcome's sign in its colour; the word stands beside it or is added with ``unseen``."""
    return raw(f'<svg class="sign {outcome}" aria-hidden="true"><use href="#sign-{outcome}"/></svg>')


def unseen(words: str) -> Html:
    """Words for those who listen to the page."""
    return element("span", words, class_="unseen")


def code(words: str, *, limit: int = 400) -> Html:
    """A name or path in the type of code, whose direction of writing touches nothing around it."""
    return element("code", code_text(words, limit=limit), dir="ltr")


def facts(rows: list[tuple[str, Html | None]], *, class_: str = "facts") -> Html | None:
    """Names with their values; a row without a value is left out, and so is a list without rows."""
    told = [element("div", element("dt", name), element("dd", value)) for name, value in rows if value]
    return element("dl", join(told), class_=class_) if told else None


def heading(title: str, number: int) -> Html:
    """The heading of a section that lists so many things."""
    return element("h2", f"{title} ", element("span", f"{number:,}", class_="number"))


def left_out(number: int) -> Html | None:
    """Where the rest is of a list that was cut; nothing when it was not."""
    return element("p", f"and {number:,} more, which are in the JSON report", class_="left") if number > 0 else None


def moment(stamp: str) -> Html:
    """A time of the report, in words; as it stands where it is none."""
    parsed = parse_moment(stamp)
    if parsed is None:
        return element("span", stamp[:40])
    day = f"{parsed.day} {_MONTHS[parsed.month - 1]} {parsed.year}"
    return element("time", f"{day}, {parsed:%H:%M:%S} UTC", datetime=f"{parsed:%Y-%m-%dT%H:%M:%SZ}")


def parse_moment(stamp: str | None) -> datetime | None:
    """The moment that an ISO 8601 stamp names; None for anything else."""
    try:
        parsed = datetime.fromisoformat(stamp) if stamp else None
        return parsed.astimezone(UTC) if parsed is not None and parsed.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def command_block(command: str) -> Html:
    """A command with a button to copy it."""
    shown = command[:4_000].strip().splitlines() or [""]
    return element(
        "div",
        element("pre", element("code", lines(shown, limit=1_000), dir="ltr")),
        element("button", "Copy", type="button", class_="copy", hidden=True),
        class_="command",
    )


def verdict_word(report: Report) -> str:
    """The verdict in one word, as the page's headline."""
    if any(problem.trouble is Trouble.INTERRUPTED for problem in report.problems):
        return "Interrupted"
    return report.verdict.value.capitalize()
