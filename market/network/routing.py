"""Flows on a tree, where the nodes' surplus leaves no choice, and the most overloaded nodes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from market.coupling.areas import Area
from market.coupling.lines import Line
from market.coupling.routing import Routing, Span


@dataclass(frozen=True, slots=True)
class _Branch:
    """A node and the line towards the root of its area.

    Attributes:
        node: the one farther from the root.
        parent: the one nearer to it.
        line: number of the line.
        flow: Wh from origin to destination.
        excess_out: Wh that flow to the parent beyond what the line carries, negative below it.
        excess_in: Wh that flow from the parent beyond what the line carries.
    """

    node: int
    parent: int
    line: int
    flow: int
    excess_out: int
    excess_in: int


def route_in_tree(
    area: Area, lines: Sequence[Line], spans: Sequence[Span], surplus: Mapping[int, int]
) -> Routing:
    """Route through an area without rings.

    Args:
        area: the nodes and the lines to use.
        lines: all lines.
        spans: limits of all lines.
        surplus: Wh by node, negative where energy is missing; adds up to 0 in the area.
    """
    branches = _branches(area, lines, spans, surplus)
    if any(branch.excess_out > 0 or branch.excess_in > 0 for branch in branches):
        return Routing({}, _most_overloaded(area, branches))
    return Routing({branch.line: branch.flow for branch in branches})


def _branches(
    area: Area, lines: Sequence[Line], spans: Sequence[Span], surplus: Mapping[int, int]
) -> list[_Branch]:
    """Return the branches from the leaves to the root, with what flows on each."""
    sent = dict(surplus)
    branches: list[_Branch] = []
    for node, number in zip(area.nodes[:0:-1], area.arrivals[:0:-1], strict=True):
        line, (low, high) = lines[number], spans[number]
        parent, out = line.other_end(node), sent[node]
        sent[parent] += out
        most_out, most_in = (high, -low) if line.origin == node else (-low, high)
        flow = out if line.origin == node else -out
        branches.append(_Branch(node, parent, number, flow, out - most_out, -out - most_in))
    return branches


def _most_overloaded(area: Area, branches: Sequence[_Branch]) -> frozenset[int]:
    """Return the nodes that together send out most beyond the limits, the fewest of such.

    A minimum cut by dynamic programming: the best of each part with its root among these nodes,
    and without.
    """
    within, without = dict.fromkeys(area.nodes, 0), dict.fromkeys(area.nodes, 0)
    for branch in branches:
        node, parent = branch.node, branch.parent
        within[parent] += max(within[node], without[node] + branch.excess_in)
        without[parent] += max(without[node], within[node] + branch.excess_out)
    root = area.nodes[0]
    chosen = {root} if within[root] > without[root] else set()
    for branch in reversed(branches):
        if branch.parent in chosen:
            gain = within[branch.node] - without[branch.node] - branch.excess_in
        else:
            gain = within[branch.node] + branch.excess_out - without[branch.node]
        if gain > 0:
            chosen.add(branch.node)
    return frozenset(chosen)
