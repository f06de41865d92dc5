"""Clearing against the time numpy takes to sort the same prices, mechanism by mechanism.

Run ``python -m benchmarks.clearing``. Both sides run in one process on one thread, in turns, so
that the ratio means the same on any machine. Prices are triangular (bids 8 to 40 ct, offers 5 to
35 ct), quantities lognormal up to 5 kWh; ``tick`` prices are multiples of 0.1 ct, ``float`` prices
of 1 mct. The second table gives every mechanism, payments and trades included, on a smaller book
too, as ratios to sorting and to uniform-price with its payments.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import Final

import numpy as np
from numpy.typing import NDArray

from market.clearing import DigestKeys, OrderArrays, clear_uniform_price
from market.mechanisms import MECHANISMS, UNIFORM_PRICE

_SEED: Final = 20261120
_TICKS: Final = {"tick": 100, "float": 1}
_HEADINGS: Final = ("prices", "what", "min ms", "median ms", "x sort (min)", "x sort (median)")
_BY_MECHANISM: Final = (
    "orders a side",
    "prices",
    "mechanism",
    "min ms",
    "median ms",
    "x sort (min)",
    "x sort (median)",
    "x uniform-price (min)",
    "x uniform-price (median)",
)
_SMALLER_BOOK: Final = 10
"""How many times smaller the smaller book is."""
_SORT: Final = "numpy sorts both price arrays"


@dataclass(frozen=True, slots=True)
class Book:
    """Random orders in random sequence, as arrays that nobody has checked yet."""

    side: NDArray[np.uint8]
    price: NDArray[np.int64]
    quantity: NDArray[np.int64]
    keys: DigestKeys

    def checked(self) -> OrderArrays:
        """Return the orders as the clearing takes them."""
        return OrderArrays(self.side, self.price, self.quantity, self.keys)

    def prices_by_side(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the bids' prices and the offers' prices."""
        return self.price[self.side == 0], self.price[self.side == 1]


def make_book(orders_a_side: int, tick: int, seed: int = _SEED) -> Book:
    """Make a seeded book.

    Args:
        orders_a_side: number of bids, and of offers.
        tick: millicent per kWh that prices are multiples of.
        seed: of the random numbers.
    """
    random = np.random.default_rng([seed, orders_a_side, tick])
    bids = random.triangular(8_000, 24_000, 40_000, orders_a_side)
    offers = random.triangular(5_000, 14_000, 35_000, orders_a_side)
    price = np.rint(np.concatenate([bids, offers]) / tick).astype(np.int64) * tick
    quantity = 100 + random.lognormal(6.5, 0.6, price.size).astype(np.int64)
    side = np.repeat(np.array([0, 1], np.uint8), orders_a_side)
    sequence = random.permutation(price.size)
    return Book(
        side=side[sequence],
        price=price[sequence],
        quantity=np.minimum(quantity, 5_000),
        keys=DigestKeys(random.integers(0, 256, (price.size, 32), np.uint8)),
    )


def measure(
    actions: Mapping[str, Callable[[], object]], repeats: int
) -> dict[str, tuple[float, float]]:
    """Run actions in turns and return the least and the median milliseconds of each."""
    times: dict[str, list[float]] = {name: [] for name in actions}
    for _ in range(repeats):
        for name, action in actions.items():
            begin = time.perf_counter()
            action()
            times[name].append((time.perf_counter() - begin) * 1e3)
    return {name: (min(spent), median(spent)) for name, spent in times.items()}


def compare(orders_a_side: int, tick: int, repeats: int) -> dict[str, tuple[float, float]]:
    """Measure sorting, clearing and what stands around it on one book."""
    book = make_book(orders_a_side, tick)
    bids, offers = book.prices_by_side()
    orders = book.checked()
    clearing = clear_uniform_price(orders)
    return measure(
        {
            _SORT: lambda: (np.sort(bids), np.sort(offers)),
            "clear with full allocation": lambda: clear_uniform_price(orders),
            "check the arrays, then clear": lambda: clear_uniform_price(book.checked()),
            "payments of all orders": lambda: clearing.payments(orders),
        },
        repeats,
    )


def compare_mechanisms(
    orders_a_side: int, tick: int, repeats: int
) -> dict[str, tuple[float, float]]:
    """Measure sorting and every mechanism on one book."""
    book = make_book(orders_a_side, tick)
    bids, offers = book.prices_by_side()
    orders = book.checked()
    actions: dict[str, Callable[[], object]] = {_SORT: lambda: (np.sort(bids), np.sort(offers))}
    for name, one in MECHANISMS.items():
        actions[name] = partial(one.clear, orders)
    return measure(actions, repeats)


def _print_mechanisms(orders_a_side: int, repeats: int) -> None:
    _print_row(_BY_MECHANISM)
    _print_row(["---"] * len(_BY_MECHANISM))
    for size in (orders_a_side, max(1, orders_a_side // _SMALLER_BOOK)):
        for prices, tick in _TICKS.items():
            results = compare_mechanisms(size, tick, repeats)
            for what, spent in results.items():
                ratios = [
                    f"{one / other:.2f}"
                    for base in (_SORT, UNIFORM_PRICE)
                    for one, other in zip(spent, results[base], strict=True)
                ]
                _print_row([f"{size:,}", prices, what, *(f"{ms:.1f}" for ms in spent), *ratios])


def _print_row(cells: Iterable[str]) -> None:
    print("| " + " | ".join(cells) + " |")


def main() -> None:
    """Print the ratios."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.clearing", description=__doc__)
    parser.add_argument("--orders", type=int, default=1_000_000, help="bids, and as many offers")
    parser.add_argument("--repeats", type=int, default=15)
    options = parser.parse_args()
    print(
        f"{options.orders:,} bids + {options.orders:,} offers, {options.repeats} repeats in turns"
    )
    _print_row(_HEADINGS)
    _print_row(["---"] * len(_HEADINGS))
    for prices, tick in _TICKS.items():
        results = compare(options.orders, tick, options.repeats)
        least_sort, median_sort = results[_SORT]
        for what, (least, middle) in results.items():
            ratios = f"{least / least_sort:.2f} | {middle / median_sort:.2f}"
            print(f"| {prices} | {what} | {least:.1f} | {middle:.1f} | {ratios} |")
    print()
    _print_mechanisms(options.orders, options.repeats)


if __name__ == "__main__":
    main()
