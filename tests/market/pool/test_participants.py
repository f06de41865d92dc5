"""What a pool refuses, and what it makes of orders."""

from __future__ import annotations

import numpy as np
import pytest

from domain.errors import InvalidValueError
from domain.tariff import Tariff
from domain.units import MAX_PRICE, MAX_QUANTITY
from market.clearing import DigestKeys, OrderArrays
from market.pool import Pool


def _keys(count):
    return DigestKeys(np.arange(count * 32, dtype=np.uint8).reshape(count, 32))


@pytest.mark.parametrize(
    ("field", "need", "surplus", "limit"),
    [
        ("need", [1.0, float("nan")], [0, 5], None),
        ("need[1]", [1, -1], [0, 5], None),
        ("need[0]", [0, 1], [0, 0], None),
        ("need[1]", [1, MAX_QUANTITY + 1], [0, 0], None),
        ("need", [1, 2**70], [0, 0], None),
        ("need", [[1, 2]], [0, 0], None),
        ("need", [True, True], [0, 0], None),
        ("surplus", [1, 0], [0.0, 5.0], None),
        ("surplus[1]", [1, 0], [0, -5], None),
        ("surplus[0]", [1, 1], [2, 0], None),
        ("surplus", [1, 1], [0], None),
        ("keys", [1, 1, 1], [0, 0, 0], None),
        ("limit", [1, 1], [0, 0], [1]),
        ("limit", [1, 1], [0, 0], [1.5, 2.0]),
        ("limit[1]", [1, 1], [0, 0], [1, MAX_PRICE + 1]),
    ],
)
def test_names_the_field_at_fault(field, need, surplus, limit):
    with pytest.raises(InvalidValueError) as refused:
        Pool(need, surplus, _keys(2), limit)
    assert refused.value.field == field


@pytest.mark.parametrize("side", ["need", "surplus"])
def test_refuses_money_beyond_64_bits(mechanism, side):
    many = np.full(4, MAX_QUANTITY)
    few = np.zeros(4, np.int64)
    need, surplus = (many, few) if side == "need" else (few, many)
    with pytest.raises(InvalidValueError) as refused:
        mechanism(Pool(need, surplus, _keys(4)), Tariff(0, MAX_PRICE))
    assert refused.value.field == side


def test_counts_up_to_the_limit(mechanism):
    tariff = Tariff(-(2**30), 2**30)
    pool = Pool(np.array([2**29, 0]), np.array([0, 2**29]), _keys(2))
    assert sum(mechanism(pool, tariff).payments.tolist()) == 0


def test_takes_orders_with_or_without_their_limits():
    orders = OrderArrays(np.array([0, 1], np.uint8), np.array([5, 7]), np.array([10, 20]), _keys(2))
    free = Pool.of_orders(orders, with_limits=False)
    assert (free.need.tolist(), free.surplus.tolist(), free.limit) == ([10, 0], [0, 20], None)
    bound = Pool.of_orders(orders, with_limits=True)
    assert bound.limit is not None
    assert bound.limit.tolist() == [5, 7]


@pytest.mark.parametrize("net", [[], [3, 4], [-3, -4]])
def test_empty_and_one_sided_pools_leave_all_to_the_grid(mechanism, net):
    wh = np.array(net, np.int64)
    pool = Pool(np.maximum(wh, 0), np.maximum(-wh, 0), _keys(len(net)))
    outcome = mechanism(pool, Tariff(3, 12))
    assert (outcome.volume, outcome.price, outcome.buying_price) == (0, None, None)
    assert outcome.bills.tolist() == outcome.alone.tolist()
    assert outcome.grid_income == sum(outcome.bills.tolist())
