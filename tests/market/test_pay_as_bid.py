"""Pairs in merit order against a plain reference, unit by unit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from identity.hashing import keccak256
from market.clearing import DigestKeys, clear_pay_as_bid, clear_uniform_price
from market.clearing.merit_order import by_price_and_key
from market.clearing.pairing import Pairing, Point

_SOME = settings(max_examples=250, deadline=None)


def test_equals_the_plain_reference(strategies, as_arrays):
    @_SOME
    @given(strategies.small_books, strategies.tariffs, st.integers(0, 1000))
    def check(book, tariff, k):
        orders = as_arrays(book)
        uniform = clear_uniform_price(orders, tariff)
        outcome = clear_pay_as_bid(orders, tariff, k)
        assert (outcome.volume, outcome.interval) == (uniform.volume, uniform.interval)
        assert list(outcome.filled) == list(uniform.filled)
        trades = outcome.trades
        rows = zip(trades.buyer, trades.seller, trades.quantity, trades.price, strict=True)
        found = [pair[:2] + pair[3:] for pair in rows for _ in range(pair[2])]
        assert found == _units(book, uniform.filled, tariff, k)

    check()


def _units(book, filled, tariff, k):
    """Every Wh that trades: who buys it, who sells it, at which price."""

    def merit(index):
        order = book[index]
        if order.is_offer:
            return max(order.price, tariff.feed_in) if tariff else order.price
        return min(order.price, tariff.retail) if tariff else order.price

    traded = [index for index, wh in enumerate(filled) for _ in range(wh)]
    bids = [index for index in traded if not book[index].is_offer]
    offers = [index for index in traded if book[index].is_offer]
    bids.sort(key=lambda index: (-merit(index), book[index].key))
    offers.sort(key=lambda index: (merit(index), book[index].key))
    return [
        (b, s, merit(s) + (merit(b) - merit(s)) * k // 1000)
        for b, s in zip(bids, offers, strict=True)
    ]


@pytest.mark.parametrize(("k", "price"), [(0, 10), (250, 12), (500, 15), (999, 19), (1000, 20)])
def test_the_point_shares_the_gain(k, price, plain_order, as_arrays):
    book = [
        plain_order(False, 20, 5, keccak256(b"bid")),
        plain_order(True, 10, 5, keccak256(b"offer")),
    ]
    outcome = clear_pay_as_bid(as_arrays(book), None, k)
    assert list(outcome.payments) == [5 * price, -5 * price]


def test_trades_are_listed_once_and_only_when_asked_for(plain_order, as_arrays, monkeypatch):
    listed = []
    listing = Pairing.trades
    monkeypatch.setattr(
        Pairing, "trades", lambda pairing: listed.append(pairing) or listing(pairing)
    )
    book = [
        plain_order(False, 20, 5, keccak256(b"bid")),
        plain_order(True, 10, 3, keccak256(b"offer")),
        plain_order(True, 12, 2, keccak256(b"other")),
    ]
    outcome = clear_pay_as_bid(as_arrays(book))
    assert list(outcome.payments) == [45 + 32, -45, -32]
    assert not listed
    trades = outcome.trades
    assert (list(trades.buyer), list(trades.seller)) == ([0, 0], [1, 2])
    assert (list(trades.quantity), list(trades.price)) == ([3, 2], [15, 16])
    assert (list(trades.payments), len(trades)) == ([45, 32], 2)
    assert list(outcome.payments) == [45 + 32, -45, -32]
    assert len(listed) == 1


@pytest.mark.parametrize("k", [0, 1, 200, 333, 500, 750, 875, 1000])
def test_a_fraction_in_lowest_terms_gives_the_same_prices(k):
    bids, offers = np.array([20, 2**31 - 1, -3, 0, -7]), np.array([-20, -(2**31), -8, 0, -7])
    point = Point.of(k)
    weighted = bids * point.bid + offers * point.offer
    point.prices(weighted)
    assert list(weighted) == [
        s + (b - s) * k // 1000 for b, s in zip(bids.tolist(), offers.tolist(), strict=True)
    ]


@pytest.mark.parametrize("common", [0, 4, 8, 17, 31])
def test_keys_that_begin_alike_are_compared_whole(common):
    random = np.random.default_rng(common)
    keys = random.integers(0, 3, (300, 32), np.uint8)
    keys[:, :common] = 0
    price = random.integers(-3, 3, 300)
    digests = DigestKeys(keys)
    ranking = by_price_and_key(price, digests, np.arange(300))
    wanted = sorted(range(300), key=lambda index: (price[index], bytes(keys[index]), index))
    by_value = [(int(price[index]), bytes(keys[index])) for index in wanted]
    assert [(int(price[index]), bytes(keys[index])) for index in ranking.indices] == by_value
    assert list(ranking.price) == [value for value, _ in by_value]


def test_the_whole_range_of_prices_leaves_room_for_keys():
    price = np.array([2**31 - 1, -(2**31), 0, 0])
    keys = DigestKeys.of([keccak256(bytes([number])) for number in range(4)])
    ranking = by_price_and_key(price, keys, np.arange(4))
    assert list(ranking.price) == [-(2**31), 0, 0, 2**31 - 1]
