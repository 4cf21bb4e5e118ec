import pytest

from shop import total


def test_a_total_is_the_sum() -> None:
    assert total([199, 301]) == 500


def test_a_discount_is_rounded_down() -> None:
    assert total([199], discount_percent=50) == 99


def test_a_discount_cannot_exceed_everything() -> None:
    with pytest.raises(ValueError, match="out of range"):
        total([100], discount_percent=101)
