"""Parts of a network that hang together."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from market.coupling.lines import Line

START: Final = -1
"""Stands for the line by which a search reached the node where it began."""


@dataclass(frozen=True, slots=True)
class Area:
    """Nodes that some lines join, directly or over each other.

    Attributes:
        nodes: in the sequence of a breadth-first search.
        arrivals: by which line the search reached each node; ``START`` for the first one.
        lines: numbers of all lines between these nodes.
    """

    nodes: Sequence[int]
    arrivals: Sequence[int]
    lines: Sequence[int]


def areas(nodes: Iterable[int], lines: Sequence[Line], joining: Iterable[int]) -> list[Area]:
    """Return the areas into which some of a network's lines join some of its nodes.

    Args:
        nodes: which nodes.
        lines: all lines of the network.
        joining: numbers of the lines that join, each between two of the nodes.
    """
    touching: dict[int, list[int]] = {node: [] for node in nodes}
    for number in joining:
        touching[lines[number].origin].append(number)
        touching[lines[number].destination].append(number)
    found: list[Area] = []
    seen: set[int] = set()
    for node in touching:
        if node not in seen:
            found.append(_area(node, lines, touching))
            seen.update(found[-1].nodes)
    return found


def _area(start: int, lines: Sequence[Line], touching: dict[int, list[int]]) -> Area:
    arrivals = {start: START}
    queue = deque([start])
    while queue:
        node = queue.popleft()
        for number in touching[node]:
            other = lines[number].other_end(node)
            if other not in arrivals:
                arrivals[other] = number
                queue.append(other)
    inner = dict.fromkeys(number for node in arrivals for number in touching[node])
    return Area(list(arrivals), list(arrivals.values()), list(inner))
