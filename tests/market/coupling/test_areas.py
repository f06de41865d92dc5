"""Parts of a network that hang together."""

from __future__ import annotations

from market.coupling.areas import START, areas
from market.coupling.lines import Line

LINES = [Line(*ends, 0, 0, 0) for ends in ((0, 1), (2, 1), (0, 2), (3, 4), (1, 3))]


def test_lines_that_join_make_one_area():
    area, other = areas(range(5), LINES, range(4))
    assert (area.nodes, area.arrivals, area.lines) == ([0, 1, 2], [START, 0, 2], [0, 2, 1])
    assert (other.nodes, other.arrivals, other.lines) == ([3, 4], [START, 3], [3])


def test_nodes_without_a_joining_line_stand_alone():
    assert [area.nodes for area in areas([4, 1], LINES, [])] == [[4], [1]]
    assert areas([], LINES, []) == []
