"""All SQL of the market. Nothing here commits: the services own their transactions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, cast

from sqlalchemy import Table, bindparam, case, func, insert, select, tuple_, update
from sqlalchemy.orm import Session

from domain.cancellation import Cancellation
from domain.fee import FeeSchedule
from domain.interval import DURATIONS, Interval
from domain.order import Order, Side
from domain.tariff import Tariff
from domain.trade import ClearingStatus, Fill, PriceRecord
from domain.units import Account, MillicentPerKilowattHour, Money, WattHours
from market.book import (
    BookEntry,
    BookLink,
    ClearedPrice,
    CommittedBatch,
    CommittedCancellation,
    KeptOrder,
    PlacedOrder,
    SignedReceipt,
    StoredWithdrawal,
    Trade,
    cancelled_places,
)
from market.tables import (
    BatchRow,
    BookRow,
    CancellationRow,
    CursorRow,
    EntryRow,
    FillRow,
    OrderRow,
    PriceRow,
)
from market.worst_case import worst_case

_FILL_COLUMNS = FillRow.__table__.columns

# The statements of the desk's fast path are built once, on tables rather than on classes: building
# them anew took longer than running them.
_ORDER_TABLE = cast("Table", OrderRow.__table__)
_BOOK_TABLE = cast("Table", BookRow.__table__)
_PRICE_TABLE = cast("Table", PriceRow.__table__)
_orders = _ORDER_TABLE.columns
_books = _BOOK_TABLE.columns
_prices = _PRICE_TABLE.columns
_ADD_TO_BOOK = (
    update(_BOOK_TABLE)
    .where(_books.community == bindparam("of_community"), _books.start == bindparam("of_start"))
    .values(orders=_books.orders + 1)
    .returning(_books.orders)
)
_LOCK_BOOK = (
    update(_BOOK_TABLE)
    .where(_books.community == bindparam("of_community"), _books.start == bindparam("of_start"))
    .values(orders=_books.orders)
)
_OPEN_BOOK = insert(_BOOK_TABLE)
_ADD_ORDER = insert(_ORDER_TABLE)
_IS_KNOWN = select(_orders.digest).where(_orders.digest == bindparam("digest"))
_RECEIPT = select(_orders.received_at, _orders.receipt).where(
    _orders.digest == bindparam("digest"), _orders.withdrawn_at.is_(None)
)
_COUNT = select(func.count()).where(
    _orders.account == bindparam("account"),
    _orders.start == bindparam("start"),
    _orders.community == bindparam("community"),
)
_BELOW_ZERO = case((_orders.price < 0, _orders.price), else_=0)
_OPEN_TERMS = (
    select(
        _orders.community,
        _orders.start,
        _orders.side,
        func.sum(_orders.quantity).label("quantity"),
        func.sum(_orders.quantity * _orders.price).label("at_limit"),
    )
    .select_from(_ORDER_TABLE)
    .outerjoin(
        _PRICE_TABLE,
        (_prices.community == _orders.community) & (_prices.start == _orders.start),
    )
    .where(
        _orders.account == bindparam("account"),
        _orders.start > bindparam("now") - max(DURATIONS),
        _orders.start + _orders.duration > bindparam("now"),
        _orders.withdrawn_at.is_(None),
        _prices.start.is_(None),
    )
    .group_by(_orders.community, _orders.start, _orders.side, _BELOW_ZERO)
)
"""Of open orders: those of one side of an interval together, but those below 0 by their limits. A
sum fits 63 bits, since an account's energy in an interval fits 32."""


_PLACES = (
    select(func.count())
    .select_from(EntryRow)
    .where(EntryRow.digest == _orders.digest)
    .correlate(_ORDER_TABLE)
    .scalar_subquery()
)
_CANCELLED_PLACES = (
    select(func.count())
    .select_from(EntryRow)
    .join(BatchRow, BatchRow.id == EntryRow.batch_id)
    .join(
        CancellationRow,
        (CancellationRow.community == BatchRow.community)
        & (CancellationRow.start == BatchRow.start)
        & (CancellationRow.batch == BatchRow.number)
        & (CancellationRow.position == EntryRow.position),
    )
    .where(EntryRow.digest == _orders.digest, CancellationRow.account == _orders.account)
    .correlate(_ORDER_TABLE)
    .scalar_subquery()
)


class OrderRepository:
    """Orders as they come in."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def take_place(self, interval: Interval) -> int:
        """Add one to an interval's orders, and return how many there are with it.

        Called first in a transaction, it makes every other wait that adds to the same book.
        """
        book = {"of_community": interval.community, "of_start": interval.start}
        added: int | None = self._session.execute(_ADD_TO_BOOK, book).scalar_one_or_none()
        if added is not None:
            return added
        first = {"community": interval.community, "start": interval.start, "orders": 1}
        self._session.execute(_OPEN_BOOK, first)
        return 1

    def add(self, kept: KeptOrder) -> None:
        """Store an order."""
        order = kept.order
        self._session.execute(
            _ADD_ORDER,
            {
                "digest": kept.digest,
                "community": order.interval.community,
                "start": order.interval.start,
                "duration": order.interval.duration,
                "account": order.account,
                "side": int(order.side),
                "quantity": order.quantity,
                "price": order.price,
                "salt": order.salt.to_bytes(16, "big"),
                "signature": kept.signature,
                "received_at": kept.received_at,
                "receipt": kept.receipt,
            },
        )

    def is_known(self, digest: bytes) -> bool:
        """Tell whether an order is stored."""
        return self._session.execute(_IS_KNOWN, {"digest": digest}).first() is not None

    def receipt(self, digest: bytes) -> SignedReceipt | None:
        """Return an order's receipt, None where it has none, or was withdrawn."""
        row = self._session.execute(_RECEIPT, {"digest": digest}).one_or_none()
        if row is None or row.received_at is None or row.receipt is None:
            return None
        return SignedReceipt(digest, row.received_at, row.receipt)

    def count(self, account: Account, interval: Interval) -> int:
        """Return how many orders of an account for an interval are stored."""
        place = {"account": account, "start": interval.start, "community": interval.community}
        return int(self._session.execute(_COUNT, place).scalar_one())

    def energy(self, account: Account, interval: Interval) -> int:
        """Return Wh of an account's orders for an interval that came to the desk, both sides."""
        query = select(func.coalesce(func.sum(OrderRow.quantity), 0)).where(
            OrderRow.account == account,
            OrderRow.start == interval.start,
            OrderRow.community == interval.community,
            OrderRow.signature.is_not(None),
            OrderRow.withdrawn_at.is_(None),
        )
        return int(self._session.execute(query).scalar_one())

    def order(self, digest: bytes) -> KeptOrder | None:
        """Return a stored order, or None."""
        row = self._session.execute(select(*_orders).where(_orders.digest == digest)).one_or_none()
        return None if row is None else _kept(row)

    def withdrawn_at(self, digest: bytes) -> int | None:
        """Return when an order was withdrawn, None where it was not."""
        query = select(_orders.withdrawn_at).where(_orders.digest == digest)
        return self._session.execute(query).scalar_one_or_none()

    def withdraw(self, digest: bytes, withdrawn_at: int, signature: bytes) -> None:
        """Note that an order was withdrawn by a participant's signature."""
        values = {"withdrawn_at": withdrawn_at, "withdrawal": signature}
        self._session.execute(update(OrderRow).where(OrderRow.digest == digest).values(values))

    def restore(self, digest: bytes) -> None:
        """Forget that an order was withdrawn, if it was."""
        values = {"withdrawn_at": None, "withdrawal": None}
        self._session.execute(update(OrderRow).where(OrderRow.digest == digest).values(values))

    def withdrawals(self, interval: Interval) -> list[StoredWithdrawal]:
        """Return an interval's withdrawn orders, in the sequence of digests."""
        query = (
            select(*_orders)
            .where(
                _orders.community == interval.community,
                _orders.start == interval.start,
                _orders.withdrawn_at.is_not(None),
            )
            .order_by(_orders.digest)
        )
        return [
            StoredWithdrawal(_kept(row), row.withdrawn_at, row.withdrawal)
            for row in self._session.execute(query)
        ]

    def reserved(self, account: Account, now: int, fees: FeeSchedule) -> Money:
        """Return what an account's open orders may cost at most, fees included.

        Open are the orders of intervals that have no price and are not over.
        """
        rows = self._session.execute(_OPEN_TERMS, {"account": account, "now": now})
        return Money(
            sum(
                worst_case(
                    Side(row.side),
                    WattHours(int(row.quantity)),
                    Money(int(row.at_limit)),
                    fees.at(row.community, row.start),
                )
                for row in rows
            )
        )

    def placed(
        self, account: Account, first: int, last: int, after: tuple[int, bytes], limit: int
    ) -> list[PlacedOrder]:
        """Return an account's orders of the intervals that start in ``[first, last)``."""
        query = (
            select(
                *_orders,
                PriceRow.status,
                FillRow.bought,
                FillRow.sold,
                _PLACES.label("places"),
                _CANCELLED_PLACES.label("cancelled_places"),
            )
            .outerjoin(
                PriceRow,
                (PriceRow.community == OrderRow.community) & (PriceRow.start == OrderRow.start),
            )
            .outerjoin(
                FillRow,
                (FillRow.community == OrderRow.community)
                & (FillRow.start == OrderRow.start)
                & (FillRow.digest == OrderRow.digest),
            )
            .where(OrderRow.account == account, OrderRow.start >= first, OrderRow.start < last)
            .where(tuple_(OrderRow.start, OrderRow.digest) > after)
            .order_by(OrderRow.start, OrderRow.digest)
            .limit(limit)
        )
        return [_placed(row) for row in self._session.execute(query)]


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
            select(*_orders)
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
        return [_kept(row) for row in self._session.execute(query)]

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
            select(*_orders, BatchRow.number, BatchRow.step, EntryRow.position)
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
                _kept(row),
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


class OutcomeRepository:
    """Prices and fills."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, cleared: ClearedPrice, fills: Iterable[Fill]) -> None:
        """Store an interval's outcome."""
        record = cleared.record
        place = {
            "community": record.interval.community,
            "start": record.interval.start,
            "duration": record.interval.duration,
        }
        self._session.execute(
            insert(PriceRow).values(
                **place,
                status=int(record.status),
                price=record.price,
                low=cleared.low,
                high=cleared.high,
                volume=record.volume,
                feed_in=record.tariff.feed_in,
                retail=record.tariff.retail,
                price_hash=record.price_hash,
                allocation_hash=record.allocation_hash,
            )
        )
        rows = [
            {
                **place,
                "digest": fill.digest,
                "account": fill.account,
                "bought": fill.bought,
                "sold": fill.sold,
                "payment": fill.payment,
            }
            for fill in fills
        ]
        if rows:
            self._session.execute(insert(FillRow), rows)

    def price(self, interval: Interval) -> ClearedPrice | None:
        """Return an interval's outcome, None where it is not cleared."""
        query = select(*_prices).where(
            PriceRow.community == interval.community,
            PriceRow.start == interval.start,
            PriceRow.duration == interval.duration,
        )
        row = self._session.execute(query).one_or_none()
        return None if row is None else _cleared(row)

    def prices(
        self, community: int, first: int, last: int, limit: int | None
    ) -> list[ClearedPrice]:
        """Return outcomes of the intervals that start in ``[first, last)``, in their sequence."""
        query = (
            select(*_prices)
            .where(PriceRow.community == community, PriceRow.start >= first, PriceRow.start < last)
            .order_by(PriceRow.start)
            .limit(limit)
        )
        return [_cleared(row) for row in self._session.execute(query)]

    def intervals(self, community: int) -> list[Interval]:
        """Return all intervals of a community that have an outcome, in their sequence."""
        query = (
            select(_prices.community, _prices.start, _prices.duration)
            .where(_prices.community == community)
            .order_by(_prices.start)
        )
        return [_interval(row) for row in self._session.execute(query)]

    def fills(self, interval: Interval) -> list[Fill]:
        """Return what traded in an interval, in the sequence of digests."""
        query = (
            select(*_FILL_COLUMNS)
            .where(FillRow.community == interval.community, FillRow.start == interval.start)
            .order_by(FillRow.digest)
        )
        return [_fill(row) for row in self._session.execute(query)]

    def trades(
        self, account: Account, first: int, last: int, after: tuple[int, bytes], limit: int
    ) -> list[Trade]:
        """Return an account's fills of the intervals that start in ``[first, last)``."""
        query = (
            select(*_FILL_COLUMNS)
            .where(FillRow.account == account, FillRow.start >= first, FillRow.start < last)
            .where(tuple_(FillRow.start, FillRow.digest) > after)
            .order_by(FillRow.start, FillRow.digest)
            .limit(limit)
        )
        return [Trade(_interval(row), _fill(row)) for row in self._session.execute(query)]


def _in_book(interval: Interval) -> Any:
    return (BatchRow.community == interval.community) & (BatchRow.start == interval.start)


def _interval(row: Any) -> Interval:
    return Interval(row.community, row.start, row.duration)


def _order(row: Any) -> Order:
    return Order(
        interval=_interval(row),
        account=Account(row.account),
        side=Side(row.side),
        quantity=WattHours(row.quantity),
        price=MillicentPerKilowattHour(row.price),
        salt=int.from_bytes(row.salt, "big"),
    )


def _kept(row: Any) -> KeptOrder:
    return KeptOrder(_order(row), row.digest, row.signature, row.received_at, row.receipt)


def _placed(row: Any) -> PlacedOrder:
    traded = (row.bought or 0) + (row.sold or 0)
    filled = None if row.status is None else traded
    taken_out = row.places != 0 and row.cancelled_places == row.places
    return PlacedOrder(
        _order(row),
        row.digest,
        row.received_at,
        row.receipt,
        filled,
        cancelled=row.withdrawn_at is not None or taken_out,
    )


def _fill(row: Any) -> Fill:
    return Fill(
        digest=row.digest,
        account=Account(row.account),
        bought=WattHours(row.bought),
        sold=WattHours(row.sold),
        payment=Money(row.payment),
    )


def _cleared(row: Any) -> ClearedPrice:
    record = PriceRecord(
        interval=_interval(row),
        status=ClearingStatus(row.status),
        price=MillicentPerKilowattHour(row.price),
        volume=WattHours(row.volume),
        tariff=Tariff(MillicentPerKilowattHour(row.feed_in), MillicentPerKilowattHour(row.retail)),
        price_hash=row.price_hash,
        allocation_hash=row.allocation_hash,
    )
    return ClearedPrice(record, row.low, row.high)
