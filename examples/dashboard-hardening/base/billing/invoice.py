"""Invoices."""


def total(messages: int, price: int) -> int:
    """What so many messages cost, in cents."""
    return messages * price
