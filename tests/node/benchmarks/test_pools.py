"""Pools that are measured."""

from __future__ import annotations

import pytest

from node.benchmarks.books import Prices
from node.benchmarks.pools import actions_on, make_pool, measure_pools
from node.simulation.progress import Silent


@pytest.mark.parametrize(("wide", "most"), [(False, 5_000), (True, 2**26)])
def test_pools_are_seeded(wide, most):
    pool, again = (make_pool(1_000, wide=wide) for _ in range(2))
    assert (pool.net == again.net).all()
    assert pool.span[0] < 0 < pool.span[1] <= most
    assert pool.span[1] > most // 2


def test_all_are_measured_and_trade():
    figures = measure_pools(501, wide=False, repeats=1, listener=Silent())
    assert set(figures.sorts) == set(Prices)
    actions = actions_on(make_pool(501, wide=False))
    assert list(figures.mechanisms) == list(actions)
    assert all(act().volume > 0 for act in actions.values())
