"""Keeps secrets out of everything that is shown or kept.

Two ways to know a secret: its value was learned (it stood in a variable that gates do not get), or it has the shape of
a well-known token or of a password that we made up. Shapes are matched only where a literal part of them occurs, so
that a log of a gigabyte costs a substring search and not a dozen regular expressions. Every expression is linear: no
nested or overlapping repeats.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable

from msgspec import Struct

MASK = "***"
MIN_SECRET_LENGTH = 8  # shorter values occur by chance and would mask half of a log


class Shape(Struct, frozen=True):
    """One kind of token: it is looked for where one of ``anchors`` occurs. Group 1, if any, is kept before the mask."""

    name: str
    anchors: tuple[str, ...]
    pattern: re.Pattern[str]


def _shape(name: str, anchors: tuple[str, ...], pattern: str) -> Shape:
    return Shape(name, anchors, re.compile(pattern))


_KEY_BEGIN = "-----" + "BEGIN"

# Hundreds of gates may have a password each, and every learned value makes masking slower; one more shape does not.
_MADE_UP_PREFIX = "gtrnr_"
_MADE_UP_BYTES = 16
_MADE_UP = rf"{_MADE_UP_PREFIX}[0-9a-f]{{{2 * _MADE_UP_BYTES}}}"

# The prefixes are those that the issuers document for secret scanning.
SHAPES: tuple[Shape, ...] = (
    _shape("password made up for a run", (_MADE_UP_PREFIX,), _MADE_UP),
    _shape("GitHub token", ("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), r"\bgh[pousr]_[A-Za-z0-9]{30,255}"),
    _shape("GitHub fine-grained token", ("github_pat_",), r"\bgithub_pat_[A-Za-z0-9_]{30,255}"),
    _shape("GitLab token", ("glpat-", "gldt-", "glrt-"), r"\bgl(?:pat|dt|rt)-[A-Za-z0-9_-]{20,}"),
    _shape("AWS key id", ("AKIA", "ASIA"), r"\bA(?:K|S)IA[A-Z2-7]{16}\b"),
    _shape(
        "AWS secret",
        ("ecret",),
        r"((?i:aws)[A-Za-z_.]{0,20}(?i:secret)[A-Za-z_.]{0,20}[\"']?[ \t]?[=:][ \t]?[\"']?)[\w/+=]{40}",
    ),
    _shape("Slack token", ("xox", "xapp-"), r"\bx(?:ox[a-z]|app)-[A-Za-z0-9-]{10,}"),
    _shape("Slack webhook", ("hooks.slack.com",), r"(hooks\.slack\.com/(?:services|workflows)/)[\w/+-]{20,}"),
    _shape("Stripe key", ("_live_", "_test_", "whsec_"), r"\b(?:[srp]k_(?:live|test)|whsec)_[A-Za-z0-9]{16,}"),
    _shape("Google API key", ("AIza",), r"\bAIza[\w-]{35}"),
    _shape("Google OAuth token", ("ya29.",), r"\bya29\.[\w-]{20,}"),
    _shape("Anthropic or OpenAI key", ("sk-",), r"\bsk-[A-Za-z0-9_-]{20,}"),
    _shape("npm token", ("npm_",), r"\bnpm_[A-Za-z0-9]{36}"),
    _shape("PyPI token", ("pypi-",), r"\bpypi-[A-Za-z0-9_-]{50,}"),
    _shape("SendGrid key", ("SG.",), r"\bSG\.[\w-]{16,}\.[\w-]{16,}"),
    _shape("Sentry token", ("sntrys_", "sntryu_"), r"\bsntry[su]_[A-Za-z0-9+/=_-]{40,}"),
    _shape("Hugging Face token", ("hf_",), r"\bhf_[A-Za-z0-9]{30,}"),
    _shape("JSON web token", ("eyJ",), r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*"),
    _shape("password in a URL", ("://",), r"(://[^\s/:@\"'<>]{0,256}:)[^\s/@\"'<>]{1,1024}(?=@)"),
    _shape(
        "authorization header",
        ("uthorization", "UTHORIZATION"),
        r"((?i:authorization)[\"']?[ \t]?[:=][ \t]?[\"']?(?:(?i:bearer|basic|token)[ \t])?)[\w+/=.~-]{8,}",
    ),
    _shape(
        "private key on one line",
        (_KEY_BEGIN,),
        r"(-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----)(?:[^-\n]|-(?!----))+",
    ),
)

_KEY_BEGINS = re.compile(r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_KEY_ENDS = re.compile(r"-----END [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_LONGEST_KEY_LINES = 200  # a "BEGIN" without an end must not hide the rest of a log


def make_password() -> str:
    """A fresh password that needs no quoting in a URL, a shell or a configuration file, and is masked by its shape."""
    import secrets

    return _MADE_UP_PREFIX + secrets.token_hex(_MADE_UP_BYTES)


def has_token_shape(text: str) -> bool:
    """True when a value looks like a token whatever its name is."""
    return any(any(anchor in text for anchor in shape.anchors) and shape.pattern.search(text) for shape in SHAPES)


def _spellings(value: str) -> set[str]:
    """How a value may be printed: as it is, escaped for JSON or a URL, in base64 at each of the three alignments."""
    import base64
    import json
    from urllib.parse import quote

    found = {value, json.dumps(value)[1:-1], quote(value, safe="")}
    raw = value.encode("utf-8", "surrogateescape")
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + raw).decode()
        # The outer characters also hold bits of the neighbours: they are not part of what can be recognised.
        found.add(encoded[(0, 2, 3)[shift] : len(encoded) - (4 if (shift + len(raw)) % 3 else 0)])
    return {spelling for spelling in found if len(spelling) >= MIN_SECRET_LENGTH}


class Redactor:
    """Masks secrets. One per run, shared by all its threads.

    What it is called with is already free of control sequences, or a secret could hide behind one.
    """

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._lock = threading.Lock()
        self._spellings: set[str] = set()
        self._known: re.Pattern[str] | None = None
        self.learn(*values)

    def learn(self, *values: str) -> None:
        """From now on these values are masked; of a value with several lines, each line.

        Not learned are short ones, and passwords of our own: their shape is enough.
        """
        fresh = {
            spelling
            for value in values
            for line in value.splitlines()
            if len(line.strip()) >= MIN_SECRET_LENGTH and not re.fullmatch(_MADE_UP, line.strip())
            for spelling in _spellings(line.strip())
        }
        with self._lock:
            self._spellings |= fresh
            if self._spellings:
                longest_first = sorted(self._spellings, key=len, reverse=True)
                self._known = re.compile("|".join(map(re.escape, longest_first)))

    def __call__(self, text: str) -> str:
        """The text with every secret in it masked; it may have several lines."""
        if _KEY_BEGIN in text:
            text = KeyMask()(text)
        known = self._known
        if known is not None:
            text = known.sub(MASK, text)
        for shape in SHAPES:
            if any(anchor in text for anchor in shape.anchors):
                text = shape.pattern.sub(_mask, text)
        return text

    def keys(self) -> KeyMask:
        """Masks private keys in texts that come one after another; everything else of them is for a call to do."""
        return KeyMask()


def _mask(match: re.Match[str]) -> str:
    return (match[1] if match.re.groups else "") + MASK


class KeyMask:
    """Masks private keys that span lines, in consecutive pieces of whole lines: it knows whether one has begun.

    Nothing else that is masked spans lines, so it can be masked in any piece of a text, and in any order.
    """

    def __init__(self) -> None:
        self._key_lines = 0

    def __call__(self, text: str) -> str:
        if self._key_lines or (_KEY_BEGIN in text and _KEY_BEGINS.search(text)):
            text = "\n".join(self._line(line) for line in text.split("\n"))
        return text

    def _line(self, line: str) -> str:
        if self._key_lines:
            end = _KEY_ENDS.search(line)
            self._key_lines = 0 if end or self._key_lines >= _LONGEST_KEY_LINES else self._key_lines + 1
            return MASK if end is None else MASK + line[end.end() :]
        begin = _KEY_BEGINS.search(line)
        # What was masked before, in the stream it came from, is not the begin of another one.
        if begin and not line.startswith(MASK, begin.end()) and not _KEY_ENDS.search(line, begin.end()):
            self._key_lines = 1
            return line[: begin.end()] + MASK
        return line
