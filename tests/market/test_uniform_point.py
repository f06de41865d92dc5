"""The point within the clearing interval."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import InvalidValueError
from identity.hashing import keccak256
from market.clearing import clear_uniform_price


@pytest.mark.parametrize(("k", "price"), [(0, -5), (1, -5), (333, -5), (334, -4), (1000, -2)])
def test_is_rounded_down(k, price, plain_order, as_arrays):
    book = [
        plain_order(False, -2, 5, keccak256(b"bid")),
        plain_order(True, -5, 5, keccak256(b"offer")),
    ]
    clearing = clear_uniform_price(as_arrays(book), None, k)
    assert (clearing.price, clearing.interval) == (price, (-5, -2))


def test_changes_the_price_and_nothing_else(strategies, as_arrays):
    @settings(max_examples=250, deadline=None)
    @given(strategies.books, strategies.tariffs, st.integers(0, 1000))
    def check(book, tariff, k):
        half, other = (clear_uniform_price(as_arrays(book), tariff, at) for at in (500, k))
        assert half.interval == other.interval
        assert list(half.filled) == list(other.filled)
        if half.interval is not None:
            low, high = half.interval
            assert other.price == low + (high - low) * k // 1000
            assert half.price == (low + high) // 2

    check()


@pytest.mark.parametrize("k", [-1, 1001, 0.5, True])
def test_lies_between_the_ends(k, as_arrays):
    with pytest.raises(InvalidValueError, match="k: expected an integer from 0 to 1000"):
        clear_uniform_price(as_arrays([]), None, k)
