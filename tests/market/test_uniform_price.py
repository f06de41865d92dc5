"""Fast clearing against the plain reference, and the properties that it promises."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.tariff import Tariff
from domain.units import MAX_PRICE, MAX_QUANTITY, MIN_PRICE
from identity.hashing import keccak256
from market.clearing import DigestKeys, OrderArrays, blocks, clear_uniform_price, contest, selection

_MANY = settings(max_examples=500, deadline=None)
_SOME = settings(max_examples=250, deadline=None)


@pytest.fixture(params=["whole books", "narrowed books", "narrowed and sorted books"])
def narrowing(request, monkeypatch):
    """Run with the shipped sizes, and with sizes that send small books down the long ways."""
    if request.param == "whole books":
        return
    monkeypatch.setattr(contest, "_NARROWED_FROM", 2)
    monkeypatch.setattr(blocks, "BLOCK", 3)
    monkeypatch.setattr(contest, "_RUN", 1)
    monkeypatch.setattr(contest, "_SAMPLED", 0.5)
    monkeypatch.setattr(selection, "_DEVIATIONS", 0.3)
    if request.param == "narrowed and sorted books":
        monkeypatch.setattr(selection, "_COUNTABLE", 0)


def _same(clearing, plain):
    found = (clearing.price, clearing.low, clearing.high, clearing.volume, list(clearing.filled))
    return found == (plain.price, plain.low, plain.high, plain.volume, plain.filled)


def test_equals_the_plain_reference(narrowing, strategies, clear_plainly, as_arrays):
    @_MANY
    @given(strategies.books, strategies.tariffs)
    def check(book, tariff):
        assert _same(clear_uniform_price(as_arrays(book), tariff), clear_plainly(book, tariff))

    check()


@pytest.mark.parametrize("levels", [1, 2, 5, 40])
def test_thousands_of_seeded_books_equal_the_plain_reference(
    levels, narrowing, clear_plainly, as_arrays, plain_order
):
    random = np.random.default_rng(levels)
    keys = [keccak256(bytes([number])) for number in range(20)]
    for _ in range(400):
        count = int(random.integers(0, 20))
        rows = zip(
            (random.random(count) < random.choice([0.0, 0.5, 0.5, 0.9, 1.0])).tolist(),
            (random.integers(0, levels, count) - levels // 2).tolist(),
            random.integers(1, random.choice([2, 10, MAX_QUANTITY + 1]), count).tolist(),
            keys,
            strict=False,
        )
        book = [plain_order(*row) for row in rows]
        low, high = sorted((random.integers(0, levels, 2) - levels // 2).tolist())
        tariff = random.choice([None, Tariff(low, high)])
        assert _same(clear_uniform_price(as_arrays(book), tariff), clear_plainly(book, tariff))


def test_result_depends_on_the_set_of_orders_only(narrowing, strategies, as_arrays):
    @_SOME
    @given(strategies.books, strategies.tariffs, st.randoms(use_true_random=False))
    def check(book, tariff, random):
        shuffled = random.sample(book, len(book))
        one = clear_uniform_price(as_arrays(book), tariff)
        other = clear_uniform_price(as_arrays(shuffled), tariff)
        fills = {order.key: int(wh) for order, wh in zip(book, one.filled, strict=True)}
        moved = {order.key: int(wh) for order, wh in zip(shuffled, other.filled, strict=True)}
        assert (one.price, one.low, one.high, one.volume) == (
            other.price,
            other.low,
            other.high,
            other.volume,
        )
        assert fills == moved

    check()


def test_money_balances_and_nobody_trades_against_the_own_limit(strategies, as_arrays):
    @_SOME
    @given(strategies.books, strategies.tariffs)
    def check(book, tariff):
        orders = as_arrays(book)
        clearing = clear_uniform_price(orders, tariff)
        assert sum(map(int, clearing.payments(orders))) == 0
        bought = sum(int(wh) for o, wh in zip(book, clearing.filled, strict=True) if not o.is_offer)
        sold = sum(int(wh) for o, wh in zip(book, clearing.filled, strict=True) if o.is_offer)
        assert bought == sold == clearing.volume
        for order, wh in zip(book, clearing.filled, strict=True):
            assert 0 <= wh <= order.quantity
            if wh and order.is_offer:
                assert order.price <= clearing.price
            if wh and not order.is_offer:
                assert order.price >= clearing.price

    check()


def test_volume_is_the_largest_and_the_interval_has_every_clearing_price(
    strategies, as_arrays, clear_plainly
):
    """Brute force: every integer price that could matter is tried."""

    @_SOME
    @given(strategies.small_books)
    def check(book):
        clearing = clear_uniform_price(as_arrays(book))
        volumes = {p: min(_bids(book, p), _offers(book, p)) for p in range(-6, 7)}
        assert clearing.volume == max(volumes.values())
        if clearing.volume:
            supporting = [
                p
                for p, volume in volumes.items()
                if volume == clearing.volume
                and _bids(book, p + 1) <= volume
                and _offers(book, p - 1) <= volume
            ]
            assert (clearing.low, clearing.high) == (supporting[0], supporting[-1])
            assert clearing.low <= clearing.price <= clearing.high

    check()


def _bids(book, price):
    return sum(o.quantity for o in book if not o.is_offer and o.price >= price)


def _offers(book, price):
    return sum(o.quantity for o in book if o.is_offer and o.price <= price)


def test_separator_proves_the_outcome_within_the_tariff(strategies, as_arrays):
    @_SOME
    @given(strategies.books, strategies.tariffs)
    def check(book, tariff):
        clearing = clear_uniform_price(as_arrays(book), tariff)
        bounds = tariff or Tariff(MIN_PRICE, MAX_PRICE)
        p = clearing.separator
        assert bounds.feed_in <= p <= bounds.retail
        bids = [(min(o.price, bounds.retail), o.quantity) for o in book if not o.is_offer]
        offers = [(max(o.price, bounds.feed_in), o.quantity) for o in book if o.is_offer]
        demand, supply = sum(q for b, q in bids if b >= p), sum(q for s, q in offers if s <= p)
        assert min(demand, supply) == clearing.volume
        assert sum(q for b, q in bids if b > p) <= clearing.volume
        assert sum(q for s, q in offers if s < p) <= clearing.volume

    check()


@pytest.mark.parametrize("levels", [1, 2, 300, 60_000])
@pytest.mark.parametrize("shape", ["random", "ascending", "one huge order"])
def test_large_books_equal_small_steps(levels, shape, clear_plainly, as_arrays, plain_order):
    """Books that are narrowed by a sample as shipped, sorted the plain way beside it."""
    size = 40_000
    random = np.random.default_rng([levels, len(shape)])
    price = random.integers(0, levels, size)
    quantity = random.integers(1, 5_000, size)
    side = random.integers(0, 2, size).astype(np.uint8)
    if shape == "ascending":
        price.sort()
    if shape == "one huge order":
        quantity[7] = MAX_QUANTITY
    keys = random.integers(0, 256, (size, 32)).astype(np.uint8)
    clearing = clear_uniform_price(OrderArrays(side, price, quantity, DigestKeys(keys)))
    low, high, volume = _by_sorting(side, price, quantity)
    assert (clearing.low, clearing.high, clearing.volume) == (low, high, volume)
    inside = np.where(side == 1, price < clearing.price, price > clearing.price)
    assert (clearing.filled[inside] == quantity[inside]).all()
    outside = np.where(side == 1, price > clearing.price, price < clearing.price)
    assert not clearing.filled[outside].any()
    assert int(clearing.filled[side == 0].sum()) == volume
    assert int(clearing.filled[side == 1].sum()) == volume


def _by_sorting(side, price, quantity):
    bids, offers = np.flatnonzero(side == 0), np.flatnonzero(side == 1)
    bids, offers = bids[np.argsort(-price[bids])], offers[np.argsort(price[offers])]
    demand, supply = np.cumsum(quantity[bids]), np.cumsum(quantity[offers])
    levels = np.unique(price)
    asked = np.array([quantity[bids][price[bids] >= p].sum() for p in _near(levels)])
    offered = np.array([quantity[offers][price[offers] <= p].sum() for p in _near(levels)])
    volume = int(np.minimum(asked, offered).max())

    def unit(prices, through, rank, missing):
        at = int(np.searchsorted(through, rank))
        return int(prices[at]) if at < prices.size else missing

    low = max(
        unit(price[offers], supply, volume, None), unit(price[bids], demand, volume + 1, MIN_PRICE)
    )
    high = min(
        unit(price[bids], demand, volume, None), unit(price[offers], supply, volume + 1, MAX_PRICE)
    )
    return low, high, volume


def _near(levels):
    """Every level of a short list; of a long one those about the middle, where these books meet."""
    return levels if levels.size <= 2_000 else levels[levels.size // 2 - 900 :][:1_800]


@pytest.mark.parametrize("tariff", [None, Tariff(0, 400), Tariff(550, 550), Tariff(900, 1000)])
def test_needs_at_most_100_bytes_an_order(tariff):
    """Also where the price lies at a bound of the tariff, so that many orders stay open."""
    random = np.random.default_rng(7)
    size = 100_000
    side = random.integers(0, 2, size).astype(np.uint8)
    price, quantity = random.integers(0, 1000, size), random.integers(1, 5_000, size)
    keys = DigestKeys(random.integers(0, 256, (size, 32)).astype(np.uint8))
    orders = OrderArrays(side, price, quantity, keys)
    tracemalloc.start()
    try:
        clearing = clear_uniform_price(orders, tariff)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert clearing.volume
    assert peak <= 100 * size


def test_marginal_orders_share_by_largest_remainder_then_by_key(plain_order, as_arrays):
    """Three equal bids of 10 share 20 Wh: 6 each, and 2 Wh left for the two smallest keys."""
    keys = [bytes([number]) * 32 for number in (3, 1, 2)]
    book = [plain_order(False, 100, 10, key) for key in keys]
    book.append(plain_order(True, 50, 20, bytes(32)))
    clearing = clear_uniform_price(as_arrays(book))
    assert list(clearing.filled) == [6, 7, 7, 20]
    assert (clearing.price, clearing.low, clearing.high) == (100, 100, 100)


def test_midpoint_is_rounded_down_below_zero_too(plain_order, as_arrays):
    book = [
        plain_order(False, -2, 5, keccak256(b"bid")),
        plain_order(True, -5, 5, keccak256(b"offer")),
    ]
    clearing = clear_uniform_price(as_arrays(book))
    assert (clearing.low, clearing.high, clearing.price) == (-5, -2, -4)


def test_rejected_orders_narrow_the_interval(plain_order, as_arrays):
    rows = [(False, 30, 5), (True, 10, 5), (False, 18, 1), (True, 24, 1)]
    book = [
        plain_order(is_offer, price, quantity, keccak256(bytes([price])))
        for is_offer, price, quantity in rows
    ]
    clearing = clear_uniform_price(as_arrays(book))
    assert (clearing.low, clearing.high, clearing.price) == (18, 24, 21)


@pytest.mark.parametrize("side", [False, True])
def test_one_sided_and_empty_books_trade_nothing(side, plain_order, as_arrays):
    book = [plain_order(side, 7, 5, keccak256(b"alone"))]
    for orders in (book, []):
        clearing = clear_uniform_price(as_arrays(orders), Tariff(3, 12))
        assert (clearing.price, clearing.low, clearing.high) == (None, None, None)
        assert clearing.volume == 0
        assert not clearing.filled.any()
    assert clear_uniform_price(as_arrays(book), Tariff(3, 12)).separator == (3 if side else 7)


def test_bids_above_retail_are_as_good_as_each_other(plain_order, as_arrays):
    book = [
        plain_order(False, 90, 10, b"\1" * 32),
        plain_order(False, 50, 10, b"\2" * 32),
        plain_order(True, 10, 10, b"\3" * 32),
    ]
    clearing = clear_uniform_price(as_arrays(book), Tariff(5, 40))
    assert clearing.price == 40
    assert list(clearing.filled) == [5, 5, 10]


def test_copies_of_one_order_are_filled_like_any_others(plain_order, as_arrays):
    copy = plain_order(False, 10, 3, keccak256(b"copy"))
    book = [copy, copy, plain_order(True, 10, 3, keccak256(b"offer"))]
    assert sorted(clear_uniform_price(as_arrays(book)).filled[:2]) == [1, 2]
