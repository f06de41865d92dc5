"""Orders as the market keeps them: in the book, with receipts, with what they trade."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from domain.cancellation import Cancellation
from domain.interval import Interval
from domain.order import Order, pack_orders
from domain.trade import Fill, PriceRecord


@dataclass(frozen=True, slots=True)
class SignedReceipt:
    """The operator's word that it has an order.

    Attributes:
        order_digest: EIP-712 digest of the order, 32 bytes.
        received_at: UTC second at which the order came.
        signature: the operator's signature of both, 65 bytes.
    """

    order_digest: bytes
    received_at: int
    signature: bytes


@dataclass(frozen=True, slots=True)
class SignedWithdrawal:
    """The operator's word that an order counts no more.

    Attributes:
        order_digest: EIP-712 digest of the order, 32 bytes.
        withdrawn_at: UTC second from which on it counts no more.
        signature: the operator's signature of both, 65 bytes.
    """

    order_digest: bytes
    withdrawn_at: int
    signature: bytes


@dataclass(frozen=True, slots=True)
class StoredWithdrawal:
    """An order that its participant took back before it was in a batch.

    Attributes:
        kept: the order.
        withdrawn_at: UTC second.
        signature: the participant's, 65 bytes.
    """

    kept: KeptOrder
    withdrawn_at: int
    signature: bytes


@dataclass(frozen=True, slots=True)
class KeptOrder:
    """An order with all that is known of it.

    Attributes:
        order: the order.
        digest: its EIP-712 digest, 32 bytes.
        signature: the participant's, 65 bytes; None where it was only put on chain.
        received_at: UTC second at which it came; None where it was only put on chain.
        receipt: the operator's signature, 65 bytes; None where it was only put on chain.
    """

    order: Order
    digest: bytes
    signature: bytes | None
    received_at: int | None
    receipt: bytes | None


@dataclass(frozen=True, slots=True)
class BookEntry:
    """A place in an interval's committed book.

    Attributes:
        batch: number of the batch, from 0.
        index: place in the batch, from 0.
        kept: the order.
        direct: whether the participant put it there, on chain, and not the operator.
        cancelled: whether its participant cancelled it on chain, so that it does not trade.
    """

    batch: int
    index: int
    kept: KeptOrder
    direct: bool
    cancelled: bool


@dataclass(frozen=True, slots=True)
class CommittedBatch:
    """A batch of a book as the chain numbered it.

    Attributes:
        number: of the batch in the book, from 0.
        digests_hash: hash of the orders' digests, 32 bytes.
        orders: its orders, in sequence.
    """

    number: int
    digests_hash: bytes
    orders: Sequence[KeptOrder]

    @property
    def packed(self) -> bytes:
        """The orders as the contract reads them."""
        return pack_orders(kept.order for kept in self.orders)

    @property
    def digests(self) -> bytes:
        """The orders' digests, 32 bytes each."""
        return b"".join(kept.digest for kept in self.orders)


@dataclass(frozen=True, slots=True)
class CommittedCancellation:
    """A cancellation as the chain numbered it among the batches of a book.

    Attributes:
        number: of the cancellation, from 0.
        cancellation: what it cancels.
    """

    number: int
    cancellation: Cancellation

    @property
    def packed(self) -> bytes:
        """The cancellation as the contract reads it."""
        return self.cancellation.pack()

    @property
    def digests_hash(self) -> bytes:
        """What the contract reads in the place of a batch's hash of digests."""
        return _NO_DIGESTS

    @property
    def digests(self) -> bytes:
        """No digests: it has no orders."""
        return b""


BookLink: TypeAlias = CommittedBatch | CommittedCancellation
"""What the chain numbered in a book: the book is the chain of all of them."""

_NO_DIGESTS: Final = bytes(32)


def places_left(links: Sequence[BookLink]) -> list[int]:
    """Return the places, counted through all batches, of the orders that nobody cancelled."""
    cancelled = cancelled_places(link for link in links if isinstance(link, CommittedCancellation))
    orders = (
        (link.number, index, kept.order.account)
        for link in links
        if isinstance(link, CommittedBatch)
        for index, kept in enumerate(link.orders)
    )
    return [place for place, order in enumerate(orders) if order not in cancelled]


def cancelled_places(
    cancellations: Iterable[CommittedCancellation],
) -> frozenset[tuple[int, int, int]]:
    """Return batch, index and account of what was cancelled, whether or not it is there."""
    named = (link.cancellation for link in cancellations)
    return frozenset((one.batch, one.index, one.account) for one in named)


@dataclass(frozen=True, slots=True)
class PlacedOrder:
    """An order of a participant's own.

    Attributes:
        order: the order.
        digest: its EIP-712 digest, 32 bytes.
        received_at: UTC second, None for one put on chain directly.
        receipt: the operator's signature of the receipt, None for one put on chain directly.
        filled: Wh that it trades, None where its interval is not cleared.
        cancelled: whether its participant took it back, before or after it was committed.
    """

    order: Order
    digest: bytes
    received_at: int | None
    receipt: bytes | None
    filled: int | None
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Trade:
    """An order's fill with the interval that it trades in.

    Attributes:
        interval: where it trades.
        fill: what it trades.
    """

    interval: Interval
    fill: Fill


@dataclass(frozen=True, slots=True)
class ClearedPrice:
    """The recorded outcome of an interval with what only its book tells.

    Attributes:
        record: as the chain holds it.
        low: lowest price at which the same volume clears; None where nothing trades, or the
            mechanism knows no such range.
        high: highest such price, likewise.
    """

    record: PriceRecord
    low: int | None
    high: int | None
