"""Orders of several intervals and their faults."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from domain.errors import InvalidValueError
from market.clearing import DigestKeys, OrderArrays
from market.supply_function import NO_BLOCK, BlockTerms, PlaceError, SupplyOrders


def _integers(*values):
    return np.array(values, np.int64)


@pytest.fixture
def orders():
    """A step, a linear offer and a block of two orders that is linked to another."""
    keys = DigestKeys.of([bytes([number]) * 32 for number in range(5)])
    return SupplyOrders(
        basic=OrderArrays(
            np.array([0, 1, 1, 1, 0], np.uint8),
            _integers(9, 1, 2, 2, 9),
            _integers(5, 5, 4, 4, 3),
            keys,
        ),
        interval=_integers(0, 0, 0, 1, 1),
        price_to=_integers(9, 4, 2, 2, 9),
        block=_integers(NO_BLOCK, NO_BLOCK, 0, 0, 1),
        terms=BlockTerms(_integers(1000, 0), _integers(1, NO_BLOCK)),
    )


def test_linear_orders_are_those_with_two_limits(orders):
    assert orders.linear.tolist() == [False, True, False, False, False]
    assert len(orders) == 5
    assert len(orders.terms) == 2


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"interval": _integers(0, 0, 0, -1, 1)}, ("order", "interval", 3, -1)),
        ({"interval": _integers(0, 0, 1, 1, 1)}, ("order", "interval", 3, 1)),
        ({"price_to": _integers(9, 0, 2, 2, 9)}, ("order", "price_to", 1, 0)),
        ({"price_to": _integers(10, 4, 2, 2, 9)}, ("order", "price_to", 0, 10)),
        ({"price_to": _integers(9, 4, 2, 3, 9)}, ("order", "price_to", 3, 3)),
        ({"price_to": _integers(9, 2**31, 2, 2, 9)}, ("order", "price_to", 1, 2**31)),
        ({"block": _integers(-1, -1, 0, 0, 2)}, ("order", "block", 4, 2)),
        ({"block": _integers(-1, -1, 0, 0, 0)}, ("block", "block", 1, "none")),
        ({"block": _integers(0, -1, 1, 0, -1)}, ("order", "side", 3, "offer")),
    ],
)
def test_faults_name_the_order(orders, changes, fault):
    with pytest.raises(PlaceError) as caught:
        replace(orders, **changes)
    error = caught.value
    assert (error.each, error.name, error.index, error.got) == fault
    assert error.field == f"{error.name}[{error.index}]"


@pytest.mark.parametrize(
    ("minimum", "parent", "fault"),
    [
        ((1001, 0), (1, -1), ("minimum", 0, 1001)),
        ((0, -1), (1, -1), ("minimum", 1, -1)),
        ((0, 0), (2, -1), ("parent", 0, 2)),
        ((0, 0), (-2, -1), ("parent", 0, -2)),
        ((0, 0), (0, -1), ("parent", 0, 0)),
        ((0, 0), (1, 0), ("parent", 0, 1)),
    ],
)
def test_faults_name_the_block(orders, minimum, parent, fault):
    with pytest.raises(PlaceError) as caught:
        replace(orders, terms=BlockTerms(_integers(*minimum), _integers(*parent)))
    error = caught.value
    assert (error.each, error.name, error.index, error.got) == ("block", *fault)


def test_one_wh_has_no_two_limits(orders):
    basic = replace(orders.basic, quantity=_integers(5, 1, 4, 4, 3))
    with pytest.raises(PlaceError, match=r"quantity\[1\]: expected at least 2 Wh"):
        replace(orders, basic=basic)


def test_columns_have_a_value_an_order(orders):
    with pytest.raises(InvalidValueError, match="interval: expected 5 values"):
        replace(orders, interval=_integers(0, 0))
    with pytest.raises(InvalidValueError, match="parent: expected 2 values"):
        replace(orders, terms=BlockTerms(_integers(0, 0), _integers(-1)))


def test_steps_are_of_one_interval(orders):
    steps = SupplyOrders.of_steps(orders.basic)
    assert not steps.linear.any()
    assert set(steps.interval.tolist()) == {0}
    assert set(steps.block.tolist()) == {NO_BLOCK}
