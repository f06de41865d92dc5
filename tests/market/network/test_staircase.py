"""Staircases against counting order by order."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from market.network.staircase import OPEN, Staircase

_ORDERS = st.lists(st.tuples(st.integers(-5, 5), st.integers(1, 9)), max_size=8)
_PARTS = st.lists(st.tuples(_ORDERS, st.integers(0, 20)), min_size=1, max_size=4)


def _staircase(orders, bought):
    price, quantity = np.array(sorted(orders), np.int64).reshape(-1, 2).T
    return Staircase.of_orders(price, quantity, bought)


def _sales(stairs, price):
    """The least and the greatest net sales at a price."""
    return (
        int(stairs.through[np.searchsorted(stairs.price, price, side="left")]),
        int(stairs.through[np.searchsorted(stairs.price, price, side="right")]),
    )


@given(_PARTS)
@settings(max_examples=200, deadline=None)
def test_parts_add_up_at_each_price(parts):
    stairs = [_staircase(*part) for part in parts]
    merged = Staircase.merged(stairs)
    assert (np.diff(merged.price) > 0).all() or len(parts) == 1
    for price in range(-6, 7):
        low, high = np.sum([_sales(one, price) for one in stairs], axis=0)
        assert _sales(merged, price) == (low, high)


@given(_ORDERS, st.integers(0, 20), st.integers(-30, 90))
@settings(max_examples=300, deadline=None)
def test_prices_at_are_those_that_sell_as_much(orders, bought, sales):
    stairs = _staircase(orders, bought)
    low, high = stairs.prices_at(sales)
    if sales < stairs.through[0]:
        assert (low, high) == (-OPEN, -OPEN)
    elif sales > stairs.through[-1]:
        assert (low, high) == (OPEN, OPEN)
    else:
        for price in range(-7, 8):
            least, most = _sales(stairs, price)
            assert (least <= sales <= most) == (low <= price <= high)


@given(_ORDERS, st.integers(0, 20), st.integers(0, 15), st.integers(0, 15), st.integers(0, 3))
@settings(max_examples=300, deadline=None)
def test_a_line_clips_what_is_sold_and_charges_its_fee(orders, bought, most_in, most_out, fee):
    stairs = _staircase(orders, bought)
    seen = stairs.behind_line(most_in, most_out, fee)
    for price in range(-10, 11):
        sold = [max(0, min(most_out, wh)) for wh in _sales(stairs, price - fee)]
        taken = [min(0, max(-most_in, wh)) for wh in _sales(stairs, price + fee)]
        assert _sales(seen, price) == (sold[0] + taken[0], sold[1] + taken[1])
