"""An interval's curve against its watt-hours, one by one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market.supply_function.pieces import pieces_by_interval

_SOME = settings(max_examples=150, deadline=None)


@pytest.fixture
def curve_of(clamped):
    """Return a day's first curve, its bids and its Wh in ascending order of limit."""

    def found(day, tariff):
        orders = day.orders()
        curve = pieces_by_interval(orders, tariff, np.zeros(1, np.int64))[0].curve()
        sides = {False: [], True: []}
        for row in (row for row in day.rows if row.interval == 0):
            limits = [clamped(row, limit, tariff) for limit in row.limits()]
            sides[row.is_offer] += [
                limit
                for limit in limits
                if tariff is None or tariff.feed_in <= limit <= tariff.retail
            ]
        return curve, sides[False], sorted(sides[False] + sides[True])

    return found


def test_prices_and_welfare_for_every_injection(days, curve_of):
    @_SOME
    @given(days.simple, days.tariffs)
    def check(day, tariff):
        curve, bids, ascending = curve_of(day, tariff)
        least, most = curve.reach
        assert (least, most) == (len(bids) - len(ascending), len(bids))
        for injection in range(least, most + 1):
            rank = len(bids) - injection
            low = ascending[rank - 1] if rank else None
            high = ascending[rank] if rank < len(ascending) else None
            assert curve.interval(injection) == (low, high)
            assert curve.welfare(injection, low) == sum(bids) - sum(ascending[:rank])

    check()


def test_a_narrower_curve_answers_the_same(days, curve_of):
    @_SOME
    @given(days.simple, st.data())
    def check(day, data):
        curve, _, ascending = curve_of(day, None)
        if not ascending:
            return
        low, high = sorted(data.draw(st.sampled_from(ascending)) for _ in range(2))
        narrow = curve.within(low, high)
        for price in range(low - 1, high + 1):
            assert narrow.up_to(price) == curve.up_to(price)
        for injection in range(curve.reach[0], curve.reach[1] + 1):
            ends = curve.interval(injection)
            if None not in ends and low <= ends[0] <= ends[1] <= high:
                assert narrow.interval(injection) == ends
                assert narrow.welfare(injection, ends[0]) == curve.welfare(injection, ends[0])

    check()


def test_welfare_is_concave_and_prices_are_its_slopes(days, curve_of):
    @_SOME
    @given(days.simple)
    def check(day):
        curve, *_ = curve_of(day, None)
        reach = range(curve.reach[0], curve.reach[1] + 1)
        ends = [curve.interval(injection) for injection in reach]
        values = [curve.welfare(b, low) for b, (low, _) in zip(reach, ends, strict=True)]
        for at, slope in enumerate(np.diff(values).tolist()):
            assert slope == ends[at][0] == ends[at + 1][1]

    check()
