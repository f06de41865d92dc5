"""One interval's prices by the energy that blocks bring."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from market.supply_function.envelope import price_lines
from market.supply_function.interval_market import IntervalMarket
from market.supply_function.pieces import pieces_by_interval
from market.supply_function.ranges import Range

_SOME = settings(max_examples=150, deadline=None)
_FLOOR, _CAP = -20, 20


@pytest.fixture
def market_of():
    """Return the market of a day's first interval."""

    def found(day):
        pieces = pieces_by_interval(day.orders(), None, np.zeros(1, np.int64))[0]
        return IntervalMarket(pieces.curve(), _FLOOR, _CAP)

    return found


def test_prices_that_nothing_bounds_end_at_floor_and_cap(days, market_of):
    @_SOME
    @given(days.simple)
    def check(day):
        market = market_of(day)
        least, most = market.reach
        assert market.at(most).low == _FLOOR
        assert market.at(least).high == _CAP
        assert market.at(0) is market.at(0)

    check()


def test_the_injection_at_which_a_price_clears(days, market_of):
    @_SOME
    @given(days.simple)
    def check(day):
        market = market_of(day)
        for price in range(_FLOOR, _CAP + 1):
            injection = market.at_price(price)
            assert market.at(injection).low <= price <= market.at(injection).high
            if injection > market.reach[0]:
                before = market.at(injection - 1)
                assert not before.low <= price <= before.high or before.low == price

    check()


def test_every_price_lies_between_the_lines(days, market_of):
    """Also of a market that is narrowed to some injections."""

    @_SOME
    @given(days.simple)
    def check(day):
        whole = market_of(day)
        least, most = whole.reach[0] // 2, whole.reach[1] // 2
        market = whole.within(least, most)
        limits = Range(least, most, market.at(most).low, market.at(least).high, market.at(0))
        lines = price_lines(market, limits)
        assert least == most or {line.above for line in lines} == {True, False}
        for injection in range(least, most + 1):
            point = market.at(injection)
            assert point == whole.at(injection)
            for line in lines:
                value = line.constant + line.slope * injection
                if line.above:
                    assert point.high <= value + 1e-9
                else:
                    assert point.low >= value - 1e-9

    check()
