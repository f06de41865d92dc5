"""Orders, the receipts that participants kept, and withdrawals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from domain.errors import InvalidValueError
from domain.interval import Interval
from domain.order import Order, Side
from domain.units import MAX_ACCOUNT, MAX_QUANTITY, Account, WattHours
from settlement.audit.fields import Fields
from settlement.audit.findings import Place
from settlement.audit.lines.values import SAFE_INTEGER, UINT32, interval_of, price_of


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One order of a committed book.

    Attributes:
        place: file, line and interval.
        batch: number of its batch in the interval, from 0.
        index: its place in the batch, from 0.
        order: what was signed.
        digest: EIP-712 digest of the order, as the file says.
        signature: the participant's, 65 bytes; None for an order put on chain directly.
        received_at: UTC second at which the operator received it; None likewise.
        receipt: the operator's signature, 65 bytes; None likewise.
        cancelled: whether it was cancelled on chain, as the file says.
    """

    place: Place
    batch: int
    index: int
    order: Order
    digest: bytes
    signature: bytes | None
    received_at: int | None
    receipt: bytes | None
    cancelled: bool

    @property
    def key(self) -> tuple[int, ...]:
        """What lines are sorted by."""
        return (self.order.interval.start, self.batch, self.index)

    @property
    def is_direct(self) -> bool:
        """Whether the participant put it on chain without the operator."""
        return self.signature is None

    @property
    def title(self) -> str:
        """How findings name it."""
        return f"order {self.batch}/{self.index} of account {self.order.account}"


@dataclass(frozen=True, slots=True)
class KeptReceiptLine:
    """A receipt that a participant kept, with the order that it is for.

    Attributes:
        place: file, line and interval.
        order: what was signed.
        received_at: UTC second at which the operator received it.
        receipt: the operator's signature, 65 bytes.
    """

    place: Place
    order: Order
    received_at: int
    receipt: bytes


@dataclass(frozen=True, slots=True)
class WithdrawalLine:
    """One order that its participant took back before it was committed.

    Attributes:
        place: file, line and interval.
        order: what was signed.
        digest: EIP-712 digest of the order, as the file says.
        received_at: UTC second at which the operator received the order.
        receipt: the operator's signature of that, 65 bytes.
        withdrawn_at: UTC second at which it was taken back.
        signature: the participant's of the withdrawal, 65 bytes.
    """

    place: Place
    order: Order
    digest: bytes
    received_at: int
    receipt: bytes
    withdrawn_at: int
    signature: bytes

    @property
    def key(self) -> tuple[int, bytes]:
        """What lines are sorted by."""
        return (self.order.interval.start, self.digest)

    @property
    def title(self) -> str:
        """How findings name it."""
        return f"withdrawal of account {self.order.account}"


def parse_order(place: Place, fields: Fields, calendar: Mapping[int, Interval]) -> OrderLine:
    """Read a line of ``orders.jsonl``."""
    line = OrderLine(
        place=place,
        batch=fields.integer("batch", 0, UINT32),
        index=fields.integer("index", 0, UINT32),
        order=_order(fields, calendar),
        digest=fields.hexadecimal("digest", 32),
        signature=fields.optional_hexadecimal("signature", 65),
        received_at=fields.optional_integer("received_at", 0, SAFE_INTEGER),
        receipt=fields.optional_hexadecimal("receipt", 65),
        cancelled=fields.boolean("cancelled"),
    )
    for name, value in (("received_at", line.received_at), ("receipt", line.receipt)):
        if (value is None) is not line.is_direct:
            expected = "null where, and only where, the signature is null"
            raise InvalidValueError(name, expected, value)
    return line


def parse_kept_receipt(
    place: Place, fields: Fields, calendar: Mapping[int, Interval]
) -> KeptReceiptLine:
    """Read a line of a participant's file of receipts."""
    return KeptReceiptLine(
        place=place,
        order=_order(fields, calendar),
        received_at=fields.integer("received_at", 0, SAFE_INTEGER),
        receipt=fields.hexadecimal("receipt", 65),
    )


def parse_withdrawal(
    place: Place, fields: Fields, calendar: Mapping[int, Interval]
) -> WithdrawalLine:
    """Read a line of ``withdrawals.jsonl``."""
    return WithdrawalLine(
        place=place,
        order=_order(fields, calendar),
        digest=fields.hexadecimal("digest", 32),
        received_at=fields.integer("received_at", 0, SAFE_INTEGER),
        receipt=fields.hexadecimal("receipt", 65),
        withdrawn_at=fields.integer("withdrawn_at", 0, SAFE_INTEGER),
        signature=fields.hexadecimal("signature", 65),
    )


def _order(fields: Fields, calendar: Mapping[int, Interval]) -> Order:
    return Order(
        interval=interval_of(fields, calendar),
        account=Account(fields.integer("account", 1, MAX_ACCOUNT)),
        side=Side.parse(fields.text("side")),
        quantity=WattHours(fields.integer("quantity_wh", 1, MAX_QUANTITY)),
        price=price_of(fields, "price"),
        salt=int.from_bytes(fields.hexadecimal("salt", 16), "big"),
    )
