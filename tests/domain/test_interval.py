from __future__ import annotations

from datetime import date
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidValueError
from domain.interval import DURATIONS, Interval, intervals_of_day

ROME = ZoneInfo("Europe/Rome")


@pytest.mark.parametrize(
    ("day", "quarters"),
    [(date(2025, 3, 30), 92), (date(2025, 4, 1), 96), (date(2025, 10, 26), 100)],
)
def test_days_have_92_96_or_100_quarters(day: date, quarters: int) -> None:
    intervals = list(intervals_of_day(1, day, ROME))
    assert len(intervals) == quarters
    assert all(earlier.end == later.start for earlier, later in pairwise(intervals))


def test_a_day_begins_at_local_midnight() -> None:
    first = next(intervals_of_day(1, date(2025, 4, 1), ROME))
    assert str(first) == "1@2025-03-31T22:00Z+900s"


@given(st.integers(1, 2**32 - 1), st.integers(0, 2**28), st.sampled_from(DURATIONS))
def test_packing_can_be_undone(community: int, index: int, duration: int) -> None:
    interval = Interval(community, index * duration, duration)
    assert Interval.unpack(interval.packed) == interval


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ((0, 0, 900), "community"),
        ((1, -900, 900), "start"),
        ((1, 1, 900), "start"),
        ((1, 0, 600), "duration"),
    ],
)
def test_an_impossible_interval_is_refused(arguments: tuple[int, int, int], field: str) -> None:
    with pytest.raises(InvalidValueError) as caught:
        Interval(*arguments)
    assert caught.value.field == field
