"""Trade reduction against a plain reference, and whether lying pays."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from domain.units import MAX_PRICE, MIN_PRICE
from identity.hashing import keccak256
from market.clearing import DigestKeys, clear_trade_reduction, clear_uniform_price
from market.clearing.rationing import share_evenly

_SOME = settings(max_examples=250, deadline=None)


def test_equals_the_plain_reference(strategies, as_arrays):
    @settings(max_examples=500, deadline=None)
    @given(strategies.books, strategies.tariffs)
    def check(book, tariff):
        outcome = clear_trade_reduction(as_arrays(book), tariff)
        filled, bid_price, offer_price = _plainly(book, tariff, as_arrays)
        assert list(map(int, outcome.filled)) == filled
        if outcome.volume:
            assert (outcome.bid_price, outcome.offer_price) == (bid_price, offer_price)
            assert outcome.surplus == (bid_price - offer_price) * outcome.volume

    check()


def _plainly(book, tariff, as_arrays):
    volume = clear_uniform_price(as_arrays(book), tariff).volume
    filled = [0] * len(book)
    if not volume:
        return filled, None, None
    feed_in, retail = (tariff.feed_in, tariff.retail) if tariff else (MIN_PRICE, MAX_PRICE)
    merit = [max(o.price, feed_in) if o.is_offer else -min(o.price, retail) for o in book]
    winners, limits = [], []
    for side in (False, True):
        places = [index for index, order in enumerate(book) if order.is_offer is side]
        places.sort(key=lambda index: (merit[index], book[index].key))
        through, before = 0, []
        for index in places:
            through += book[index].quantity
            if through >= volume:
                limits.append(merit[index])
                break
            before.append(index)
        winners.append(before)
    traded = min(sum(book[index].quantity for index in side) for side in winners)
    for side in winners:
        shares = _evenly(traded, [(book[index].quantity, book[index].key) for index in side])
        for index, share in zip(side, shares, strict=True):
            filled[index] = share
    return filled, -limits[0], limits[1]


def _evenly(total, rows):
    """Serve the smallest first: nobody gets more than an equal part of what is left."""
    shares, left = [0] * len(rows), total
    waiting = sorted(range(len(rows)), key=lambda place: rows[place])
    for count, place in enumerate(waiting):
        level = left // (len(rows) - count)
        if rows[place][0] > level:
            rest = left - level * (len(rows) - count)
            by_key = sorted(waiting[count:], key=lambda other: rows[other][1])
            for number, other in enumerate(by_key):
                shares[other] = level + (number < rest)
            return shares
        shares[place] = rows[place][0]
        left -= shares[place]
    return shares


@_SOME
@given(st.lists(st.integers(1, 9), min_size=1, max_size=40), st.data())
def test_sharing_evenly_never_serves_beyond_capacity(capacities, data):
    total = data.draw(st.integers(0, sum(capacities)))
    keys = [keccak256(bytes([number])) for number in range(len(capacities))]
    indices = np.arange(len(capacities))
    found = share_evenly(total, np.array(capacities), DigestKeys.of(keys), indices)
    assert list(found) == _evenly(total, list(zip(capacities, keys, strict=True)))


def test_thousands_share_as_few_do():
    random = np.random.default_rng(5)
    capacities = random.integers(1, 5_000, 20_000)
    keys = random.integers(0, 256, (20_000, 32), np.uint8)
    rows = [(int(wh), bytes(key)) for wh, key in zip(capacities, keys, strict=True)]
    for part in (1, 999, 1000):
        total = int(capacities.sum()) * part // 1000
        found = share_evenly(total, capacities, DigestKeys(keys), np.arange(20_000))
        assert list(found) == _evenly(total, rows)


def test_no_other_limit_pays_better(strategies, as_arrays):
    """Whatever the others do, for one order of a given quantity."""

    @_SOME
    @given(strategies.small_books, st.data())
    def check(book, data):
        assume(book)
        place = data.draw(st.integers(0, len(book) - 1))
        truth = _utility(book, place, book[place], as_arrays)
        assert truth >= 0
        for price in range(-6, 7):
            lie = [*book[:place], replace(book[place], price=price), *book[place + 1 :]]
            assert _utility(lie, place, book[place], as_arrays) <= truth

    check()


def _utility(book, place, true, as_arrays):
    outcome = clear_trade_reduction(as_arrays(book))
    worth = true.price * int(outcome.filled[place])
    return (-worth if true.is_offer else worth) - int(outcome.payments[place])


def test_a_rejected_bid_cannot_push_its_way_in(plain_order, as_arrays):
    """On this book of docs/mechanisms/trade-reduction.md McAfee's midpoint would pay a lie."""
    rows = [(False, 10, 4), (False, 8, 2), (False, 2, 1), (True, 1, 3), (True, 9, 5)]
    book = [
        plain_order(side, price, wh, keccak256(bytes([number])))
        for number, (side, price, wh) in enumerate(rows)
    ]
    lie = [book[0], replace(book[1], price=11), *book[2:]]
    assert _utility(book, 1, book[1], as_arrays) == 0
    assert _utility(lie, 1, book[1], as_arrays) == -4


def test_asking_for_less_can_pay(plain_order, as_arrays):
    """Stated, not hidden: only limits are proof against lies."""
    rows = [(False, 10, 3), (False, 9, 2), (False, 5, 2), (True, 1, 2), (True, 2, 2)]
    book = [
        plain_order(side, price, wh, keccak256(bytes([number])))
        for number, (side, price, wh) in enumerate(rows)
    ]
    less = [replace(book[0], quantity=1), *book[1:]]
    assert _utility(book, 0, book[0], as_arrays) == 2
    assert _utility(less, 0, book[0], as_arrays) == 5
