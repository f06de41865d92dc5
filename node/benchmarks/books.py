"""Seeded double-auction books, the same numbers on every machine.

Prices are triangular (bids 8 to 40 ct/kWh with the mode at 24, offers 5 to 35 with the mode at 14),
quantities lognormal, from 100 Wh to 5 kWh. Python's own generator makes them one by one, since its
sequence of numbers never changes; the orders then stand in random sequence, as they arrive.
"""

from __future__ import annotations

import random
from array import array
from dataclasses import dataclass
from enum import Enum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from market.clearing import DigestKeys, OrderArrays

SEED: Final = 20261120

_MOST_WH: Final = 5_000
_LEAST_WH: Final = 100
_LOG_MEAN, _LOG_DEVIATION = 6.5, 0.6
_PRICES: Final = ((8_000, 40_000, 24_000), (5_000, 35_000, 14_000))
"""Lowest, highest and most frequent price of bids and of offers, in millicent per kWh."""


class Prices(Enum):
    """What prices are multiples of, in millicent per kWh."""

    TICK = 100
    """About 300 levels with many ties."""
    FLOAT = 1
    """About 30,000 levels with fewer ties."""

    @property
    def label(self) -> str:
        """The name in the seed, and in tables."""
        return self.name.lower()


@dataclass(frozen=True, slots=True, eq=False)
class Book:
    """Orders, and the prices of each side to sort.

    Attributes:
        orders: in random sequence, as arrays that are checked.
        bid_prices: in the sequence in which they were made.
        offer_prices: likewise.
    """

    orders: OrderArrays
    bid_prices: NDArray[np.int64]
    offer_prices: NDArray[np.int64]


def make_book(orders_a_side: int, prices: Prices, seed: int = SEED) -> Book:
    """Make a book.

    Args:
        orders_a_side: number of bids, and of offers.
        prices: what they are multiples of.
        seed: of the random numbers.
    """
    price, quantity = make_rows(orders_a_side, prices, seed)
    generator = np.random.default_rng([seed, orders_a_side, prices.value])
    sequence = generator.permutation(price.size)
    side = np.repeat(np.array([0, 1], np.uint8), orders_a_side)
    keys = DigestKeys(generator.integers(0, 256, (price.size, 32), np.uint8))
    return Book(
        OrderArrays(side[sequence], price[sequence], quantity[sequence], keys),
        price[:orders_a_side],
        price[orders_a_side:],
    )


def make_rows(
    orders_a_side: int, prices: Prices, seed: int = SEED
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Make prices in millicent per kWh and quantities in Wh, first of all bids, then of all offers.

    Args:
        orders_a_side: number of bids, and of offers.
        prices: what they are multiples of.
        seed: of the random numbers.
    """
    source = random.Random(f"{seed}-{orders_a_side}-{prices.label}")  # noqa: S311  no secret
    tick = prices.value
    price, quantity = array("q"), array("q")
    for low, high, mode in _PRICES:
        for _ in range(orders_a_side):
            price.append(round(source.triangular(low, high, mode) / tick) * tick)
            wh = _LEAST_WH + int(source.lognormvariate(_LOG_MEAN, _LOG_DEVIATION))
            quantity.append(min(_MOST_WH, wh))
    return np.frombuffer(price, np.int64), np.frombuffer(quantity, np.int64)
