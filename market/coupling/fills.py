"""Which orders trade at given prices, and what then flows.

Orders that their node's price beats trade wholly. Orders exactly at the price share what is left to
them within an *area*: nodes that lines join whose flow the prices leave free. In each area the
participants' own orders trade as much as they can, borders take up the rest, and orders of one kind
share in proportion to their quantities by largest remainder. Where that would overload lines, the
nodes that would send out most beyond the limits send out what their lines carry, and the parts on
either side share on their own. This is the decomposition algorithm for fair shares under
submodular limits (Fujishige 1980, Groenevelt 1991): nobody's share is cut but for a full line.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from domain.order import Side
from market.coupling.areas import Area, areas
from market.coupling.book import Book
from market.coupling.lines import Line
from market.coupling.routing import Router, Routing

Integers = NDArray[np.int64]
Share = Callable[[int, Integers, Integers], Integers]
"""Shares a total in proportion to weights, which belong to some orders of the book, in Wh."""

_OWN, _BORDER = True, False
_RANKS: Final = (
    (_OWN, Side.OFFER),
    (_BORDER, Side.BID),
    (_BORDER, Side.OFFER),
    (_OWN, Side.BID),
)
"""Who gives way first where more is to be sold than bought: own offers sell, borders buy less,
borders sell, and only then own bids buy less. So own orders trade the most, and borders the least.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Fills:
    """What trades and what flows.

    Attributes:
        filled: Wh of each order of the book.
        flows: Wh of each line, from origin to destination where positive.
    """

    filled: Integers
    flows: Sequence[int]


def fill_book(
    book: Book,
    price: Integers,
    lines: Sequence[Line],
    forced: Integers,
    route: Router,
    share: Share,
) -> Fills:
    """Fill all orders at optimal prices.

    The result depends neither on the sequence of orders nor on that of nodes; flows do not where
    the network is a tree.

    Args:
        book: the orders.
        price: of each node; the prices must support an optimum.
        lines: between nodes.
        forced: Wh that leave each node whatever the price.
        route: finds flows.
        share: shares what is left to orders of one kind.
    """
    work = _Work(book, price, lines, forced, share)
    free = [number for number, (low, high) in enumerate(work.spans) if low < high]
    pending = areas(range(price.size), lines, free)
    while pending:
        area = pending.pop()
        surplus = dict(zip(area.nodes, work.fill(area), strict=True))
        routing = route(area, lines, work.spans, surplus)
        if routing.overloaded:
            pending += work.part(area, routing)
        else:
            work.flows.update(routing.flows)
    return Fills(work.filled, [work.flows[number] for number in range(len(lines))])


@dataclass(frozen=True, slots=True, eq=False)
class _Rank:
    """Orders of one kind at their node's price."""

    orders: Integers
    node: Integers
    quantity: Integers
    buys: bool


class _Work:
    """Fills and flows while they come about.

    Attributes:
        spans: flows that each line may have at the prices.
        filled: Wh of each order; settled for those that the price beats.
        flows: Wh of each line that is settled.
    """

    def __init__(
        self,
        book: Book,
        price: Integers,
        lines: Sequence[Line],
        forced: Integers,
        share: Share,
    ) -> None:
        self._lines = lines
        self._share = share
        gain = (book.price - price[book.node]) * (1 - 2 * book.side)
        self.filled = np.where(gain > 0, book.quantity, 0)
        marginal = np.flatnonzero((gain == 0) & (book.quantity > 0))
        self._ranks = [rank for rank in _ranks(book, marginal) if rank.orders.size]
        self._sales = _least_sales(book, self.filled, marginal, price.size) - forced
        prices = price.tolist()
        self.spans = [line.flows(prices[line.destination] - prices[line.origin]) for line in lines]
        self.flows: dict[int, int] = {}
        for number, (low, high) in enumerate(self.spans):
            if low == high:
                self._settle(number, low)

    def fill(self, area: Area) -> list[int]:
        """Fill the marginal orders of an area so that it is balanced.

        Returns:
            Wh that each of its nodes then has too much.
        """
        nodes = np.array(area.nodes, np.int64)
        surplus = self._sales.copy()
        missing = -int(surplus[nodes].sum())
        inside = np.zeros(surplus.size, np.bool_)
        inside[nodes] = True
        for rank in self._ranks:
            chosen = np.flatnonzero(inside[rank.node])
            capacity = int(rank.quantity[chosen].sum())
            given = min(missing, capacity)
            missing -= given
            left = self._trade(rank, chosen, capacity - given if rank.buys else given)
            np.add.at(surplus, rank.node[chosen], left)
        found: list[int] = surplus[nodes].tolist()
        return found

    def _trade(self, rank: _Rank, chosen: Integers, total: int) -> Integers:
        """Let some orders of a rank trade a total; return what each adds to its node's surplus."""
        orders, weights = rank.orders[chosen], rank.quantity[chosen]
        if 0 < total < int(weights.sum()):
            traded = self._share(total, weights, orders)
        else:
            traded = weights if total else np.zeros_like(weights)
        self.filled[orders] = traded
        return weights - traded if rank.buys else traded

    def part(self, area: Area, routing: Routing) -> list[Area]:
        """Fill the lines that leave the overloaded nodes, and return the areas that remain."""
        remaining: list[int] = []
        for number in area.lines:
            line, (low, high) = self._lines[number], self.spans[number]
            leaves = line.origin in routing.overloaded
            if leaves == (line.destination in routing.overloaded):
                remaining.append(number)
            else:
                self._settle(number, high if leaves else low)
        return areas(area.nodes, self._lines, remaining)

    def _settle(self, number: int, flow: int) -> None:
        line = self._lines[number]
        self.flows[number] = flow
        self._sales[line.origin] -= flow
        self._sales[line.destination] += flow


def _ranks(book: Book, marginal: Integers) -> list[_Rank]:
    own, side = marginal < book.own, book.side[marginal]
    chosen = [marginal[(own == whose) & (side == which)] for whose, which in _RANKS]
    return [
        _Rank(orders, book.node[orders], book.quantity[orders], which == Side.BID)
        for orders, (_, which) in zip(chosen, _RANKS, strict=True)
    ]


def _least_sales(book: Book, filled: Integers, marginal: Integers, nodes: int) -> Integers:
    """Return what each node sells net where its marginal bids buy and its offers do not sell."""
    traded = filled.copy()
    buying = marginal[book.side[marginal] == Side.BID]
    traded[buying] = book.quantity[buying]
    sales = np.zeros(nodes, np.int64)
    np.add.at(sales, book.node, traded * (2 * book.side - 1))
    return sales
