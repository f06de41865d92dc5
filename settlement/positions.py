"""Traded against metered energy: every account's position and what it pays.

Trades settle at the local price; what the meters show beyond them is exchanged with the grid at its
tariff of the interval. All of it is whole numbers, so that payments add up to what the grid gets.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from domain.apportionment import largest_remainder
from domain.errors import InvalidValueError
from domain.position import Position
from domain.reading import Metered
from domain.tariff import Tariff
from domain.trade import Fill
from domain.units import (
    Account,
    MillicentPerKilowattHour,
    Money,
    WattHours,
)
from domain.units import payment as cost

_NOTHING = Metered(WattHours(0), WattHours(0))


def positions(fills: Iterable[Fill], metered: Mapping[Account, Metered]) -> list[Position]:
    """Return the position of every account with a fill or a meter, accounts ascending.

    Certificates of local origin stand for what the sellers both sold and exported, and go to the
    buyers in proportion to what they bought (largest remainder, ties by account number).

    Args:
        fills: what traded in one interval; bought and sold energy must be equal.
        metered: energy of all meters of each account in that interval.

    Raises:
        InvalidValueError: where the fills do not buy what they sell.
    """
    bought: defaultdict[Account, int] = defaultdict(int)
    sold: defaultdict[Account, int] = defaultdict(int)
    for fill in fills:
        bought[fill.account] += fill.bought
        sold[fill.account] += fill.sold
    _require_balance(sum(bought.values()), sum(sold.values()))
    accounts = sorted(bought.keys() | metered.keys())
    meters = [metered.get(account, _NOTHING) for account in accounts]
    delivered = sum(
        min(sold[account], meter.exported) for account, meter in zip(accounts, meters, strict=True)
    )
    shares = _certificates(delivered, accounts, [bought[account] for account in accounts])
    return [
        Position(
            account=account,
            bought=WattHours(bought[account]),
            sold=WattHours(sold[account]),
            imported=meter.imported,
            exported=meter.exported,
            certificates=WattHours(share),
        )
        for account, meter, share in zip(accounts, meters, shares, strict=True)
    ]


def payment(position: Position, price: MillicentPerKilowattHour, tariff: Tariff) -> Money:
    """Return what an account pays for its position, negative where it receives money.

    Args:
        position: traded and metered energy.
        price: local price of the interval; without effect where nothing traded.
        tariff: the grid's prices of the interval.
    """
    traded = cost(WattHours(position.bought - position.sold), price)
    return Money(traded + grid_cost(position.residual, tariff))


def grid_cost(energy: int, tariff: Tariff) -> Money:
    """Return what an exchange with the grid costs, negative where the grid pays.

    Args:
        energy: Wh, positive where taken at the retail price, negative where fed in.
        tariff: the grid's prices of the interval.
    """
    return cost(WattHours(energy), tariff.retail if energy > 0 else tariff.feed_in)


def grid_payment(payments: Iterable[Money]) -> Money:
    """Return what the grid's account receives: everything that the participants pay in sum."""
    return Money(sum(payments))


def _certificates(delivered: int, accounts: Sequence[Account], bought: list[int]) -> list[int]:
    return largest_remainder(
        delivered, bought, [account.to_bytes(4, "big") for account in accounts]
    )


def _require_balance(bought: int, sold: int) -> None:
    if bought != sold:
        raise InvalidValueError("fills", f"as much sold as bought, {bought} Wh", f"{sold} Wh")
