"""A plain reference of the clearing rule, and books to compare it on."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine, event

from chain.commitments import batch_commitment, mechanism_id
from chain.contracts import ChosenMechanism, Mandate, ParticipantRole
from chain.development import advance_to
from chain.errors import ContractRefusedError
from domain.apportionment import largest_remainder
from domain.clock import ManualClock
from domain.fee import AnnouncedFee, Fee, FeeSchedule
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
from market.book import CommittedBatch, KeptOrder, SignedReceipt
from market.clearing import DigestKeys, OrderArrays
from market.desk import DeskLimits, OrderDesk
from market.fills import book_arrays
from market.mechanisms import provable_mechanism
from market.proving import Proof, Proposal, proving_call
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
        self.held_back = 0
        self.chosen = ChosenMechanism(mechanism_id("uniform-price"), 500)
        self.mandates: dict[tuple[int, str], Mandate] = {}
        self.fees = FeeSchedule()

    def permits(
        self, account: int, agent: str, time: int, side: Side, quantity: int, price: int
    ) -> bool:
        mandate = self.mandates.get((account, agent))
        if mandate is None or not mandate.valid_from <= time < mandate.valid_until:
            return False
        interval = Interval(COMMUNITY, NOON)
        return mandate.covers(Order(interval, Account(account), side, quantity, price, 0))

    def participant(self, account: int) -> Entry | None:
        return self.entries.get(account)

    def community(self, community: int) -> Rules | None:
        return Rules() if community == COMMUNITY else None

    def mechanism(self, community: int) -> ChosenMechanism | None:
        return self.chosen if community == COMMUNITY else None

    def available(self, account: Account) -> Money:
        return self.funds[account]

    def revision(self) -> int:
        return self.held_back

    def schedule(self) -> FeeSchedule:
        return self.fees

    def announce(self, rate: int, valid_from: int = 0) -> None:
        """Let the community's buyers pay a fee from a second on."""
        fee = Fee(Account(4), MillicentPerKilowattHour(rate))
        announced = AnnouncedFee(COMMUNITY, valid_from, fee)
        self.fees = self.fees.with_announcements([announced])


class Counter:
    """A desk with everything that it needs, and orders to bring to it."""

    def __init__(self, engine: Engine, domain: TypedDomain) -> None:
        self.engine = engine
        self.domain = domain
        self.operator = EvmKey.generate()
        self.neighbours = Neighbours()
        self.clock = ManualClock(NOON)
        self.interval = Interval(COMMUNITY, NOON + 3600)
        self.records = MarketRecords(engine, self.clock, self.neighbours)
        self.desk = self.open()
        self._salts = itertools.count(1)

    def open(self, **limits: int) -> OrderDesk:
        return OrderDesk(
            self.engine,
            domain=self.domain,
            operator=self.operator,
            members=self.neighbours,
            agents=self.neighbours,
            communities=self.neighbours,
            funds=self.neighbours,
            fees=self.neighbours,
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


class CommittedBooks:
    """Books of one community on a real chain, one an interval, and what the contract says to them.

    Digests are any 32 bytes here: the contract takes what was committed to.
    """

    def __init__(self, world: Any, mechanism_name: str, k: int) -> None:
        self._world, self._market = world, world.contracts.market
        self._community = next(world.communities)
        self.provable = provable_mechanism(mechanism_name)[1]
        self.k = k
        rules = (300, 0, 1, mechanism_id(mechanism_name), k)
        call = self._market.create_community(self._community, *rules)
        world.send(world.keys.admin, call)
        self._next = (world.chain.block_time() // 300 + 20) * 300
        self._batches: dict[Interval, list[CommittedBatch]] = {}

    def post_tariffs(self, tariffs: Sequence[Tariff]) -> list[Interval]:
        for at in range(0, len(tariffs), 100):
            part = Interval(self._community, self._next + at * 300, 300)
            call = self._market.post_tariffs(part, tariffs[at : at + 100])
            self._world.send(self._world.keys.tariff_oracle, call)
        starts = range(self._next, self._next + len(tariffs) * 300, 300)
        return [Interval(self._community, start, 300) for start in starts]

    def commit(self, interval: Interval, batches: Sequence[Sequence[KeptOrder]]) -> None:
        self.claim(interval, batches)
        for batch in self._batches[interval]:
            commitment = batch_commitment(batch.packed, batch.digests_hash)
            call = self._market.commit_orders(interval, commitment, len(batch.orders))
            self._world.send(self._world.keys.operator, call)

    def claim(self, interval: Interval, batches: Sequence[Sequence[KeptOrder]]) -> None:
        """Answer for these orders, whether they are the committed ones or not."""
        self._batches[interval] = [
            CommittedBatch(number, keccak256(b"".join(kept.digest for kept in batch)), batch)
            for number, batch in enumerate(batches)
        ]

    def close(self, last: Interval) -> None:
        advance_to(self._world.chain, last.start)

    def propose(self, interval: Interval, tariff: Tariff) -> Proposal:
        orders, accounts = book_arrays(self.orders(interval))
        return self.provable.rule(orders, accounts, tariff, self.k)

    def answer(self, interval: Interval, proof: Proof) -> str | None:
        """Return None where the contract accepts, or the name of its error."""
        call = proving_call(self._market, interval, self._batches[interval], proof)
        try:
            self._world.chain.call(call.to, call.data)
        except ContractRefusedError as error:
            return error.error
        return None

    def orders(self, interval: Interval) -> list[KeptOrder]:
        return [one for batch in self._batches[interval] for one in batch.orders]

    def calldata(self, interval: Interval, proof: Proof) -> int:
        """How many bytes prove it."""
        return len(proving_call(self._market, interval, self._batches[interval], proof).data)

    def prove(self, interval: Interval, proof: Proof) -> int:
        """Prove it for good; return the gas."""
        call = proving_call(self._market, interval, self._batches[interval], proof)
        return int(self._world.send(self._world.keys.stranger, call).gas_used)


@pytest.fixture
def committed_books(
    chain: Any, contracts: Any, keys: Any, send: Any
) -> Callable[[str, int], CommittedBooks]:
    """Open communities: ``committed_books("pay-as-bid", 250)``."""
    grid = contracts.registry.register_participant(
        keys.grid.address, bytes(32), ParticipantRole.GRID
    )
    send(keys.registrar, grid)
    world = SimpleNamespace(
        chain=chain, contracts=contracts, keys=keys, send=send, communities=itertools.count(7)
    )
    return lambda name, k: CommittedBooks(world, name, k)


def _random_rows(random: np.random.Generator) -> list[tuple[int, int, int]]:
    """Side, price, quantity. Ties and few levels in most books; any value there is in some."""
    count = int(random.integers(0, 13))
    side = random.integers(0, 2, count)
    if random.random() < 0.1:
        side[:] = random.integers(0, 2)
    if random.random() < 0.3:
        price = random.choice([MIN_PRICE, -1, 0, 1, MAX_PRICE, 7, -7], count)
        quantity = random.choice([1, 2, MAX_QUANTITY, MAX_QUANTITY - 1], count)
    else:
        price = random.integers(-5, 6, count) * int(random.choice([1, 3]))
        quantity = random.integers(1, 6, count)
    return list(zip(side.tolist(), price.tolist(), quantity.tolist(), strict=True))


def _kept_orders(interval: Interval, rows: Sequence[tuple[int, int, int]]) -> list[KeptOrder]:
    """Orders of rows, with a digest for each place; few accounts have all the small ones."""
    accounts = 1000 if any(quantity > 10**6 for _, _, quantity in rows) else 4
    return [
        KeptOrder(
            Order(
                interval,
                Account(number % accounts + 1),
                Side(side),
                WattHours(quantity),
                MillicentPerKilowattHour(price),
                0,
            ),
            keccak256(number.to_bytes(4, "big")),
            None,
            None,
            None,
        )
        for number, (side, price, quantity) in enumerate(rows)
    ]


def _with_copies(random: np.random.Generator, orders: list[KeptOrder]) -> list[KeptOrder]:
    """Let some small books have an order twice, as one that its participant puts on chain too."""
    if not orders or random.random() < 0.7 or any(kept.order.quantity > 10**6 for kept in orders):
        return orders
    copied = orders[int(random.integers(0, len(orders)))]
    at = int(random.integers(0, len(orders) + 1))
    return [*orders[:at], copied, *orders[at:]]


def _random_tariff(random: np.random.Generator) -> Tariff:
    if random.random() < 0.3:
        return Tariff(MIN_PRICE, MAX_PRICE)
    low, high = sorted(random.integers(-8, 13, 2).tolist())
    return Tariff(low, high)


def _commit_random_books(
    random: np.random.Generator, books: CommittedBooks, count: int
) -> list[tuple[Interval, Tariff]]:
    """Commit books in one batch or two, and close their gates."""
    tariffs = [_random_tariff(random) for _ in range(count)]
    intervals = books.post_tariffs(tariffs)
    for interval in intervals:
        orders = _with_copies(random, _kept_orders(interval, _random_rows(random)))
        cut = int(random.integers(0, len(orders) + 1))
        books.commit(interval, [part for part in (orders[:cut], orders[cut:]) if part])
    books.close(intervals[-1])
    return list(zip(intervals, tariffs, strict=True))


@pytest.fixture(scope="session")
def random_books() -> SimpleNamespace:
    """Committed random books, and the orders of rows of side, price and quantity."""
    return SimpleNamespace(committed=_commit_random_books, orders=_kept_orders)
