"""Maximum flow on a graph of a few dozen nodes, in exact integers."""

from __future__ import annotations

from collections import deque


class Residual:
    """Arcs with what they can still carry; each arc's twin, its number with bit 0 flipped, returns.

    Shortest augmenting paths (Edmonds and Karp 1972), of which there are at most nodes x arcs.
    """

    def __init__(self, nodes: int) -> None:
        self.heads: list[int] = []
        self.room: list[int] = []
        self._leaving: list[list[int]] = [[] for _ in range(nodes)]

    def add(self, tail: int, head: int, forward: int, backward: int = 0) -> int:
        """Add an arc and its twin, and return the arc's number."""
        number = len(self.heads)
        self.heads += (head, tail)
        self.room += (forward, backward)
        self._leaving[tail].append(number)
        self._leaving[head].append(number + 1)
        return number

    def saturate(self, source: int, sink: int) -> int:
        """Send as much as possible from source to sink, and return how much."""
        total = 0
        while (path := self._path(source, sink)) is not None:
            amount = min(self.room[arc] for arc in path)
            for arc in path:
                self.room[arc] -= amount
                self.room[arc ^ 1] += amount
            total += amount
        return total

    def reachable(self, source: int) -> list[bool]:
        """Return which nodes the source still reaches: its side of the smallest minimum cut."""
        return [arc is not None for arc in self._search(source, None)]

    def _path(self, source: int, sink: int) -> list[int] | None:
        arrived = self._search(source, sink)
        path: list[int] = []
        node = sink
        while (arc := arrived[node]) is not None and node != source:
            path.append(arc)
            node = self.heads[arc ^ 1]
        return path if node == source else None

    def _search(self, source: int, sink: int | None) -> list[int | None]:
        """Return by which arc each node was reached; -1 stands for the source itself."""
        arrived: list[int | None] = [None] * len(self._leaving)
        arrived[source] = -1
        queue = deque([source])
        while queue and (sink is None or arrived[sink] is None):
            for arc in self._leaving[queue.popleft()]:
                head = self.heads[arc]
                if self.room[arc] and arrived[head] is None:
                    arrived[head] = arc
                    queue.append(head)
        return arrived
