"""The lines of the published files as typed values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from domain.errors import InvalidValueError
from domain.interval import Interval
from domain.order import Order, Side
from domain.position import Position
from domain.tariff import Tariff
from domain.trade import ClearingStatus
from domain.units import (
    MAX_ACCOUNT,
    MAX_PRICE,
    MAX_QUANTITY,
    MIN_PRICE,
    Account,
    MillicentPerKilowattHour,
    WattHours,
)
from identity.attestation import Attestation, CorrectionReason
from settlement.audit.fields import Fields
from settlement.audit.findings import Place

SAFE_INTEGER: Final = 2**53 - 1
"""Largest integer that RFC 8785 can write."""
_UINT16: Final = 2**16 - 1
_UINT32: Final = 2**32 - 1
_STATUS: Final = {
    "cleared": ClearingStatus.CLEARED,
    "no-trade": ClearingStatus.NO_TRADE,
    "abandoned": ClearingStatus.ABANDONED,
}


@dataclass(frozen=True, slots=True)
class ParticipantLine:
    """One registered participant.

    Attributes:
        place: file and line.
        account: number in the registry.
        wallet: address in EIP-55 writing.
        role: the registry's number of the role.
        credential: membership credential, a JWT; None where the registry holds no hash of one.
    """

    place: Place
    account: Account
    wallet: str
    role: int
    credential: str | None

    @property
    def key(self) -> tuple[int, ...]:
        """What lines are sorted by."""
        return (self.account,)


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


@dataclass(frozen=True, slots=True)
class PriceLine:
    """One interval's price.

    Attributes:
        place: file, line and interval.
        interval: which interval.
        status: whether energy traded.
        price: millicent per kWh, None where nothing traded, like the next two.
        low: lowest price at which the volume clears.
        high: highest such price.
        volume: Wh.
        tariff: the grid's prices.
        price_hash: 32 bytes.
    """

    place: Place
    interval: Interval
    status: ClearingStatus
    price: int | None
    low: int | None
    high: int | None
    volume: int
    tariff: Tariff
    price_hash: bytes

    @property
    def key(self) -> tuple[int, ...]:
        """What lines are sorted by."""
        return (self.interval.start,)


@dataclass(frozen=True, slots=True)
class FillLine:
    """The part of one order that traded.

    Attributes:
        place: file, line and interval.
        interval: which interval.
        digest: the order's, 32 bytes.
        account: whose order.
        quantity: Wh.
        payment: 10^-8 EUR, positive where the participant pays.
    """

    place: Place
    interval: Interval
    digest: bytes
    account: int
    quantity: int
    payment: int

    @property
    def key(self) -> tuple[int, bytes]:
        """What lines are sorted by."""
        return (self.interval.start, self.digest)


@dataclass(frozen=True, slots=True)
class ReadingLine:
    """One signed reading.

    Attributes:
        place: file, line and interval.
        interval: which interval.
        gateway: whose batch it is in.
        revision: 0, or the number of the correction that it is in.
        index: its place in the batch, from 0.
        salt: 16 bytes.
        document: the signed document, not looked into yet.
        proof: siblings on the way to the recorded root, 32 bytes each.
    """

    place: Place
    interval: Interval
    gateway: int
    revision: int
    index: int
    salt: bytes
    document: dict[str, Any]
    proof: tuple[bytes, ...]

    @property
    def key(self) -> tuple[int, ...]:
        """What lines are sorted by."""
        return (*self.statement, self.index)

    @property
    def statement(self) -> tuple[int, int, int]:
        """Start, gateway and revision of the statement that it is in."""
        return (self.interval.start, self.gateway, self.revision)

    @property
    def title(self) -> str:
        """How findings name it."""
        batch = f", correction {self.revision}" if self.revision else ""
        return f"reading {self.index} of gateway {self.gateway}{batch}"


@dataclass(frozen=True, slots=True)
class AttestationLine:
    """One gateway's attestation of one interval, or a correction of it.

    Attributes:
        place: file, line and interval.
        attestation: what was stated.
        revision: 0, or the number of the correction within interval and gateway, from 1.
        supersedes: of a correction, the recorded root that it takes the place of, zeros for none.
        reason: of a correction, why.
        signature: the gateway's, 65 bytes.
    """

    place: Place
    attestation: Attestation
    revision: int
    supersedes: bytes | None
    reason: CorrectionReason | None
    signature: bytes

    @property
    def key(self) -> tuple[int, int, int]:
        """Start, gateway and revision: what lines are sorted by."""
        return (self.attestation.interval.start, self.attestation.gateway, self.revision)

    @property
    def title(self) -> str:
        """How findings name it."""
        what = f"correction {self.revision}" if self.revision else "attestation"
        return f"{what} of gateway {self.attestation.gateway}"


@dataclass(frozen=True, slots=True)
class PositionEntry:
    """One account's line in a settlement.

    Attributes:
        position: traded and metered energy.
        residual: Wh exchanged with the grid, as the file says.
        payment: 10^-8 EUR, as the file says.
    """

    position: Position
    residual: int
    payment: int


@dataclass(frozen=True, slots=True)
class SettlementLine:
    """One interval's settlement.

    Attributes:
        place: file, line and interval.
        interval: which interval.
        price_hash: the price record that it refers to, 32 bytes.
        positions_hash: of the packed positions, 32 bytes.
        grid_payment: 10^-8 EUR that the grid's account received.
        fee: 10^-8 EUR that the fee's account received.
        entries: accounts ascending.
    """

    place: Place
    interval: Interval
    price_hash: bytes
    positions_hash: bytes
    grid_payment: int
    fee: int
    entries: tuple[PositionEntry, ...]

    @property
    def key(self) -> tuple[int, ...]:
        """What lines are sorted by."""
        return (self.interval.start,)


@dataclass(frozen=True, slots=True)
class CorrectionLine:
    """One correction of an interval's settlement.

    Attributes:
        place: file, line and interval.
        interval: which interval.
        correction: how many there were for the interval, with this one.
        former_positions_hash: of what held before, 32 bytes.
        positions_hash: of the packed positions, 32 bytes.
        grid_payment: 10^-8 EUR that the grid's account received in all.
        fee: 10^-8 EUR that the fee's account received in all.
        entries: accounts ascending.
    """

    place: Place
    interval: Interval
    correction: int
    former_positions_hash: bytes
    positions_hash: bytes
    grid_payment: int
    fee: int
    entries: tuple[PositionEntry, ...]

    @property
    def key(self) -> tuple[int, ...]:
        """What lines are sorted by."""
        return (self.interval.start, self.correction)


@dataclass(frozen=True, slots=True)
class BalanceLine:
    """One account's tokens at the end of the run.

    Attributes:
        place: file and line.
        account: number in the registry.
        wallet: address in EIP-55 writing.
        deposited: 10^-8 EUR minted to the wallet.
        currency: 10^-8 EUR that it holds.
        energy: Wh of local origin that it holds.
    """

    place: Place
    account: int
    wallet: str
    deposited: int
    currency: int
    energy: int

    @property
    def key(self) -> tuple[int, ...]:
        """What lines are sorted by."""
        return (self.account,)


def parse_participant(
    place: Place,
    fields: Fields,
    _calendar: Mapping[int, Interval],
) -> ParticipantLine:
    """Read a line of ``participants.jsonl``."""
    return ParticipantLine(
        place=place,
        account=Account(fields.integer("account", 1, MAX_ACCOUNT)),
        wallet=fields.address("wallet"),
        role=fields.integer("role", 0, 255),
        credential=fields.optional_text("credential"),
    )


def parse_order(place: Place, fields: Fields, calendar: Mapping[int, Interval]) -> OrderLine:
    """Read a line of ``orders.jsonl``."""
    line = OrderLine(
        place=place,
        batch=fields.integer("batch", 0, _UINT32),
        index=fields.integer("index", 0, _UINT32),
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


def parse_price(place: Place, fields: Fields, calendar: Mapping[int, Interval]) -> PriceLine:
    """Read a line of ``prices.jsonl``."""
    status = fields.text("status")
    if status not in _STATUS:
        raise InvalidValueError("status", "'cleared' or 'no-trade'", status)
    return PriceLine(
        place=place,
        interval=_interval(fields, calendar),
        status=_STATUS[status],
        price=fields.optional_integer("price", MIN_PRICE, MAX_PRICE),
        low=fields.optional_integer("low", MIN_PRICE, MAX_PRICE),
        high=fields.optional_integer("high", MIN_PRICE, MAX_PRICE),
        volume=fields.integer("volume_wh", 0, SAFE_INTEGER),
        tariff=Tariff(_price(fields, "feed_in"), _price(fields, "retail")),
        price_hash=fields.hexadecimal("price_hash", 32),
    )


def parse_fill(place: Place, fields: Fields, calendar: Mapping[int, Interval]) -> FillLine:
    """Read a line of ``fills.jsonl``."""
    return FillLine(
        place=place,
        interval=_interval(fields, calendar),
        digest=fields.hexadecimal("digest", 32),
        account=fields.integer("account", 1, MAX_ACCOUNT),
        quantity=fields.integer("quantity_wh", 1, MAX_QUANTITY),
        payment=fields.integer("payment", -SAFE_INTEGER, SAFE_INTEGER),
    )


def parse_reading(place: Place, fields: Fields, calendar: Mapping[int, Interval]) -> ReadingLine:
    """Read a line of ``readings.jsonl``."""
    return ReadingLine(
        place=place,
        interval=_interval(fields, calendar),
        gateway=fields.integer("gateway", 1, _UINT32),
        revision=fields.integer("revision", 0, _UINT32),
        index=fields.integer("index", 0, _UINT32),
        salt=fields.hexadecimal("salt", 16),
        document=fields.raw_object("document"),
        proof=fields.hexadecimals("proof", 32),
    )


def parse_attestation(
    place: Place, fields: Fields, calendar: Mapping[int, Interval]
) -> AttestationLine:
    """Read a line of ``attestations.jsonl``."""
    attestation = Attestation(
        interval=_interval(fields, calendar),
        gateway=fields.integer("gateway", 1, _UINT32),
        sequence=fields.integer("sequence", 1, SAFE_INTEGER),
        root=fields.hexadecimal("root", 32),
        count=fields.integer("count", 1, _UINT32),
        imported=fields.integer("imported_wh", 0, SAFE_INTEGER),
        exported=fields.integer("exported_wh", 0, SAFE_INTEGER),
    )
    revision = fields.integer("revision", 0, _UINT32)
    supersedes = fields.optional_hexadecimal("supersedes", 32)
    reason = fields.optional_integer("reason", min(CorrectionReason), max(CorrectionReason))
    for name, value in (("supersedes", supersedes), ("reason", reason)):
        if (value is None) != (revision == 0):
            raise InvalidValueError(name, "a value in corrections, null elsewhere", value)
    return AttestationLine(
        place,
        attestation,
        revision,
        supersedes,
        None if reason is None else CorrectionReason(reason),
        fields.hexadecimal("signature", 65),
    )


def parse_settlement(
    place: Place, fields: Fields, calendar: Mapping[int, Interval]
) -> SettlementLine:
    """Read a line of ``settlements.jsonl``."""
    return SettlementLine(
        place=place,
        interval=_interval(fields, calendar),
        price_hash=fields.hexadecimal("price_hash", 32),
        positions_hash=fields.hexadecimal("positions_hash", 32),
        grid_payment=fields.integer("grid_payment", -SAFE_INTEGER, SAFE_INTEGER),
        fee=fields.integer("fee", 0, SAFE_INTEGER),
        entries=tuple(_entry(entry) for entry in fields.objects("positions")),
    )


def parse_correction(
    place: Place, fields: Fields, calendar: Mapping[int, Interval]
) -> CorrectionLine:
    """Read a line of ``corrections.jsonl``."""
    return CorrectionLine(
        place=place,
        interval=_interval(fields, calendar),
        correction=fields.integer("correction", 1, _UINT16),
        former_positions_hash=fields.hexadecimal("former_positions_hash", 32),
        positions_hash=fields.hexadecimal("positions_hash", 32),
        grid_payment=fields.integer("grid_payment", -SAFE_INTEGER, SAFE_INTEGER),
        fee=fields.integer("fee", 0, SAFE_INTEGER),
        entries=tuple(_entry(entry) for entry in fields.objects("positions")),
    )


def parse_balance(
    place: Place,
    fields: Fields,
    _calendar: Mapping[int, Interval],
) -> BalanceLine:
    """Read a line of ``balances.jsonl``."""
    return BalanceLine(
        place=place,
        account=fields.integer("account", 1, MAX_ACCOUNT),
        wallet=fields.address("wallet"),
        deposited=fields.integer("deposited", 0, SAFE_INTEGER),
        currency=fields.integer("currency", 0, SAFE_INTEGER),
        energy=fields.integer("energy", 0, SAFE_INTEGER),
    )


def _entry(fields: Fields) -> PositionEntry:
    entry = PositionEntry(
        position=Position(
            account=Account(fields.integer("account", 1, MAX_ACCOUNT)),
            bought=_quantity(fields, "bought_wh"),
            sold=_quantity(fields, "sold_wh"),
            imported=_quantity(fields, "imported_wh"),
            exported=_quantity(fields, "exported_wh"),
            certificates=_quantity(fields, "certificates_wh"),
        ),
        residual=fields.integer("residual_wh", -SAFE_INTEGER, SAFE_INTEGER),
        payment=fields.integer("payment", -SAFE_INTEGER, SAFE_INTEGER),
    )
    fields.end()
    return entry


def _order(fields: Fields, calendar: Mapping[int, Interval]) -> Order:
    return Order(
        interval=_interval(fields, calendar),
        account=Account(fields.integer("account", 1, MAX_ACCOUNT)),
        side=Side.parse(fields.text("side")),
        quantity=WattHours(fields.integer("quantity_wh", 1, MAX_QUANTITY)),
        price=_price(fields, "price"),
        salt=int.from_bytes(fields.hexadecimal("salt", 16), "big"),
    )


def _interval(fields: Fields, calendar: Mapping[int, Interval]) -> Interval:
    start = fields.integer("interval_start", 0, SAFE_INTEGER)
    if start not in calendar:
        raise InvalidValueError("interval_start", "the start of an interval of the run", start)
    return calendar[start]


def _price(fields: Fields, name: str) -> MillicentPerKilowattHour:
    return MillicentPerKilowattHour(fields.integer(name, MIN_PRICE, MAX_PRICE))


def _quantity(fields: Fields, name: str) -> WattHours:
    return WattHours(fields.integer(name, 0, MAX_QUANTITY))
