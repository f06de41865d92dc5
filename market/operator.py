"""The market operator: commits books to the chain, clears them, and proves the price."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Final

from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from chain.commitments import (
    EMPTY_BOOK,
    batch_commitment,
    cancel_in_book,
    digests_hash,
    extend_book,
)
from chain.events import CancellationCommitted, ContractEvent, OrdersCommitted, OrderSubmitted
from chain.sender import Receipt
from domain.cancellation import Cancellation
from domain.interval import Interval
from domain.order import Order, pack_orders, unpack_orders
from domain.trade import ClearingStatus, Fill, PriceRecord
from domain.units import Account
from market.book import BookLink, ClearedPrice, CommittedBatch, KeptOrder, places_left
from market.desk import MAX_BOOK
from market.errors import (
    AllocationMismatchError,
    BookMismatchError,
    PriceMismatchError,
    TariffMissingError,
)
from market.fills import book_arrays, fills_of
from market.mechanisms import community_mechanism
from market.ports import EventLog, MarketContract, StepDelivery
from market.proving import Proposal, at_places, proving_call
from market.repository.books import BookRepository
from market.repository.orders import OrderRepository
from market.repository.outcomes import OutcomeRepository

MAX_BATCH: Final = 2_000
"""Orders of one batch. Whoever answers a challenge posts a batch with its digests, and whoever
shows a duplicate the digests of two: 128,000 bytes, which nodes take in one transaction."""


@dataclass(frozen=True, slots=True)
class Commitment:
    """A batch that the operator has brought to the chain.

    Attributes:
        step: its number among the operator's batches of the interval, from 0.
        orders: number of its orders.
        receipt: of the transaction.
    """

    step: int
    orders: int
    receipt: Receipt


class MarketOperator:
    """Brings one node's order books to the chain. Threads take turns."""

    def __init__(
        self,
        engine: Engine,
        *,
        contract: MarketContract,
        outbox: StepDelivery,
        events: EventLog,
    ) -> None:
        """Operate a market.

        Args:
            engine: a database with the market's tables.
            contract: the market contract, which also says by which mechanism each community is
                cleared.
            outbox: brings steps to the chain, each once.
            events: what the contracts announced.
        """
        self._sessions = sessionmaker(engine)
        self._contract = contract
        self._outbox = outbox
        self._events = events
        self._mechanism_of = cache(partial(community_mechanism, contract))
        self._lock = threading.Lock()

    def commit(self, interval: Interval) -> list[Commitment]:
        """Commit the orders of an interval that are in no batch yet.

        Batches that a crash left undelivered come first.

        Returns:
            What was brought to the chain: mostly one batch, none where no order is new, and
            several of ``MAX_BATCH`` where there are more.

        Raises:
            ContractRefusedError: where the gate is closed, for example.
        """
        with self._lock:
            with self._sessions.begin() as session:
                _collect(session, interval)
            with self._sessions() as session:
                batches = BookRepository(session).undelivered(interval)
            return [self._deliver(interval, *batch) for batch in batches]

    def clear(
        self,
        interval: Interval,
        *,
        holding_back: Callable[[Interval, Sequence[Fill]], None] | None = None,
    ) -> PriceRecord:
        """Clear an interval after its gate, prove the outcome on chain and store it.

        An interval that is cleared already is returned as it is; one that somebody else has
        cleared on chain is stored, and so is one that was abandoned there. Orders that were
        cancelled on chain do not trade.

        Args:
            interval: which interval.
            holding_back: told what traded just before it is stored. From then on an order counts
                no more among those that are open, so what it costs must be held back by then.

        Raises:
            BookMismatchError: where the chain has another book than this node.
            TariffMissingError: where the interval has no tariff.
            UnknownCommunityError: where the chain has no such community.
            InvalidValueError: where its mechanism is none that this node can prove.
            PriceMismatchError: where the chain's record differs from what is computed here.
            AllocationMismatchError: where it does so in what each account trades and pays.
            ContractRefusedError: where the contract does not accept the proof.
        """
        with self._lock:
            with self._sessions() as session:
                known = OutcomeRepository(session).price(interval)
            if known is not None:
                return known.record
            self._read_events(interval.community)
            record = self._contract.price_record(interval)
            if record.status is ClearingStatus.ABANDONED:
                self._store(ClearedPrice(record, None, None), ())
                return record
            links = self._committed(interval)
            places = places_left(links)
            book = _orders(links)
            kept = [book[place] for place in places]
            proposal = self._propose(interval, kept)
            if record.status is ClearingStatus.OPEN:
                record = self._prove(interval, links, places, proposal)
            _require_same(record, proposal)
            fills = fills_of(kept, proposal.filled, proposal.payments)
            if holding_back is not None:
                holding_back(interval, fills)
            self._store(ClearedPrice(record, proposal.low, proposal.high), fills)
            return record

    def read_events(self, community: int) -> None:
        """Take over what the chain announced since the last time: batch numbers, direct orders.

        Clearing does this by itself; between clearings it lets participants see their direct
        orders.
        """
        with self._lock:
            self._read_events(community)

    def _deliver(self, interval: Interval, step: int, commitment: bytes, count: int) -> Commitment:
        call = self._contract.commit_orders(interval, commitment, count)
        receipt = self._outbox.deliver(interval.community, interval.start, f"commit-{step}", call)
        with self._sessions.begin() as session:
            BookRepository(session).mark_delivered(interval, step, receipt.block_number)
        return Commitment(step, count, receipt)

    def _read_events(self, community: int) -> None:
        last = self._events.latest_block()
        with self._sessions() as session:
            first = BookRepository(session).next_block(community)
        if first > last:
            return
        found = self._events.events(first, last)
        with self._sessions.begin() as session:
            BookRepository(session).set_next_block(community, last + 1)
            _take_over(session, community, found)

    def _committed(self, interval: Interval) -> list[BookLink]:
        """Return batches and cancellations of the book, once they are found to be the chain's."""
        with self._sessions() as session:
            links = BookRepository(session).links(interval)
        on_chain = self._contract.book(interval)
        missing = sorted(set(range(on_chain.batches)) - {link.number for link in links})
        if missing:
            raise BookMismatchError(
                interval, f"batches {missing} of {on_chain.batches} on chain are not known here"
            )
        commitment = _commitment(links)
        if commitment != on_chain.commitment:
            raise BookMismatchError(
                interval, f"commitment {commitment.hex()}, on chain {on_chain.commitment.hex()}"
            )
        return links

    def _propose(self, interval: Interval, kept: Sequence[KeptOrder]) -> Proposal:
        tariff = self._contract.tariff(interval)
        if tariff is None:
            raise TariffMissingError(interval)
        provable, k = self._mechanism_of(interval.community)
        orders, accounts = book_arrays(kept)
        return provable.rule(orders, accounts, tariff, k)

    def _prove(
        self,
        interval: Interval,
        links: Sequence[BookLink],
        places: Sequence[int],
        proposal: Proposal,
    ) -> PriceRecord:
        proof = at_places(proposal.proof, places)
        call = proving_call(self._contract, interval, links, proof)
        self._outbox.deliver(interval.community, interval.start, "clear", call)
        return self._contract.price_record(interval)

    def _store(self, cleared: ClearedPrice, fills: Iterable[Fill]) -> None:
        with self._sessions.begin() as session:
            OutcomeRepository(session).add(cleared, fills)


def _collect(session: Session, interval: Interval) -> None:
    """Put what is in no batch yet into batches."""
    book = BookRepository(session)
    book.lock(interval)
    pending = book.pending(interval, MAX_BOOK)
    for begin in range(0, len(pending), MAX_BATCH):
        orders = pending[begin : begin + MAX_BATCH]
        digests = [kept.digest for kept in orders]
        hashed = digests_hash(digests)
        commitment = batch_commitment(pack_orders(kept.order for kept in orders), hashed)
        book.add_batch(interval, commitment, hashed, digests, step=book.next_step(interval))


def _take_over(session: Session, community: int, events: Iterable[ContractEvent]) -> None:
    """Number the operator's batches, and add cancellations and the batches of direct orders.

    A direct order announces itself twice; as a batch it may look like one of the operator's.
    """
    book = BookRepository(session)
    direct: set[tuple[Interval, int]] = set()
    committed: list[OrdersCommitted] = []
    for event in events:
        if isinstance(event, OrderSubmitted) and event.interval.community == community:
            direct.add((event.interval, event.batch))
            _add_direct(session, event)
        if isinstance(event, OrdersCommitted) and event.interval.community == community:
            committed.append(event)
        if isinstance(event, CancellationCommitted) and event.interval.community == community:
            book.add_cancellation(event.number, _cancellation(event))
    for event in committed:
        if (event.interval, event.batch) not in direct:
            book.number_batch(
                event.interval, event.batch_commitment, event.batch, event.block_number
            )


def _add_direct(session: Session, event: OrderSubmitted) -> None:
    """Add an order that its participant has put on chain, as the batch that it is there.

    One that it had withdrawn at the desk before counts again.
    """
    (packed,) = unpack_orders(event.packed_order)
    order = Order(
        interval=event.interval,
        account=packed.account,
        side=packed.side,
        quantity=packed.quantity,
        price=packed.price,
        salt=event.salt,
    )
    orders = OrderRepository(session)
    orders.restore(event.digest)
    if not orders.is_known(event.digest):
        orders.take_place(event.interval)
        orders.add(KeptOrder(order, event.digest, None, None, None))
    hashed = digests_hash([event.digest])
    BookRepository(session).add_batch(
        event.interval,
        batch_commitment(event.packed_order, hashed),
        hashed,
        [event.digest],
        number=event.batch,
        block=event.block_number,
    )


def _cancellation(event: CancellationCommitted) -> Cancellation:
    return Cancellation(event.interval, Account(event.account), event.batch, event.index)


def _orders(links: Iterable[BookLink]) -> list[KeptOrder]:
    """Return all orders of a book, cancelled or not."""
    return [kept for link in links if isinstance(link, CommittedBatch) for kept in link.orders]


def _commitment(links: Iterable[BookLink]) -> bytes:
    book = EMPTY_BOOK
    for link in links:
        if isinstance(link, CommittedBatch):
            committed = batch_commitment(link.packed, link.digests_hash)
            book = extend_book(book, committed, len(link.orders))
        else:
            book = cancel_in_book(book, link.packed)
    return book


def _require_same(record: PriceRecord, proposal: Proposal) -> None:
    """Compare the chain's record with what this node computes."""
    if (record.price, record.volume) != (proposal.price or 0, proposal.volume):
        raise PriceMismatchError(record, proposal.price, proposal.volume)
    if record.allocation_hash != proposal.allocation_hash:
        raise AllocationMismatchError(record, proposal.allocation_hash)
