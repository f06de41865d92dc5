"""Prices at which no accepted block loses."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market.supply_function.blocks import block_book
from market.supply_function.interval_market import Point
from market.supply_function.support import losing_blocks, supporting_prices

_SOME = settings(max_examples=150, deadline=None)


@pytest.fixture
def book_of():
    """Return the blocks of a day."""

    def found(day):
        orders = day.orders()
        return block_book(orders, None, np.unique(orders.interval))

    return found


def _without_loss(book, levels, prices):
    gains = book.family_surplus(prices, levels)
    return all(gain >= 0 for gain, level in zip(gains, levels, strict=True) if level)


def test_prices_are_found_where_there_are_some(days, book_of):
    @_SOME
    @given(days.indivisible, st.data())
    def check(day, data):
        book = book_of(day)
        levels = tuple(data.draw(st.sampled_from([0, block.size])) for block in book.blocks)
        ends = st.tuples(st.integers(-5, 5), st.integers(0, 4))
        drawn = [data.draw(ends) for _ in range(book.intervals)]
        points = [Point(0, low, low + more, 0) for low, more in drawn]
        found = supporting_prices(book, levels, points)
        boxes = [range(point.low, point.high + 1) for point in points]
        possible = (prices for prices in itertools.product(*boxes))
        if found is None:
            assert not any(_without_loss(book, levels, prices) for prices in possible)
        else:
            assert _without_loss(book, levels, found)
            assert all(price in box for price, box in zip(found, boxes, strict=True))

    check()


def test_blocks_that_lose_do_so_at_any_price(days, book_of):
    @_SOME
    @given(days.small, st.data())
    def check(day, data):
        book = book_of(day)
        levels = tuple(
            data.draw(st.sampled_from([0, *range(block.least, block.size + 1)]))
            for block in book.blocks
        )
        lows = [data.draw(st.integers(-5, 5)) for _ in range(book.intervals)]
        points = [Point(0, low, low + 2, 0) for low in lows]
        for place in losing_blocks(book, levels, points):
            block = book.blocks[place]
            for prices in itertools.product(*(range(low, low + 3) for low in lows)):
                for level in range(block.least, block.size + 1):
                    assert block.surplus(prices, level) < 0

    check()


def test_accepted_blocks_narrow_the_middle(row, terms, day, book_of):
    rows = (
        row(True, 12, 12, 10, 0, b"a" * 32, 0),
        row(False, 18, 18, 10, 0, b"b" * 32, 1),
        row(True, 0, 0, 10, 0, b"c" * 32, 2),
    )
    book = book_of(day(rows, (terms(1000), terms(1000), terms(0))))
    point = Point(0, 0, 20, 0)
    # The seller who asks 12 and the buyer who gives 18; then a seller of 0, accepted in part.
    assert supporting_prices(book, (10, 10, 0), [point]) == [15]
    assert supporting_prices(book, (0, 0, 0), [point]) == [10]
    assert supporting_prices(book, (0, 0, 5), [point]) == [0]
    assert supporting_prices(book, (10, 0, 0), [Point(0, 0, 11, 0)]) is None
