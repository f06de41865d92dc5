"""Measuring how time grows."""

from __future__ import annotations

from node.benchmarks.clearing import SORT
from node.benchmarks.growth import MECHANISMS, SIZES, measure_growth
from node.simulation.progress import Silent


def test_sizes_reach_from_a_thousand_to_ten_million_orders():
    assert (SIZES[0], SIZES[-1]) == (1_000, 10_000_000)
    assert all(size % 2 == 0 for size in SIZES)
    assert list(SIZES) == sorted(SIZES)


def test_every_size_has_every_time():
    points = list(measure_growth(Silent(), (20, 60)))
    assert [point.orders for point in points] == [20, 60]
    assert all(set(point.spent) == {SORT, *MECHANISMS} for point in points)
