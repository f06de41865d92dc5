"""Routing on a tree against maximum flow, and a cut worked out by hand."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from market.coupling.areas import areas
from market.coupling.lines import Line
from market.coupling.routing import route_by_maximum_flow
from market.network.routing import route_in_tree


def _area(lines):
    return areas(range(len(lines) + 1), lines, range(len(lines)))[0]


@given(data=st.data())
@settings(max_examples=500, deadline=None)
def test_flows_and_overload_are_those_of_maximum_flow(data, feeders):
    feeder = data.draw(feeders)
    lines, area = feeder.lines, feeder.tree
    low, high = st.integers(-9, 0), st.integers(0, 9)
    spans = data.draw(st.lists(st.tuples(low, high), min_size=len(lines), max_size=len(lines)))
    amounts = data.draw(
        st.lists(st.integers(-6, 6), min_size=len(feeder) - 1, max_size=len(feeder) - 1)
    )
    surplus = dict(enumerate([*amounts, -sum(amounts)]))
    assert route_in_tree(area, lines, spans, surplus) == route_by_maximum_flow(
        area, lines, spans, surplus
    )


def test_the_nodes_with_the_most_beyond_their_lines_are_overloaded():
    """The line from 0 to 1 is 7 beyond its limit; those from 2 and 3 are 6 each, together more."""
    lines = [Line(0, 1, 0, 0, 0), Line(2, 0, 0, 0, 0), Line(3, 0, 0, 0, 0)]
    spans = [(-9, 9), (0, 2), (0, 2)]
    routed = route_in_tree(_area(lines), lines, spans, {0: 0, 1: -16, 2: 8, 3: 8})
    assert routed.overloaded == {2, 3}
    assert routed.flows == {}


def test_flows_keep_their_direction():
    lines = [Line(1, 0, 0, 0, 0), Line(1, 2, 0, 0, 0)]
    routed = route_in_tree(_area(lines), lines, [(-9, 9), (-9, 9)], {0: 3, 1: -1, 2: -2})
    assert routed.flows == {0: -3, 1: 2}
    assert not routed.overloaded
