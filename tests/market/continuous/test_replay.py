"""Replaying an interval: against the reference, and what the rule promises."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.tariff import Tariff
from domain.units import MAX_PRICE, MAX_QUANTITY, MIN_PRICE
from market.clearing import DigestKeys, OrderArrays
from market.continuous import NEVER, Ending, LemPrices, TimedOrders, clear_continuous, ranked_list

_MANY = settings(max_examples=300, deadline=None)
_SOME = settings(max_examples=100, deadline=None)


@pytest.fixture(params=["shipped size", "small size"])
def block_size(request, monkeypatch):
    """Let small books fill several blocks, too; tell how many of them to try."""
    if request.param == "shipped size":
        return _SOME
    monkeypatch.setattr(ranked_list, "_MOST", 2)
    return _MANY


@pytest.fixture(scope="module")
def replayed(as_timed, as_steps):
    """Replay plain orders; give trades, ends and what is left by key, as the reference does."""

    def replay(orders, lem=None, tariff=None):
        found = clear_continuous(as_timed(orders), None if lem is None else as_steps(lem), tariff)
        rows = (found.times, found.trades.buyer, found.trades.seller)
        rows += (found.trades.quantity, found.trades.price)
        trades = [
            (time, orders[buyer].key, orders[seller].key, quantity, price)
            for time, buyer, seller, quantity, price in zip(
                *map(np.ndarray.tolist, rows), strict=True
            )
        ]
        ends = {
            order.key: (Ending(how).label, int(time))
            for order, how, time in zip(orders, found.endings, found.ended, strict=True)
            if how != Ending.OPEN
        }
        assert ((found.ended == NEVER) == (found.endings == Ending.OPEN)).all()
        return trades, ends, dict(zip([o.key for o in orders], found.left.tolist(), strict=True))

    return replay


def test_equals_the_reference(books, plain_market, replayed, block_size):
    @block_size
    @given(books.books, books.lem, books.tariffs)
    def check(orders, lem, tariff):
        plain = plain_market(orders, lem, tariff)
        assert replayed(orders, lem, tariff) == (plain.trades, plain.ends, plain.left)

    check()


def test_equals_the_reference_at_the_widest_values(books, plain_market, replayed):
    @_SOME
    @given(books.wide_books, books.wide_lem)
    def check(orders, lem):
        plain = plain_market(orders, lem)
        assert replayed(orders, lem) == (plain.trades, plain.ends, plain.left)

    check()


def test_result_depends_on_the_set_of_orders_only(books, replayed, block_size):
    @_SOME
    @given(books.books, books.lem, st.randoms(use_true_random=False))
    def check(orders, lem, random):
        shuffled = random.sample(orders, len(orders))
        prices = dict(random.sample(sorted(lem.items()), len(lem)))
        assert replayed(shuffled, prices) == replayed(orders, lem)

    check()


def test_energy_and_money_are_conserved(books, as_timed, as_steps):
    @_SOME
    @given(books.books, books.lem, books.tariffs)
    def check(orders, lem, tariff):
        timed = as_timed(orders)
        found = clear_continuous(timed, as_steps(lem), tariff)
        outcome = found.outcome(timed)
        is_offer = timed.orders.is_offer
        assert outcome.surplus == 0
        assert outcome.volume == outcome.filled[is_offer].sum() == outcome.filled[~is_offer].sum()
        assert (outcome.filled + found.left == timed.orders.quantity).all()
        assert (found.left >= 0).all()
        paid = [0] * len(orders)
        for buyer, seller, money in zip(
            found.trades.buyer, found.trades.seller, found.trades.payments, strict=True
        ):
            paid[buyer] += money
            paid[seller] -= money
        assert outcome.payments.tolist() == paid

    check()


def test_nobody_trades_against_the_own_conditions(books, replayed):
    @_SOME
    @given(books.books, books.lem, books.tariffs)
    def check(orders, lem, tariff):
        by_key = {order.key: order for order in orders}
        bounds = tariff or Tariff(MIN_PRICE, MAX_PRICE)
        for time, buyer, seller, quantity, price in replayed(orders, lem, tariff)[0]:
            bid, offer = by_key[buyer], by_key[seller]
            assert (bid.is_offer, offer.is_offer) == (False, True)
            assert offer.price <= price <= bid.price
            assert bounds.feed_in <= price <= bounds.retail
            assert quantity >= offer.minimum
            known = [at for at in lem if at <= time]
            for order in (bid, offer):
                assert order.entered <= time < order.open_until()
                if order.lem is not None:
                    assert order.lem[0] <= lem[max(known)] <= order.lem[1]

    check()


def test_the_price_is_that_of_the_order_there_first(books, replayed):
    @_SOME
    @given(books.books, books.lem)
    def check(orders, lem):
        by_key = {order.key: order for order in orders}
        for _, buyer, seller, _, price in replayed(orders, lem)[0]:
            assert price == min((by_key[buyer], by_key[seller]), key=lambda o: o.age).price

    check()


def test_better_price_and_then_earlier_time_come_first(books, replayed):
    """In books without conditions, who trades has nobody open before it on its side."""

    @_SOME
    @given(books.free_books)
    def check(orders):
        trades, _, _ = replayed(orders)
        by_key = {order.key: order for order in orders}
        left = {order.key: order.quantity for order in orders}
        for _, buyer, seller, quantity, _ in trades:
            pair = by_key[buyer], by_key[seller]
            moment = max(order.age for order in pair)
            for mine in pair:
                for rival in orders:
                    if rival.is_offer is mine.is_offer and rival.age <= moment and left[rival.key]:
                        assert _priority(mine) <= _priority(rival)
            left[buyer] -= quantity
            left[seller] -= quantity

    check()


def _priority(order):
    return (order.price if order.is_offer else -order.price), order.age


def test_nobody_who_could_trade_is_left_in_books_without_conditions(books, replayed):
    @_SOME
    @given(books.free_books)
    def check(orders):
        left = replayed(orders)[2]
        bids = [o.price for o in orders if not o.is_offer and left[o.key]]
        offers = [o.price for o in orders if o.is_offer and left[o.key]]
        assert not bids or not offers or max(bids) < min(offers)

    check()


def test_what_comes_later_changes_nothing_before(books, replayed):
    """Neither later orders nor later prices, expiries and cancellations."""

    @_SOME
    @given(books.books, books.lem, st.integers(0, 8))
    def check(orders, lem, now):
        def before(time):
            return time if time is not None and time < now else None

        known = [
            replace(order, expires=before(order.expires), cancelled=before(order.cancelled))
            for order in orders
            if order.entered < now
        ]
        trades = replayed(orders, lem)[0]
        prices = {time: price for time, price in lem.items() if time < now}
        assert replayed(known, prices)[0] == [trade for trade in trades if trade[0] < now]

    check()


def test_a_rest_below_the_minimum_is_returned_at_once(books, replayed):
    @_SOME
    @given(books.books, books.lem)
    def check(orders, lem):
        trades, ends, left = replayed(orders, lem)
        for order in orders:
            how, time = ends.get(order.key, ("open", None))
            assert (how == "filled") == (left[order.key] == 0)
            assert (how == "returned") == (0 < left[order.key] < order.minimum)
            if how in {"filled", "returned"}:
                assert time == max(trade[0] for trade in trades if order.key in trade[1:3])

    check()


def test_another_unit_of_energy_money_or_time_gives_the_same_market(books, replayed):
    factor = 7

    @_SOME
    @given(books.books, books.lem)
    def check(orders, lem):
        trades, _, _ = replayed(orders, lem)
        more = [
            replace(o, quantity=o.quantity * factor, minimum=_scaled(o.minimum, factor))
            for o in orders
        ]
        assert replayed(more, lem)[0] == [(t, b, s, q * factor, p) for t, b, s, q, p in trades]
        dearer = [
            replace(o, price=o.price * factor, lem=o.lem and (o.lem[0] * factor, o.lem[1] * factor))
            for o in orders
        ]
        prices = {time: price * factor for time, price in lem.items()}
        assert replayed(dearer, prices)[0] == [(t, b, s, q, p * factor) for t, b, s, q, p in trades]
        slower = [
            replace(
                o,
                entered=o.entered * factor,
                expires=o.expires and o.expires * factor,
                cancelled=o.cancelled and o.cancelled * factor,
            )
            for o in orders
        ]
        late = {time * factor: price for time, price in lem.items()}
        assert replayed(slower, late)[0] == [(t * factor, b, s, q, p) for t, b, s, q, p in trades]

    check()


def _scaled(minimum, factor):
    """Return a bid's minimum as it is, for it has none; 1 Wh is none for offers, too."""
    return minimum if minimum == 1 else minimum * factor


def _random_orders(size, seed):
    random = np.random.default_rng(seed)
    side = random.integers(0, 2, size).astype(np.uint8)
    quantity = random.integers(1, 30, size)
    entered = random.integers(0, size // 3, size)
    wants = (side == 1) & (random.random(size) < 0.4)
    ranged = random.random(size) < 0.3
    low = random.integers(-20, 20, size)
    return TimedOrders.of(
        OrderArrays(
            side,
            random.integers(-20, 20, size),
            quantity,
            DigestKeys(random.integers(0, 256, (size, 32), dtype=np.uint8)),
        ),
        entered,
        expires=np.where(random.random(size) < 0.5, entered + random.integers(1, 90, size), NEVER),
        cancelled=np.where(random.random(size) < 0.2, entered + 40, NEVER),
        minimum=np.where(wants, random.integers(1, quantity + 1), 1),
        lem_low=np.where(ranged, low, MIN_PRICE),
        lem_high=np.where(ranged, low + random.integers(0, 15, size), MAX_PRICE),
    ), LemPrices(np.arange(0, size // 3, 5), random.integers(-20, 20, len(range(0, size // 3, 5))))


@pytest.mark.parametrize("seed", range(3))
def test_equals_the_reference_on_larger_books(seed, plain_order, plain_market, block_size):
    """Some hundred orders with every condition, so that blocks are split and emptied."""
    timed, prices = _random_orders(240, seed)
    orders = timed.orders
    keys = orders.keys.rows(np.arange(len(timed)))
    book = [
        plain_order(
            is_offer=bool(orders.side[row]),
            price=int(orders.price[row]),
            quantity=int(orders.quantity[row]),
            entered=int(timed.entered[row]),
            key=keys[row].tobytes(),
            expires=_or_none(timed.expires[row]),
            cancelled=_or_none(timed.cancelled[row]),
            minimum=int(timed.minimum[row]),
            lem=(int(timed.lem_low[row]), int(timed.lem_high[row]))
            if timed.follow_lem_price[row]
            else None,
        )
        for row in range(len(timed))
    ]
    lem = dict(zip(prices.time.tolist(), prices.price.tolist(), strict=True))
    plain = plain_market(book, lem)
    found = clear_continuous(timed, prices)
    assert len(found.trades) == len(plain.trades) > 50
    assert found.left.tolist() == [plain.left[order.key] for order in book]
    assert found.trades.price.tolist() == [trade[4] for trade in plain.trades]
    assert {Ending(how).label for how in found.endings} >= {
        "filled",
        "expired",
        "cancelled",
        "returned",
    }


def _or_none(time):
    return None if time == NEVER else int(time)


def test_the_widest_values_stay_exact(plain_order, as_timed):
    book = [
        plain_order(True, MAX_PRICE, MAX_QUANTITY, 0, b"s" * 32),
        plain_order(False, MAX_PRICE, MAX_QUANTITY, 1, b"b" * 32),
        plain_order(False, MIN_PRICE, MAX_QUANTITY, 2, b"c" * 32),
        plain_order(True, MIN_PRICE, MAX_QUANTITY, 3, b"t" * 32),
    ]
    timed = as_timed(book)
    outcome = clear_continuous(timed).outcome(timed)
    dear, cheap = MAX_PRICE * MAX_QUANTITY, MIN_PRICE * MAX_QUANTITY
    assert outcome.payments.tolist() == [-dear, dear, cheap, -cheap]
    assert (outcome.volume, outcome.surplus) == (2 * MAX_QUANTITY, 0)


@pytest.mark.parametrize("is_offer", [False, True])
def test_one_sided_and_empty_books_trade_nothing(is_offer, plain_order, as_timed):
    for book in ([], [plain_order(is_offer, 5, 3, 0, b"k" * 32)]):
        timed = as_timed(book)
        found = clear_continuous(timed, tariff=Tariff(3, 12))
        outcome = found.outcome(timed)
        assert (outcome.volume, outcome.surplus, len(found.trades)) == (0, 0, 0)
        assert outcome.price is outcome.interval is None
        assert (found.endings == Ending.OPEN).all()
