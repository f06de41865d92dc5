"""Blocks that can be accepted at all."""

from __future__ import annotations

import numpy as np
import pytest

from market.supply_function.blocks import block_book
from market.supply_function.interval_market import IntervalMarket
from market.supply_function.pieces import pieces_by_interval
from market.supply_function.ranges import open_blocks


@pytest.fixture
def opened(day, row, terms):
    """Return the numbers of the open blocks, of sellers of 10 Wh each, and the first range.

    Beside them, 20 Wh are bought at 9 and sold at 3, so that prices lie from 3 to 9.
    """

    def found(*blocks):
        rows = [row(False, 9, 9, 20, 0, b"b" * 32), row(True, 3, 3, 20, 0, b"s" * 32)]
        for number, (price, _) in enumerate(blocks):
            rows.append(row(True, price, price, 10, 0, bytes([number]) * 32, number))
        orders = day(tuple(rows), tuple(terms(1000, parent) for _, parent in blocks)).orders()
        intervals = np.unique(orders.interval)
        pieces = pieces_by_interval(orders, None, intervals)
        markets = [IntervalMarket(one.curve(), 0, 20) for one in pieces]
        book = block_book(orders, None, intervals)
        active, ranges = open_blocks(book, markets)
        return [book.blocks[place].number for place in active], ranges.get(0)

    return found


def test_blocks_dearer_than_any_price_are_closed(opened):
    active, limits = opened((8, -1), (10, -1))
    assert active == [0]
    assert (limits.least, limits.most) == (0, 10)
    assert (limits.low, limits.high) == (3, 9)
    assert limits.without.middle == 6


def test_children_carry_parents_and_go_with_them(opened):
    assert opened((12, -1), (4, 0))[0] == [0, 1]
    assert opened((15, -1), (4, 0))[0] == []
    assert opened((8, -1), (10, 0))[0] == [0]


def test_nothing_is_open_where_all_are_too_dear(opened):
    assert opened((10, -1)) == ([], None)
