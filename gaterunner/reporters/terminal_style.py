"""Symbols and colours: what a stream can show, and what its owner wants to see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TextIO

from msgspec import Struct

from gaterunner.model import Outcome, Verdict
from gaterunner.reporters.run_words import VERDICT_OUTCOMES


class Symbols(Struct, frozen=True, kw_only=True):
    """The few characters beyond letters that the terminal forms use."""

    passed: str
    failed: str
    unproven: str
    errored: str
    pending: str
    skipped: str
    waived: str
    bar: str
    arrow: str
    dot: str
    minus: str
    rule: str

    def of(self, outcome: Outcome) -> str:
        """The symbol of an outcome."""
        symbol: str = getattr(self, outcome.value)
        return symbol


UNICODE = Symbols(
    passed="✓",
    failed="✗",
    unproven="?",
    errored="!",
    pending="…",
    skipped="\N{EN DASH}",
    waived="~",
    bar="│",
    arrow="→",
    dot="·",
    minus="\N{MINUS SIGN}",
    rule="─",
)
ASCII = Symbols(
    passed="+",
    failed="x",
    unproven="?",
    errored="!",
    pending=".",
    skipped="-",
    waived="~",
    bar="|",
    arrow="->",
    dot="-",
    minus="-",
    rule="-",
)

_RESET = "\x1b[0m"
_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}
_OUTCOME_COLORS = {
    Outcome.PASSED: "green",
    Outcome.FAILED: "red",
    Outcome.UNPROVEN: "red",
    Outcome.ERRORED: "red",
    Outcome.PENDING: "yellow",
    Outcome.SKIPPED: "dim",
    Outcome.WAIVED: "yellow",
}


class Style(Struct, frozen=True, kw_only=True):
    """How to paint. Text that comes in must be cleaned before: a style adds the only escape sequences there are."""

    color: bool = False
    symbols: Symbols = UNICODE

    def paint(self, text: str, *names: str) -> str:
        """``text`` in the named colours, or as it is."""
        if not (self.color and text):
            return text
        return f"\x1b[{';'.join(_CODES[name] for name in names)}m{text}{_RESET}"

    def outcome(self, outcome: Outcome, text: str) -> str:
        """``text`` in the colour of an outcome."""
        return self.paint(text, _OUTCOME_COLORS[outcome])

    def mark(self, outcome: Outcome) -> str:
        """The painted symbol of an outcome."""
        return self.outcome(outcome, self.symbols.of(outcome))

    def verdict(self, verdict: Verdict, text: str) -> str:
        """``text`` in the colour of a verdict, bold."""
        return self.paint(text, "bold", _OUTCOME_COLORS[VERDICT_OUTCOMES[verdict]])

    def verdict_mark(self, verdict: Verdict) -> str:
        """The symbol of a verdict, not painted."""
        return self.symbols.of(VERDICT_OUTCOMES[verdict])


def wants_color(stream: TextIO, environment: Mapping[str, str]) -> bool:
    """True when colours should be used: NO_COLOR forbids them (no-color.org), FORCE_COLOR asks for them
    (force-color.org), otherwise only a terminal that is not ``TERM=dumb`` gets them."""
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR"):
        return True
    return stream.isatty() and environment.get("TERM") != "dumb"


def wants_progress(stream: TextIO, environment: Mapping[str, str]) -> bool:
    """True when the stream is a terminal on which lines can be redrawn."""
    return stream.isatty() and environment.get("TERM") not in ("dumb", "", None)


def symbols_for(stream: TextIO) -> Symbols:
    """Unicode where the stream's encoding can write it, ASCII elsewhere."""
    try:
        "".join(str(getattr(UNICODE, name)) for name in UNICODE.__struct_fields__).encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return ASCII
    return UNICODE


def write_text(stream: TextIO, text: str) -> None:
    """Writes ``text`` and flushes; what the stream's encoding cannot hold is written as ``\\xNN`` or ``\\uNNNN``."""
    encoding = stream.encoding or "ascii"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        text = text.encode(encoding, "backslashreplace").decode(encoding)
    stream.write(text)
    stream.flush()
