from dashboard.totals import total


def test_cents_become_a_sum() -> None:
    assert total([1200, 5]) == "12.05"


def test_nothing_is_a_sum_as_well() -> None:
    assert total([]) == "0.00"
