"""Linear orders against their limits, Wh by Wh."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.units import MAX_PRICE, MAX_QUANTITY, MIN_PRICE
from market.supply_function.ramps import Ramps

_PRICES = st.one_of(st.integers(-9, 9), st.integers(MIN_PRICE, MAX_PRICE))
_LINES = st.tuples(st.booleans(), _PRICES, _PRICES, st.integers(2, 12)).filter(
    lambda line: line[1] != line[2]
)


def _ramps(lines):
    is_offer, one, other, quantity = zip(*lines, strict=True)
    low, high = np.minimum(one, other), np.maximum(one, other)
    sides = np.array(is_offer)
    return Ramps.of_lines(
        np.where(sides, low, high), np.where(sides, high, low), np.array(quantity), sides
    )


@pytest.fixture
def plain(row):
    """Return the limits of lines in ascending order."""

    def limits(lines):
        found = []
        for is_offer, one, other, quantity in lines:
            first, last = sorted((one, other), reverse=not is_offer)
            found.append(sorted(row(is_offer, first, last, quantity, 0, b"").limits()))
        return found

    return limits


def test_limits_and_counts(plain):
    @given(st.lists(_LINES, min_size=1, max_size=4), st.data())
    def check(lines, data):
        ramps, expected = _ramps(lines), plain(lines)
        for number in range(2):
            found = ramps.limit(np.full(len(lines), number)).tolist()
            assert found == [limits[number] for limits in expected]
        price = data.draw(
            st.one_of(_PRICES, st.sampled_from([limit for one in expected for limit in one]))
        )
        counts = [sum(limit <= price for limit in limits) for limits in expected]
        assert ramps.up_to(price).tolist() == counts

    check()


def test_values(plain):
    @given(st.lists(_LINES, min_size=1, max_size=4), st.data())
    def check(lines, data):
        ramps, expected = _ramps(lines), plain(lines)
        counts = [data.draw(st.integers(0, line[3])) for line in lines]
        worth = sum(sum(limits[:n]) for limits, n in zip(expected, counts, strict=True))
        assert ramps.value(np.array(counts)) == worth

    check()


def test_pieces_of_lines(plain):
    @given(st.lists(_LINES, min_size=1, max_size=4), _PRICES, st.data())
    def check(lines, price, data):
        ends = [
            sorted((data.draw(st.integers(0, n)), data.draw(st.integers(0, n)))) for *_, n in lines
        ]
        first, end = (np.array(column) for column in zip(*ends, strict=True))
        pieces = _ramps(lines).between(first, end)
        limits = [one[a:b] for one, (a, b) in zip(plain(lines), ends, strict=True)]
        assert pieces.up_to(price).tolist() == [sum(p <= price for p in one) for one in limits]
        assert pieces.value(pieces.quantity) == sum(map(sum, limits))

    check()


def test_the_longest_and_steepest_line():
    line = Ramps.of_lines(
        np.array([MIN_PRICE]), np.array([MAX_PRICE]), np.array([MAX_QUANTITY]), np.array([True])
    )
    # There is one price more than Wh: rounded up, limits rise by 2 once and then by 1 each.
    assert line.limit(np.array([0])).tolist() == [MIN_PRICE]
    assert line.limit(np.array([MAX_QUANTITY - 1])).tolist() == [MAX_PRICE]
    assert line.up_to(MAX_PRICE).tolist() == [MAX_QUANTITY]
    assert line.up_to(MAX_PRICE - 1).tolist() == [MAX_QUANTITY - 1]
    assert line.up_to(MIN_PRICE - 1).tolist() == [0]
    every_price = (MIN_PRICE + MAX_PRICE) * 2**31
    assert line.value(line.quantity) == every_price - (MIN_PRICE + 1)


def test_no_ramps():
    nothing = np.zeros(0, np.int64)
    ramps = Ramps.of_lines(nothing, nothing, nothing, np.zeros(0, np.bool_))
    assert len(ramps) == 0
    assert ramps.value(ramps.up_to(5)) == 0
