"""Prices in cents, so that no sum is off by a rounding."""


def total(prices: list[int], discount_percent: int = 0) -> int:
    """The sum in cents after a discount, rounded down."""
    if not 0 <= discount_percent <= 100:
        raise ValueError(f"a discount of {discount_percent} % is out of range")
    return sum(prices) * (100 - discount_percent) // 100
