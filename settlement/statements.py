"""A participant's statement: what each interval came to, and what the grid alone would cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from domain.errors import InvalidValueError
from domain.position import Position
from domain.trade import PriceRecord
from domain.units import Account, Money, WattHours
from settlement.positions import grid_cost
from settlement.settled import SettledShare


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One interval of a statement.

    Attributes:
        record: interval, local price, tariff and price hash.
        position: traded and metered energy; ``residual`` went through the grid.
        payment: 10^-8 EUR, positive where the participant paid.
        trade_payment: the part of it that was for traded energy.
        fee: the part of it that was the community's fee on what was bought; the rest was for the
            residual.
        grid_only_cost: 10^-8 EUR that the same metered energy would have cost without the market.
        transaction_hash: the transaction that settled the interval, or last corrected it, 32 bytes.
        corrections: how often the settlement was corrected.
        correction_payment: the part of the payment that was paid by corrections, negative where
            they gave back.
    """

    record: PriceRecord
    position: Position
    payment: Money
    trade_payment: Money
    fee: Money
    grid_only_cost: Money
    transaction_hash: bytes
    corrections: int
    correction_payment: Money

    @property
    def saving(self) -> Money:
        """10^-8 EUR that the market saved in this interval, negative where it cost."""
        return Money(self.grid_only_cost - self.payment)


@dataclass(frozen=True, slots=True)
class Statement:
    """What an account traded, metered and paid in a span of time.

    Attributes:
        account: whose statement it is.
        first: UTC second from which on it counts.
        last: UTC second before which it ends.
        lines: one a settled interval, in order of time.
    """

    account: Account
    first: int
    last: int
    lines: tuple[StatementLine, ...]

    @property
    def bought(self) -> WattHours:
        """Wh bought in the local market."""
        return WattHours(sum(line.position.bought for line in self.lines))

    @property
    def sold(self) -> WattHours:
        """Wh sold in the local market."""
        return WattHours(sum(line.position.sold for line in self.lines))

    @property
    def imported(self) -> WattHours:
        """Wh that the meters took from the grid."""
        return WattHours(sum(line.position.imported for line in self.lines))

    @property
    def exported(self) -> WattHours:
        """Wh that the meters fed into the grid."""
        return WattHours(sum(line.position.exported for line in self.lines))

    @property
    def certificates(self) -> WattHours:
        """Wh of local origin received for what was bought."""
        return WattHours(sum(line.position.certificates for line in self.lines))

    @property
    def payment(self) -> Money:
        """10^-8 EUR paid in all, negative where received."""
        return Money(sum(line.payment for line in self.lines))

    @property
    def trade_payment(self) -> Money:
        """10^-8 EUR paid for traded energy, negative where received."""
        return Money(sum(line.trade_payment for line in self.lines))

    @property
    def fee(self) -> Money:
        """10^-8 EUR paid as the community's fee on what was bought."""
        return Money(sum(line.fee for line in self.lines))

    @property
    def grid_only_cost(self) -> Money:
        """10^-8 EUR that the same metered energy would have cost without the market."""
        return Money(sum(line.grid_only_cost for line in self.lines))

    @property
    def saving(self) -> Money:
        """10^-8 EUR that the market saved, negative where it cost."""
        return Money(self.grid_only_cost - self.payment)


def make_statement(
    account: Account, first: int, last: int, shares: Sequence[SettledShare]
) -> Statement:
    """Draw up a statement.

    Args:
        account: whose statement.
        first: UTC second.
        last: UTC second, not included.
        shares: the account's lines of the intervals that start in ``[first, last)``.

    Raises:
        InvalidValueError: where the span ends before it begins.
    """
    if last < first:
        raise InvalidValueError("last", f"a second from {first} on", last)
    return Statement(account, first, last, tuple(_line(share) for share in shares))


def _line(settled: SettledShare) -> StatementLine:
    position = settled.share.position
    metered = position.imported - position.exported
    payment, fee, tariff = settled.share.payment, settled.share.fee, settled.record.tariff
    return StatementLine(
        record=settled.record,
        position=position,
        payment=payment,
        trade_payment=Money(payment - fee - grid_cost(position.residual, tariff)),
        fee=fee,
        grid_only_cost=grid_cost(metered, tariff),
        transaction_hash=settled.transaction_hash,
        corrections=settled.corrections,
        correction_payment=settled.correction_payment,
    )
