"""A feeder is a tree with limits."""

from __future__ import annotations

import numpy as np
import pytest

from domain.errors import InvalidValueError
from market.network import Feeder
from market.network.feeder import LineFault, line_fault


def test_a_feeder_knows_its_lines_by_both_directions(feeder):
    found = feeder([(0, 1, 5, 3, 2), (2, 1, 9, 0, 0)])
    assert [(line.low, line.high, line.fee) for line in found.lines] == [(-3, 5, 2), (0, 9, 0)]
    assert found.tree.nodes == [0, 1, 2]
    assert found.tree.arrivals == [-1, 0, 1]
    assert len(found) == 3
    assert found.ends(1) == ("n2", "n1")


def test_a_node_alone_is_a_feeder(feeder):
    assert len(feeder([])) == 1


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([(0, 0)], (r"lines[0]", "different", "n0")),
        ([(0, 1), (1, 0)], (r"lines[1]", "one line", "n1")),
        ([(0, 1), (0, 1)], (r"lines[1]", "one line", "n0")),
        ([(0, 1), (1, 2), (2, 3), (3, 1)], (r"lines[3]", "ring", "n3")),
        ([(0, 1), (2, 3)], ("lines", "join all", "none from n0 to n2")),
        ([(0, 1), (1, 2), (2, 0)], (r"lines[2]", "ring")),
        ([(0, 4)], (r"destination[0]", "3", "4")),
    ],
)
def test_what_is_no_tree_is_refused(lines, words, feeder):
    with pytest.raises(InvalidValueError) as refused:
        feeder([(*ends, 5, 5, 0) for ends in lines], nodes=4)
    assert all(word in str(refused.value) for word in words)


@pytest.mark.parametrize(
    ("line", "field"),
    [((-1, 5, 0), r"forward\[0\]"), ((5, -1, 0), r"reverse\[0\]"), ((5, 5, -1), r"fee\[0\]")],
)
def test_negative_limits_and_fees_are_refused(line, field, feeder):
    with pytest.raises(InvalidValueError, match=field):
        feeder([(0, 1, *line)])


def test_a_feeder_has_a_node():
    with pytest.raises(InvalidValueError, match="nodes"):
        Feeder([], *np.zeros((5, 0), np.int64))


def test_the_first_line_at_fault_is_told():
    assert line_fault(3, [0, 1], [1, 2]) is None
    fault = line_fault(3, [0, 1, 2, 2], [1, 2, 0, 2])
    assert isinstance(fault, LineFault)
    assert fault.line == 2
