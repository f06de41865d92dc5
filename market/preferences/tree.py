"""A spanning tree of flows between bids and offers, exchanged arc by arc.

Nodes are the bids, then the offers, then the ground. Arcs lead from bids to offers, from bids to
the ground (what is not bought) and from the ground to offers (what is not sold); none has a limit.
The tree is strongly feasible: from each node a little more could be sent to the ground. Arcs are
exchanged such that it stays so, which rules out that exchanges without flow go round in circles
(Cunningham 1976, "A network simplex method", Mathematical Programming 11).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Leaving:
    """The arc that an exchange takes out: that from ``node`` to its parent.

    Attributes:
        node: the arc's lower end.
        flow: Wh that go round, which the arc carried.
        at_tail: whether it lies on the entering arc's tail's way to the ground.
    """

    node: int
    flow: int
    at_tail: bool


class SpanningTree:
    """Flows in Wh on the arcs of a tree, and the nodes' potentials, in exact integers.

    Attributes:
        potential: one a node. An arc of the tree is worth what its tail's potential is above its
            head's. The ground's is 0.
        ground: the last node, the root.
    """

    def __init__(self, bids: Sequence[int], offers: Sequence[int]) -> None:
        """Start with nothing traded.

        Args:
            bids: Wh that each bid asks, at least 1.
            offers: Wh that each offer has, at least 1.
        """
        self.ground = len(bids) + len(offers)
        self.potential: Integers = np.zeros(self.ground + 1, np.int64)
        self._bids = len(bids)
        self._parent = [self.ground] * self.ground + [-1]
        self._depth = [1] * self.ground + [0]
        self._flow = [*bids, *offers, 0]
        # Whether the arc between a node and its parent leads to the parent.
        self._upwards = [True] * len(bids) + [False] * len(offers) + [True]
        self._children: list[set[int]] = [set() for _ in range(self.ground + 1)]
        self._children[self.ground].update(range(self.ground))

    def exchange(self, tail: int, head: int, gain: int) -> None:
        """Take an arc into the tree, send as much along it as can go round, and take one out.

        Args:
            tail: the arc's first node.
            head: its last one.
            gain: what the arc is worth beyond the difference of the potentials.
        """
        apex = self._meet(tail, head)
        leaving = self._leaving(tail, head, apex)
        if leaving.flow:
            self._send(tail, apex, -leaving.flow)
            self._send(head, apex, leaving.flow)
        if leaving.at_tail:
            self._hang(tail, head, leaving, upwards=True)
            self._settle_below(tail, gain)
        else:
            self._hang(head, tail, leaving, upwards=False)
            self._settle_below(head, -gain)

    def trades(self) -> list[tuple[int, int, int]]:
        """Return bid, offer, each counted from 0, and Wh of the trades, in that sequence."""
        return sorted(
            (tail, head - self._bids, flow)
            for tail, head, flow in self._arcs()
            if flow and self.ground not in (tail, head)
        )

    def revalue(self, values: Integers) -> None:
        """Set the potentials to other values of the arcs between bids and offers.

        Arcs to and from the ground are worth 0.

        Args:
            values: shape ``(bids, offers)``.
        """
        level = [self.ground]
        while level:
            below = [child for node in level for child in self._children[node]]
            for node in below:
                parent = self._parent[node]
                tail, head = (node, parent) if self._upwards[node] else (parent, node)
                worth = 0 if self.ground in (tail, head) else int(values[tail, head - self._bids])
                difference = worth if self._upwards[node] else -worth
                self.potential[node] = self.potential[parent] + difference
            level = below

    def _arcs(self) -> list[tuple[int, int, int]]:
        rows = zip(self._parent[:-1], self._upwards[:-1], self._flow[:-1], strict=True)
        return [
            (node, parent, flow) if upwards else (parent, node, flow)
            for node, (parent, upwards, flow) in enumerate(rows)
        ]

    def _meet(self, one: int, other: int) -> int:
        """Return where the ways of two nodes to the ground meet."""
        parent, depth = self._parent, self._depth
        while one != other:
            if depth[one] >= depth[other]:
                one = parent[one]
            else:
                other = parent[other]
        return one

    def _leaving(self, tail: int, head: int, apex: int) -> _Leaving:
        """Return the last arc, on the round from the apex over the entering arc, that runs dry.

        Flow goes down to the tail, along the arc, and up from the head. An arc against that
        direction loses flow; a round always has one.
        """
        parent, flow, upwards = self._parent, self._flow, self._upwards
        least, node, at_tail = -1, -1, True
        at = tail
        while at != apex:
            if upwards[at] and (node < 0 or flow[at] < least):
                least, node = flow[at], at
            at = parent[at]
        at = head
        while at != apex:
            if not upwards[at] and (node < 0 or flow[at] <= least):
                least, node, at_tail = flow[at], at, False
            at = parent[at]
        return _Leaving(node, least, at_tail)

    def _send(self, node: int, apex: int, amount: int) -> None:
        """Send an amount from a node up to the apex; a negative one comes down."""
        parent, flow, upwards = self._parent, self._flow, self._upwards
        while node != apex:
            flow[node] += amount if upwards[node] else -amount
            node = parent[node]

    def _hang(self, node: int, below: int, leaving: _Leaving, *, upwards: bool) -> None:
        """Hang the part that the leaving arc cuts off below another node, by its own ``node``."""
        parent, flow, points = self._parent, self._flow, self._upwards
        carried = leaving.flow
        while True:
            above = (parent[node], flow[node], points[node])
            self._children[above[0]].discard(node)
            parent[node], flow[node], points[node] = below, carried, upwards
            self._children[below].add(node)
            if node == leaving.node:
                return
            below, node, carried, upwards = node, above[0], above[1], not above[2]

    def _settle_below(self, node: int, shift: int) -> None:
        """Set depths, and shift potentials, of a node and all below it."""
        depth, children = self._depth, self._children
        depth[node] = depth[self._parent[node]] + 1
        nodes = [node]
        for at in nodes:
            if children[at]:
                deeper = depth[at] + 1
                for child in children[at]:
                    depth[child] = deeper
                nodes.extend(children[at])
        self.potential[nodes] += shift
