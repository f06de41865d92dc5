"""How time grows with the number of orders."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from node.benchmarks.books import Prices, make_book
from node.benchmarks.clearing import SORT, mechanism_on, sort_prices
from node.benchmarks.timing import Timing, measure
from node.simulation.progress import Listener

SIZES: Final = tuple(2 * round(10 ** (step / 2) / 2) for step in range(6, 15))
"""Orders in all, from a thousand to ten million."""
MECHANISMS: Final = ("uniform-price", "pay-as-bid", "mid-market-rate", "trade-reduction")

_ORDERS_IN_ALL: Final = 20_000_000
_FEWEST, _MOST = 3, 100


@dataclass(frozen=True, slots=True)
class Point:
    """Times at one size.

    Attributes:
        orders: bids and offers together.
        spent: by name, ``SORT`` among them.
    """

    orders: int
    spent: Mapping[str, Timing]


def measure_growth(listener: Listener, sizes: tuple[int, ...] = SIZES) -> Iterator[Point]:
    """Measure sorting and mechanisms at one size after the other, small ones more often.

    Args:
        listener: is told how far it is.
        sizes: orders in all, even numbers.
    """
    for orders in sizes:
        listener.begin(f"{orders:,} orders")
        book = make_book(orders // 2, Prices.FLOAT)
        actions = {name: mechanism_on(name, book.orders) for name in MECHANISMS}
        repeats = max(_FEWEST, min(_MOST, _ORDERS_IN_ALL // orders))
        listener.begin(f"{orders:,} orders", repeats * (len(actions) + 1))
        spent = measure({SORT: partial(sort_prices, book), **actions}, repeats, listener.step)
        yield Point(orders, spent)
