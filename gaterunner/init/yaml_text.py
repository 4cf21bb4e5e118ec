"""Text as YAML and as a comment of it. What a repository is called or says must not become YAML of its own."""

from __future__ import annotations

import json

import yaml

from gaterunner.output import clean

_LONGEST = 150  # characters of a comment


def scalar(text: str) -> str:
    """One value, without quotes where every YAML reader takes it as this very text."""
    if text and "\n" not in text and not set(text) & set("[]{},\t") and not _is_reserved(text):
        try:
            if yaml.safe_load(f"a: {text}") == {"a": text} and yaml.safe_load(f"- {text}: 1") == [{text: 1}]:
                return text
        except yaml.YAMLError:
            pass
    return json.dumps(text)


def block(text: str, indent: int) -> str:
    """A value of several lines as a literal block; one line as a scalar."""
    if "\n" not in text:
        return scalar(text)
    pad = " " * indent
    return "|\n" + "\n".join(f"{pad}{line}" for line in text.split("\n"))


def comment(text: str) -> str:
    """The text as one line of a comment, without anything that a terminal or a reader would take for more."""
    flat = " ".join(clean(text).split())
    return f"# {flat if len(flat) <= _LONGEST else flat[: _LONGEST - 1] + '…'}"


def _is_reserved(text: str) -> bool:
    """YAML 1.1 reads these as booleans, 1.2 does not."""
    return text.lower() in {"yes", "no", "on", "off", "y", "n", "true", "false", "null", "~"}
