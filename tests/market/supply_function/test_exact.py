"""Sums beyond 64 bits, and sums of roundings."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from market.supply_function.exact import floor_sums, total


@given(st.lists(st.integers(-(2**63), 2**63 - 1)))
def test_totals_are_exact(values):
    assert total(np.array(values, np.int64)) == sum(values)


@given(st.lists(st.integers(0, 2**64 - 1)))
def test_totals_of_naturals_are_exact(values):
    assert total(np.array(values, np.uint64)) == sum(values)


_SMALL = st.tuples(
    st.integers(0, 60), st.integers(1, 2**32 - 1), st.integers(0, 2**32 - 1), st.integers(0, 2**31)
)
_STEEP = st.tuples(st.integers(0, 60), st.integers(1, 9), st.integers(0, 99), st.integers(0, 99))


@given(st.lists(st.one_of(_SMALL, _STEEP), min_size=1, max_size=5))
def test_floor_sums_term_by_term(rows):
    columns = (np.array(column, np.uint64) for column in zip(*rows, strict=True))
    expected = [
        sum((slope * i + start) // divisor for i in range(count))
        for count, divisor, slope, start in rows
    ]
    assert floor_sums(*columns).tolist() == expected


@given(st.integers(1, 2**32 - 1), st.integers(1, 2**32 - 1))
def test_floor_sums_of_whole_lines(rise, run):
    """Over a whole line, rounding down and rounding up leave as much: the sum is known."""
    count, divisor, slope, start = (np.array([n], np.uint64) for n in (run + 1, run, rise, 0))
    steps = np.gcd(rise, run)
    expected = ((run + 1) * rise - run + int(steps)) // 2
    if run < 2**32 - 1:
        assert floor_sums(count, divisor, slope, start).tolist() == [expected]
