"""Orders as they come in."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, case, func, insert, select, tuple_, update
from sqlalchemy.orm import Session

from domain.fee import FeeSchedule
from domain.interval import DURATIONS, Interval
from domain.order import Side
from domain.units import Account, Money, WattHours
from market.book import KeptOrder, PlacedOrder, SignedReceipt, StoredWithdrawal
from market.repository.columns import BOOK_TABLE, BOOKS, ORDER_TABLE, ORDERS, PRICE_TABLE, PRICES
from market.repository.rows import kept_order, order_of
from market.tables import BatchRow, CancellationRow, EntryRow, FillRow, OrderRow, PriceRow
from market.worst_case import worst_case

_ADD_TO_BOOK = (
    update(BOOK_TABLE)
    .where(BOOKS.community == bindparam("of_community"), BOOKS.start == bindparam("of_start"))
    .values(orders=BOOKS.orders + 1)
    .returning(BOOKS.orders)
)
_OPEN_BOOK = insert(BOOK_TABLE)
_ADD_ORDER = insert(ORDER_TABLE)
_IS_KNOWN = select(ORDERS.digest).where(ORDERS.digest == bindparam("digest"))
_RECEIPT = select(ORDERS.received_at, ORDERS.receipt).where(
    ORDERS.digest == bindparam("digest"), ORDERS.withdrawn_at.is_(None)
)
_COUNT = select(func.count()).where(
    ORDERS.account == bindparam("account"),
    ORDERS.start == bindparam("start"),
    ORDERS.community == bindparam("community"),
)
_BELOW_ZERO = case((ORDERS.price < 0, ORDERS.price), else_=0)
_OPEN_TERMS = (
    select(
        ORDERS.community,
        ORDERS.start,
        ORDERS.side,
        func.sum(ORDERS.quantity).label("quantity"),
        func.sum(ORDERS.quantity * ORDERS.price).label("at_limit"),
    )
    .select_from(ORDER_TABLE)
    .outerjoin(
        PRICE_TABLE,
        (PRICES.community == ORDERS.community) & (PRICES.start == ORDERS.start),
    )
    .where(
        ORDERS.account == bindparam("account"),
        ORDERS.start > bindparam("now") - max(DURATIONS),
        ORDERS.start + ORDERS.duration > bindparam("now"),
        ORDERS.withdrawn_at.is_(None),
        PRICES.start.is_(None),
    )
    .group_by(ORDERS.community, ORDERS.start, ORDERS.side, _BELOW_ZERO)
)
"""Of open orders: those of one side of an interval together, but those below 0 by their limits. A
sum fits 63 bits, since an account's energy in an interval fits 32."""

_PLACES = (
    select(func.count())
    .select_from(EntryRow)
    .where(EntryRow.digest == ORDERS.digest)
    .correlate(ORDER_TABLE)
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
    .where(EntryRow.digest == ORDERS.digest, CancellationRow.account == ORDERS.account)
    .correlate(ORDER_TABLE)
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
        row = self._session.execute(select(*ORDERS).where(ORDERS.digest == digest)).one_or_none()
        return None if row is None else kept_order(row)

    def withdrawn_at(self, digest: bytes) -> int | None:
        """Return when an order was withdrawn, None where it was not."""
        query = select(ORDERS.withdrawn_at).where(ORDERS.digest == digest)
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
            select(*ORDERS)
            .where(
                ORDERS.community == interval.community,
                ORDERS.start == interval.start,
                ORDERS.withdrawn_at.is_not(None),
            )
            .order_by(ORDERS.digest)
        )
        return [
            StoredWithdrawal(kept_order(row), row.withdrawn_at, row.withdrawal)
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
                *ORDERS,
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


def _placed(row: Any) -> PlacedOrder:
    traded = (row.bought or 0) + (row.sold or 0)
    filled = None if row.status is None else traded
    taken_out = row.places != 0 and row.cancelled_places == row.places
    return PlacedOrder(
        order_of(row),
        row.digest,
        row.received_at,
        row.receipt,
        filled,
        cancelled=row.withdrawn_at is not None or taken_out,
    )
