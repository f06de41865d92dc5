"""What every mechanism on orders alone promises."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.tariff import Tariff
from domain.units import MAX_PRICE, MAX_QUANTITY, MIN_PRICE
from identity.hashing import keccak256
from market.clearing import blocks, contest, merit_order, rationing, selection
from market.mechanisms import mechanism

_SOME = settings(max_examples=200, deadline=None)
_POINTS = st.sampled_from([None, 0, 1, 333, 500, 999, 1000])


@pytest.fixture(params=["uniform-price", "pay-as-bid", "trade-reduction", "vcg"])
def one(request):
    return mechanism(request.param)


@pytest.fixture(params=["shipped sizes", "small sizes"])
def sizes(request, monkeypatch):
    """Send small books down the ways that are meant for large ones, too."""
    if request.param == "small sizes":
        monkeypatch.setattr(rationing, "_SAMPLE", 1)
        monkeypatch.setattr(rationing, "_LARGEST", 1)
        monkeypatch.setattr(contest, "_NARROWED_FROM", 2)
        monkeypatch.setattr(blocks, "BLOCK", 3)
        monkeypatch.setattr(merit_order, "AT_A_TIME", 3)
        monkeypatch.setattr(contest, "_RUN", 1)
        monkeypatch.setattr(contest, "_SAMPLED", 0.5)
        monkeypatch.setattr(selection, "_DEVIATIONS", 0.3)


def _clear(one, orders, tariff, k=None):
    return one.clear(orders, tariff, k if one.takes_k else None)


def test_result_depends_on_the_set_of_orders_only(one, sizes, strategies, as_arrays):
    @_SOME
    @given(strategies.books, strategies.tariffs, _POINTS, st.randoms(use_true_random=False))
    def check(book, tariff, k, random):
        shuffled = random.sample(book, len(book))
        found = [_clear(one, as_arrays(rows), tariff, k) for rows in (book, shuffled)]
        assert _by_key(found[0], book) == _by_key(found[1], shuffled)
        assert found[0].volume == found[1].volume
        assert found[0].interval == found[1].interval

    check()


def _by_key(outcome, book):
    ranges = outcome.price_ranges(_Sides(book))
    orders = {
        order.key: tuple(map(int, fields))
        for order, *fields in zip(
            book, outcome.filled, outcome.payments, ranges.lowest, ranges.highest, strict=True
        )
        if fields[0]
    }
    if outcome.trades is None:
        return orders, None
    trades = outcome.trades
    rows = zip(trades.buyer, trades.seller, trades.quantity, trades.price, strict=True)
    return orders, [(book[b].key, book[s].key, int(q), int(p)) for b, s, q, p in rows]


class _Sides:
    def __init__(self, book):
        self.is_offer = np.array([order.is_offer for order in book], np.bool_)

    def __len__(self):
        return self.is_offer.size


def test_nobody_trades_against_the_own_limit_or_beyond_the_own_quantity(
    one, sizes, strategies, as_arrays
):
    @_SOME
    @given(strategies.books, strategies.tariffs, _POINTS)
    def check(book, tariff, k):
        outcome = _clear(one, as_arrays(book), tariff, k)
        bounds = tariff or Tariff(MIN_PRICE, MAX_PRICE)
        ranges = outcome.price_ranges(as_arrays(book))
        bought = sold = 0
        rows = zip(
            book, outcome.filled, outcome.payments, ranges.lowest, ranges.highest, strict=True
        )
        for order, *fields in rows:
            wh, payment, lowest, highest = map(int, fields)
            assert 0 <= wh <= order.quantity
            assert wh or not payment
            if not wh:
                continue
            assert bounds.feed_in <= lowest <= highest <= bounds.retail
            if order.is_offer:
                sold += wh
                assert order.price <= lowest
                assert lowest * wh <= -payment <= highest * wh
            else:
                bought += wh
                assert highest <= order.price
                assert lowest * wh <= payment <= highest * wh
        assert bought == sold == outcome.volume

    check()


def test_budget(one, sizes, strategies, as_arrays):
    @_SOME
    @given(strategies.books, strategies.tariffs, _POINTS)
    def check(book, tariff, k):
        outcome = _clear(one, as_arrays(book), tariff, k)
        assert outcome.surplus == sum(map(int, outcome.payments))
        if one.balanced:
            assert outcome.surplus == 0
        elif one.name == "trade-reduction":
            assert outcome.surplus >= 0
        else:
            assert outcome.surplus <= 0

    check()


def test_volume_and_welfare_against_brute_force(one, sizes, strategies, as_arrays):
    """Unit by unit; trade reduction gives up less than the pair of orders at the margin."""

    @_SOME
    @given(strategies.small_books)
    def check(book):
        outcome = _clear(one, as_arrays(book), None)
        bids = sorted(o.price for o in book if not o.is_offer for _ in range(o.quantity))[::-1]
        offers = sorted(o.price for o in book if o.is_offer for _ in range(o.quantity))
        gains = [b - s for b, s in zip(bids, offers, strict=False) if b >= s]
        welfare = sum(
            (-o.price if o.is_offer else o.price) * int(wh)
            for o, wh in zip(book, outcome.filled, strict=True)
        )
        if one.name == "trade-reduction":
            assert outcome.volume <= len(gains)
            largest = max((o.quantity for o in book), default=0)
            assert outcome.volume >= len(gains) - largest
            assert 0 <= welfare <= sum(gains)
        else:
            assert outcome.volume == len(gains)
            assert welfare == sum(gains)

    check()


def test_trades_are_the_fills_and_the_payments(one, strategies, as_arrays):
    @_SOME
    @given(strategies.books, strategies.tariffs, _POINTS)
    def check(book, tariff, k):
        outcome = _clear(one, as_arrays(book), tariff, k)
        if outcome.trades is None:
            assert one.name != "pay-as-bid"
            return
        filled, payments = [0] * len(book), [0] * len(book)
        trades = outcome.trades
        rows = zip(trades.buyer, trades.seller, trades.quantity, trades.payments, strict=True)
        for buyer, seller, quantity, payment in rows:
            assert quantity > 0
            assert not book[buyer].is_offer
            assert book[seller].is_offer
            for party, sign in ((buyer, 1), (seller, -1)):
                filled[party] += int(quantity)
                payments[party] += sign * int(payment)
        assert filled == list(outcome.filled)
        assert payments == list(outcome.payments)

    check()


@pytest.mark.parametrize("factor", [2, 7])
def test_another_unit_of_energy_gives_the_same_market(one, factor, strategies, as_arrays):
    """Prices and volume scale exactly; a share of an order differs by what rounding moved."""

    @_SOME
    @given(strategies.small_books)
    def check(book):
        larger = [replace(order, quantity=order.quantity * factor) for order in book]
        was, now = (_clear(one, as_arrays(rows), None) for rows in (book, larger))
        assert now.volume == was.volume * factor
        assert (now.interval, now.bid_price, now.offer_price) == (
            was.interval,
            was.bid_price,
            was.offer_price,
        )
        assert (abs(now.filled - was.filled * factor) < factor).all()

    check()


@pytest.mark.parametrize("factor", [2, 7])
def test_another_unit_of_money_gives_the_same_market(one, factor, strategies, as_arrays):
    """Nothing is rounded where prices lie at an end: fills stay, payments scale."""

    @_SOME
    @given(strategies.small_books, st.sampled_from([0, 1000]))
    def check(book, k):
        dearer = [replace(order, price=order.price * factor) for order in book]
        was, now = (_clear(one, as_arrays(rows), None, k) for rows in (book, dearer))
        assert list(now.filled) == list(was.filled)
        assert list(now.payments) == [payment * factor for payment in was.payments]

    check()


@pytest.mark.parametrize("quantity", [1, MAX_QUANTITY])
def test_the_widest_values_stay_exact(one, quantity, plain_order, as_arrays):
    keys = [keccak256(bytes([number])) for number in range(6)]
    book = [
        plain_order(number < 3, _wide(number), quantity, key) for number, key in enumerate(keys)
    ]
    outcome = _clear(one, as_arrays(book), None)
    volume = {"trade-reduction": 2}.get(one.name, 3) * quantity
    assert outcome.volume == volume
    span = (MAX_PRICE - MIN_PRICE) * quantity
    surplus = {"trade-reduction": 2 * span, "vcg": -3 * span}
    assert outcome.surplus == surplus.get(one.name, 0)


def _wide(number):
    return MIN_PRICE if number < 3 else MAX_PRICE


@pytest.mark.parametrize("side", [False, True])
def test_one_sided_and_empty_books_trade_nothing(one, side, plain_order, as_arrays):
    alone = [plain_order(side, 7, 5, keccak256(b"alone"))]
    for book in (alone, []):
        outcome = _clear(one, as_arrays(book), Tariff(3, 12))
        assert outcome.volume == outcome.surplus == 0
        assert outcome.price is outcome.interval is None
        assert not outcome.filled.any()
        assert not outcome.payments.any()
        assert outcome.trades is None or not len(outcome.trades)
