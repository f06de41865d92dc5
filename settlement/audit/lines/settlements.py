"""Settlements and their corrections."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from domain.interval import Interval
from domain.position import Position
from domain.units import MAX_ACCOUNT, MAX_QUANTITY, Account, WattHours
from settlement.audit.fields import Fields
from settlement.audit.findings import Place
from settlement.audit.lines.values import SAFE_INTEGER, interval_of

_UINT16: Final = 2**16 - 1


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


def parse_settlement(
    place: Place, fields: Fields, calendar: Mapping[int, Interval]
) -> SettlementLine:
    """Read a line of ``settlements.jsonl``."""
    return SettlementLine(
        place=place,
        interval=interval_of(fields, calendar),
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
        interval=interval_of(fields, calendar),
        correction=fields.integer("correction", 1, _UINT16),
        former_positions_hash=fields.hexadecimal("former_positions_hash", 32),
        positions_hash=fields.hexadecimal("positions_hash", 32),
        grid_payment=fields.integer("grid_payment", -SAFE_INTEGER, SAFE_INTEGER),
        fee=fields.integer("fee", 0, SAFE_INTEGER),
        entries=tuple(_entry(entry) for entry in fields.objects("positions")),
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


def _quantity(fields: Fields, name: str) -> WattHours:
    return WattHours(fields.integer(name, 0, MAX_QUANTITY))
