"""A settled interval as the rest of the market reads it."""

from __future__ import annotations

from dataclasses import dataclass

from domain.position import Position
from domain.trade import PriceRecord
from domain.units import Money


@dataclass(frozen=True, slots=True)
class SettledPosition:
    """One account's share in a settled interval.

    Attributes:
        position: traded and metered energy.
        payment: 10^-8 EUR, positive where the participant pays.
    """

    position: Position
    payment: Money


@dataclass(frozen=True, slots=True)
class SettledInterval:
    """What one interval came to, and where the chain says so.

    Attributes:
        record: the price record that it refers to by its hash.
        positions: accounts ascending.
        grid_payment: 10^-8 EUR that the grid's account received.
        positions_hash: Keccak-256 of the packed positions, 32 bytes, as on chain.
        transaction_hash: the transaction that settled it, 32 bytes.
        settled_at: UTC second of that transaction's block.
    """

    record: PriceRecord
    positions: tuple[SettledPosition, ...]
    grid_payment: Money
    positions_hash: bytes
    transaction_hash: bytes
    settled_at: int


@dataclass(frozen=True, slots=True)
class SettledShare:
    """One account's line in one settled interval, without the other accounts' lines.

    Attributes:
        record: the interval's price record.
        share: the account's position and payment.
        transaction_hash: the transaction that settled the interval, 32 bytes.
    """

    record: PriceRecord
    share: SettledPosition
    transaction_hash: bytes
