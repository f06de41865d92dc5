"""A settled interval as the rest of the market reads it."""

from __future__ import annotations

from dataclasses import dataclass

from domain.fee import NO_FEE, Fee
from domain.position import Position
from domain.trade import PriceRecord
from domain.units import NO_MONEY, Account, Money, WattHours


@dataclass(frozen=True, slots=True)
class SettledPosition:
    """One account's share in a settled interval.

    Attributes:
        position: traded and metered energy.
        payment: 10^-8 EUR, positive where the participant pays; with the fee.
        fee: 10^-8 EUR of it that are the fee on what it bought.
    """

    position: Position
    payment: Money
    fee: Money = NO_MONEY


@dataclass(frozen=True, slots=True)
class SettlementVersion:
    """What an interval was settled to, at first or by a correction.

    Attributes:
        positions: accounts ascending.
        grid_payment: 10^-8 EUR that the grid's account received in all.
        positions_hash: Keccak-256 of the packed positions, 32 bytes, as on chain.
        transaction_hash: the transaction that settled or corrected it, 32 bytes.
        settled_at: UTC second of that transaction's block.
    """

    positions: tuple[SettledPosition, ...]
    grid_payment: Money
    positions_hash: bytes
    transaction_hash: bytes
    settled_at: int

    @property
    def fee(self) -> Money:
        """10^-8 EUR that the fee's account received."""
        return Money(sum(share.fee for share in self.positions))


@dataclass(frozen=True, slots=True)
class SettledInterval:
    """What one interval came to, as it holds now, and where the chain says so.

    Attributes:
        record: the price record that it refers to by its hash.
        positions: accounts ascending.
        grid_payment: 10^-8 EUR that the grid's account received.
        positions_hash: Keccak-256 of the packed positions, 32 bytes, as on chain.
        transaction_hash: the transaction that settled it, or last corrected it, 32 bytes.
        settled_at: UTC second of that transaction's block.
        fee: what buyers paid beside the price, and to whom.
        superseded: what corrections replaced, earliest first.
    """

    record: PriceRecord
    positions: tuple[SettledPosition, ...]
    grid_payment: Money
    positions_hash: bytes
    transaction_hash: bytes
    settled_at: int
    fee: Fee = NO_FEE
    superseded: tuple[SettlementVersion, ...] = ()

    @property
    def version(self) -> SettlementVersion:
        """What holds now."""
        return SettlementVersion(
            self.positions,
            self.grid_payment,
            self.positions_hash,
            self.transaction_hash,
            self.settled_at,
        )

    @property
    def versions(self) -> tuple[SettlementVersion, ...]:
        """The first settlement and its corrections; the last one holds."""
        return (*self.superseded, self.version)


@dataclass(frozen=True, slots=True)
class SettledShare:
    """One account's line in one settled interval, without the other accounts' lines.

    Attributes:
        record: the interval's price record.
        share: the account's position and payment, as they hold now.
        transaction_hash: the transaction that settled the interval, or last corrected it, 32 bytes.
        corrections: how often the interval was corrected.
        correction_payment: 10^-8 EUR of the payment that the account paid by corrections.
    """

    record: PriceRecord
    share: SettledPosition
    transaction_hash: bytes
    corrections: int = 0
    correction_payment: Money = NO_MONEY


def share_of(settled: SettledInterval, account: Account) -> SettledShare | None:
    """Return one account's line of a settled interval, or None where it never had one."""
    shares = [_position_of(version, account) for version in settled.versions]
    known = [share for share in shares if share is not None]
    if not known:
        return None
    first, last = shares[0], shares[-1] or _nothing(account)
    return SettledShare(
        record=settled.record,
        share=last,
        transaction_hash=settled.transaction_hash,
        corrections=len(settled.superseded),
        correction_payment=Money(last.payment - (first.payment if first else 0)),
    )


def _position_of(version: SettlementVersion, account: Account) -> SettledPosition | None:
    return next((one for one in version.positions if one.position.account == account), None)


def _nothing(account: Account) -> SettledPosition:
    """Return the share of an account that a correction left out."""
    none = WattHours(0)
    return SettledPosition(Position(account, none, none, none, none, none), NO_MONEY)
