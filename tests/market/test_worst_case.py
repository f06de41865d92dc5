from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from domain.fee import Fee
from domain.order import Side
from domain.units import (
    MAX_PRICE,
    MIN_PRICE,
    Account,
    MillicentPerKilowattHour,
    Money,
    WattHours,
    payment,
)
from market.worst_case import worst_case

PRICES = st.integers(MIN_PRICE, MAX_PRICE).map(MillicentPerKilowattHour)


ENERGIES = st.integers(1, 2**32 - 1).map(WattHours)
FEES = st.integers(0, 10_000).map(lambda rate: Fee(Account(1), MillicentPerKilowattHour(rate)))


@given(st.sampled_from(Side), ENERGIES, PRICES, PRICES, FEES)
def test_nobody_pays_more_than_the_worst_case(
    side: Side, energy: WattHours, one: int, other: int, fee: Fee
) -> None:
    """At a better price nobody pays more, and at the limit exactly that."""
    low, high = (payment(energy, MillicentPerKilowattHour(p)) for p in sorted((one, other)))
    if side is Side.BID:
        limit, due = high, {at: at + fee.on(energy) for at in (low, high)}
    else:
        limit, due = low, {at: -at for at in (low, high)}
    most = worst_case(side, energy, limit, fee)
    assert most == max(due[limit], 0)
    assert most >= max(due.values())


@given(
    st.sampled_from(Side),
    st.lists(st.tuples(ENERGIES, st.integers(0, MAX_PRICE)), min_size=1, max_size=5),
    FEES,
)
def test_orders_at_no_negative_limit_may_be_taken_together(
    side: Side, orders: list[tuple[WattHours, int]], fee: Fee
) -> None:
    paid = [(energy, payment(energy, MillicentPerKilowattHour(at))) for energy, at in orders]
    apart = sum(worst_case(side, energy, at_limit, fee) for energy, at_limit in paid)
    energies, amounts = zip(*paid, strict=True)
    together = worst_case(side, WattHours(sum(energies)), Money(sum(amounts)), fee)
    assert together == apart
