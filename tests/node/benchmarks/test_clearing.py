"""What is measured clears the same market each way."""

from __future__ import annotations

import pytest

from market.clearing import clear_uniform_price
from market.mechanisms import MECHANISMS
from node.benchmarks import linear_program, plain
from node.benchmarks.books import Prices, make_book
from node.benchmarks.clearing import (
    FILLS,
    LISTED,
    SORT,
    Figures,
    measurable,
    measure_mechanisms,
    measure_other_ways,
    quick,
    try_mechanisms,
)
from node.benchmarks.timing import Timing
from node.simulation.progress import Silent


@pytest.fixture(params=Prices)
def orders(request):
    return make_book(300, request.param).orders


def _welfare(orders, filled):
    sign = 1 - 2 * orders.side.astype(int)
    return int((sign * orders.price * filled).sum())


def test_a_walk_in_merit_order_finds_the_same_volume_and_welfare(orders):
    clearing = clear_uniform_price(orders)
    walked = plain.walk(*plain.rows_of(orders))
    assert walked.volume == clearing.volume
    filled = [walked.filled.get(place, 0) for place in range(len(orders))]
    assert _welfare(orders, filled) == _welfare(orders, clearing.filled)
    assert all(wh <= quantity for wh, quantity in zip(filled, orders.quantity, strict=True))


def test_the_linear_program_finds_the_same_welfare(orders):
    clearing = clear_uniform_price(orders)
    assert linear_program.solve(orders) == pytest.approx(_welfare(orders, clearing.filled), abs=1)


def test_every_mechanism_on_orders_alone_is_measured():
    figures = measure_mechanisms(50, Prices.TICK, ["uniform-price", "vcg"], 2, Silent())
    assert list(figures.mechanisms) == [FILLS, "uniform-price", "vcg"]
    assert SORT not in figures.mechanisms
    assert all(0 < one.least <= one.median for one in figures.mechanisms.values())
    # Fills and payments are eight bytes each.
    assert all(one >= 16 for one in figures.bytes_per_order.values())
    assert set(measurable()) == {name for name, one in MECHANISMS.items() if one.takes_orders_alone}


def test_slow_mechanisms_are_left_at_their_trial():
    trial = try_mechanisms(Silent())
    assert set(trial.mechanisms) == {FILLS, LISTED, *measurable()}
    spent = dict.fromkeys(measurable(), Timing(1.0, 1.0)) | {"vcg": Timing(101.0, 101.0)}
    slow = Figures(100, Prices.TICK, Timing(0.1, 0.1), spent, {})
    assert quick(slow) == [name for name in measurable() if name != "vcg"]


def test_other_ways_are_given_books_that_they_can_manage():
    ways = measure_other_ways(2_500, 1, Silent())
    assert [way.orders_a_side for way in ways] == [2_500, 2_000]
    assert all(way.timing.least > way.uniform_price.least for way in ways)
