"""Traded against metered energy: every account's position and what it pays.

Trades settle at the local price, or as the market allocated them; what the meters show beyond them
is exchanged with the grid at its tariff of the interval. Buyers may pay a fee beside. All of it is
whole numbers, so that payments add up to what the grid and the fee's account get.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from domain.allocation import AllocationRow
from domain.apportionment import largest_remainder
from domain.errors import InvalidValueError
from domain.fee import NO_FEE, Fee
from domain.position import Position
from domain.reading import Metered
from domain.tariff import Tariff
from domain.units import Account, Money, WattHours
from domain.units import payment as cost

_NOTHING = Metered(WattHours(0), WattHours(0))


def positions(
    allocation: Sequence[AllocationRow], metered: Mapping[Account, Metered]
) -> list[Position]:
    """Return the position of every account that trades or has a meter, accounts ascending.

    Certificates of local origin stand for what the sellers both sold and exported, and go to the
    buyers in proportion to what they bought (largest remainder, ties by account number).

    Args:
        allocation: what each account traded in one interval; bought and sold energy must be equal.
        metered: energy of all meters of each account in that interval.

    Raises:
        InvalidValueError: where the rows do not buy what they sell.
    """
    rows = {row.account: row for row in allocation}
    _require_balance(sum(row.bought for row in allocation), sum(row.sold for row in allocation))
    accounts = sorted(rows.keys() | metered.keys())
    traded = [rows.get(account) or _no_trade(account) for account in accounts]
    meters = [metered.get(account, _NOTHING) for account in accounts]
    delivered = sum(
        min(row.sold, meter.exported) for row, meter in zip(traded, meters, strict=True)
    )
    shares = _certificates(delivered, accounts, [row.bought for row in traded])
    return [
        Position(
            account=row.account,
            bought=row.bought,
            sold=row.sold,
            imported=meter.imported,
            exported=meter.exported,
            certificates=WattHours(share),
        )
        for row, meter, share in zip(traded, meters, shares, strict=True)
    ]


def payment(position: Position, traded: Money, tariff: Tariff, fee: Fee = NO_FEE) -> Money:
    """Return what an account pays for its position, negative where it receives money.

    Args:
        position: traded and metered energy.
        traded: 10^-8 EUR that it pays for what it traded.
        tariff: the grid's prices of the interval.
        fee: what it pays beside, for what it bought.
    """
    return Money(traded + grid_cost(position.residual, tariff) + fee.on(position.bought))


def grid_cost(energy: int, tariff: Tariff) -> Money:
    """Return what an exchange with the grid costs, negative where the grid pays.

    Args:
        energy: Wh, positive where taken at the retail price, negative where fed in.
        tariff: the grid's prices of the interval.
    """
    return cost(WattHours(energy), tariff.retail if energy > 0 else tariff.feed_in)


def grid_payment(payments: Iterable[Money], fees: Iterable[Money] = ()) -> Money:
    """Return what the grid's account receives: what the participants pay in sum, less their fees.

    Args:
        payments: 10^-8 EUR of each account, its fee included.
        fees: 10^-8 EUR of each account that are another account's.
    """
    return Money(sum(payments) - sum(fees))


def _certificates(delivered: int, accounts: Sequence[Account], bought: list[int]) -> list[int]:
    return largest_remainder(
        delivered, bought, [account.to_bytes(4, "big") for account in accounts]
    )


def _no_trade(account: Account) -> AllocationRow:
    return AllocationRow(account, WattHours(0), WattHours(0), Money(0))


def _require_balance(bought: int, sold: int) -> None:
    if bought != sold:
        raise InvalidValueError("fills", f"as much sold as bought, {bought} Wh", f"{sold} Wh")
