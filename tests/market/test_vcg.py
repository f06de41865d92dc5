"""Clarke's payments against clearing without each order, and whether lying pays."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from market.clearing import (
    DigestKeys,
    OrderArrays,
    blocks,
    clear_uniform_price,
    clear_vcg,
    contest,
    selection,
)

_SOME = settings(max_examples=250, deadline=None)


@pytest.fixture(params=["shipped sizes", "small sizes"])
def sizes(request, monkeypatch):
    if request.param == "small sizes":
        monkeypatch.setattr(contest, "_NARROWED_FROM", 2)
        monkeypatch.setattr(blocks, "BLOCK", 3)
        monkeypatch.setattr(contest, "_RUN", 1)
        monkeypatch.setattr(contest, "_SAMPLED", 0.5)
        monkeypatch.setattr(selection, "_DEVIATIONS", 0.3)


def test_payments_are_what_the_others_lose(sizes, strategies, as_arrays):
    @settings(max_examples=400, deadline=None)
    @given(strategies.books, strategies.tariffs)
    def check(book, tariff):
        outcome = clear_vcg(as_arrays(book), tariff)
        assert list(outcome.filled) == list(clear_uniform_price(as_arrays(book), tariff).filled)
        limits = [_limit(order, tariff) for order in book]
        total = _welfare(book, limits)
        for place, wh in enumerate(outcome.filled):
            without = _welfare(
                book[:place] + book[place + 1 :], limits[:place] + limits[place + 1 :]
            )
            worth = limits[place] * int(wh) * (-1 if book[place].is_offer else 1)
            assert int(outcome.payments[place]) == without - (total - worth)

    check()


def _limit(order, tariff):
    if tariff is None:
        return order.price
    return max(order.price, tariff.feed_in) if order.is_offer else min(order.price, tariff.retail)


def _welfare(book, limits):
    """Largest gain from trade: the dearest bids meet the cheapest offers while both gain."""
    rows = list(zip(book, limits, strict=True))
    bids = sorted(([p, o.quantity] for o, p in rows if not o.is_offer), reverse=True)
    offers = sorted([p, o.quantity] for o, p in rows if o.is_offer)
    gain = 0
    while bids and offers and bids[0][0] > offers[0][0]:
        quantity = min(bids[0][1], offers[0][1])
        gain += quantity * (bids[0][0] - offers[0][0])
        for side in (bids, offers):
            side[0][1] -= quantity
            if not side[0][1]:
                side.pop(0)
    return gain


def test_neither_limit_nor_quantity_is_better_than_the_true_one(strategies, as_arrays):
    """Energy beyond what is wanted is worth nothing; what is not there cannot be sold.

    Prices are above 0: below it, one would be paid for wasting energy.
    """

    @_SOME
    @given(strategies.small_books, st.data())
    def check(book, data):
        assume(book)
        book = [replace(order, price=order.price + 7) for order in book]
        place = data.draw(st.integers(0, len(book) - 1))
        true = book[place]
        truth = _utility(book, place, true, as_arrays)
        assert truth >= 0
        quantities = range(1, true.quantity + (1 if true.is_offer else 4))
        for quantity in quantities:
            for price in range(1, 14):
                said = replace(true, price=price, quantity=quantity)
                lie = [*book[:place], said, *book[place + 1 :]]
                assert _utility(lie, place, true, as_arrays) <= truth

    check()


def _utility(book, place, true, as_arrays):
    outcome = clear_vcg(as_arrays(book))
    filled, payment = int(outcome.filled[place]), int(outcome.payments[place])
    if true.is_offer:
        return -payment - true.price * filled
    return true.price * min(filled, true.quantity) - payment


@pytest.mark.parametrize("levels", [1, 3, 400, 60_000])
def test_large_books_equal_clearing_without_each_order(levels):
    """Payments of the orders with the largest and of some others, by clearing again."""
    size = 30_000
    random = np.random.default_rng(levels)
    fields = {
        "side": random.integers(0, 2, size).astype(np.uint8),
        "price": random.integers(0, levels, size),
        "quantity": random.integers(1, 5_000, size),
    }
    fields["quantity"][:4] = 3_000_000
    keys = random.integers(0, 256, (size, 32)).astype(np.uint8)
    outcome = clear_vcg(OrderArrays(**fields, keys=DigestKeys(keys)))
    total = _gain(fields, keys)
    for place in [0, 1, 2, 3, *np.flatnonzero(outcome.filled)[:20].tolist()]:
        rest = {name: np.delete(values, place) for name, values in fields.items()}
        worth = int(fields["price"][place]) * int(outcome.filled[place])
        if fields["side"][place]:
            worth = -worth
        without = _gain(rest, np.delete(keys, place, axis=0))
        assert int(outcome.payments[place]) == without - (total - worth)


def _gain(fields, keys):
    filled = clear_uniform_price(OrderArrays(**fields, keys=DigestKeys(keys))).filled
    sign = 1 - 2 * fields["side"].astype(np.int64)
    return int((filled * fields["price"] * sign).sum())
