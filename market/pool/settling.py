"""Settling a pool at one exact price, to the unit.

Both sides trade the same volume; the longer side shares it in proportion to energy, by largest
remainders. The money that changes hands is volume times price, rounded down. What a side saves
against the grid alone is shared among its participants by largest remainders, too, and each pays
what the grid would have taken less its saving. Ties go by smallest key.

What savings are proportional to can be chosen. By net energy, participants with the same energy
have the same bill up to one unit, even where one of them was given a Wh more by rounding: its
payment makes up for it. By traded energy, every payment is less than two units from traded Wh times
price.
"""

from __future__ import annotations

from enum import Enum
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from domain.tariff import Tariff
from market.pool.outcome import PoolOutcome
from market.pool.participants import Pool
from market.pool.sharing import Levels

Integers = NDArray[np.int64]


class Equality(Enum):
    """What is equal between participants with the same net energy."""

    BILLS = "bills"
    """Bills, grid included, up to one unit."""
    TRADES = "trades"
    """Local energy up to one Wh, and its price up to one unit."""


def settle(
    pool: Pool,
    tariff: Tariff,
    price: Fraction,
    equality: Equality,
    trading: Integers | None = None,
) -> PoolOutcome:
    """Trade all that both sides have at one price.

    Args:
        pool: the participants, countable at this tariff.
        tariff: the grid's prices.
        price: exact, in millicent per kWh, from feed-in to retail.
        equality: what savings are proportional to.
        trading: net Wh of those who take part, 0 for the others; by default everybody's.

    Returns:
        Fills, and payments that add up to 0.
    """
    net = pool.net if trading is None else trading
    levels = Levels.of(net, pool.span) if net.size else None
    volume = min(levels.energy) if levels else 0
    if not levels or not volume:
        return PoolOutcome.nothing(pool, tariff)
    money = volume * price.numerator // price.denominator
    saved = (volume * tariff.retail - money, money - volume * tariff.feed_in)
    fills = levels.share(volume, volume, pool.keys)
    if equality is Equality.TRADES:
        filled = levels.spread_shares(fills)
        payments = _payments_by_trade(pool, tariff, pool.signed(filled), saved)
        return PoolOutcome(pool, tariff, volume, filled, payments, price)
    savings = levels.share(*saved, pool.keys)
    filled, payments = levels.spread(
        fills.table, fills.table * _rates(levels.value, tariff) - savings.table
    )
    filled[fills.extra] += 1
    payments[fills.extra] += _rates(net[fills.extra], tariff)
    payments[savings.extra] -= 1
    return PoolOutcome(pool, tariff, volume, filled, payments, price)


def _payments_by_trade(
    pool: Pool, tariff: Tariff, traded: Integers, saved: tuple[int, int]
) -> Integers:
    """Return payments in proportion to traded Wh, which are negative for sellers."""
    levels = Levels.of(traded, pool.span)
    savings = levels.share(*saved, pool.keys)
    (payments,) = levels.spread(np.abs(levels.value) * _rates(levels.value, tariff) - savings.table)
    payments[savings.extra] -= 1
    return payments


def _rates(net: Integers, tariff: Tariff) -> Integers:
    """Return what the grid takes for a Wh, negative where it pays."""
    rates = np.multiply(net > 0, tariff.retail + tariff.feed_in, dtype=np.int64)
    rates -= tariff.feed_in
    return rates
