"""Batches, cancellations and their places in the committed books."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from domain.cancellation import Cancellation
from domain.interval import Interval
from domain.units import Account
from market.book import (
    BookEntry,
    BookLink,
    CommittedBatch,
    CommittedCancellation,
    KeptOrder,
    cancelled_places,
)
from market.repository.columns import BOOK_TABLE, BOOKS, ORDERS
from market.repository.rows import kept_order
from market.tables import BatchRow, CancellationRow, CursorRow, EntryRow, OrderRow

_LOCK_BOOK = (
    update(BOOK_TABLE)
    .where(BOOKS.community == bindparam("of_community"), BOOKS.start == bindparam("of_start"))
    .values(orders=BOOKS.orders)
)


class BookRepository:
    """Batches and their places in the committed books."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def lock(self, interval: Interval) -> None:
        """Make every other wait that would change the same book.

        Called first in a transaction. A book without orders has nothing to wait for.
        """
        place = {"of_community": interval.community, "of_start": interval.start}
        self._session.execute(_LOCK_BOOK, place)

    def place_of(self, digest: bytes) -> tuple[int | None, int] | None:
        """Return the batch, None while it has no number, and the place in it of an order."""
        query = (
            select(BatchRow.number, EntryRow.position)
            .join(EntryRow, EntryRow.batch_id == BatchRow.id)
            .where(EntryRow.digest == digest)
            .order_by(BatchRow.id)
        )
        row = self._session.execute(query).first()
        return None if row is None else (row.number, row.position)

    def pending(self, interval: Interval, limit: int) -> list[KeptOrder]:
        """Return accepted orders that are in no batch, in the sequence in which they came.

        Without those that were withdrawn.
        """
        query = (
            select(*ORDERS)
            .outerjoin(EntryRow, EntryRow.digest == OrderRow.digest)
            .where(
                OrderRow.community == interval.community,
                OrderRow.start == interval.start,
                OrderRow.signature.is_not(None),
                OrderRow.withdrawn_at.is_(None),
                EntryRow.digest.is_(None),
            )
            .order_by(OrderRow.received_at, OrderRow.digest)
            .limit(limit)
        )
        return [kept_order(row) for row in self._session.execute(query)]

    def next_step(self, interval: Interval) -> int:
        """Return the number of the operator's next commitment to a book."""
        query = select(func.count(BatchRow.step)).where(_in_book(interval))
        return self._session.execute(query).scalar_one()

    def add_batch(
        self,
        interval: Interval,
        commitment: bytes,
        digests_hash: bytes,
        digests: Sequence[bytes],
        *,
        step: int | None = None,
        number: int | None = None,
        block: int | None = None,
    ) -> None:
        """Store a batch with its orders' places."""
        batch = self._session.execute(
            insert(BatchRow)
            .values(
                community=interval.community,
                start=interval.start,
                step=step,
                number=number,
                commitment=commitment,
                digests_hash=digests_hash,
                block=block,
            )
            .returning(BatchRow.id)
        ).scalar_one()
        self._session.execute(
            insert(EntryRow),
            [
                {"batch_id": batch, "position": position, "digest": digest}
                for position, digest in enumerate(digests)
            ],
        )

    def undelivered(self, interval: Interval) -> list[tuple[int, bytes, int]]:
        """Return step, commitment and number of orders of batches not known to be on chain."""
        query = (
            select(BatchRow.step, BatchRow.commitment, func.count())
            .join(EntryRow, EntryRow.batch_id == BatchRow.id)
            .where(_in_book(interval), BatchRow.step.is_not(None), BatchRow.block.is_(None))
            .group_by(BatchRow.id)
            .order_by(BatchRow.step)
        )
        return [
            (step, bytes(commitment), count)
            for step, commitment, count in self._session.execute(query)
            if step is not None
        ]

    def mark_delivered(self, interval: Interval, step: int, block: int) -> None:
        """Remember the block that holds a batch's commitment."""
        self._session.execute(
            update(BatchRow).where(_in_book(interval), BatchRow.step == step).values(block=block)
        )

    def number_batch(self, interval: Interval, commitment: bytes, number: int, block: int) -> None:
        """Remember the number that the chain gave to a batch, if it is one of the operator's."""
        self._session.execute(
            update(BatchRow)
            .where(
                _in_book(interval), BatchRow.commitment == commitment, BatchRow.step.is_not(None)
            )
            .values(number=number, block=block)
        )

    def entries(self, interval: Interval) -> list[BookEntry]:
        """Return the committed orders of an interval in the sequence of its book."""
        query = (
            select(*ORDERS, BatchRow.number, BatchRow.step, EntryRow.position)
            .join(EntryRow, EntryRow.digest == OrderRow.digest)
            .join(BatchRow, BatchRow.id == EntryRow.batch_id)
            .where(_in_book(interval), BatchRow.number.is_not(None))
            .order_by(BatchRow.number, EntryRow.position)
        )
        cancelled = cancelled_places(self.cancellations(interval))
        return [
            BookEntry(
                row.number,
                row.position,
                kept_order(row),
                direct=row.step is None,
                cancelled=(row.number, row.position, row.account) in cancelled,
            )
            for row in self._session.execute(query)
        ]

    def add_cancellation(self, number: int, cancellation: Cancellation) -> None:
        """Store a cancellation under its number among the book's batches."""
        self._session.execute(
            insert(CancellationRow).values(
                community=cancellation.interval.community,
                start=cancellation.interval.start,
                number=number,
                duration=cancellation.interval.duration,
                account=cancellation.account,
                batch=cancellation.batch,
                position=cancellation.index,
            )
        )

    def cancellations(self, interval: Interval) -> list[CommittedCancellation]:
        """Return the cancellations of an interval's book in the sequence of their numbers."""
        query = (
            select(CancellationRow)
            .where(
                CancellationRow.community == interval.community,
                CancellationRow.start == interval.start,
            )
            .order_by(CancellationRow.number)
        )
        return [
            CommittedCancellation(
                row.number, Cancellation(interval, Account(row.account), row.batch, row.position)
            )
            for row in self._session.scalars(query)
        ]

    def batches(self, interval: Interval) -> list[CommittedBatch]:
        """Return the batches of an interval's book in the sequence of their numbers."""
        orders: dict[int, list[KeptOrder]] = {}
        for entry in self.entries(interval):
            orders.setdefault(entry.batch, []).append(entry.kept)
        query = select(BatchRow.number, BatchRow.digests_hash).where(
            _in_book(interval), BatchRow.number.is_not(None)
        )
        hashes = {number: bytes(found) for number, found in self._session.execute(query)}
        return [CommittedBatch(number, hashes[number], orders[number]) for number in sorted(orders)]

    def links(self, interval: Interval) -> list[BookLink]:
        """Return the batches and cancellations of an interval's book in their sequence."""
        links: list[BookLink] = [*self.batches(interval), *self.cancellations(interval)]
        return sorted(links, key=lambda link: link.number)

    def next_block(self, community: int) -> int:
        """Return the first block whose events have not been read for a community."""
        query = select(CursorRow.next_block).where(CursorRow.community == community)
        return self._session.execute(query).scalar_one_or_none() or 0

    def set_next_block(self, community: int, block: int) -> None:
        """Remember how far events have been read."""
        self._session.merge(CursorRow(community=community, next_block=block))


def _in_book(interval: Interval) -> Any:
    return (BatchRow.community == interval.community) & (BatchRow.start == interval.start)
