"""What an order's limit counts as within a tariff."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from domain.tariff import Tariff
from domain.units import MAX_PRICE, MIN_PRICE
from market.clearing.orders import OrderArrays

Integers = NDArray[np.int64]
Mask = NDArray[np.bool_]

UNBOUNDED: Final = Tariff(MIN_PRICE, MAX_PRICE)


def limits(orders: OrderArrays, tariff: Tariff | None) -> Integers:
    """Return each order's limit: of bids at most the retail price, of offers at least the feed-in.

    The grid would serve them there (decision 0002).

    Args:
        orders: one interval's orders.
        tariff: bounds of the price; without it, limits are what the orders say.
    """
    return orders.price if tariff is None else clamped(orders.price, orders.is_offer, tariff)


def clamped(price: Integers, is_offer: Mask, bounds: Tariff) -> Integers:
    """Return limits within the bounds: of bids at most the upper one, of offers at least the lower.

    Args:
        price: what the orders say.
        is_offer: which of them are offers.
        bounds: of the price.
    """
    clamped = price.copy()
    clamped[np.flatnonzero((price > bounds.retail) > is_offer)] = bounds.retail
    clamped[np.flatnonzero((price < bounds.feed_in) & is_offer)] = bounds.feed_in
    return clamped


def within(price: int, bounds: Tariff) -> int:
    """Return the price within the bounds that is nearest to one.

    Args:
        price: in millicent per kWh.
        bounds: of the price.
    """
    return max(bounds.feed_in, min(bounds.retail, price))
