"""What an order's limit counts as within a tariff."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from domain.tariff import Tariff
from domain.units import MAX_PRICE, MIN_PRICE
from market.clearing.orders import OrderArrays

Integers = NDArray[np.int64]

UNBOUNDED: Final = Tariff(MIN_PRICE, MAX_PRICE)


def limits(orders: OrderArrays, tariff: Tariff | None) -> Integers:
    """Return each order's limit: of bids at most the retail price, of offers at least the feed-in.

    The grid would serve them there (decision 0002).

    Args:
        orders: one interval's orders.
        tariff: bounds of the price; without it, limits are what the orders say.
    """
    if tariff is None:
        return orders.price
    lowest = np.where(orders.is_offer, tariff.feed_in, MIN_PRICE)
    highest = np.where(orders.is_offer, MAX_PRICE, tariff.retail)
    return np.clip(orders.price, lowest, highest)
