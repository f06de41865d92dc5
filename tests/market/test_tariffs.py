"""How grid tariffs come about."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidValueError
from domain.interval import Interval
from domain.tariff import Tariff
from domain.units import MAX_PRICE
from market.tariffs import real_time_tariff, two_level_tariff

_ROME = ZoneInfo("Europe/Rome")
_MIDNIGHT = 1_743_458_400
"""1 April 2025, 00:00 in Rome."""


def test_real_time_tariff_follows_the_wholesale_price():
    assert real_time_tariff(12_000, margin=9_000, fee=1_500) == Tariff(10_500, 21_000)


@given(st.integers(-(10**6), 10**6), st.integers(0, 10**6), st.integers(0, 10**6))
def test_feed_in_never_exceeds_retail(wholesale, margin, fee):
    tariff = real_time_tariff(wholesale, margin, fee)
    assert tariff.feed_in <= wholesale <= tariff.retail


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ((0, -1, 0), "margin"),
        ((0, 0, -1), "fee"),
        ((MAX_PRICE, 1, 0), "retail"),
        ((-MAX_PRICE, 0, 2), "feed_in"),
    ],
)
def test_wrong_terms_are_named(values, field):
    with pytest.raises(InvalidValueError) as caught:
        real_time_tariff(*values)
    assert caught.value.field == field


def _retail(hour, day_hours):
    interval = Interval(1, _MIDNIGHT + hour * 3600)
    tariff = two_level_tariff(
        interval, day=30, night=20, feed_in=10, day_hours=day_hours, zone=_ROME
    )
    assert tariff.feed_in == 10
    return tariff.retail


def test_two_levels_change_at_local_hours():
    by_hour = [_retail(hour, (7, 23)) for hour in range(24)]
    assert by_hour == [20] * 7 + [30] * 16 + [20]


def test_a_day_may_span_midnight():
    by_hour = [_retail(hour, (22, 6)) for hour in range(24)]
    assert by_hour == [30] * 6 + [20] * 16 + [30] * 2


@pytest.mark.parametrize("day_hours", [(7, 7), (-1, 5), (5, 25)])
def test_impossible_hours_are_refused(day_hours):
    with pytest.raises(InvalidValueError, match="day_hours"):
        _retail(0, day_hours)


def test_feed_in_above_the_night_price_is_refused():
    with pytest.raises(InvalidValueError, match="feed_in"):
        two_level_tariff(
            Interval(1, _MIDNIGHT), day=30, night=20, feed_in=25, day_hours=(7, 23), zone=_ROME
        )
