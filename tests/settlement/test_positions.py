"""Positions and payments: nothing is lost, nothing is made."""

from __future__ import annotations

import itertools
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.allocation import AllocationRow, allocate
from domain.errors import InvalidValueError
from domain.position import Position
from domain.reading import Metered
from domain.tariff import Tariff
from domain.units import Account, MillicentPerKilowattHour, Money, WattHours
from settlement.positions import grid_cost, grid_payment, payment, positions

ENERGY = st.integers(0, 50_000)
PRICES = st.integers(-30_000, 60_000)


def row(account: int, bought: int = 0, sold: int = 0) -> AllocationRow:
    return AllocationRow(Account(account), WattHours(bought), WattHours(sold), Money(0))


def metered(imported: int, exported: int) -> Metered:
    return Metered(WattHours(imported), WattHours(exported))


def position(account: int, *energies: int) -> Position:
    return Position(Account(account), *(WattHours(energy) for energy in energies))


@st.composite
def books(draw: st.DrawFn) -> list[AllocationRow]:
    """Trades that buy what they sell, several to an account, added up."""
    volume = draw(st.integers(0, 50_000))
    return allocate(
        row(account, **{side: share})
        for side in ("bought", "sold")
        for account, share in draw(shares(volume))
    )


@st.composite
def shares(draw: st.DrawFn, volume: int) -> list[tuple[int, int]]:
    cuts = sorted(draw(st.lists(st.integers(0, volume), max_size=6)))
    edges = [0, *cuts, volume]
    parts = [high - low for low, high in itertools.pairwise(edges)]
    return [(draw(st.integers(1, 8)), part) for part in parts if part]


METERS = st.dictionaries(
    st.integers(1, 8).map(Account), st.builds(metered, ENERGY, ENERGY), max_size=8
)
TARIFFS = st.tuples(PRICES, PRICES).map(
    lambda bounds: Tariff(*(MillicentPerKilowattHour(bound) for bound in sorted(bounds)))
)


def test_a_seller_that_delivers_and_a_buyer_that_overdraws() -> None:
    listed = positions(
        [row(7, bought=600), row(3, sold=600)],
        {Account(3): metered(0, 900), Account(7): metered(1000, 0)},
    )
    assert listed == [position(3, 0, 600, 0, 900, 0), position(7, 600, 0, 1000, 0, 600)]
    tariff = Tariff(MillicentPerKilowattHour(5000), MillicentPerKilowattHour(25_000))
    traded = (Money(-600 * 12_000), Money(600 * 12_000))
    paid = [payment(entry, own, tariff) for entry, own in zip(listed, traded, strict=True)]
    # The seller: 600 Wh at 12,000 and 300 Wh more fed in at 5,000. The buyer: 400 Wh at retail.
    assert paid == [-600 * 12_000 - 300 * 5000, 600 * 12_000 + 400 * 25_000]
    assert grid_payment(paid) == 400 * 25_000 - 300 * 5000


def test_certificates_stand_for_what_was_both_sold_and_exported() -> None:
    listed = positions(
        [row(1, sold=100), row(2, sold=50), row(3, bought=90), row(4, bought=60)],
        {Account(1): metered(0, 40), Account(2): metered(0, 70)},
    )
    # Delivered: min(100, 40) + min(50, 70) = 90 of 150 Wh, shared 90 : 60.
    assert [entry.certificates for entry in listed] == [0, 0, 54, 36]


def test_equal_remainders_of_certificates_go_to_the_lower_account() -> None:
    listed = positions(
        [row(1, sold=3), row(2, bought=1), row(3, bought=1), row(4, bought=1)],
        {Account(1): metered(0, 1)},
    )
    assert [entry.certificates for entry in listed] == [0, 1, 0, 0]


def test_an_account_with_a_meter_and_no_trade_is_settled_too() -> None:
    assert positions([], {Account(5): metered(7, 2)}) == [position(5, 0, 0, 7, 2, 0)]


def test_trades_that_do_not_balance_are_refused() -> None:
    with pytest.raises(InvalidValueError, match="as much sold as bought, 5 Wh"):
        positions([row(1, bought=5), row(2, sold=4)], {})


@given(books(), METERS)
def test_energy_is_conserved(traded: list[AllocationRow], meters: dict[Account, Metered]) -> None:
    listed = positions(traded, meters)
    volume = sum(one.bought for one in traded)
    assert sum(entry.bought for entry in listed) == sum(entry.sold for entry in listed) == volume
    imported = sum(meter.imported for meter in meters.values())
    exported = sum(meter.exported for meter in meters.values())
    assert sum(entry.imported for entry in listed) == imported
    assert sum(entry.exported for entry in listed) == exported
    assert sum(entry.residual for entry in listed) == imported - exported
    assert [entry.account for entry in listed] == sorted({entry.account for entry in listed})


@given(books(), METERS)
def test_certificates_are_conserved(
    traded: list[AllocationRow], meters: dict[Account, Metered]
) -> None:
    listed = positions(traded, meters)
    delivered = sum(entry.delivered for entry in listed)
    assert sum(entry.certificates for entry in listed) == delivered
    minted = sum(entry.exported - entry.delivered + entry.certificates for entry in listed)
    assert minted == sum(meter.exported for meter in meters.values())
    for entry in listed:
        exact = Fraction(delivered * entry.bought, sum(one.bought for one in traded) or 1)
        assert abs(entry.certificates - exact) < 1


@given(books(), METERS, PRICES, TARIFFS)
def test_the_grid_gets_what_its_own_meters_would_bill(
    traded: list[AllocationRow], meters: dict[Account, Metered], price: int, tariff: Tariff
) -> None:
    listed = positions(traded, meters)
    paid = [payment(entry, Money(price * (entry.bought - entry.sold)), tariff) for entry in listed]
    # Trades cancel out, so what is left is every account's exchange with the grid.
    billed = sum(grid_cost(entry.residual, tariff) for entry in listed)
    assert grid_payment(paid) == sum(paid) == billed


@given(
    st.integers(0, 60),
    st.integers(0, 60),
    st.integers(0, 60),
    st.integers(0, 60),
    PRICES,
    TARIFFS,
)
def test_a_payment_equals_one_counted_watt_hour_by_watt_hour(
    bought: int, sold: int, imported: int, exported: int, price: int, tariff: Tariff
) -> None:
    entry = position(1, bought, sold, imported, exported, 0)
    assert payment(entry, Money(price * (bought - sold)), tariff) == _count_payment(
        bought, sold, imported, exported, price, tariff
    )


def _count_payment(
    bought: int, sold: int, imported: int, exported: int, price: int, tariff: Tariff
) -> int:
    paid = 0
    level = 0
    for _ in range(bought):
        paid += price
        level -= 1
    for _ in range(sold):
        paid -= price
        level += 1
    for _ in range(imported):
        level += 1
    for _ in range(exported):
        level -= 1
    while level > 0:
        paid += tariff.retail
        level -= 1
    while level < 0:
        paid -= tariff.feed_in
        level += 1
    return paid
