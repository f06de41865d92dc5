"""Limits in force for a time, and power turned into energy."""

from __future__ import annotations

import pytest

from domain.errors import InvalidValueError
from market.network import Restriction, energy_limit, in_force

TEN = 36_000
QUARTER = 900


@pytest.mark.parametrize(
    ("start", "end", "applies"),
    [
        (TEN - QUARTER, TEN, False),
        (TEN - QUARTER, TEN + 1, True),
        (TEN, TEN + QUARTER, True),
        (TEN + QUARTER - 1, TEN + 2 * QUARTER, True),
        (TEN + QUARTER, TEN + 2 * QUARTER, False),
        (TEN + 100, TEN + 101, True),
    ],
)
def test_half_open_spans_that_share_a_second_apply(start, end, applies):
    found = in_force([Restriction(0, 1, start, end, 500)], TEN, QUARTER)
    assert found == ({(0, 1): 500} if applies else {})


def test_the_tightest_counts_in_each_direction():
    rows = [
        Restriction(0, 1, 0, TEN + 1, 700),
        Restriction(0, 1, TEN, TEN + 1, 300),
        Restriction(0, 1, TEN, TEN + 1, 400),
        Restriction(1, 0, TEN, TEN + 1, 900),
        Restriction(0, 1, 0, TEN, 1),
    ]
    assert in_force(rows, TEN, QUARTER) == {(0, 1): 300, (1, 0): 900}


def test_energy_is_rounded_down():
    assert energy_limit(2_000, QUARTER) == 500
    assert energy_limit(2_003, QUARTER) == 500
    assert energy_limit(3, QUARTER) == 0
    assert energy_limit(11, 3_600) == 11


def test_spans_without_a_second_and_negative_limits_are_refused():
    with pytest.raises(InvalidValueError, match="end"):
        Restriction(0, 1, TEN, TEN, 5)
    with pytest.raises(InvalidValueError, match="limit"):
        Restriction(0, 1, TEN, TEN + 1, -5)
