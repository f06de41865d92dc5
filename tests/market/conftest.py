"""A plain reference of the clearing rule, and books to compare it on."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine, event

from domain.apportionment import largest_remainder
from domain.clock import ManualClock
from domain.interval import Interval
from domain.order import Order, Side
from domain.tariff import Tariff
from domain.units import (
    MAX_PRICE,
    MAX_QUANTITY,
    MIN_PRICE,
    Account,
    MillicentPerKilowattHour,
    Money,
    WattHours,
)
from identity.hashing import keccak256
from identity.keys import EvmKey
from identity.typed_data import TypedDomain, market_domain, order_digest
from market.book import SignedReceipt
from market.clearing import DigestKeys, OrderArrays
from market.desk import DeskLimits, OrderDesk
from market.records import MarketRecords
from market.tables import Base


@dataclass(frozen=True)
class PlainOrder:
    """An order as the reference sees it."""

    is_offer: bool
    price: int
    quantity: int
    key: bytes


@dataclass(frozen=True)
class PlainClearing:
    """What the reference finds: fills in the sequence of the orders."""

    price: int | None
    low: int | None
    high: int | None
    volume: int
    filled: list[int]


def _clear_plainly(orders: Sequence[PlainOrder], tariff: Tariff | None) -> PlainClearing:
    """Clear step by step, as the rule reads: no arrays, no shortcuts."""
    feed_in, retail = (tariff.feed_in, tariff.retail) if tariff else (MIN_PRICE, MAX_PRICE)
    clamped = [max(o.price, feed_in) if o.is_offer else min(o.price, retail) for o in orders]
    book = list(zip(orders, clamped, strict=True))
    bids = sorted(((p, o.quantity) for o, p in book if not o.is_offer), reverse=True)
    offers = sorted((p, o.quantity) for o, p in book if o.is_offer)
    volume = max(
        (
            min(sum(q for b, q in bids if b >= p), sum(q for s, q in offers if s <= p))
            for p in set(clamped)
        ),
        default=0,
    )
    if volume == 0:
        return PlainClearing(None, None, None, 0, [0] * len(orders))
    next_bid, next_offer = _unit(bids, volume + 1), _unit(offers, volume + 1)
    last_bid, last_offer = _unit(bids, volume), _unit(offers, volume)
    assert last_bid is not None
    assert last_offer is not None
    low = last_offer if next_bid is None else max(last_offer, next_bid)
    high = last_bid if next_offer is None else min(last_bid, next_offer)
    price = (low + high) // 2
    filled = [0] * len(orders)
    for side in (False, True):
        inside = [i for i, (o, p) in enumerate(book) if o.is_offer is side and _beats(o, p, price)]
        at = [i for i, (o, p) in enumerate(book) if o.is_offer is side and p == price]
        rest = volume - sum(orders[i].quantity for i in inside)
        shares = largest_remainder(
            rest, [orders[i].quantity for i in at], [orders[i].key for i in at]
        )
        for i in inside:
            filled[i] = orders[i].quantity
        for i, part in zip(at, shares, strict=True):
            filled[i] = part
    return PlainClearing(price, low, high, volume, filled)


def _unit(merit_order: Sequence[tuple[int, int]], rank: int) -> int | None:
    for price, quantity in merit_order:
        rank -= quantity
        if rank <= 0:
            return price
    return None


def _beats(order: PlainOrder, clamped: int, price: int) -> bool:
    return clamped < price if order.is_offer else clamped > price


def _arrays(orders: Sequence[PlainOrder]) -> OrderArrays:
    return OrderArrays(
        side=np.array([o.is_offer for o in orders], np.uint8),
        price=np.array([o.price for o in orders], np.int64),
        quantity=np.array([o.quantity for o in orders], np.int64),
        keys=DigestKeys.of([o.key for o in orders]),
    )


@dataclass(frozen=True)
class BookStrategies:
    """Random books for Hypothesis."""

    books: st.SearchStrategy[list[PlainOrder]]
    small_books: st.SearchStrategy[list[PlainOrder]]
    tariffs: st.SearchStrategy[Tariff | None]


def _books(
    prices: st.SearchStrategy[int], quantities: st.SearchStrategy[int], size: int
) -> st.SearchStrategy[list[PlainOrder]]:
    rows = st.lists(st.tuples(st.booleans(), prices, quantities), max_size=size)
    return rows.map(
        lambda found: [
            PlainOrder(is_offer, price, quantity, keccak256(index.to_bytes(4, "big")))
            for index, (is_offer, price, quantity) in enumerate(found)
        ]
    )


_NARROW_PRICES = st.integers(-4, 4)
_ANY_PRICES = st.one_of(
    _NARROW_PRICES, st.integers(MIN_PRICE, MAX_PRICE), st.sampled_from([MIN_PRICE, MAX_PRICE])
)
_ANY_QUANTITIES = st.one_of(
    st.integers(1, 5), st.integers(1, MAX_QUANTITY), st.sampled_from([1, MAX_QUANTITY])
)


def _tariff(bounds: tuple[int, int]) -> Tariff:
    return Tariff(min(bounds), max(bounds))


@pytest.fixture(scope="session")
def clear_plainly() -> Callable[[Sequence[PlainOrder], Tariff | None], PlainClearing]:
    """The reference implementation."""
    return _clear_plainly


@pytest.fixture(scope="session")
def as_arrays() -> Callable[[Sequence[PlainOrder]], OrderArrays]:
    """Turn plain orders into what the mechanisms take."""
    return _arrays


@pytest.fixture(scope="session")
def plain_order() -> type[PlainOrder]:
    """The type of a plain order."""
    return PlainOrder


@pytest.fixture(scope="session")
def strategies() -> BookStrategies:
    """Random books: many ties and few orders, or any price and quantity there is."""
    any_tariff = st.tuples(_ANY_PRICES, _ANY_PRICES).map(_tariff)
    near_tariff = st.tuples(_NARROW_PRICES, _NARROW_PRICES).map(_tariff)
    return BookStrategies(
        books=st.one_of(
            _books(_NARROW_PRICES, st.integers(1, 5), 24),
            _books(_NARROW_PRICES, _ANY_QUANTITIES, 24),
            _books(_ANY_PRICES, _ANY_QUANTITIES, 24),
        ),
        small_books=_books(_NARROW_PRICES, st.integers(1, 4), 8),
        tariffs=st.one_of(st.none(), near_tariff, any_tariff),
    )


COMMUNITY = 7
GATE_LEAD = 60
GRID = 1
NOON = 1_743_508_800


@dataclass(frozen=True)
class Entry:
    """A participant's entry in the registry."""

    wallet: str
    active: bool = True


@dataclass(frozen=True)
class Rules:
    """A community's rules."""

    duration: int = 900
    gate_lead: int = GATE_LEAD
    grid_account: int = GRID


class Neighbours:
    """Registry, communities and funds of a small neighbourhood, in memory."""

    def __init__(self) -> None:
        self.keys = {account: EvmKey.generate() for account in (GRID, 2, 3, 4)}
        self.entries = {account: Entry(key.address) for account, key in self.keys.items()}
        self.funds = dict.fromkeys(self.keys, Money(10**12))

    def participant(self, account: int) -> Entry | None:
        return self.entries.get(account)

    def community(self, community: int) -> Rules | None:
        return Rules() if community == COMMUNITY else None

    def available(self, account: Account) -> Money:
        return self.funds[account]


class Counter:
    """A desk with everything that it needs, and orders to bring to it."""

    def __init__(self, engine: Engine, domain: TypedDomain) -> None:
        self.engine = engine
        self.domain = domain
        self.operator = EvmKey.generate()
        self.neighbours = Neighbours()
        self.clock = ManualClock(NOON)
        self.interval = Interval(COMMUNITY, NOON + 3600)
        self.records = MarketRecords(engine, self.clock)
        self.desk = self.open()
        self._salts = itertools.count(1)

    def open(self, **limits: int) -> OrderDesk:
        return OrderDesk(
            self.engine,
            domain=self.domain,
            operator=self.operator,
            members=self.neighbours,
            communities=self.neighbours,
            funds=self.neighbours,
            clock=self.clock,
            limits=DeskLimits(**limits),
        )

    def order(
        self,
        account: int = 2,
        side: Side = Side.BID,
        quantity: int = 500,
        price: int = 20_000,
        interval: Interval | None = None,
    ) -> Order:
        return Order(
            interval or self.interval,
            Account(account),
            side,
            WattHours(quantity),
            MillicentPerKilowattHour(price),
            next(self._salts),
        )

    def digest(self, order: Order) -> bytes:
        return order_digest(self.domain, order)

    def sign(self, order: Order, signer: int | None = None) -> bytes:
        key = self.neighbours.keys[order.account if signer is None else signer]
        return key.sign(self.digest(order))

    def place(self, **values: Any) -> tuple[Order, SignedReceipt]:
        order = self.order(**values)
        return order, self.desk.accept(order, self.sign(order))


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """A database with the market's tables, as a node opens one."""
    database = create_engine(f"sqlite:///{tmp_path / 'market.sqlite'}")

    def prepare(connection: Any, _record: object) -> None:
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    event.listen(database, "connect", prepare)
    Base.metadata.create_all(database)
    yield database
    database.dispose()


@pytest.fixture
def counter(engine: Engine) -> Counter:
    """An open desk at noon, for the interval an hour later."""
    return Counter(engine, market_domain(31337, "0x" + "22" * 20))
