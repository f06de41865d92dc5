"""The pools, as mechanisms on limit orders."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from domain.errors import InvalidValueError
from domain.tariff import Tariff
from identity.hashing import keccak256
from market.clearing import OrderArrays, Outcome, PriceRanges
from market.clearing.blocks import blocks
from market.clearing.orders import TieBreakers, key_words
from market.mechanisms.model import Cleared, Mechanism, Request, of_orders
from market.pool import Pool, Sampling, Sharing, clear_cooperative
from market.pool.limit_orders import (
    PoolRule,
    clear_orders_at_mid_market_rate,
    clear_orders_by_bill_sharing,
    clear_orders_by_supply_demand_ratio,
)
from market.proving import pool_at_one_price

Integers = NDArray[np.int64]

_SEED_BYTES: Final = 16


def _pool(name: str, about: str, rule: PoolRule) -> Mechanism:
    def clear(orders: OrderArrays, tariff: Tariff | None) -> Outcome:
        return rule(orders, _required(tariff)).outcome(orders)

    return Mechanism(
        name=name,
        about=about,
        rule=of_orders(clear),
        needs_tariff=True,
        provable=pool_at_one_price(rule),
    )


MID_MARKET_RATE: Final = _pool(
    "mid-market-rate",
    "one price halfway between feed-in and retail; who accepts it is treated alike",
    clear_orders_at_mid_market_rate,
)
SUPPLY_DEMAND_RATIO: Final = _pool(
    "supply-demand-ratio",
    "one price that falls with the ratio of supply to demand",
    clear_orders_by_supply_demand_ratio,
)
BILL_SHARING: Final = _pool(
    "bill-sharing",
    "local energy costs nothing, or the tariff's price next to it",
    clear_orders_by_bill_sharing,
)


def _cooperative(name: str, about: str, sharing: Sharing) -> Mechanism:
    def rule(request: Request) -> Cleared:
        tariff = _required(request.tariff)
        pool = Pool.of_orders(request.orders, with_limits=True)
        sampling = Sampling(seed=_seed_of(pool.keys)) if sharing is Sharing.SHAPLEY else None
        found = clear_cooperative(pool, tariff, sharing, sampling)
        outcome = Outcome(
            found.volume,
            found.filled,
            found.payments,
            ranges=_price_ranges(request.orders, found.filled, found.payments),
        )
        # What is traded locally is neither bought at retail nor sold at feed-in.
        return Cleared(outcome, {"saved": found.volume * (tariff.retail - tariff.feed_in)})

    return Mechanism(name=name, about=about, rule=rule, needs_tariff=True)


COOPERATIVE: Final = _cooperative(
    "cooperative", "the greatest welfare; the gain is shared equally", Sharing.EQUAL
)
COOPERATIVE_SHAPLEY: Final = _cooperative(
    "cooperative-shapley",
    "the greatest welfare; everybody gains its mean marginal worth",
    Sharing.SHAPLEY,
)


def _required(tariff: Tariff | None) -> Tariff:
    if tariff is None:
        raise InvalidValueError("tariff", "feed-in and retail price", None)
    return tariff


def _seed_of(keys: TieBreakers) -> int:
    """Draw the sample's seed from the set of keys: nobody knows it before the book is complete."""
    rows = keys.rows(np.arange(len(keys)))
    sequence = np.lexsort(key_words(rows).T[::-1])
    return int.from_bytes(keccak256(rows[sequence].tobytes())[:_SEED_BYTES], "big")


def _price_ranges(orders: OrderArrays, filled: Integers, payments: Integers) -> PriceRanges:
    """Return the whole prices next to what each pays or receives for a Wh."""
    lowest, highest = np.empty((2, filled.size), np.int64)
    for block in blocks(filled.size):
        money = payments[block] * (1 - 2 * orders.side[block].view(np.int8))
        energy = np.maximum(filled[block], 1)
        np.floor_divide(money, energy, out=lowest[block])
        # Rounded up: one more where something is left.
        np.add(lowest[block], lowest[block] * energy != money, out=highest[block])
    return PriceRanges(lowest, highest)
