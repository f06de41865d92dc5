"""Rationing of arrays against the shared rule for whole numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.apportionment import largest_remainder
from domain.units import MAX_QUANTITY
from identity.hashing import keccak256
from market.clearing import DigestKeys
from market.clearing.rationing import share

_WEIGHTS = st.lists(
    st.one_of(st.integers(1, 3), st.integers(1, MAX_QUANTITY), st.just(MAX_QUANTITY)),
    min_size=1,
    max_size=30,
)


def _keys(count, prefix=b""):
    digests = [keccak256(index.to_bytes(4, "big")) for index in range(count)]
    return [prefix + digest[len(prefix) :] for digest in digests]


@settings(max_examples=600, deadline=None)
@given(_WEIGHTS, st.data(), st.sampled_from([0, 8, 17, 24, 28]))
def test_equals_the_rule_for_whole_numbers(weights, data, common):
    """Keys that share words are told apart by the words after them."""
    total = data.draw(st.integers(0, sum(weights)))
    keys = _keys(len(weights), bytes(common))
    found = share(total, np.array(weights, np.int64), DigestKeys.of(keys), np.arange(len(weights)))
    assert list(found) == largest_remainder(total, weights, keys)


@pytest.mark.parametrize("copies", [2**10, 2**18])
def test_products_beyond_int64_stay_exact(copies):
    """Capacities up to 2^50 Wh: the weights are brought down in pieces of few bits."""
    weights = np.full(copies, MAX_QUANTITY, np.int64)
    weights[0] = 1
    total = int(weights.sum()) // 3
    keys = DigestKeys(np.arange(copies, dtype=">u8").repeat(4).view(np.uint8).reshape(-1, 32))
    found = share(total, weights, keys, np.arange(copies))
    expected = largest_remainder(total, [int(w) for w in weights], [bytes(k) for k in keys.digests])
    assert list(map(int, found)) == expected


def test_the_widest_capacity_is_divided_bit_by_bit():
    from market.clearing.rationing import _divide

    weights = np.array([1, 12_345, MAX_QUANTITY], np.int64)
    capacity = 2**61 - 1
    total = capacity - 7
    quotients, remainders = _divide(total, weights, capacity)
    products = [total * int(weight) for weight in weights]
    assert list(map(int, quotients)) == [product // capacity for product in products]
    assert list(map(int, remainders)) == [product % capacity for product in products]


def test_keys_are_asked_for_only_where_they_decide():
    class Refusing:
        def __len__(self):
            return 2

        def rows(self, indices):
            raise AssertionError("no tie, no key")

    weights = np.array([10, 5], np.int64)
    assert list(share(10, weights, Refusing(), np.arange(2))) == [7, 3]
