"""Routing through a ring, where flows are a choice."""

from __future__ import annotations

import pytest

from market.coupling.areas import areas
from market.coupling.lines import Line
from market.coupling.routing import route_by_maximum_flow

RING = [Line(*ends, 0, 0, 0) for ends in ((0, 1), (1, 2), (2, 0))]
SURPLUS = {0: 8, 1: 0, 2: -8}


def _route(spans, surplus):
    return route_by_maximum_flow(areas(range(3), RING, range(3))[0], RING, spans, surplus)


def test_both_ways_are_used_where_one_is_full():
    routed = _route([(0, 9), (0, 9), (-5, 0)], SURPLUS)
    assert routed.flows == {0: 3, 1: 3, 2: -5}
    assert not routed.overloaded


def test_flows_that_lines_must_carry_go_round():
    assert _route([(2, 9), (0, 9), (0, 9)], dict.fromkeys(range(3), 0)).flows == {0: 2, 1: 2, 2: 2}


@pytest.mark.parametrize(
    ("spans", "overloaded"),
    [([(0, 2), (0, 9), (-5, 0)], {0}), ([(0, 3), (0, 2), (-5, 0)], {0, 1})],
)
def test_the_fewest_nodes_with_the_most_beyond_their_lines_are_overloaded(spans, overloaded):
    routed = _route(spans, SURPLUS)
    assert routed.overloaded == overloaded
    assert routed.flows == {}
