"""A day of supply functions with blocks: time, rounds and the gap that is left.

Run ``python -m benchmarks.supply_function``. Half of the aggregators sell, half buy, each by a
curve of five segments an interval that follows the hour of the day: steps, straight segments that
join, or each kind in turn. Blocks lie near the price, last 4 to 24 intervals, three in ten with a
profile; half are all or nothing, a quarter takes half or more, a quarter any ratio; a fifth are
linked to another. The last rows have few aggregators and as many blocks: there the blocks make the
price, and a gap stays. Seconds are of one process on one thread; CPU seconds leave out what other
programs on the machine take.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from market.clearing import DigestKeys, OrderArrays
from market.supply_function import (
    NO_BLOCK,
    BlockStatus,
    BlockTerms,
    SupplyClearing,
    SupplyOrders,
    clear_supply_function,
)

Integers = NDArray[np.int64]

_SEED: Final = 20261122
_SEGMENTS: Final = 5
_RISE: Final = 1_500
"""Millicent per kWh from one segment to the next."""
_HEADINGS: Final = (
    "aggregators",
    "intervals",
    "rows",
    "curves",
    "blocks",
    "seconds",
    "CPU seconds",
    "rounds",
    "gap",
    "accepted",
    "in part",
    "rejected",
    "unfillable",
    "paradoxically",
)


@dataclass(frozen=True, slots=True)
class Shape:
    """What a day is made of.

    Attributes:
        aggregators: how many, each on one side.
        intervals: how many, at least 25 where there are blocks.
        blocks: how many.
        linear: which part of the aggregators has straight segments rather than steps.
    """

    aggregators: int
    intervals: int
    blocks: int
    linear: float


def make_day(shape: Shape, seed: int = _SEED) -> SupplyOrders:
    """Make a seeded day."""
    random = np.random.default_rng([seed, shape.aggregators, shape.intervals, shape.blocks])
    curves = _curves(shape, random)
    blocks, terms = _blocks(shape, random)
    side, price, price_to, quantity, interval, block = np.concatenate([curves, blocks], axis=1)
    keys = DigestKeys(random.integers(0, 256, (side.size, 32), np.uint8))
    basic = OrderArrays(side.astype(np.uint8), price, quantity, keys)
    return SupplyOrders(basic, interval, price_to, block, terms)


def _hour(interval: Integers, intervals: int) -> NDArray[np.float64]:
    return 2_400 * np.sin(interval / intervals * 2 * np.pi)


def _curves(shape: Shape, random: np.random.Generator) -> Integers:
    """Return one column a row: side, price, last price, quantity, interval, block."""
    curves = shape.aggregators * shape.intervals
    aggregator = np.arange(curves) // shape.intervals
    interval = np.arange(curves) % shape.intervals
    sells = aggregator % 2
    mean = np.where(sells, 12_000, 26_000) + _hour(interval, shape.intervals)
    first = np.rint(mean + random.normal(0, 3_000, curves)).astype(np.int64)
    way = 2 * sells - 1
    segment = np.tile(np.arange(_SEGMENTS), curves)
    price = np.repeat(first, _SEGMENTS) + np.repeat(way, _SEGMENTS) * segment * _RISE
    linear = np.repeat(random.random(shape.aggregators) < shape.linear, shape.intervals * _SEGMENTS)
    price_to = price + np.where(linear, np.repeat(way, _SEGMENTS) * _RISE, 0)
    quantity = 100 + np.minimum(random.lognormal(6.0, 0.6, price.size), 5_000).astype(np.int64)
    rows = [np.repeat(sells, _SEGMENTS), price, price_to, quantity]
    return np.stack([*rows, np.repeat(interval, _SEGMENTS), np.full(price.size, NO_BLOCK)])


def _blocks(shape: Shape, random: np.random.Generator) -> tuple[Integers, BlockTerms]:
    rows: list[Integers] = [np.zeros((6, 0), np.int64)]
    minimum = random.choice([1_000, 500, 0], shape.blocks, p=[0.5, 0.25, 0.25])
    parent = np.full(shape.blocks, NO_BLOCK)
    for number in range(shape.blocks):
        if number and random.random() < 0.2:
            parent[number] = random.integers(0, number)
        length = int(random.integers(4, 25))
        interval = random.integers(0, shape.intervals - length) + np.arange(length)
        offset = 19_000 + random.normal(0, 1_500)
        price = np.rint(offset + _hour(interval, shape.intervals)).astype(np.int64)
        profile = 0.5 + random.random(length) if random.random() < 0.3 else np.ones(length)
        quantity = np.rint(random.integers(2_000, 20_000) * profile).astype(np.int64)
        side = np.full(length, int(random.random() < 0.6))
        rows.append(np.stack([side, price, price, quantity, interval, np.full(length, number)]))
    return np.concatenate(rows, axis=1), BlockTerms(minimum.astype(np.int64), parent)


def measure(orders: SupplyOrders) -> tuple[SupplyClearing, float, float]:
    """Clear a day and return the result, the seconds and the CPU seconds that it took."""
    begin, begin_cpu = time.perf_counter(), time.process_time()
    found = clear_supply_function(orders)
    return found, time.perf_counter() - begin, time.process_time() - begin_cpu


def _print_row(cells: Iterable[str]) -> None:
    print("| " + " | ".join(cells) + " |", flush=True)


def _print_shape(shape: Shape) -> None:
    orders = make_day(shape)
    found, seconds, cpu = measure(orders)
    count = Counter(block.status for block in found.blocks)
    curves = {0.0: "steps", 1.0: "linear"}.get(shape.linear, "both")
    sizes = (shape.aggregators, shape.intervals, len(orders))
    _print_row(
        [
            *(f"{size:,}" for size in sizes),
            curves,
            f"{shape.blocks:,}",
            f"{seconds:.1f}",
            f"{cpu:.1f}",
            f"{found.rounds}",
            f"{found.gap:.1e}",
            *(f"{count[status]}" for status in BlockStatus),
        ]
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.supply_function")
    parser.add_argument("--aggregators", type=int, default=500)
    parser.add_argument("--intervals", type=int, default=96)
    parser.add_argument("--scarce", action="store_true", help="also days that blocks dominate")
    options = parser.parse_args()
    size = (options.aggregators, options.intervals)
    _print_row(_HEADINGS)
    _print_row(["---"] * len(_HEADINGS))
    for linear in (0.0, 1.0, 0.5):
        for blocks in (0, 40, 100):
            _print_shape(Shape(*size, blocks, linear))
    if options.scarce:
        _print_shape(Shape(100, options.intervals, 60, 0.5))
        _print_shape(Shape(20, options.intervals, 20, 0.5))


if __name__ == "__main__":
    main()
