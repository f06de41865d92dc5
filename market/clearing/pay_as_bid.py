"""The discriminatory double auction: every pair trades at a price of its own.

Volume and fills are those of the uniform price, rationing at the margin included. What is filled
stands in merit order, bids from the dearest, offers from the cheapest, equal limits by smallest
key; the first Wh bought is the first Wh sold, and so on. Bid ``b`` and offer ``s`` trade at
``s + floor((b - s) * k / 1000)``: between their limits, so that nobody trades against the own one.
With ``k`` of 1000 buyers pay their bids, with 0 sellers receive what they ask.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from domain.tariff import Tariff
from market.clearing.limits import UNBOUNDED
from market.clearing.merit_order import by_price_and_key, meetings, sums_to
from market.clearing.orders import OrderArrays
from market.clearing.outcome import Outcome, Trades
from market.clearing.point import HALF, PER_MILLE, require_k
from market.clearing.uniform_price import clear_uniform_price

Integers = NDArray[np.int64]


def clear_pay_as_bid(orders: OrderArrays, tariff: Tariff | None = None, k: int = HALF) -> Outcome:
    """Clear one interval's orders pair by pair.

    Args:
        orders: one interval's orders.
        tariff: bounds of the prices; without it, the range of prices.
        k: share of the gain that sellers have, in per mille: the price's place between the offer's
            limit and the bid's.

    Returns:
        Fills, payments that add up to 0, and the trades in merit order.

    Raises:
        InvalidValueError: for ``k`` outside 0 to 1000.
    """
    require_k(k)
    clearing = clear_uniform_price(orders, tariff)
    if not clearing.volume:
        return Outcome.nothing(orders, Trades.none())
    bounds = tariff or UNBOUNDED
    filled = clearing.filled
    traded = filled.astype(np.bool_)
    bids = np.flatnonzero(traded & ~orders.is_offer)
    offers = np.flatnonzero(traded & orders.is_offer)
    asking = by_price_and_key(-np.minimum(orders.price[bids], bounds.retail), orders.keys, bids)
    offering = by_price_and_key(
        np.maximum(orders.price[offers], bounds.feed_in), orders.keys, offers
    )
    met = meetings(filled[asking.indices], filled[offering.indices])
    asked = offering.price[met.offer]
    price = asking.price[met.bid]
    price += asked  # The bids' limits are negated.
    price *= -k
    price //= PER_MILLE
    price += asked
    money = met.quantity * price
    payments = np.zeros_like(filled)
    payments[asking.indices] = sums_to(~met.ends_offer, money)
    payments[offering.indices] = -sums_to(met.ends_offer, money)
    trades = _trades(asking.indices[met.bid], offering.indices[met.offer], met.quantity, price)
    return Outcome(clearing.volume, filled, payments, clearing.interval, trades=trades)


def _trades(buyer: Integers, seller: Integers, quantity: Integers, price: Integers) -> Trades:
    real = quantity.astype(np.bool_)
    return Trades(buyer[real], seller[real], quantity[real], price[real])
