"""The one check of arrays of integers."""

from __future__ import annotations

import numpy as np
import pytest

from domain.errors import InvalidValueError
from market.clearing.integers import checked_integers


def test_values_become_an_array_of_the_type():
    found = checked_integers("x", [1, 2], 0, 2)
    assert (found.dtype, found.tolist()) == (np.int64, [1, 2])
    narrow = checked_integers("x", np.array([True, False]), 0, 1, np.uint8, "iub")
    assert (narrow.dtype, narrow.tolist()) == (np.uint8, [1, 0])
    assert checked_integers("x", [], 5, 9).dtype == np.int64


def test_memory_is_shared_where_nothing_has_to_change():
    values = np.arange(3)
    assert checked_integers("x", values, 0, 2) is values
    assert checked_integers("x", values[::2], 0, 2).flags.c_contiguous


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([[1]], "x: expected an array of one dimension, got 'shape (1, 1)'"),
        ([0.5], "x: expected integers, got 'float64 values'"),
        ([True], "x: expected integers, got 'bool values'"),
        ([1, -1, 9], r"x[1]: expected an integer from 0 to 2, got -1"),
        ([1, 9], r"x[1]: expected an integer from 0 to 2, got 9"),
    ],
)
def test_the_first_fault_is_named(values, message):
    with pytest.raises(InvalidValueError) as raised:
        checked_integers("x", values, 0, 2)
    assert message in str(raised.value)
