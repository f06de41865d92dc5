"""Arrays of orders refuse what no order may hold, and name it."""

from __future__ import annotations

import numpy as np
import pytest

from domain.errors import InvalidValueError
from domain.units import MAX_PRICE, MAX_QUANTITY, MIN_PRICE
from market.clearing import DigestKeys, OrderArrays


def _arrays(**changed):
    fields = {
        "side": [0, 1],
        "price": [10, 20],
        "quantity": [1, 2],
        "keys": DigestKeys(np.zeros((2, 32), np.uint8)),
    }
    return OrderArrays(**{**fields, **changed})


def test_the_widest_values_are_held_as_they_are():
    orders = _arrays(price=[MIN_PRICE, MAX_PRICE], quantity=[1, MAX_QUANTITY])
    assert list(orders.price) == [MIN_PRICE, MAX_PRICE]
    assert list(orders.quantity) == [1, MAX_QUANTITY]
    assert orders.price.dtype == orders.quantity.dtype == np.int64


@pytest.mark.parametrize(
    ("field", "values", "named"),
    [
        ("side", [0, 2], "side[1]"),
        ("price", [MAX_PRICE + 1, 0], "price[0]"),
        ("price", [0, MIN_PRICE - 1], "price[1]"),
        ("price", [1.5, 2.0], "price"),
        ("price", [float("nan"), 2.0], "price"),
        ("price", [[1], [2]], "price"),
        ("price", [1], "price"),
        ("price", [2**70, 1], "price"),
        ("quantity", [0, 1], "quantity[0]"),
        ("quantity", [1, -1], "quantity[1]"),
        ("quantity", [1, MAX_QUANTITY + 1], "quantity[1]"),
        ("quantity", np.array([1, 2**64 - 1], np.uint64), "quantity[1]"),
        ("keys", DigestKeys(np.zeros((3, 32), np.uint8)), "keys"),
    ],
)
def test_a_wrong_value_is_named(field, values, named):
    with pytest.raises(InvalidValueError) as caught:
        _arrays(**{field: values})
    assert caught.value.field == named


def test_more_orders_than_sums_can_hold_are_refused():
    many = np.broadcast_to(np.uint8(0), 2**29 + 1)
    with pytest.raises(InvalidValueError, match=str(2**29)):
        _arrays(side=many)


@pytest.mark.parametrize("digest", [b"", b"x" * 31, b"x" * 33])
def test_keys_have_32_bytes(digest):
    with pytest.raises(InvalidValueError, match=r"keys\[1\]"):
        DigestKeys.of([bytes(32), digest])


def test_keys_are_bytes_in_rows():
    with pytest.raises(InvalidValueError, match="keys"):
        DigestKeys(np.zeros((2, 31), np.uint8))
    with pytest.raises(InvalidValueError, match="keys"):
        DigestKeys(np.zeros((2, 32), np.int64))
