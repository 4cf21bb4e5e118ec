"""Which destructive steps a declared cutover permits."""

from __future__ import annotations

import pytest

from gaterunner.cutovers import PATH, PHASES, Cutover, Cutovers, permits, read_cutovers
from gaterunner.migrations.destructive import Step
from tests.cutovers.declaring import declared, entry


def read(*entries: str) -> tuple[Cutover, ...]:
    return read_cutovers(declared(*entries).encode(), PATH)


def step(table: str | None, column: str | None = None) -> Step:
    return Step(rule="migration-drop-column", table=table, column=column, path="migrations/0002_x.sql", line=1)


def test_the_change_that_stops_the_old_may_drop_it() -> None:
    moving = Cutovers(base=read(entry("read-new")), judged=read(entry("stop-old")))
    permitted = permits(moving, step("orders", "total"))
    assert permitted is not None
    assert permitted.name == "totals"


@pytest.mark.parametrize("judged", [(entry("stop-old"),), ()], ids=["kept", "removed with the drop"])
def test_any_change_after_that_may(judged: tuple[str, ...]) -> None:
    assert permits(Cutovers(base=read(entry("stop-old")), judged=read(*judged)), step("orders", "total"))


@pytest.mark.parametrize(
    ("before", "after"),
    [(before, after) for before in PHASES[:3] for after in PHASES if (before, after) != ("read-new", "stop-old")],
)
def test_no_earlier_phase_permits_anything(before: str, after: str) -> None:
    assert permits(Cutovers(base=read(entry(before)), judged=read(entry(after))), step("orders", "total")) is None


def test_an_entry_that_the_branch_adds_permits_nothing() -> None:
    assert permits(Cutovers(judged=read(entry("stop-old"))), step("orders", "total")) is None


def test_a_target_that_the_branch_adds_permits_nothing() -> None:
    moving = Cutovers(base=read(entry("read-new")), judged=read(entry("stop-old", drops="[orders.total, users]")))
    assert permits(moving, step("users")) is None


@pytest.mark.parametrize(
    ("target", "table", "column", "fits"),
    [
        ("orders.total", "orders", "total", True),
        ("Orders.Total", "public.orders", "TOTAL", True),
        ("orders", "orders", None, True),
        ("orders", "orders", "total", True),
        ("billing.orders", "billing.orders", None, True),
        ("billing.orders.total", "billing.orders", "total", True),
        ("orders.total", "orders", None, False),
        ("orders.total", "orders", "subtotal", False),
        ("orders", "billing.orders", None, False),
        ("billing", "billing.orders", None, False),
        ("orders.total", None, None, False),
    ],
)
def test_only_what_is_declared_to_go_goes(target: str, table: str | None, column: str | None, fits: bool) -> None:
    standing = read(entry("stop-old", drops=f"[{target}]"))
    assert (permits(Cutovers(base=standing, judged=standing), step(table, column)) is not None) is fits
