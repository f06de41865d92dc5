"""Pools of limit orders at one whole price, as a community runs them and the contract proves them.

Each order is a participant of its own. Who would not accept the price does not take part and is
left to the grid; those who do are treated alike: the longer side shares what the shorter one has in
proportion to quantity, by largest remainders, ties by smallest key. Everybody pays or receives the
price for what it trades, so that payments add up to 0. Unlike in ``market.pool.prices`` the price
is rounded to a whole millicent, by a rule that each function states.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from domain.tariff import Tariff
from market.clearing.blocks import blocks
from market.clearing.orders import OrderArrays
from market.clearing.outcome import Clearing
from market.pool.acceptance import Acceptance
from market.pool.sharing import Levels

Integers = NDArray[np.int64]

PoolRule = Callable[[OrderArrays, Tariff], Clearing]
"""A pool of limit orders."""


def clear_orders_at_mid_market_rate(orders: OrderArrays, tariff: Tariff) -> Clearing:
    """Trade at ``floor((feed-in + retail) / 2)``.

    Args:
        orders: one interval's orders.
        tariff: the grid's prices.
    """
    return _at(orders, (tariff.feed_in + tariff.retail) >> 1)


def clear_orders_by_bill_sharing(orders: OrderArrays, tariff: Tariff) -> Clearing:
    """Trade at the price within the tariff that is nearest to 0: local energy costs nothing.

    Args:
        orders: one interval's orders.
        tariff: the grid's prices.
    """
    return _at(orders, max(tariff.feed_in, min(tariff.retail, 0)))


def clear_orders_by_supply_demand_ratio(orders: OrderArrays, tariff: Tariff) -> Clearing:
    """Trade at the lowest whole price that is not below the one that its own ratio gives.

    Who accepts a price depends on it, and with it the ratio. A higher price has more supply and
    less demand, so that its ratio's price is lower: there is one lowest whole price ``p`` with
    ``ratio_price(D(p), S(p)) <= p``, and it lies within the tariff.

    Args:
        orders: one interval's orders.
        tariff: the grid's prices.
    """
    acceptance = Acceptance.of(orders.quantity, orders.is_offer, orders.price, tariff)
    low, high = int(tariff.feed_in), int(tariff.retail)
    while low < high:
        middle = (low + high) // 2
        if not _asks_more(*acceptance.energy_at(middle), tariff, middle):
            high = middle
        else:
            low = middle + 1
    return _at(orders, low)


def _asks_more(need: int, surplus: int, tariff: Tariff, price: int) -> bool:
    """Tell whether the price of a ratio lies above a whole price, without a division."""
    feed_in, retail = int(tariff.feed_in), int(tariff.retail)
    if surplus == 0:
        return retail > price
    if surplus >= need or feed_in <= 0:
        return feed_in > price
    return feed_in * retail * need > price * ((retail - feed_in) * surplus + feed_in * need)


def _at(orders: OrderArrays, price: int) -> Clearing:
    """Trade at a price within the tariff, where the tariff clamps no limit across it."""
    if not len(orders):
        return _nothing(orders, price)
    largest = int(orders.quantity.max())
    levels = Levels.of(_accepting(orders, price), (-largest, largest))
    volume = min(levels.energy)
    if not volume:
        return _nothing(orders, price)
    filled = levels.spread_shares(levels.share(volume, volume, orders.keys))
    return Clearing(price, None, None, volume, filled, separator=price)


def _accepting(orders: OrderArrays, price: int) -> Integers:
    """Return what each order takes, negative where it gives, 0 where it does not accept a price."""
    trading = np.empty_like(orders.quantity)
    for block in blocks(len(orders)):
        limit, is_offer = orders.price[block], orders.is_offer[block]
        bids, offers = (
            np.greater(limit >= price, is_offer),
            np.logical_and(limit <= price, is_offer),
        )
        sign = bids.view(np.int8) - offers.view(np.int8)
        np.multiply(orders.quantity[block], sign, out=trading[block])
    return trading


def _nothing(orders: OrderArrays, price: int) -> Clearing:
    return Clearing(None, None, None, 0, np.zeros_like(orders.quantity), separator=price)
