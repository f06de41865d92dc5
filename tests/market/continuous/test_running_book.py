"""The running book under random calls: what holds after each instant."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from domain.order import Side
from domain.units import MAX_PRICE, MIN_PRICE
from market.continuous import ContinuousBook, Ended, Ending, LimitOrder, Trade, ranked_list

_PRICES = st.integers(-3, 3)
_FREE = (MIN_PRICE, MAX_PRICE)


@st.composite
def _orders(draw, number, now):
    side = draw(st.sampled_from(Side))
    quantity = draw(st.integers(1, 8))
    low, high = draw(st.just(_FREE) | st.tuples(_PRICES, _PRICES).map(sorted).map(tuple))
    return LimitOrder(
        # Equal first bytes and a drawn one: the sequence of calls is not that of the keys.
        key=bytes([draw(st.integers(0, 3))]) + number.to_bytes(31, "big"),
        side=side,
        price=draw(_PRICES),
        quantity=quantity,
        expires=draw(st.none() | st.integers(now + 1, now + 5)),
        minimum=draw(st.integers(1, quantity)) if side is Side.OFFER else 1,
        lem_low=low,
        lem_high=high,
    )


class RunningBook(RuleBasedStateMachine):
    """Keeps its own account of what it asked for and what it was told."""

    plain_order = None
    plain_market = None

    def __init__(self):
        super().__init__()
        self.book = ContinuousBook()
        self.asked = {}
        self.entered = {}
        self.cancelled = {}
        self.lem = {}
        self.left = {}
        self.ends = {}
        self.trades = []
        self.bought = self.paid = 0

    @rule(data=st.data())
    def enter(self, data):
        order = data.draw(_orders(len(self.asked), self.book.now))
        self.book.enter(order)
        self.asked[order.key] = order
        self.entered[order.key] = self.book.now

    @precondition(lambda self: self.left)
    @rule(data=st.data())
    def cancel(self, data):
        key = data.draw(st.sampled_from(sorted(self.left)))
        self.book.cancel(key)
        self.cancelled.setdefault(key, self.book.now)

    @precondition(lambda self: self.book.now not in self.lem)
    @rule(price=_PRICES)
    def set_lem_price(self, price):
        self.book.set_lem_price(price)
        self.lem[self.book.now] = price

    @rule(by=st.integers(1, 3))
    def advance(self, by):
        left_before = self.book.now
        self.left |= {k: o.quantity for k, o in self.asked.items() if k not in self.left}
        for event in self.book.advance(self.book.now + by):
            if isinstance(event, Trade):
                assert event.time == left_before
                self._take_trade(event)
            else:
                assert left_before <= event.time <= self.book.now
                self._take_end(event)

    def _take_trade(self, trade):
        bid, offer = self.asked[trade.buyer], self.asked[trade.seller]
        assert offer.price <= trade.price <= bid.price
        assert trade.quantity >= offer.minimum
        for order in (bid, offer):
            assert order.key not in self.ends
            assert self.entered[order.key] <= trade.time
            assert order.expires is None or trade.time < order.expires
            assert self.cancelled.get(order.key, trade.time + 1) > trade.time
            assert self._admits(order)
            self.left[order.key] -= trade.quantity
        self.bought += trade.quantity
        self.paid += trade.quantity * trade.price
        self.trades.append(tuple(trade))

    def _take_end(self, end):
        assert isinstance(end, Ended)
        assert end.key not in self.ends
        assert end.left == self.left[end.key]
        self.ends[end.key] = (end.how.label, end.time)

    def _admits(self, order):
        if (order.lem_low, order.lem_high) == _FREE:
            return True
        price = self.lem.get(max(self.lem, default=0))
        return price is not None and order.lem_low <= price <= order.lem_high

    def _shown(self, side):
        return [
            order
            for key, order in self.asked.items()
            if key in self.left and order.side is side and self.book.state(key).shown
        ]

    @invariant()
    def no_pair_that_could_trade_is_left(self):
        for bid in self._shown(Side.BID):
            for offer in self._shown(Side.OFFER):
                assert bid.price < offer.price or self.left[bid.key] < offer.minimum

    @invariant()
    def not_crossed_among_orders_without_minimum(self):
        bids = [bid.price for bid in self._shown(Side.BID)]
        offers = [offer.price for offer in self._shown(Side.OFFER) if offer.minimum == 1]
        assert not bids or not offers or max(bids) < min(offers)

    @invariant()
    def state_is_what_was_told(self):
        for key, left in self.left.items():
            state = self.book.state(key)
            assert (state.left, state.ending.label) == (left, self.ends.get(key, ("open",))[0])
            assert 0 <= left <= self.asked[key].quantity
            if state.ending is Ending.OPEN:
                assert left >= self.asked[key].minimum
            if self.book.now not in self.lem:
                open_ = state.ending is Ending.OPEN
                assert state.shown is (open_ and self._admits(self.asked[key]))

    @invariant()
    def depth_is_what_is_shown(self):
        for side, sign in ((Side.BID, -1), (Side.OFFER, 1)):
            levels = {}
            for order in self._shown(side):
                levels.setdefault(order.price, []).append(self.left[order.key])
            assert self.book.depth(side) == [
                (price, sum(levels[price]), len(levels[price]))
                for price in sorted(levels, key=lambda price: sign * price)
            ]

    @invariant()
    def energy_is_conserved(self):
        traded = {Side.BID: 0, Side.OFFER: 0}
        for key, left in self.left.items():
            traded[self.asked[key].side] += self.asked[key].quantity - left
        assert traded[Side.BID] == traded[Side.OFFER] == self.bought

    def teardown(self):
        """Compare the whole run with the reference, which saw all of it at once."""
        self.advance(20)
        orders = [self._plain(order) for order in self.asked.values()]
        market = self.plain_market(orders, self.lem)
        assert self.trades == market.trades
        assert self.ends == {
            key: end for key, end in market.ends.items() if end[1] <= self.book.now
        }
        assert self.paid == sum(quantity * price for *_, quantity, price in market.trades)

    def _plain(self, order):
        limits = (order.lem_low, order.lem_high)
        return self.plain_order(
            is_offer=order.side is Side.OFFER,
            price=order.price,
            quantity=order.quantity,
            entered=self.entered[order.key],
            key=order.key,
            expires=order.expires,
            cancelled=self.cancelled.get(order.key),
            minimum=order.minimum,
            lem=None if limits == _FREE else limits,
        )


@pytest.mark.parametrize("most", [2, 512])
def test_running_book(most, monkeypatch, plain_order, plain_market):
    monkeypatch.setattr(ranked_list, "_MOST", most)
    monkeypatch.setattr(RunningBook, "plain_order", plain_order)
    monkeypatch.setattr(RunningBook, "plain_market", plain_market)
    case = RunningBook.TestCase()
    case.settings = settings(max_examples=80, stateful_step_count=30, deadline=None)
    case.runTest()
