"""Names and texts in SQL, whatever they hold."""

from __future__ import annotations

import pytest

from gaterunner.services.database import quoted_name, quoted_text


def test_quotes_are_doubled() -> None:
    assert quoted_name('a"b') == '"a""b"'
    assert quoted_text("it's") == "'it''s'"


def test_a_backslash_is_one_whatever_the_server_makes_of_strings() -> None:
    assert quoted_text("a\\'b") == " E'a\\\\''b'"


def test_what_postgresql_cannot_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="not an identifier"):
        quoted_name("")
    with pytest.raises(ValueError, match="not a text"):
        quoted_text("a\0b")
