"""Arrays of orders in time, and of LEM prices: what they refuse, and their sequence."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import InvalidValueError
from domain.units import MAX_PRICE, MAX_QUANTITY, MIN_PRICE
from market.clearing import DigestKeys, OrderArrays
from market.continuous import MAX_TIME, NEVER, LemPrices, RowError, TimedOrders

_KEYS = DigestKeys.of([b"a" * 32, b"b" * 32, b"c" * 32])
_ORDERS = OrderArrays(np.array([0, 1, 1], np.uint8), np.arange(3), np.array([4, 5, 6]), _KEYS)


def _timed(**fields):
    return TimedOrders.of(_ORDERS, **{"entered": np.array([3, 0, 7]), **fields})


def test_what_is_not_given_is_no_condition():
    timed = _timed()
    assert len(timed) == 3
    assert timed.expires.tolist() == timed.cancelled.tolist() == [NEVER] * 3
    assert timed.minimum.tolist() == [1] * 3
    assert not timed.follow_lem_price.any()
    assert _timed(lem_low=np.array([MIN_PRICE, 0, MIN_PRICE])).follow_lem_price.tolist() == [
        False,
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("field", "values", "index", "expected"),
    [
        ("entered", [3, -1, 7], 1, f"an integer from 0 to {MAX_TIME}"),
        ("entered", [3, 0, NEVER], 2, f"an integer from 0 to {MAX_TIME}"),
        ("expires", [4, 0, 8], 1, "later than entered, 0"),
        ("expires", [4, 1, 7], 2, "later than entered, 7"),
        ("expires", [NEVER + 1, 1, 8], 0, f"an integer from 0 to {NEVER}"),
        ("cancelled", [3, 1, 8], 0, "later than entered, 3"),
        ("minimum", [1, 0, 1], 1, f"an integer from 1 to {MAX_QUANTITY}"),
        ("minimum", [1, 5, 7], 2, "at most the offer's 6 Wh"),
        ("minimum", [2, 5, 6], 0, "none, for bids have no minimum sale"),
        ("lem_low", [0, MIN_PRICE - 1, 0], 1, f"an integer from {MIN_PRICE} to {MAX_PRICE}"),
        ("lem_high", [0, 0, MAX_PRICE + 1], 2, f"an integer from {MIN_PRICE} to {MAX_PRICE}"),
    ],
)
def test_refuses_a_row(field, values, index, expected):
    with pytest.raises(RowError) as caught:
        _timed(**{field: np.array(values)})
    error = caught.value
    assert (error.name, error.index, error.expected) == (field, index, expected)
    assert (error.field, error.got) == (f"{field}[{index}]", values[index])


def test_refuses_a_range_without_a_price():
    with pytest.raises(RowError, match=r"lem_high\[1\]: expected at least lem_low, 5, got 4"):
        _timed(lem_low=np.array([0, 5, 5]), lem_high=np.array([0, 4, 5]))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.array([1, 2]), "3 values in one dimension"),
        (np.array([[1, 2, 3]]), "3 values in one dimension"),
        (np.array([1.0, 2.0, 3.0]), "integers"),
        (np.array([True, True, True]), "integers"),
        (np.array([1, np.nan, 3]), "integers"),
    ],
)
def test_refuses_an_array(values, expected):
    with pytest.raises(InvalidValueError) as caught:
        _timed(entered=values)
    assert (caught.value.field, caught.value.expected) == ("entered", expected)


def test_no_orders_are_orders():
    none = np.zeros(0, np.int64)
    timed = TimedOrders.of(OrderArrays(none, none, none, DigestKeys.of([])), none)
    assert timed.by_time_and_key().tolist() == []


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.binary(min_size=32, max_size=32)), max_size=20))
def test_sequence_is_time_then_key(rows):
    rows = list({key: (time, key) for time, key in rows}.values())
    ones = np.ones(len(rows), np.int64)
    keys = DigestKeys.of([key for _, key in rows])
    timed = TimedOrders.of(
        OrderArrays(ones, ones, ones, keys), np.array([time for time, _ in rows], np.int64)
    )
    assert [rows[index] for index in timed.by_time_and_key()] == sorted(rows)


def test_keys_are_asked_for_only_where_orders_come_together():
    class Keys(list):
        def rows(self, indices):
            raise AssertionError("all times differ")

    ones = np.ones(3, np.int64)
    timed = TimedOrders.of(OrderArrays(ones, ones, ones, Keys("abc")), np.array([5, 3, 4]))
    assert timed.by_time_and_key().tolist() == [1, 2, 0]


def test_lem_prices_are_held_by_ascending_time():
    prices = LemPrices(np.array([5, 0, 3]), np.array([50, -1, 30]))
    assert prices.time.tolist() == [0, 3, 5]
    assert prices.price.tolist() == [-1, 30, 50]


@pytest.mark.parametrize(
    ("time", "price", "field", "index"),
    [
        ([5, 0, 5], [1, 2, 3], "time", 2),
        ([1, 0, 0, 1], [1, 2, 3, 4], "time", 2),
        ([5, -1], [1, 2], "time", 1),
        ([MAX_TIME + 1], [1], "time", 0),
        ([5, 6], [1, MAX_PRICE + 1], "price", 1),
    ],
)
def test_refuses_lem_prices(time, price, field, index):
    with pytest.raises(RowError) as caught:
        LemPrices(np.array(time), np.array(price))
    assert (caught.value.name, caught.value.index) == (field, index)


def test_refuses_lem_prices_of_another_length():
    with pytest.raises(InvalidValueError, match="price: expected 2 values"):
        LemPrices(np.array([0, 1]), np.array([5]))
