"""The plan with the greatest welfare: a transportation problem, in exact integers.

Bids and offers are the two sides of a network, each pair an arc worth what the pair gains from a
Wh. The network simplex method exchanges arcs of a spanning tree until no arc gains: then the
potentials prove the plan (Dantzig 1951 for the transportation problem). No floating-point number
and no tolerance is involved.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from market.preferences.tree import SpanningTree

Integers = NDArray[np.int64]

_ROWS: Final = 64
"""Bids that are looked at together."""
_NEVER: Final = -(2**60)
"""So little is no path of a tree worth."""


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """Who trades how much with whom, by bid and then offer.

    Attributes:
        bid: of each trade.
        offer: of each trade.
        quantity: Wh of each trade, at least 1.
        bought: Wh of each bid.
        sold: Wh of each offer.
    """

    bid: Integers
    offer: Integers
    quantity: Integers
    bought: Integers
    sold: Integers

    @classmethod
    def of(cls, tree: SpanningTree, bids: int, offers: int) -> Plan:
        """Read the trades off a tree."""
        trades = np.array(tree.trades(), np.int64).reshape(-1, 3)
        bid, offer, quantity = trades.T
        bought, sold = np.zeros(bids, np.int64), np.zeros(offers, np.int64)
        np.add.at(bought, bid, quantity)
        np.add.at(sold, offer, quantity)
        return cls(bid, offer, quantity, bought, sold)

    def __len__(self) -> int:
        """Return the number of trades."""
        return self.bid.size


def best_plan(gain: Integers, asked: Sequence[int], offered: Sequence[int]) -> Plan:
    """Return the plan with the greatest welfare, of these one with the largest volume.

    Of all such plans, the one with the greatest sum of quantity x (bids - i) x (offers - j) over
    its pairs (i, j) is taken: first with first, as in merit order, and the last are left over.

    A round in the network changes the volume by at most as much as goes round. So a Wh counts
    twice what it gains, plus 1: nothing gained in volume outweighs a gain in welfare.

    Args:
        gain: millicent per kWh of each pair, -1 where it may not trade, shape ``(bids, offers)``.
        asked: Wh of each bid, at least 1.
        offered: Wh of each offer, at least 1.
    """
    bids, offers = gain.shape
    tree = SpanningTree(asked, offered)
    values = 2 * gain + 1
    _improve(tree, values, np.zeros(bids + offers, np.int64))
    potential = tree.potential[:-1]
    # Just as good are the plans along arcs that neither gain nor lose.
    slack = np.where(potential == 0, 0, _NEVER)
    open_pairs = values == potential[:bids, None] - potential[None, bids:]
    merit = np.outer(np.arange(bids, 0, -1), np.arange(offers, 0, -1))
    values = np.where(open_pairs, merit, _NEVER)
    tree.revalue(values)
    _improve(tree, values, slack)
    return Plan.of(tree, bids, offers)


def _improve(tree: SpanningTree, values: Integers, slack: Integers) -> None:
    """Exchange arcs until none gains.

    Args:
        tree: of the flows, changed in place.
        values: of the arcs between bids and offers.
        slack: of the arcs between bids or offers and the ground.
    """
    bids = len(values)
    first, idle = 0, 0
    while idle < bids:
        rows = range(first, min(first + _ROWS, bids))
        exchanged = _exchange_pairs(tree, values, rows) + _exchange_slack(tree, bids, slack)
        idle = 0 if exchanged else idle + len(rows)
        first = rows.stop % bids


def _exchange_pairs(tree: SpanningTree, values: Integers, rows: range) -> int:
    """Take in the best pair of each bid of a range, those that gain most first."""
    bids = len(values)
    looked_at = slice(rows.start, rows.stop)
    heads = tree.potential[bids:-1]
    gains = (values[looked_at] + heads).max(axis=1) - tree.potential[looked_at]
    exchanged = 0
    for at in np.argsort(-gains, kind="stable").tolist():
        if gains[at] <= 0:
            break
        bid = rows.start + at
        worth = values[bid] + heads
        offer = int(worth.argmax())
        gain = int(worth[offer] - tree.potential[bid])
        if gain > 0:
            tree.exchange(bid, bids + offer, gain)
            exchanged += 1
    return exchanged


def _exchange_slack(tree: SpanningTree, bids: int, slack: Integers) -> int:
    """Leave bids and offers out of trades as long as that gains."""
    sign = np.where(np.arange(slack.size) < bids, -1, 1)
    exchanged = 0
    while True:
        gains = slack + sign * tree.potential[:-1]
        node = int(gains.argmax())
        gain = int(gains[node])
        if gain <= 0:
            return exchanged
        ends = (node, tree.ground) if node < bids else (tree.ground, node)
        tree.exchange(*ends, gain)
        exchanged += 1
