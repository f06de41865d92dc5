"""How grid tariffs come about."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidValueError
from domain.interval import DURATIONS, Interval, intervals_of_day
from domain.price_series import STEPS, PriceSeries
from domain.tariff import Tariff
from domain.units import MAX_PRICE
from market.tariffs import real_time_tariff, real_time_tariffs, two_level_tariff

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


DAYS = [(date(2025, 3, 30), 23), (date(2025, 4, 1), 24), (date(2025, 10, 26), 25)]


@pytest.mark.parametrize(("day", "hours"), DAYS)
@pytest.mark.parametrize("duration", DURATIONS)
@pytest.mark.parametrize("step", STEPS)
def test_a_day_follows_a_series_whatever_their_durations(day, hours, duration, step):
    intervals = list(intervals_of_day(1, day, _ROME, duration))
    begin = intervals[0].start
    starts = tuple(range(begin, begin + hours * 3600, step))
    series = PriceSeries(step, starts, tuple(100 * at - 900 for at in range(len(starts))))
    tariffs = real_time_tariffs(series, intervals, margin=9_000, fee=1_500)
    assert len(tariffs) == hours * 3600 // duration
    for interval, tariff in zip(intervals, tariffs, strict=True):
        first = (interval.start - begin) // step
        last = (interval.end - 1 - begin) // step
        wholesale = 50 * (first + last) - 900
        assert tariff == Tariff(wholesale - 1_500, wholesale + 9_000)


@given(
    prices=st.lists(st.integers(-(10**6), 10**6), min_size=4, max_size=4),
    margin=st.integers(0, 10**6),
    fee=st.integers(0, 10**6),
)
def test_the_mean_of_quarters_lies_between_feed_in_and_retail_of_an_hour(prices, margin, fee):
    series = PriceSeries(900, tuple(_MIDNIGHT + 900 * at for at in range(4)), tuple(prices))
    hour = [Interval(1, _MIDNIGHT, 3600)]
    (tariff,) = real_time_tariffs(series, hour, margin=margin, fee=fee)
    assert abs(4 * (tariff.retail - margin) - sum(prices)) <= 2
    assert tariff.retail - tariff.feed_in == margin + fee


def test_an_interval_without_a_price_is_named():
    series = PriceSeries(3600, (_MIDNIGHT,), (100,))
    with pytest.raises(InvalidValueError, match="a price from 2025-03-31T23:00Z on"):
        real_time_tariffs(series, intervals_of_day(1, DAYS[1][0], _ROME), margin=0, fee=0)


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


@pytest.mark.parametrize(("day", "hours"), DAYS)
@pytest.mark.parametrize("duration", DURATIONS)
def test_two_levels_of_days_of_23_24_and_25_hours(day, hours, duration):
    # 07:00 to 23:00 has 16 hours on every day; the night has what is left.
    intervals = intervals_of_day(1, day, _ROME, duration)
    levels = [
        two_level_tariff(one, day=30, night=20, feed_in=10, day_hours=(7, 23), zone=_ROME).retail
        for one in intervals
    ]
    per_hour = 3600 // duration
    assert levels == [20] * ((hours - 17) * per_hour) + [30] * (16 * per_hour) + [20] * per_hour


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
