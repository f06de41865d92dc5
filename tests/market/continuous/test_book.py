"""The running book, step by step."""

from __future__ import annotations

import itertools

import pytest

from domain.errors import InvalidValueError
from domain.order import Side
from domain.tariff import Tariff
from domain.units import MAX_PRICE
from market.continuous import (
    MAX_TIME,
    ContinuousBook,
    Ended,
    Ending,
    Level,
    LimitOrder,
    OrderState,
    Trade,
)


def _key(name):
    return name.encode().ljust(32, b"\0")


def _bid(name, price, quantity, **conditions):
    return LimitOrder(_key(name), Side.BID, price, quantity, **conditions)


def _offer(name, price, quantity, **conditions):
    return LimitOrder(_key(name), Side.OFFER, price, quantity, **conditions)


def _entered(*orders, tariff=None):
    """Return a book that took one order an instant, and the events."""
    book, events = ContinuousBook(tariff=tariff), []
    for order in orders:
        book.enter(order)
        events += book.advance(book.now + 1)
    return book, events


def _trades(events):
    return [
        (one.buyer.rstrip(b"\0").decode(), one.seller.rstrip(b"\0").decode(), *one[3:])
        for one in events
        if isinstance(one, Trade)
    ]


def _ends(events):
    return [
        (one.time, one.key.rstrip(b"\0").decode(), one.left, one.how)
        for one in events
        if isinstance(one, Ended)
    ]


def test_a_new_order_meets_the_best_resting_orders_at_their_prices():
    book, events = _entered(
        _offer("dear", 30, 5), _offer("cheap", 10, 2), _offer("later", 10, 4), _bid("b", 30, 9)
    )
    assert _trades(events) == [("b", "cheap", 2, 10), ("b", "later", 4, 10), ("b", "dear", 3, 30)]
    assert events[0] == Trade(3, _key("b"), _key("cheap"), 2, 10)
    assert book.depth(Side.BID) == []
    assert book.depth(Side.OFFER) == [Level(30, 2, 1)]


def test_the_rest_joins_the_book():
    book, events = _entered(_offer("o", 10, 2), _bid("b", 12, 5), _offer("p", 11, 9))
    assert _trades(events) == [("b", "o", 2, 10), ("b", "p", 3, 12)]
    assert book.state(_key("b")) == OrderState(0, Ending.FILLED, False)
    assert book.state(_key("p")) == OrderState(6, Ending.OPEN, True)


def test_a_rest_keeps_its_time():
    _, events = _entered(
        _offer("old", 10, 5), _bid("b", 10, 2), _offer("new", 10, 5), _bid("c", 10, 5)
    )
    assert _trades(events) == [("b", "old", 2, 10), ("c", "old", 3, 10), ("c", "new", 2, 10)]


def test_an_expired_order_does_not_trade_at_its_expiry():
    for expires, trades in ((1, []), (2, [("b", "o", 3, 10)])):
        _, events = _entered(_offer("o", 10, 5, expires=expires), _bid("b", 10, 3))
        assert _trades(events) == trades


def test_expiries_on_the_way_have_their_own_times():
    book = ContinuousBook()
    for name, expires in (("a", 9), ("b", 4), ("c", 9), ("d", 11)):
        book.enter(_bid(name, 10, 5, expires=expires))
    assert _ends(book.advance(10)) == [
        (4, "b", 5, Ending.EXPIRED),
        (9, "a", 5, Ending.EXPIRED),
        (9, "c", 5, Ending.EXPIRED),
    ]
    assert book.depth(Side.BID) == [Level(10, 5, 1)]


def test_a_cancelled_order_keeps_its_trades():
    book, _ = _entered(_offer("o", 10, 5), _bid("b", 10, 2))
    book.cancel(_key("o"))
    book.cancel(_key("o"))
    assert book.advance(7) == [Ended(2, _key("o"), 3, Ending.CANCELLED)]
    assert book.state(_key("o")) == OrderState(3, Ending.CANCELLED, False)
    assert book.state(_key("b")).left == 0


def test_a_cancellation_that_comes_too_late_changes_nothing():
    book, _ = _entered(_offer("o", 10, 2), _bid("b", 10, 2), _bid("e", 5, 1, expires=3))
    for name in ("o", "e"):
        book.cancel(_key(name))
    assert book.advance(9) == []
    assert book.state(_key("o")).ending is Ending.FILLED
    assert book.state(_key("e")).ending is Ending.EXPIRED


def test_cancellations_come_before_entries():
    book, _ = _entered(_offer("o", 10, 5))
    book.enter(_bid("b", 10, 5))
    book.cancel(_key("o"))
    events = book.advance(book.now + 1)
    assert _trades(events) == []
    assert _ends(events) == [(1, "o", 5, Ending.CANCELLED)]


def test_price_changes_come_after_cancellations_and_before_entries():
    book, _ = _entered(
        _bid("first", 10, 5), _bid("gone", 12, 5), _offer("o", 10, 5, lem_low=7, lem_high=9)
    )
    book.enter(_bid("new", 20, 5))
    book.set_lem_price(8)
    book.cancel(_key("gone"))
    assert _trades(book.advance(9)) == [("first", "o", 5, 10)]


def test_a_buyer_of_less_than_the_minimum_meets_those_behind():
    book, events = _entered(
        _offer("large", 10, 8, minimum=4), _offer("small", 20, 8), _bid("b", 20, 3)
    )
    assert _trades(events) == [("b", "small", 3, 20)]
    assert book.state(_key("large")) == OrderState(8, Ending.OPEN, True)


def test_the_rest_of_a_bid_may_be_less_than_an_offers_minimum():
    book, events = _entered(
        _offer("a", 10, 4, minimum=4), _offer("b", 10, 4, minimum=4), _bid("b1", 10, 6)
    )
    assert _trades(events) == [("b1", "a", 4, 10)]
    assert book.state(_key("b1")).left == 2
    assert book.state(_key("b")) == OrderState(4, Ending.OPEN, True)


def test_bids_do_not_make_a_partition_together():
    _, events = _entered(_bid("b", 10, 3), _bid("c", 10, 3), _offer("o", 10, 6, minimum=6))
    assert events == []


def test_a_new_offer_passes_over_bids_below_its_minimum():
    book, events = _entered(
        _bid("small", 20, 3), _bid("large", 10, 5), _offer("o", 10, 9, minimum=4)
    )
    assert _trades(events) == [("large", "o", 5, 10)]
    assert book.state(_key("o")) == OrderState(4, Ending.OPEN, True)
    assert book.depth(Side.BID) == [Level(20, 3, 1)]
    assert book.depth(Side.OFFER) == [Level(10, 4, 1)]


def test_a_rest_below_the_minimum_returns():
    """The numbers of TwinERGY D4.4, scenario S3: 10 kWh in partitions of 2 or more."""
    book, events = _entered(
        _offer("o", 10, 10, minimum=2), _bid("b", 10, 7), _bid("c", 10, 2), _bid("d", 10, 1)
    )
    assert _trades(events) == [("b", "o", 7, 10), ("c", "o", 2, 10)]
    assert (2, "o", 1, Ending.RETURNED) in _ends(events)
    assert book.state(_key("d")).left == 1


def test_an_incoming_offers_rest_below_the_minimum_returns_without_joining():
    book, events = _entered(_bid("b", 10, 5), _offer("o", 10, 7, minimum=3))
    assert _ends(events) == [(1, "b", 0, Ending.FILLED), (1, "o", 2, Ending.RETURNED)]
    assert book.depth(Side.OFFER) == []


def test_without_a_lem_price_nobody_who_wants_one_trades():
    book, events = _entered(_offer("o", 10, 5, lem_high=MAX_PRICE - 1), _bid("b", 10, 2))
    assert events == []
    assert book.lem_price is None
    assert book.state(_key("o")) == OrderState(5, Ending.OPEN, False)


def test_an_offer_waits_for_the_lem_price_and_keeps_its_time():
    """Waiting bids meet it as soon as the price is in its range, at the price of who came first."""
    book, events = _entered(
        _bid("before", 12, 1),
        _offer("o", 10, 8, lem_low=5, lem_high=7),
        _offer("later", 10, 8),
        _bid("after", 10, 10),
    )
    assert _trades(events) == [("before", "later", 1, 12), ("after", "later", 7, 10)]
    for price, trades in ((4, []), (8, []), (7, [("after", "o", 3, 10)]), (9, []), (5, [])):
        book.set_lem_price(price)
        assert _trades(book.advance(book.now + 1)) == trades
        assert book.lem_price == price
        assert book.state(_key("o")).shown is (5 <= price <= 7)
    book.enter(_offer("same price", 10, 8))
    book.advance(book.now + 1)
    book.enter(_bid("last", 10, 6))
    assert _trades(book.advance(book.now + 1)) == [
        ("last", "o", 5, 10),
        ("last", "same price", 1, 10),
    ]


def test_a_bid_may_follow_the_lem_price_too():
    """Scenario S3, step 6: to buy when the LEM price is not larger than a limit."""
    book, _ = _entered(_bid("b", 20, 5, lem_high=9), _offer("o", 15, 3))
    for price, trades in ((10, []), (9, [("b", "o", 3, 20)])):
        book.set_lem_price(price)
        assert _trades(book.advance(book.now + 1)) == trades


def test_a_price_change_lets_the_best_meet_the_best():
    """Whoever was there first: the dearest bid comes first, and meets the cheapest offer."""
    book, _ = _entered(
        _offer("dear", 8, 5, lem_low=1),
        _bid("low", 9, 5),
        _offer("cheap", 7, 5, lem_low=1),
        _bid("high", 10, 5, lem_low=1),
        _offer("cheapest", 6, 1, lem_low=1, expires=5),
    )
    book.set_lem_price(1)
    assert _trades(book.advance(6)) == [("high", "cheap", 5, 7), ("low", "dear", 5, 8)]


def test_a_price_change_keeps_the_minimum():
    book, _ = _entered(
        _bid("small", 10, 2),
        _bid("large", 9, 5),
        _offer("o", 9, 9, minimum=3, lem_low=1),
        _offer("p", 10, 1, lem_low=1),
    )
    book.set_lem_price(2)
    assert _trades(book.advance(9)) == [("small", "p", 1, 10), ("large", "o", 5, 9)]


def test_orders_are_clamped_to_the_tariff():
    book, events = _entered(
        _offer("o", 1, 2), _bid("b", 99, 5), _offer("p", 2, 3), tariff=Tariff(8, 30)
    )
    assert _trades(events) == [("b", "o", 2, 8), ("b", "p", 3, 30)]
    book, _ = _entered(_bid("never", 7, 5), _offer("o", -5, 5), tariff=Tariff(8, 30))
    assert book.depth(Side.BID) == [Level(7, 5, 1)]
    assert book.depth(Side.OFFER) == [Level(8, 5, 1)]


def test_depth_adds_up_each_price_from_the_best():
    book, _ = _entered(
        _bid("a", 5, 1), _bid("b", 7, 2), _bid("c", 5, 4), _offer("d", 9, 8, lem_low=1)
    )
    assert book.depth(Side.BID) == [Level(7, 2, 1), Level(5, 5, 2)]
    assert book.depth(Side.OFFER) == []


def test_calls_of_one_instant_may_come_in_any_sequence():
    found = set()
    for calls in itertools.permutations(range(6)):
        book, _ = _entered(_offer("resting", 9, 4), _bid("leaving", 3, 4), _bid("going", 2, 4))
        deeds = [
            lambda book=book: book.enter(_bid("y", 10, 3)),
            lambda book=book: book.enter(_bid("x", 10, 3)),
            lambda book=book: book.enter(_offer("z", 3, 3, lem_high=5)),
            lambda book=book: book.cancel(_key("leaving")),
            lambda book=book: book.cancel(_key("going")),
            lambda book=book: book.set_lem_price(5),
        ]
        for call in calls:
            deeds[call]()
        found.add(tuple(book.advance(8)))
    (events,) = found
    assert _trades(events) == [("x", "resting", 3, 9), ("y", "resting", 1, 9), ("y", "z", 2, 10)]


def test_the_state_shows_what_has_happened():
    book = ContinuousBook(opens=5)
    book.enter(_bid("b", 10, 5))
    assert book.depth(Side.BID) == []
    with pytest.raises(InvalidValueError, match="entered at an earlier instant"):
        book.state(_key("b"))
    assert book.now == 5
    book.advance(MAX_TIME + 1)
    assert book.depth(Side.BID) == [Level(10, 5, 1)]


def test_refuses_an_order_that_is_not_valid():
    with pytest.raises(InvalidValueError, match="quantity: expected an integer from 1"):
        ContinuousBook().enter(_bid("b", 10, 0))


def test_refuses_a_key_twice():
    book = ContinuousBook()
    book.enter(_bid("b", 10, 1))
    with pytest.raises(InvalidValueError, match="key: expected one that no other order has"):
        book.enter(_offer("b", 10, 1))
    book.advance(1)
    with pytest.raises(InvalidValueError, match="key: expected one that no other order has"):
        book.enter(_offer("b", 10, 1))


def test_refuses_an_order_that_has_expired():
    book = ContinuousBook(opens=7)
    with pytest.raises(InvalidValueError, match="expires: expected later than now, 7, got 7"):
        book.enter(_bid("b", 10, 1, expires=7))


def test_refuses_to_cancel_what_was_not_entered_before():
    book = ContinuousBook()
    book.enter(_bid("b", 10, 1))
    for name in ("b", "stranger"):
        with pytest.raises(InvalidValueError, match="an order that was entered at an earlier"):
            book.cancel(_key(name))


@pytest.mark.parametrize("price", [MAX_PRICE + 1, 5.0, None])
def test_refuses_a_lem_price(price):
    with pytest.raises(InvalidValueError, match="lem_price: expected an integer"):
        ContinuousBook().set_lem_price(price)


def test_refuses_two_lem_prices_at_one_instant():
    book = ContinuousBook(opens=3)
    book.set_lem_price(5)
    with pytest.raises(InvalidValueError, match="lem_price: expected one price at 3, got 5"):
        book.set_lem_price(5)
    book.advance(4)
    book.set_lem_price(6)


@pytest.mark.parametrize("time", [3, 2, MAX_TIME + 2, 4.5])
def test_refuses_to_stand_still_or_go_back(time):
    with pytest.raises(InvalidValueError, match="time: expected an integer from 4"):
        ContinuousBook(opens=3).advance(time)


def test_refuses_an_opening_outside_time():
    with pytest.raises(InvalidValueError, match="opens"):
        ContinuousBook(opens=-1)
