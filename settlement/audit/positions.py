"""Settling an interval again: what every account traded, metered and owes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from domain.apportionment import largest_remainder
from domain.fee import NO_FEE, Fee
from domain.position import Position
from domain.tariff import Tariff
from domain.units import Account, WattHours


@dataclass(slots=True)
class Tally:
    """One account's interval as it adds up: energy in Wh, ``paid`` for trades in 10^-8 EUR."""

    bought: int = 0
    sold: int = 0
    paid: int = 0
    imported: int = 0
    exported: int = 0


def settle(tallies: Mapping[int, Tally]) -> list[Position]:
    """Return every account's position, accounts ascending.

    What sellers both sold and exported is shared out to the buyers as certificates, in proportion
    to what they bought; odd units go to the largest remainders, ties to the lower account.

    Args:
        tallies: of every account with a fill or a meter.
    """
    accounts = sorted(tallies)
    of_local_origin = sum(min(tally.sold, tally.exported) for tally in tallies.values())
    certificates = largest_remainder(
        of_local_origin,
        [tallies[account].bought for account in accounts],
        [account.to_bytes(4, "big") for account in accounts],
    )
    return [
        _position(account, tallies[account], share)
        for account, share in zip(accounts, certificates, strict=True)
    ]


def amount_due(position: Position, paid: int, tariff: Tariff, fee: Fee) -> int:
    """Return 10^-8 EUR that an account pays, negative where it receives.

    Args:
        position: traded and metered energy.
        paid: 10^-8 EUR that it pays for what it traded.
        tariff: the grid's prices.
        fee: what it pays beside, for what it bought.
    """
    from_grid = position.imported - position.exported - position.bought + position.sold
    exchanged = (tariff.retail if from_grid > 0 else tariff.feed_in) * from_grid
    return paid + exchanged + fee.rate * position.bought


def fee_due(positions: Iterable[Position], fee: Fee) -> int:
    """Return 10^-8 EUR that the fee's account receives."""
    return sum(fee.rate * position.bought for position in positions)


def certificates_due(position: Position) -> int:
    """Return Wh of local origin that an account is given: bought, or exported and not sold."""
    return position.certificates + position.exported - min(position.sold, position.exported)


def total(positions: Iterable[Position], paid: Mapping[int, int], tariff: Tariff) -> int:
    """Return 10^-8 EUR that the grid receives: what all accounts pay beside a fee.

    Args:
        positions: of all accounts.
        paid: 10^-8 EUR that each account pays for what it traded.
        tariff: the grid's prices.
    """
    return sum(amount_due(one, paid.get(one.account, 0), tariff, NO_FEE) for one in positions)


def _position(account: int, tally: Tally, certificates: int) -> Position:
    return Position(
        account=Account(account),
        bought=WattHours(tally.bought),
        sold=WattHours(tally.sold),
        imported=WattHours(tally.imported),
        exported=WattHours(tally.exported),
        certificates=WattHours(certificates),
    )
