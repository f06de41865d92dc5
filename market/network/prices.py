"""All prices that support the optimum of a radial feeder, by dynamic programming over its tree.

From the leaves to the root, each part of the feeder becomes one staircase: what it sells net, by
the price at the near end of its line. Lines clip it, fees shift it, parts at one node add up. The
staircases are exact, so that the prices at which the whole sells nothing net are those of the root
in all optima, and going back outwards gives those of each node: the price behind a line is that
before it, held between the prices at which the line is full.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from domain.order import Side
from market.coupling.book import Book
from market.coupling.inputs import PriceBounds
from market.coupling.lines import Line
from market.network.feeder import Feeder
from market.network.staircase import Staircase

Integers = NDArray[np.int64]
Ends = tuple[int, int]
"""A lowest and a highest price."""


@dataclass(frozen=True, slots=True)
class _Marks:
    """Prices of a node at which the line towards the root comes to a limit.

    Attributes:
        full_in: those at which the part behind the line buys all that the line carries.
        idle: those at which nothing flows.
        full_out: those at which the part sells all that the line carries.
        fee: of the line.
    """

    full_in: Ends
    idle: Ends
    full_out: Ends
    fee: int

    def behind(self, before: Ends) -> Ends:
        """Return lowest and highest price of the node from those at the line's other end."""
        lowest, highest = (self._behind(price, end) for end, price in enumerate(before))
        return lowest, highest

    def _behind(self, before: int, end: int) -> int:
        free = _held(self.idle[end], before - self.fee, before + self.fee)
        return _held(free, self.full_in[end], self.full_out[end])


def price_intervals(feeder: Feeder, book: Book, bounds: PriceBounds) -> tuple[Integers, Integers]:
    """Return the lowest and the highest price of each node among all that support the optimum.

    Args:
        feeder: nodes and lines.
        book: the orders.
        bounds: lowest and highest price.

    Returns:
        Two arrays of one price a node. All lowest prices together support the optimum, and so do
        all highest ones.
    """
    nodes, arrivals = feeder.tree.nodes, feeder.tree.arrivals
    parts = [[part] for part in _own_staircases(feeder, book)]
    marks: dict[int, _Marks] = {}
    for node, number in zip(nodes[:0:-1], arrivals[:0:-1], strict=True):
        line = feeder.lines[number]
        marks[node], part = _sent(Staircase.merged(parts[node]), line, node)
        parts[line.other_end(node)].append(part)
        parts[node] = []
    ends = {nodes[0]: Staircase.merged(parts[nodes[0]]).prices_at(0)}
    for node, number in zip(nodes[1:], arrivals[1:], strict=True):
        ends[node] = marks[node].behind(ends[feeder.lines[number].other_end(node)])
    found = np.array([ends[node] for node in range(len(feeder))], np.int64)
    low, high = np.clip(found, bounds.floor, bounds.cap).T
    return low, high


def _own_staircases(feeder: Feeder, book: Book) -> Sequence[Staircase]:
    ranking = np.lexsort((book.price, book.node))
    price, quantity = book.price[ranking], book.quantity[ranking]
    ends = np.searchsorted(book.node[ranking], np.arange(len(feeder) + 1)).tolist()
    bought = np.zeros(len(feeder), np.int64)
    np.add.at(bought, book.node, np.where(book.side == Side.BID, book.quantity, 0))
    return [
        Staircase.of_orders(price[start:end], quantity[start:end], demand)
        for start, end, demand in zip(ends, ends[1:], bought.tolist(), strict=False)
    ]


def _sent(part: Staircase, line: Line, node: int) -> tuple[_Marks, Staircase]:
    """Return where a part's line comes to its limits, and what the line's other end sees of it."""
    most_out, most_in = line.high, -line.low
    if line.destination == node:
        most_out, most_in = most_in, most_out
    marks = _Marks(part.prices_at(-most_in), part.prices_at(0), part.prices_at(most_out), line.fee)
    return marks, part.behind_line(most_in, most_out, line.fee)


def _held(price: int, low: int, high: int) -> int:
    return max(low, min(high, price))
