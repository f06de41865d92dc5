"""Shares of whole units against the shared rule for whole numbers."""

from __future__ import annotations

from math import gcd

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.units import MAX_QUANTITY
from market.clearing.levels import quotients

_WEIGHTS = st.integers(2**28, MAX_QUANTITY)


@pytest.mark.parametrize("offset", [-1, 0, 1])
def test_quotients_next_to_whole_numbers_are_exact(offset):
    """The floating-point estimate rounds to the whole number, above or below the quotient."""

    @settings(max_examples=300, deadline=None)
    @given(_WEIGHTS, _WEIGHTS, st.integers(1, 2**26), st.integers(1, 2**26))
    def check(weight, other, copies, others):
        capacity = weight * copies + other * others
        if weight == other or gcd(weight, capacity) != 1:
            return
        total = offset * pow(weight, -1, capacity) % capacity
        weights, count = np.array([weight, other]), np.array([copies, others])
        units, tied, left = quotients(total, weights, count)
        extra = int(np.dot(units, count)) + left - total
        assert extra == 0
        assert left == 0 or 0 < left < count[tied].sum()
        for found, of in zip(units.tolist(), (weight, other), strict=True):
            assert found - total * of // capacity in (0, 1)

    check()


def test_more_units_than_energy_are_shared_too():
    units, tied, left = quotients(10**12 + 7, np.array([3, 4]), np.array([2, 1]))
    assert (units.tolist(), tied.size, left) == ([300_000_000_002, 400_000_000_003], 0, 0)
