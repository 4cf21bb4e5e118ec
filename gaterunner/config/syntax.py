"""What a YAML parser's complaint means to the person who wrote the file."""

from __future__ import annotations

import yaml

from gaterunner.config.problems import quoted
from gaterunner.config.types import Position

_INDENT = "check that the lines of one list or map begin in the same column"
_QUOTE = 'write the value in quotes: "…"'
_COLON = f"a `:` that belongs to the text: {_QUOTE}; otherwise {_INDENT}"

# Parts of the messages of libyaml and of PyYAML's own parser (they differ), and what each is told as.
_KNOWN: tuple[tuple[str, str, str | None], ...] = (
    ("mapping values are not allowed", "a `:` stands where a map cannot begin", _COLON),
    ("found a tab character", "a tab stands in the indentation, expected spaces", "replace the tab by spaces"),
    ("found character that cannot start any token", "this character cannot begin a value", _QUOTE),
    ("that cannot start any token", "this character cannot begin a value", _QUOTE),
    ("unexpected end of stream", "the quotes opened here are never closed", "add the closing quote"),
    ("unexpected document separator", "`---` or `...` stands inside of quoted text", "close the quotes before it"),
    ("unexpected document indicator", "`---` or `...` stands inside of quoted text", "close the quotes before it"),
    ("could not find expected ':'", "a key without its `:`", _INDENT),
    ("did not find expected key", "expected a key of the map that began above", _INDENT),
    ("did not find expected '-' indicator", "expected `- ` of the list that began above", _INDENT),
    ("expected <block end>", "expected the next item of the list or map that began above", _INDENT),
    ("did not find expected ',' or ']'", "the `[` opened here is not closed, expected `,` or `]`", "add the `]`"),
    ("expected ',' or ']'", "the `[` opened here is not closed, expected `,` or `]`", "add the `]`"),
    ("did not find expected ',' or '}'", "the `{` opened here is not closed, expected `,` or `}`", "add the `}`"),
    ("expected ',' or '}'", "the `{` opened here is not closed, expected `,` or `}`", "add the `}`"),
    ("did not find expected node content", "expected a value", None),
    ("expected the node content", "expected a value", None),
    ("expected <document start>", "expected the end of the file", _INDENT),
    ("expected '<document start>'", "expected the end of the file", _INDENT),
    ("block sequence entries are not allowed", "a list item `- ` cannot begin here", _INDENT),
    ("sequence entries are not allowed", "a list item `- ` cannot begin here", _INDENT),
    ("undefined tag handle", "tags are not used in a workflow file", _QUOTE),
    ("found unknown escape character", "an unknown escape in double quotes", "write `\\\\` for a backslash"),
)


# Complaints that are about where something began rather than about where the parser gave up.
_ABOUT_THE_START = ("end of stream", "',' or", "could not find expected ':'")


def describe_syntax_error(error: yaml.YAMLError, text: str) -> tuple[Position | None, str, str | None]:
    """Position, message and fix for what stopped the parser; the first such error is the only one it can tell."""
    if not isinstance(error, yaml.MarkedYAMLError):
        return None, "this is not YAML", None
    problem = error.problem or ""
    about_start = any(part in problem for part in _ABOUT_THE_START)
    mark = error.context_mark if about_start and error.context_mark else error.problem_mark
    if mark is None:
        return None, f"this is not YAML: {problem}", None
    position = Position(mark.line + 1, mark.column + 1)
    tab = _tab_in_indentation(text, mark.line)
    if tab is not None:
        return tab, "a tab stands in the indentation, expected spaces", "replace the tab by spaces"
    for part, message, help in _KNOWN:
        if part in problem:
            return position, f"this is not YAML: {message}", help
    return position, f"this is not YAML: {quoted(problem)[1:-1]}", None


def _tab_in_indentation(text: str, line: int) -> Position | None:
    """Where a tab indents the line or the one above it, which a parser often joins to it before it notices."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for number in (line, line - 1):
        if not 0 <= number < len(lines):
            continue
        indentation = lines[number][: len(lines[number]) - len(lines[number].lstrip(" \t"))]
        if "\t" in indentation and indentation != lines[number]:
            return Position(number + 1, indentation.index("\t") + 1)
    return None
