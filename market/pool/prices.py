"""Pools at one local price: mid-market rate, supply-demand ratio, bill sharing.

As published, each of these rules names a price for buyers and one for sellers, grid included. All
of them come down to one local price for what is traded inside the pool, with the rest at the grid's
tariff, shared in proportion to energy: so they are computed here, and so they balance.

Limit prices are optional. Without them (the published rules know none) all energy trades. With
them, who would not accept the price does not take part and is left to the grid, and those who do
are treated alike.
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor

import numpy as np

from domain.tariff import Tariff
from market.pool.acceptance import Acceptance, accepting, energy_of
from market.pool.outcome import PoolOutcome
from market.pool.participants import Pool
from market.pool.settling import Equality, settle


def clear_mid_market_rate(
    pool: Pool, tariff: Tariff, equality: Equality = Equality.BILLS
) -> PoolOutcome:
    """Trade locally halfway between feed-in and retail price (Long et al. 2017).

    Args:
        pool: the participants.
        tariff: the grid's prices.
        equality: what is equal between participants with the same net energy.

    Raises:
        InvalidValueError: where the money would not fit 64 bits.
    """
    return _at_fixed_price(pool, tariff, Fraction(tariff.feed_in + tariff.retail, 2), equality)


def clear_bill_sharing(
    pool: Pool, tariff: Tariff, equality: Equality = Equality.BILLS
) -> PoolOutcome:
    """Share the community's bill with the grid in proportion to energy (Long et al. 2017).

    Importers share what the community pays for its net import, exporters what it receives for its
    net export: so local energy itself costs nothing. Where that price lies outside the tariff, it
    moves to the nearest price within, so that nobody is worse off than with the grid alone. At
    a feed-in price above 0, that is the feed-in price: the whole gain is the buyers'.

    Args:
        pool: the participants.
        tariff: the grid's prices.
        equality: what is equal between participants with the same net energy.

    Raises:
        InvalidValueError: where the money would not fit 64 bits.
    """
    price = Fraction(max(tariff.feed_in, min(tariff.retail, 0)))
    return _at_fixed_price(pool, tariff, price, equality)


def clear_supply_demand_ratio(
    pool: Pool, tariff: Tariff, equality: Equality = Equality.BILLS
) -> PoolOutcome:
    """Trade locally at a price that falls with the ratio of supply to demand (Liu et al. 2017).

    With limit prices, the ratio and who accepts its price depend on each other. The participants
    are those who accept ``p``, the lowest whole price whose own participants' ratio gives at most
    ``p``; they trade at their ratio's price, or at the dearest seller's limit among them where that
    is higher.

    Args:
        pool: the participants.
        tariff: the grid's prices.
        equality: what is equal between participants with the same net energy.

    Raises:
        InvalidValueError: where the money would not fit 64 bits.
    """
    pool.require_countable(tariff)
    if pool.limit is None:
        return settle(pool, tariff, ratio_price(*pool.energy, tariff), equality)
    acceptance = Acceptance.of(np.abs(pool.net), pool.net < 0, pool.limit, tariff)
    low, high = int(tariff.feed_in), int(tariff.retail)
    while low < high:
        middle = (low + high) // 2
        if ratio_price(*acceptance.energy_at(middle), tariff) <= middle:
            high = middle
        else:
            low = middle + 1
    trading = accepting(pool.net, pool.limit, low, low)
    asked = pool.limit[np.flatnonzero(trading < 0)]
    dearest = max(int(asked.max()), int(tariff.feed_in)) if asked.size else int(tariff.feed_in)
    ratio = ratio_price(*energy_of(trading), tariff)
    return settle(pool, tariff, max(ratio, Fraction(dearest)), equality, trading)


def ratio_price(need: int, surplus: int, tariff: Tariff) -> Fraction:
    """Return the price of a ratio of surplus to need, exactly.

    Its reciprocal goes in a straight line from retail's, where nothing is left over, to feed-in's,
    where surplus covers the need, and stays there. Where feed-in is 0 or less, the limit of that
    rule holds: any surplus brings the price down to feed-in.

    Args:
        need: Wh, 0 or more.
        surplus: Wh, 0 or more.
        tariff: the grid's prices.
    """
    feed_in, retail = tariff.feed_in, tariff.retail
    if surplus == 0:
        return Fraction(retail)
    if surplus >= need or feed_in <= 0:
        return Fraction(feed_in)
    return Fraction(feed_in * retail * need, (retail - feed_in) * surplus + feed_in * need)


def _at_fixed_price(pool: Pool, tariff: Tariff, price: Fraction, equality: Equality) -> PoolOutcome:
    pool.require_countable(tariff)
    if pool.limit is None:
        return settle(pool, tariff, price, equality)
    lowest, highest = floor(price), ceil(price)
    trading = accepting(pool.net, pool.limit, lowest, highest)
    return settle(pool, tariff, price, equality, trading)
