"""A radial feeder: nodes, and lines that join all of them without a ring."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from domain.errors import InvalidValueError
from domain.units import MAX_PRICE
from market.coupling.areas import Area, areas
from market.coupling.inputs import hold_integers
from market.coupling.lines import Line

Integers = NDArray[np.int64]

MAX_ENERGY: Final = 2**60
"""Wh in one interval: as much as all orders together can ask for."""
MAX_FEE: Final = MAX_PRICE


@dataclass(frozen=True, slots=True)
class LineFault:
    """Why a line cannot be part of a feeder.

    Attributes:
        line: its number.
        expected: what would have been accepted.
    """

    line: int
    expected: str


@dataclass(frozen=True, slots=True, eq=False)
class Feeder:
    """A tree of nodes and lines with limits for one interval.

    Attributes:
        nodes: names of the nodes, at least one; the arrays hold their places among these.
        origin: node at which each line begins, shape ``(len(nodes) - 1,)``; held as int64.
        destination: node at which it ends.
        forward: Wh that it carries at most from origin to destination; 0 or more.
        reverse: Wh that it carries at most the other way; 0 or more.
        fee: millicent per kWh paid for what flows, in either direction; 0 or more.
        lines: the same, as lines.
        tree: the nodes from node 0 outwards.

    Raises:
        InvalidValueError: naming the field, and the index where one line is at fault: for a ring,
            a second line between two nodes, and nodes that no line joins to the others.
    """

    nodes: Sequence[str]
    origin: Integers
    destination: Integers
    forward: Integers
    reverse: Integers
    fee: Integers
    lines: Sequence[Line] = field(init=False)
    tree: Area = field(init=False)

    def __post_init__(self) -> None:
        if not self.nodes:
            raise InvalidValueError("nodes", "at least one node", "none")
        end, energy = (0, len(self.nodes) - 1), (0, MAX_ENERGY)
        limits = {"origin": end, "destination": end, "forward": energy, "reverse": energy}
        hold_integers(self, limits | {"fee": (0, MAX_FEE)})
        fault = line_fault(len(self), self.origin, self.destination)
        if fault is not None:
            raise InvalidValueError(f"lines[{fault.line}]", fault.expected, self.ends(fault.line))
        rows = zip(
            self.origin.tolist(),
            self.destination.tolist(),
            (-self.reverse).tolist(),
            self.forward.tolist(),
            self.fee.tolist(),
            strict=True,
        )
        lines = [Line(*row) for row in rows]
        object.__setattr__(self, "lines", lines)
        found = areas(range(len(self)), lines, range(len(lines)))
        if len(found) > 1:
            expected = "lines that join all nodes, directly or over each other"
            first, other = (self.nodes[area.nodes[0]] for area in found[:2])
            raise InvalidValueError("lines", expected, f"none from {first} to {other}")
        object.__setattr__(self, "tree", found[0])

    def __len__(self) -> int:
        """Return the number of nodes."""
        return len(self.nodes)

    def ends(self, line: int) -> tuple[str, str]:
        """Return the names of a line's ends."""
        return self.nodes[self.origin[line]], self.nodes[self.destination[line]]


def line_fault(nodes: int, origin: Iterable[int], destination: Iterable[int]) -> LineFault | None:
    """Return the first line that makes a network more than a tree, or None.

    Args:
        nodes: number of nodes.
        origin: node at which each line begins.
        destination: node at which it ends.
    """
    group = list(range(nodes))
    seen: set[frozenset[int]] = set()
    for line, (tail, head) in enumerate(zip(origin, destination, strict=True)):
        pair = frozenset((int(tail), int(head)))
        if len(pair) == 1:
            return LineFault(line, "two different ends")
        if pair in seen:
            return LineFault(line, "one line between two nodes, with both directions in it")
        seen.add(pair)
        first, second = (_representative(group, node) for node in pair)
        if first == second:
            return LineFault(line, "lines without a ring, for the feeder is radial")
        group[first] = second
    return None


def _representative(group: list[int], node: int) -> int:
    """Return the node that stands for all that are joined to this one (union-find)."""
    while group[node] != node:
        group[node] = group[group[node]]
        node = group[node]
    return node
