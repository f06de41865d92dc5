"""A plain reference of continuous trading, and books to compare it on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import strategies as st

from domain.tariff import Tariff
from domain.units import MAX_PRICE, MAX_QUANTITY, MIN_PRICE
from identity.hashing import keccak256
from market.clearing import DigestKeys, OrderArrays
from market.continuous import MAX_TIME, NEVER, LemPrices, TimedOrders


@dataclass(frozen=True)
class PlainOrder:
    """An order as the reference sees it."""

    is_offer: bool
    price: int
    quantity: int
    entered: int
    key: bytes
    expires: int | None = None
    cancelled: int | None = None
    minimum: int = 1
    lem: tuple[int, int] | None = None

    @property
    def age(self) -> tuple[int, bytes]:
        """When it comes, ahead of those of the same instant with larger keys."""
        return self.entered, self.key

    def limit(self, tariff: Tariff | None) -> int:
        """What its price counts as within the tariff."""
        if tariff is None:
            return self.price
        if self.is_offer:
            return max(self.price, tariff.feed_in)
        return min(self.price, tariff.retail)

    def open_until(self) -> int:
        """The first instant at which it is no longer valid."""
        ends = (self.expires, self.cancelled)
        return min((end for end in ends if end is not None), default=NEVER)


class PlainMarket:
    """Goes from instant to instant; after each event, tries every pair from the best on.

    Attributes:
        trades: time, buyer's key, seller's key, quantity, price.
        ends: how and when each order ended, by key.
        left: Wh of each order that are left, by key.
    """

    def __init__(
        self,
        orders: Sequence[PlainOrder],
        lem: Mapping[int, int] | None = None,
        tariff: Tariff | None = None,
    ) -> None:
        self.tariff = tariff
        self.trades: list[tuple[int, bytes, bytes, int, int]] = []
        self.ends: dict[bytes, tuple[str, int]] = {}
        self.left = {order.key: order.quantity for order in orders}
        self._lem_price: int | None = None
        self._book: list[PlainOrder] = []
        lem = lem or {}
        named = {time for o in orders for time in (o.entered, o.expires, o.cancelled)}
        for time in sorted((named | lem.keys()) - {None}):
            self._pass(time, orders, lem)

    def _pass(self, time: int, orders: Sequence[PlainOrder], lem: Mapping[int, int]) -> None:
        for order in self._open():
            if order.expires == time:
                self.ends[order.key] = ("expired", time)
        for order in self._open():
            if order.cancelled == time:
                self.ends[order.key] = ("cancelled", time)
        if time in lem:
            self._lem_price = lem[time]
            self._trade(time)
        for order in sorted((one for one in orders if one.entered == time), key=lambda o: o.key):
            self._book.append(order)
            self._trade(time)

    def _open(self) -> list[PlainOrder]:
        return [order for order in self._book if order.key not in self.ends]

    def _trade(self, time: int) -> None:
        while (pair := self._best_pair()) is not None:
            bid, offer = pair
            first = min(pair, key=lambda order: order.age)
            quantity = min(self.left[bid.key], self.left[offer.key])
            price = first.limit(self.tariff)
            self.trades.append((time, bid.key, offer.key, quantity, price))
            for order in pair:
                self.left[order.key] -= quantity
                if self.left[order.key] == 0:
                    self.ends[order.key] = ("filled", time)
                elif self.left[order.key] < order.minimum:
                    self.ends[order.key] = ("returned", time)

    def _best_pair(self) -> tuple[PlainOrder, PlainOrder] | None:
        able = [order for order in self._open() if self._admits(order)]
        bids = [order for order in able if not order.is_offer]
        offers = [order for order in able if order.is_offer]
        for bid in sorted(bids, key=lambda o: (-o.limit(self.tariff), o.age)):
            for offer in sorted(offers, key=lambda o: (o.limit(self.tariff), o.age)):
                cheap = offer.limit(self.tariff) <= bid.limit(self.tariff)
                if cheap and self.left[bid.key] >= offer.minimum:
                    return bid, offer
        return None

    def _admits(self, order: PlainOrder) -> bool:
        if order.lem is None:
            return True
        low, high = order.lem
        return self._lem_price is not None and low <= self._lem_price <= high


def _timed(orders: Sequence[PlainOrder]) -> TimedOrders:
    def times(values: Sequence[int | None]) -> np.ndarray:
        return np.array([NEVER if value is None else value for value in values], np.int64)

    lem = [order.lem or (MIN_PRICE, MAX_PRICE) for order in orders]
    return TimedOrders.of(
        OrderArrays(
            side=np.array([o.is_offer for o in orders], np.uint8),
            price=np.array([o.price for o in orders], np.int64),
            quantity=np.array([o.quantity for o in orders], np.int64),
            keys=DigestKeys.of([o.key for o in orders]),
        ),
        entered=times([o.entered for o in orders]),
        expires=times([o.expires for o in orders]),
        cancelled=times([o.cancelled for o in orders]),
        minimum=np.array([o.minimum for o in orders], np.int64),
        lem_low=np.array([low for low, _ in lem], np.int64),
        lem_high=np.array([high for _, high in lem], np.int64),
    )


def _steps(lem: Mapping[int, int]) -> LemPrices:
    return LemPrices(np.array(list(lem), np.int64), np.array(list(lem.values()), np.int64))


_PRICES = st.integers(-3, 3)
_QUANTITIES = st.integers(1, 7)
_TIMES = st.integers(0, 7)
_RANGES = st.tuples(_PRICES, _PRICES).map(lambda ends: (min(ends), max(ends)))
_WIDE_PRICES = st.sampled_from([MIN_PRICE, MIN_PRICE + 1, -1, 0, MAX_PRICE - 1, MAX_PRICE])
_WIDE_QUANTITIES = st.sampled_from([1, 2, MAX_QUANTITY - 1, MAX_QUANTITY])
_WIDE_TIMES = st.sampled_from([0, 1, 2**31, MAX_TIME - 1])


@st.composite
def _conditions(draw, is_offer, quantity, entered):
    """Times and conditions of one order."""
    later = st.none() | st.integers(entered + 1, entered + 6)
    return {
        "expires": draw(later),
        "cancelled": draw(later),
        "minimum": draw(st.integers(1, quantity)) if is_offer and draw(st.booleans()) else 1,
        "lem": draw(st.none() | _RANGES),
    }


@st.composite
def _order(draw, number, restricted):
    is_offer, quantity, entered = draw(st.booleans()), draw(_QUANTITIES), draw(_TIMES)
    conditions = draw(_conditions(is_offer, quantity, entered)) if restricted else {}
    key = keccak256(bytes([number]))
    return PlainOrder(is_offer, draw(_PRICES), quantity, entered, key, **conditions)


@st.composite
def _books(draw, *, restricted=True, most=14):
    size = draw(st.integers(0, most))
    return [draw(_order(number, restricted)) for number in range(size)]


@st.composite
def _wide_books(draw):
    return [
        PlainOrder(
            draw(st.booleans()),
            draw(_WIDE_PRICES),
            draw(_WIDE_QUANTITIES),
            draw(_WIDE_TIMES),
            keccak256(bytes([number])),
            lem=draw(st.none() | st.just((MIN_PRICE, -1)) | st.just((0, MAX_PRICE))),
        )
        for number in range(draw(st.integers(0, 8)))
    ]


@dataclass(frozen=True)
class Strategies:
    """Random books, LEM prices and tariffs, with many ties."""

    books: st.SearchStrategy[list[PlainOrder]]
    free_books: st.SearchStrategy[list[PlainOrder]]
    wide_books: st.SearchStrategy[list[PlainOrder]]
    lem: st.SearchStrategy[dict[int, int]]
    wide_lem: st.SearchStrategy[dict[int, int]]
    tariffs: st.SearchStrategy[Tariff | None]


@pytest.fixture(scope="session")
def books() -> Strategies:
    """Strategies for whole intervals; free books have neither conditions nor ends."""
    return Strategies(
        books=_books(),
        free_books=_books(restricted=False),
        wide_books=_wide_books(),
        lem=st.dictionaries(_TIMES, _PRICES, max_size=5),
        wide_lem=st.dictionaries(_WIDE_TIMES, _WIDE_PRICES, max_size=3),
        tariffs=st.none() | _RANGES.map(lambda ends: Tariff(*ends)),
    )


@pytest.fixture(scope="session")
def plain_order() -> type[PlainOrder]:
    """The type of a plain order."""
    return PlainOrder


@pytest.fixture(scope="session")
def plain_market() -> type[PlainMarket]:
    """The reference implementation."""
    return PlainMarket


@pytest.fixture(scope="session")
def as_timed() -> Callable[[Sequence[PlainOrder]], TimedOrders]:
    """Turn plain orders into what the replay takes."""
    return _timed


@pytest.fixture(scope="session")
def as_steps() -> Callable[[Mapping[int, int]], LemPrices]:
    """Turn prices by time into what the replay takes."""
    return _steps
