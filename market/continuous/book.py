"""The running book: a clock, what is to happen at the present instant, and the state."""

from __future__ import annotations

from heapq import heappop, heappush
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from domain.errors import InvalidValueError
from domain.order import Side
from domain.tariff import Tariff
from domain.units import MAX_PRICE, MIN_PRICE, require_range
from market.clearing.limits import UNBOUNDED
from market.continuous.events import Ended, Ending, Event
from market.continuous.lem_watch import LemWatch
from market.continuous.limit_order import MAX_TIME, LimitOrder
from market.continuous.matching import Matching
from market.continuous.standing import Standing


class OrderState(NamedTuple):
    """Where an order stands.

    Attributes:
        left: Wh that have not traded.
        ending: how it ended, or that it is open.
        shown: whether it may trade now: it is open and the LEM price lies within its range.
    """

    left: int
    ending: Ending
    shown: bool


class Level(NamedTuple):
    """What one side has at one price.

    Attributes:
        price: millicent per kWh.
        quantity: Wh.
        orders: how many.
    """

    price: int
    quantity: int
    orders: int


class ContinuousBook:
    """Price-time priority over an interval.

    What is entered, cancelled or announced happens at the present instant, once the clock leaves
    it: first orders expire and are cancelled, then the LEM price changes, then orders are entered,
    by smallest key. The calls of one instant may come in any sequence. The state shows what has
    happened, not what is to happen.
    """

    def __init__(self, opens: int = 0, tariff: Tariff | None = None) -> None:
        """Open an empty book without a LEM price.

        Args:
            opens: the first instant, 0 to 2^53 - 1; the unit of time is the caller's.
            tariff: bounds of the prices: orders are clamped to it.

        Raises:
            InvalidValueError: for another instant.
        """
        require_range("opens", opens, 0, MAX_TIME)
        self._now = opens
        self._bounds = tariff or UNBOUNDED
        self._matching = Matching()
        self._watch = LemWatch()
        self._orders: dict[bytes, Standing] = {}
        self._expiring: dict[int, list[Standing]] = {}
        self._deadlines: list[int] = []
        self._entering: dict[bytes, LimitOrder] = {}
        self._leaving: dict[bytes, Standing] = {}
        self._announced: int | None = None

    @property
    def now(self) -> int:
        """The present instant."""
        return self._now

    @property
    def lem_price(self) -> int | None:
        """The LEM price in millicent per kWh, or None while there is none."""
        return self._watch.price

    def state(self, key: bytes) -> OrderState:
        """Return where an order stands.

        Raises:
            InvalidValueError: for an order that has not been entered.
        """
        one = self._entered(key)
        return OrderState(one.left, one.ending, one.shown)

    def depth(self, side: Side) -> list[Level]:
        """Return what one side may trade now, the best price first."""
        levels = groupby(self._matching.shown(side), key=lambda one: one.limit)
        found = [(price, [one.left for one in orders]) for price, orders in levels]
        return [Level(price, sum(left), len(left)) for price, left in found]

    def enter(self, order: LimitOrder) -> None:
        """Enter an order at the present instant.

        Raises:
            InvalidValueError: for a value that an order may not have, naming the field, for a key
                that an order had before, and for an expiry that is not later than now.
        """
        order.require_valid()
        if order.key in self._orders or order.key in self._entering:
            raise InvalidValueError("key", "one that no other order has", order.key.hex())
        if order.expires is not None and order.expires <= self._now:
            raise InvalidValueError("expires", f"later than now, {self._now}", order.expires)
        self._entering[order.key] = order

    def cancel(self, key: bytes) -> None:
        """Withdraw what is left of an order at the present instant.

        Trades stay. An order that has ended, or does so before, stays as it is.

        Raises:
            InvalidValueError: for an order that was not entered at an earlier instant.
        """
        self._leaving[key] = self._entered(key)

    def set_lem_price(self, price: int) -> None:
        """Let the LEM price change at the present instant.

        Args:
            price: millicent per kWh, a signed 32-bit number.

        Raises:
            InvalidValueError: for another value, and for a second price at one instant.
        """
        require_range("lem_price", price, MIN_PRICE, MAX_PRICE)
        if self._announced is not None:
            raise InvalidValueError("lem_price", f"one price at {self._now}", price)
        self._announced = price

    def advance(self, to: int) -> list[Event]:
        """Leave the present instant and go to a later one.

        Args:
            to: at most 2^53. What expires on the way or at that instant does so; between instants
                that are named, nothing else can happen.

        Returns:
            What happens, in sequence.

        Raises:
            InvalidValueError: for an instant that is not later than the present one.
        """
        require_range("time", to, self._now + 1, MAX_TIME + 1)
        events: list[Event] = []
        self._complete_instant(events)
        self._expire(to, events)
        self._now = to
        return events

    def _entered(self, key: bytes) -> Standing:
        try:
            return self._orders[key]
        except KeyError:
            expected = "an order that was entered at an earlier instant"
            raise InvalidValueError("key", expected, key.hex()) from None

    def _complete_instant(self, events: list[Event]) -> None:
        if self._leaving:
            for one in sorted(self._leaving.values(), key=attrgetter("sequence")):
                self._end(one, self._now, Ending.CANCELLED, events)
            self._leaving.clear()
        if self._announced is not None:
            self._move_lem_price(self._announced, events)
            self._announced = None
        if self._entering:
            for key in sorted(self._entering):
                self._admit(self._entering[key], events)
            self._entering.clear()

    def _expire(self, until: int, events: list[Event]) -> None:
        while self._deadlines and self._deadlines[0] <= until:
            time = heappop(self._deadlines)
            for one in self._expiring.pop(time):
                self._end(one, time, Ending.EXPIRED, events)

    def _end(self, one: Standing, time: int, how: Ending, events: list[Event]) -> None:
        if one.ending is not Ending.OPEN:
            return
        one.ending = how
        if one.shown:
            self._matching.hide(one)
        events.append(Ended(time, one.key, one.left, how))

    def _move_lem_price(self, price: int, events: list[Event]) -> None:
        turned = self._watch.move(price)
        for one in turned:
            if one.shown:
                self._matching.hide(one)
        self._matching.show([one for one in turned if self._watch.admits(one)], self._now, events)

    def _admit(self, order: LimitOrder, events: list[Event]) -> None:
        one = Standing(order, self._clamped(order), len(self._orders))
        self._orders[order.key] = one
        if order.expires is not None:
            self._expire_at(order.expires, one)
        if one.lem_range is not None:
            self._watch.add(one)
        if self._watch.admits(one):
            self._matching.enter(one, self._now, events)

    def _expire_at(self, time: int, one: Standing) -> None:
        if time in self._expiring:
            self._expiring[time].append(one)
        else:
            self._expiring[time] = [one]
            heappush(self._deadlines, time)

    def _clamped(self, order: LimitOrder) -> int:
        """Return what an order's limit counts as within the tariff (decision 0002)."""
        feed_in, retail = self._bounds.feed_in, self._bounds.retail
        if order.side is Side.BID:
            return order.price if order.price < retail else retail
        return order.price if order.price > feed_in else feed_in
