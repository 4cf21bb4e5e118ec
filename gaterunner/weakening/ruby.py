"""Tests of Ruby: RSpec, Minitest, Test::Unit, Rails."""

from __future__ import annotations

import re

from gaterunner.weakening.indented import Lines, read_lines
from gaterunner.weakening.types import Sheet

_RUBY = Lines(
    head=re.compile(
        r"""(?x) ^\s* (?:RSpec\.)? (?P<word> [xf]?(?:it|specify|example|scenario|describe|context|feature) | its | test
        | shared_examples(?:_for)? | should | def(?=\s+test_) | (?:class|module)(?=\s) | pending(?=[ ]["'].*\bdo\b) ) \b
        \s*\(?\s* (?P<name> "(?:[^"\\]|\\.)*" | '(?:[^'\\]|\\.)*' | [\w:.?!]+ )? (?P<rest> .*)$"""
    ),
    suites=re.compile(r"[xf]?(?:describe|context|feature)$|shared_examples|class$|module$"),
    off=re.compile(r"x(?:it|specify|example|scenario|describe|context|feature)$|pending$"),
    focus=re.compile(
        r"^f(?:it|specify|example|scenario|describe|context|feature)\b|[, ]:focus\b|\bfocus: true|focus => true"
    ),
    option=re.compile(
        r"[, (](?::skip\b|skip: (?!false|nil)\S.*?(?= do\b|$)|:pending\b|pending: (?!false|nil)\S.*?(?= do\b|$))"
    ),
    call=re.compile(r"\s*(?:skip|pending)\b(?!\s*[=.:])"),
    assertion=re.compile(
        r"\b(?:expect|is_expected|are_expected|should(?:_not|_receive)?|assert\w*|refute\w*|must_\w+|wont_\w+|flunk|verify\w*"
        r"|check_\w+|have_\w+)\b|\.to\b|\.not_to\b"
    ),
    hollow=re.compile(
        r"expect\(?\s*true\s*\)?\.to\s+(?:eq\(?\s*true|be\s+true|be_truthy|be\(true)|\bassert\s*\(?\s*true\s*\)?\s*$"
        r"|assert_equal\(?\s*(\S+)\s*,\s*\1\s*\)?$|expect\(\s*1\s*\)\.to\s+eq\(?\s*1\b"
    ),
)


def read(data: bytes) -> Sheet:
    """All tests of a file."""
    return read_lines(data, _RUBY)
