"""Programs with integers."""

from __future__ import annotations

import pytest

from market.supply_function.program import INFINITY, Program


@pytest.fixture
def knapsack():
    """Three things of worth 6, 5 and 4 and weight 4, 3 and 2, at most 5 in all."""
    program = Program()
    things = [program.column(0, 1, whole=True) for _ in range(3)]
    program.reward(list(zip(things, (6.0, 5.0, 4.0), strict=True)))
    program.require(list(zip(things, (4.0, 3.0, 2.0), strict=True)), most=5.0)
    return program


def test_the_best_choice(knapsack):
    found = knapsack.solve(nodes=100, relative_gap=0.0)
    assert [round(value) for value in found.values] == [0, 1, 1]
    assert found.bound == pytest.approx(9)


def test_repeated_columns_add_up(knapsack):
    knapsack.require([(0, 0.5), (0, 0.5)], least=1.0)
    knapsack.reward([(0, -1.0), (0, -1.0)])
    found = knapsack.solve(nodes=100, relative_gap=0.0)
    assert [round(value) for value in found.values] == [1, 0, 0]
    assert found.bound == pytest.approx(4)


def test_what_cannot_be_met_has_no_solution_and_no_bound(knapsack):
    knapsack.require([(0, 1.0), (1, 1.0)], least=2.0)
    found = knapsack.solve(nodes=100, relative_gap=0.0)
    assert found.values is None
    assert found.bound == -INFINITY
