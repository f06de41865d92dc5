"""Rationing of arrays against the shared rule for whole numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.apportionment import largest_remainder
from domain.units import MAX_QUANTITY
from identity.hashing import keccak256
from market.clearing import DigestKeys, rationing
from market.clearing.rationing import cut_evenly, share, share_evenly, smallest_keys

_WEIGHTS = st.lists(
    st.one_of(st.integers(1, 3), st.integers(1, MAX_QUANTITY), st.just(MAX_QUANTITY)),
    min_size=1,
    max_size=30,
)

_SMALL_WEIGHTS = st.lists(st.integers(1, 6), min_size=1, max_size=40)


def _keys(count, prefix=b""):
    digests = [keccak256(index.to_bytes(4, "big")) for index in range(count)]
    return [prefix + digest[len(prefix) :] for digest in digests]


@pytest.fixture(params=["one by one", "by level"])
def levels(request, monkeypatch):
    """Divide for each order, and once for each weight, as is meant for many orders."""
    if request.param == "by level":
        monkeypatch.setattr(rationing, "_TABULATED_FROM", 0)
        monkeypatch.setattr(rationing, "_COUNTED_FROM", 0)


@pytest.mark.parametrize("common", [0, 8, 17, 24, 28])
def test_equals_the_rule_for_whole_numbers(levels, common):
    """Keys that share words are told apart by the words after them."""

    @settings(max_examples=200, deadline=None)
    @given(st.one_of(_WEIGHTS, _SMALL_WEIGHTS), st.data())
    def check(weights, data):
        total = data.draw(st.integers(0, sum(weights)))
        keys = _keys(len(weights), bytes(common))
        given_to = np.arange(len(weights))
        found = share(total, np.array(weights, np.int64), DigestKeys.of(keys), given_to)
        assert list(found) == largest_remainder(total, weights, keys)

    check()


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


@pytest.mark.parametrize("sizes", ["shipped sizes", "small sizes"])
def test_cutting_the_largest_is_sharing_evenly(sizes, monkeypatch):
    """What is cut from those that have most leaves what sharing less evenly would give."""
    if sizes == "small sizes":
        monkeypatch.setattr(rationing, "_SAMPLE", 4)
        monkeypatch.setattr(rationing, "_LARGEST", 2)

    @settings(max_examples=300, deadline=None)
    @given(
        st.lists(st.tuples(st.integers(0, 9), st.booleans()), min_size=1, max_size=40), st.data()
    )
    def check(rows, data):
        filled = np.array([wh for wh, _ in rows], np.int64)
        chosen = np.array([one for _, one in rows])
        keys = DigestKeys.of(_keys(len(rows)))
        sharing = np.flatnonzero(chosen & (filled > 0))
        excess = data.draw(st.integers(0, int(filled[sharing].sum())))
        expected = filled.copy()
        rest = int(filled[sharing].sum()) - excess
        expected[sharing] = share_evenly(rest, filled[sharing], keys, sharing)
        cut_evenly(excess, filled, chosen, keys)
        assert filled.tolist() == expected.tolist()

    check()


@pytest.mark.parametrize("common", [0, 1, 8, 9, 31])
@pytest.mark.parametrize("counted_from", [0, 2**14])
def test_the_smallest_keys(common, counted_from, monkeypatch):
    monkeypatch.setattr(rationing, "_COUNTED_FROM", counted_from)
    random = np.random.default_rng(common)
    digests = random.integers(0, 256, (60, 32)).astype(np.uint8)
    digests[:, :common] = 7
    digests = np.unique(digests, axis=0)
    indices = random.permutation(len(digests))
    for count in range(1, indices.size + 1):
        found = smallest_keys(DigestKeys(digests), indices, count)
        assert sorted(indices[found].tolist()) == list(range(count))
