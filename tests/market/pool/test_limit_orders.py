"""Pools of limit orders, against the rules read plainly."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.apportionment import largest_remainder
from domain.tariff import Tariff
from domain.units import MAX_PRICE, MIN_PRICE
from market.pool.limit_orders import (
    clear_orders_at_mid_market_rate,
    clear_orders_by_bill_sharing,
    clear_orders_by_supply_demand_ratio,
)
from market.pool.prices import ratio_price

_RULES = (
    clear_orders_at_mid_market_rate,
    clear_orders_by_bill_sharing,
    clear_orders_by_supply_demand_ratio,
)
_SOME = settings(max_examples=200, deadline=None)


def _plain_fills(book, tariff, price):
    """Everybody who accepts the price, the longer side pro rata."""

    def accepts(order):
        if order.is_offer:
            return max(order.price, tariff.feed_in) <= price
        return min(order.price, tariff.retail) >= price

    sides = [
        [at for at, order in enumerate(book) if order.is_offer is side and accepts(order)]
        for side in (False, True)
    ]
    energy = [sum(book[at].quantity for at in side) for side in sides]
    filled = [0] * len(book)
    for side in sides:
        shares = largest_remainder(
            min(energy), [book[at].quantity for at in side], [book[at].key for at in side]
        )
        for at, part in zip(side, shares, strict=True):
            filled[at] = part
    return energy, filled


@pytest.mark.parametrize("rule", _RULES)
def test_equals_the_rule_read_plainly(rule, strategies, as_arrays):
    @_SOME
    @given(strategies.books, strategies.tariffs.filter(bool))
    def check(book, tariff):
        found = rule(as_arrays(book), tariff)
        _, filled = _plain_fills(book, tariff, found.separator)
        assert found.filled.tolist() == filled
        assert found.volume == sum(filled) // 2
        assert tariff.feed_in <= found.separator <= tariff.retail
        assert found.price == (found.separator if found.volume else None)
        assert int(found.payments(as_arrays(book)).sum()) == 0

    check()


@pytest.mark.parametrize("rule", _RULES)
def test_depends_on_the_set_of_orders_only(rule, strategies, as_arrays):
    @_SOME
    @given(strategies.books, strategies.tariffs.filter(bool), st.randoms(use_true_random=False))
    def check(book, tariff, random):
        shuffled = random.sample(book, len(book))
        found = [rule(as_arrays(rows), tariff) for rows in (book, shuffled)]
        fills = [
            sorted(zip((order.key for order in rows), one.filled.tolist(), strict=True))
            for rows, one in zip((book, shuffled), found, strict=True)
        ]
        assert fills[0] == fills[1]
        assert found[0].separator == found[1].separator

    check()


def test_the_ratio_s_price_is_the_lowest_whole_one_that_its_ratio_does_not_exceed(as_arrays):
    prices = st.integers(-3, 12)

    @_SOME
    @given(
        st.lists(st.tuples(st.booleans(), prices, st.integers(1, 9)), max_size=8),
        st.tuples(prices, prices).map(sorted),
    )
    def check(rows, bounds):
        book = [_Order(*row, key=bytes([at]) * 32) for at, row in enumerate(rows)]
        tariff = Tariff(*bounds)
        lowest = next(
            price
            for price in range(tariff.feed_in, tariff.retail + 1)
            if ratio_price(*_plain_fills(book, tariff, price)[0], tariff) <= price
        )
        assert clear_orders_by_supply_demand_ratio(as_arrays(book), tariff).separator == lowest

    check()


class _Order:
    def __init__(self, is_offer, price, quantity, key):
        self.is_offer, self.price, self.quantity, self.key = is_offer, price, quantity, key


@pytest.mark.parametrize("rule", _RULES)
def test_extreme_prices_and_quantities_do_not_overflow(rule, as_arrays):
    book = [
        _Order(False, MAX_PRICE, 2**32 - 1, b"a" * 32),
        _Order(True, MIN_PRICE, 2**32 - 2, b"b" * 32),
    ]
    for tariff in (Tariff(MIN_PRICE, MAX_PRICE), Tariff(1, MAX_PRICE), Tariff(MIN_PRICE, -1)):
        found = rule(as_arrays(book), tariff)
        assert found.filled.tolist() == [2**32 - 2, 2**32 - 2]
        assert np.abs(found.payments(as_arrays(book))).max() == abs(found.price) * (2**32 - 2)


def test_mid_market_rate_rounds_down_below_zero_too(as_arrays):
    book = [_Order(False, 0, 5, b"a" * 32), _Order(True, -9, 5, b"b" * 32)]
    assert clear_orders_at_mid_market_rate(as_arrays(book), Tariff(-8, 5)).price == -2


def test_bill_sharing_takes_the_price_within_the_tariff_that_is_nearest_to_nothing(as_arrays):
    book = [_Order(False, 100, 5, b"a" * 32), _Order(True, -100, 5, b"b" * 32)]
    for bounds, price in (((-8, 5), 0), ((3, 5), 3), ((-8, -2), -2)):
        assert clear_orders_by_bill_sharing(as_arrays(book), Tariff(*bounds)).price == price
