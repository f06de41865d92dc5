"""How energy gets from where it is sold to where it is bought, within the limits of lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from market.coupling.areas import Area
from market.coupling.lines import Line
from market.coupling.residual import Residual

Span = tuple[int, int]
"""The least and the greatest flow of a line."""


@dataclass(frozen=True, slots=True)
class Routing:
    """Flows that balance every node, or why there are none.

    Attributes:
        flows: Wh by number of line, from origin to destination where positive.
        overloaded: nodes that together have the most Wh beyond what the lines that leave them
            carry, the fewest such nodes; empty where the flows keep within their limits.
    """

    flows: Mapping[int, int]
    overloaded: frozenset[int] = frozenset()


class Router(Protocol):
    """Finds flows for what the nodes of an area have too much or too little."""

    def __call__(
        self,
        area: Area,
        lines: Sequence[Line],
        spans: Sequence[Span],
        surplus: Mapping[int, int],
    ) -> Routing:
        """Route the surplus, which adds up to 0, over the area's lines."""
        ...


def route_by_maximum_flow(
    area: Area, lines: Sequence[Line], spans: Sequence[Span], surplus: Mapping[int, int]
) -> Routing:
    """Route through any network; flows stay near to 0 where several patterns do.

    Args:
        area: the nodes and the lines to use.
        lines: all lines.
        spans: limits of all lines.
        surplus: Wh by node, negative where energy is missing; adds up to 0 in the area.
    """
    source, sink = len(area.nodes), len(area.nodes) + 1
    place = {node: place for place, node in enumerate(area.nodes)}
    graph = Residual(len(area.nodes) + 2)
    excess = [surplus[node] for node in area.nodes]
    for number in area.lines:
        tail, head = place[lines[number].origin], place[lines[number].destination]
        low, high = spans[number]
        carried = min(max(0, low), high)
        graph.add(tail, head, high - carried, carried - low)
        excess[tail] -= carried
        excess[head] += carried
    wanted = _connect(graph, excess, source, sink)
    if graph.saturate(source, sink) != wanted:
        reached = graph.reachable(source)
        return Routing({}, frozenset(node for node in area.nodes if reached[place[node]]))
    return Routing(
        {number: spans[number][1] - graph.room[2 * arc] for arc, number in enumerate(area.lines)}
    )


def _connect(graph: Residual, excess: Sequence[int], source: int, sink: int) -> int:
    """Let the source give what nodes have too much, and the sink take what they lack."""
    for node, amount in enumerate(excess):
        if amount > 0:
            graph.add(source, node, amount)
        elif amount < 0:
            graph.add(node, sink, -amount)
    return sum(amount for amount in excess if amount > 0)
