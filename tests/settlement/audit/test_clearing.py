"""The auditor's own clearing against examples worked out by hand and against the rule itself."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.interval import Interval
from domain.order import Order, Side
from domain.tariff import Tariff
from domain.units import Account, MillicentPerKilowattHour, WattHours
from settlement.audit.clearing import BookOrder, Clearing
from settlement.audit.clearing.uniform_price import clear_uniform_price

WIDE = Tariff(MillicentPerKilowattHour(-(2**31)), MillicentPerKilowattHour(2**31 - 1))
INTERVAL = Interval(1, 0)


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


def clear(orders: list[BookOrder], grid: Tariff) -> Clearing:
    """Clear halfway through the range of prices."""
    return clear_uniform_price(orders, grid, 500)


NO_TRADE = (0, None, None, None)


@pytest.mark.parametrize(
    ("orders", "grid", "outcome", "filled"),
    [
        pytest.param([], WIDE, NO_TRADE, (), id="empty book"),
        pytest.param([("bid", 5, 10)], WIDE, NO_TRADE, (0,), id="no offer"),
        pytest.param([("bid", 5, 9), ("offer", 5, 10)], WIDE, NO_TRADE, (0, 0), id="no overlap"),
        pytest.param(
            [("bid", 5, 10), ("offer", 5, 10)], WIDE, (5, 10, 10, 10), (5, 5), id="one price"
        ),
        pytest.param(
            [("bid", 5, 20), ("offer", 5, 11)], WIDE, (5, 15, 11, 20), (5, 5), id="floor of middle"
        ),
        pytest.param(
            [("bid", 5, -4), ("offer", 5, -7)], WIDE, (5, -6, -7, -4), (5, 5), id="negative floor"
        ),
        pytest.param(
            [("bid", 5, 20), ("bid", 5, 14), ("offer", 5, 10)],
            WIDE,
            (5, 17, 14, 20),
            (5, 0, 5),
            id="rejected bid raises the low end",
        ),
        pytest.param(
            [("bid", 5, 20), ("offer", 5, 10), ("offer", 5, 13)],
            WIDE,
            (5, 11, 10, 13),
            (5, 5, 0),
            id="rejected offer lowers the high end",
        ),
        pytest.param(
            [("bid", 6, 20), ("offer", 10, 10)],
            WIDE,
            (6, 10, 10, 10),
            (6, 6),
            id="a partly filled offer sets the price",
        ),
        pytest.param(
            [("bid", 10, 20), ("offer", 4, 10)],
            WIDE,
            (4, 20, 20, 20),
            (4, 4),
            id="a partly filled bid sets the price",
        ),
        pytest.param(
            [("bid", 10, 20), ("bid", 20, 20), ("offer", 10, 10)],
            WIDE,
            (10, 20, 20, 20),
            (3, 7, 10),
            id="equal bids share, the larger remainder gets the odd unit",
        ),
        pytest.param(
            [("bid", 5, 20), ("bid", 5, 20), ("offer", 3, 10)],
            WIDE,
            (3, 20, 20, 20),
            (2, 1, 3),
            id="equal remainders go by digest",
        ),
        pytest.param(
            [("bid", 5, 99), ("bid", 5, 70), ("offer", 5, 10)],
            tariff(5, 60),
            (5, 60, 60, 60),
            (3, 2, 5),
            id="bids above retail are equal",
        ),
        pytest.param(
            [("bid", 5, 40), ("offer", 5, -9), ("offer", 5, 3)],
            tariff(8, 60),
            (5, 8, 8, 8),
            (5, 3, 2),
            id="offers below feed-in are equal",
        ),
        pytest.param(
            [("bid", 5, 7), ("offer", 5, 3)],
            tariff(8, 60),
            NO_TRADE,
            (0, 0),
            id="a bid below feed-in cannot trade",
        ),
        pytest.param(
            [("bid", 5, 30), ("offer", 5, 0)],
            WIDE,
            (5, 15, 0, 30),
            (5, 5),
            id="an offer at zero",
        ),
        pytest.param(
            [("bid", 3, 30), ("bid", 4, 20), ("offer", 5, 10), ("offer", 2, 20), ("offer", 9, 25)],
            WIDE,
            (7, 20, 20, 20),
            (3, 4, 5, 2, 0),
            id="both sides end at one price",
        ),
    ],
)
def test_worked_example(
    orders: list[tuple[str, int, int]],
    grid: Tariff,
    outcome: tuple[int, int | None, int | None, int | None],
    filled: tuple[int, ...],
) -> None:
    found = clear(book(*orders), grid)
    assert (found.volume, found.price, found.low, found.high) == outcome
    assert found.filled == filled
    for (side, *_), wh, paid in zip(orders, found.filled, found.payments, strict=True):
        assert paid == (wh if side == "bid" else -wh) * (found.price or 0)
    assert not found.is_allocated


@pytest.mark.parametrize(("k", "price"), [(0, 10), (333, 13), (500, 15), (999, 19), (1000, 20)])
def test_the_point_moves_the_price_through_its_range(k: int, price: int) -> None:
    orders = book(("bid", 5, 20), ("offer", 5, 10))
    found = clear_uniform_price(orders, WIDE, k)
    assert (found.price, found.low, found.high, found.filled) == (price, 10, 20, (5, 5))


ORDERS = st.lists(
    st.tuples(st.sampled_from(["bid", "offer"]), st.integers(1, 9), st.integers(-12, 12)),
    max_size=9,
)
GRIDS = st.tuples(st.integers(-12, 12), st.integers(-12, 12)).map(
    lambda bounds: tariff(*sorted(bounds))
)


@given(ORDERS, GRIDS)
def test_the_outcome_is_an_equilibrium_and_no_price_supports_more(
    orders: list[tuple[str, int, int]], grid: Tariff
) -> None:
    outcome = clear(book(*orders), grid)
    best = max(_supported(orders, grid, price) for price in range(-14, 15))
    assert outcome.volume == best
    if outcome.price is None or outcome.low is None or outcome.high is None:
        return
    assert grid.feed_in <= outcome.price <= grid.retail
    for price in (outcome.low, outcome.price, outcome.high):
        assert _clears(orders, grid, price, best)
    assert not _clears(orders, grid, outcome.low - 1, best)
    assert not _clears(orders, grid, outcome.high + 1, best)


@given(ORDERS, GRIDS)
def test_no_order_trades_beyond_its_limit_and_both_sides_trade_the_same(
    orders: list[tuple[str, int, int]], grid: Tariff
) -> None:
    outcome = clear(book(*orders), grid)
    traded = {"bid": 0, "offer": 0}
    for (side, quantity, price), filled in zip(orders, outcome.filled, strict=True):
        assert 0 <= filled <= quantity
        traded[side] += filled
        if filled and outcome.price is not None:
            assert price >= outcome.price if side == "bid" else price <= outcome.price
    assert traded == {"bid": outcome.volume, "offer": outcome.volume}


@given(ORDERS, GRIDS, st.randoms(use_true_random=False))
def test_the_outcome_depends_on_the_set_of_orders_alone(
    orders: list[tuple[str, int, int]], grid: Tariff, random: Random
) -> None:
    entries = book(*orders)
    shuffled = list(entries)
    random.shuffle(shuffled)
    one, other = clear(entries, grid), clear(shuffled, grid)
    assert (one.volume, one.price, one.low, one.high) == (
        other.volume,
        other.price,
        other.low,
        other.high,
    )
    assert {entry.digest: wh for entry, wh in zip(entries, one.filled, strict=True)} == {
        entry.digest: wh for entry, wh in zip(shuffled, other.filled, strict=True)
    }


def _clears(orders: list[tuple[str, int, int]], grid: Tariff, price: int, volume: int) -> bool:
    """Tell whether a volume clears at a price: nobody better is left out, nobody is forced."""
    demand, supply = _limits(orders, grid)
    better_bids = sum(quantity for quantity, limit in demand if limit > price)
    better_offers = sum(quantity for quantity, limit in supply if limit < price)
    return _supported(orders, grid, price) == volume >= max(better_bids, better_offers)


def _supported(orders: list[tuple[str, int, int]], grid: Tariff, price: int) -> int:
    demand, supply = _limits(orders, grid)
    return min(
        sum(quantity for quantity, limit in demand if limit >= price),
        sum(quantity for quantity, limit in supply if limit <= price),
    )


def _limits(
    orders: list[tuple[str, int, int]], grid: Tariff
) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    demand = [(wh, min(price, grid.retail)) for side, wh, price in orders if side == "bid"]
    supply = [(wh, max(price, grid.feed_in)) for side, wh, price in orders if side == "offer"]
    return demand, supply
