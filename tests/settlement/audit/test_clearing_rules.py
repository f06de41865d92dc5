"""The auditor's rule of each mechanism: worked examples, and the market's own code beside it."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.interval import Interval
from domain.order import Order, Side
from domain.tariff import Tariff
from domain.units import (
    MAX_PRICE,
    MAX_QUANTITY,
    MIN_PRICE,
    Account,
    MillicentPerKilowattHour,
    WattHours,
)
from market.clearing import DigestKeys, OrderArrays
from market.mechanisms import MECHANISMS, provable_mechanism
from settlement.audit.clearing import RULES, BookOrder

INTERVAL = Interval(1, 0)
# The book of the mechanisms' pages: ada, bo and eve buy, cy, di and fay sell.
PAGES = [
    ("bid", 500, 30_000),
    ("bid", 500, 24_000),
    ("bid", 300, 20_000),
    ("offer", 600, 12_000),
    ("offer", 400, 18_000),
    ("offer", 300, 26_000),
]


def tariff(feed_in: int, retail: int) -> Tariff:
    return Tariff(MillicentPerKilowattHour(feed_in), MillicentPerKilowattHour(retail))


def book(*orders: tuple[str, int, int]) -> list[BookOrder]:
    """Orders as (side, quantity, price); the first has the smallest digest."""
    return [
        BookOrder(
            at.to_bytes(32, "big"),
            Order(
                INTERVAL,
                Account(at + 1),
                Side.parse(side),
                WattHours(quantity),
                MillicentPerKilowattHour(price),
                at,
            ),
        )
        for at, (side, quantity, price) in enumerate(orders)
    ]


def test_the_auditor_knows_the_mechanisms_that_the_contract_proves() -> None:
    assert set(RULES) == {name for name, one in MECHANISMS.items() if one.provable}
    points = {name for name in RULES if MECHANISMS[name].takes_k}
    assert {name for name, rule in RULES.items() if rule.has_point} == points


@pytest.mark.parametrize(
    ("k", "payments"),
    [
        (500, (10_500_000, 10_200_000, 0, -12_300_000, -8_400_000, 0)),
        (1000, (15_000_000, 12_000_000, 0, -17_400_000, -9_600_000, 0)),
        (0, (6_000_000, 8_400_000, 0, -7_200_000, -7_200_000, 0)),
    ],
)
def test_pairs_of_the_page(k: int, payments: tuple[int, ...]) -> None:
    found = RULES["pay-as-bid"].clear(book(*PAGES), tariff(0, 40_000), k)
    assert (found.volume, found.price, found.low, found.high) == (1_000, 22_000, 20_000, 24_000)
    assert found.filled == (500, 500, 0, 600, 400, 0)
    assert found.payments == payments
    assert found.is_allocated


def test_equal_limits_meet_by_digest() -> None:
    """Two bids at retail, once clamped; the one with the smaller digest meets the cheaper offer."""
    orders = book(("bid", 5, 80), ("bid", 5, 90), ("offer", 5, 10), ("offer", 5, 30))
    found = RULES["pay-as-bid"].clear(orders[::-1], tariff(0, 60), 500)
    assert found.payments[::-1] == (5 * 35, 5 * 45, -5 * 35, -5 * 45)


@pytest.mark.parametrize(
    ("bounds", "price", "filled"),
    [
        # Two bids accept 24,000, and so do two offers, of 1,000 Wh each.
        ((8_000, 40_000), 24_000, (500, 500, 0, 600, 400, 0)),
        # All bids accept 19,000 and share the 1,000 Wh of two offers: 384.6, 384.6 and 230.8.
        ((8_000, 30_001), 19_000, (385, 384, 231, 600, 400, 0)),
        # No seller accepts a price below nothing.
        ((-12_001, 0), -6_001, (0, 0, 0, 0, 0, 0)),
    ],
)
def test_mid_market_rates(bounds: tuple[int, int], price: int, filled: tuple[int, ...]) -> None:
    found = RULES["mid-market-rate"].clear(book(*PAGES), tariff(*bounds), 0)
    assert found.filled == filled
    signs = (1, 1, 1, -1, -1, -1)
    assert found.payments == tuple(
        sign * wh * price for sign, wh in zip(signs, filled, strict=True)
    )
    assert found.price == (price if any(filled) else None)
    assert found.low is found.high is None


@pytest.mark.parametrize(
    ("bounds", "price"), [((8_000, 30_000), 8_000), ((-9, 30_000), 0), ((-9, -4), -4)]
)
def test_bill_sharing_takes_the_price_next_to_nothing(bounds: tuple[int, int], price: int) -> None:
    orders = book(("bid", 7, 99_999), ("offer", 9, -99_999))
    found = RULES["bill-sharing"].clear(orders, tariff(*bounds), 0)
    assert (found.price, found.filled) == (price, (7, 7))


PRICES = st.integers(-6, 12)
ORDERS = st.lists(
    st.tuples(st.sampled_from(["bid", "offer"]), st.integers(1, 9), PRICES), max_size=9
)
GRIDS = st.tuples(PRICES, PRICES).map(lambda bounds: tariff(*sorted(bounds)))


@settings(max_examples=400, deadline=None)
@given(ORDERS, GRIDS)
def test_the_ratio_s_price_is_the_lowest_that_its_ratio_does_not_exceed(
    orders: list[tuple[str, int, int]], grid: Tariff
) -> None:
    """Price by price through the whole tariff."""
    found = RULES["supply-demand-ratio"].clear(book(*orders), grid, 0)
    for price in range(grid.feed_in, grid.retail + 1):
        demand = sum(q for side, q, p in orders if side == "bid" and min(p, grid.retail) >= price)
        supply = sum(q for side, q, p in orders if side == "offer" and p <= price)
        if _ratio(demand, supply, grid) <= price:
            break
    assert found.volume == min(demand, supply)
    assert found.price == (price if found.volume else None)


def _ratio(demand: int, supply: int, grid: Tariff) -> Fraction:
    if supply == 0:
        return Fraction(grid.retail)
    if supply >= demand or grid.feed_in <= 0:
        return Fraction(grid.feed_in)
    share = Fraction(supply, demand)
    return Fraction(grid.feed_in * grid.retail) / (
        (grid.retail - grid.feed_in) * share + grid.feed_in
    )


ANY_PRICE = st.one_of(PRICES, st.integers(MIN_PRICE, MAX_PRICE))
ANY_ORDERS = st.lists(
    st.tuples(
        st.sampled_from(["bid", "offer"]),
        st.one_of(st.integers(1, 9), st.integers(1, MAX_QUANTITY)),
        ANY_PRICE,
    ),
    max_size=14,
)
ANY_GRID = st.tuples(ANY_PRICE, ANY_PRICE).map(lambda bounds: tariff(*sorted(bounds)))


@pytest.mark.parametrize("name", sorted(RULES))
def test_auditor_and_market_agree_without_sharing_code(name: str) -> None:
    _, provable = provable_mechanism(name)

    @settings(max_examples=250, deadline=None)
    @given(
        ANY_ORDERS,
        st.one_of(GRIDS, ANY_GRID),
        st.integers(0, 1000),
        st.randoms(use_true_random=False),
    )
    def check(orders: list[tuple[str, int, int]], grid: Tariff, k: int, random: Random) -> None:
        entries = book(*orders)
        random.shuffle(entries)
        arrays = OrderArrays(
            side=np.array([int(entry.order.side) for entry in entries], np.uint8),
            price=np.array([entry.order.price for entry in entries], np.int64),
            quantity=np.array([entry.order.quantity for entry in entries], np.int64),
            keys=DigestKeys.of([entry.digest for entry in entries]),
        )
        theirs = provable.rule(arrays, np.arange(1, len(entries) + 1), grid, k)
        ours = RULES[name].clear(entries, grid, k)
        assert (ours.volume, ours.price, ours.low, ours.high) == (
            theirs.volume,
            theirs.price,
            theirs.low,
            theirs.high,
        )
        assert list(ours.filled) == theirs.filled.tolist()
        assert list(ours.payments) == theirs.payments.tolist()
        assert ours.is_allocated == any(theirs.allocation_hash)

    check()
