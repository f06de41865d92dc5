"""Prices of an external market over time: what they are in an interval, and where they end."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidValueError
from domain.interval import DURATIONS, Interval, intervals_of_day
from domain.price_series import STEPS, PriceSeries, millicent_per_kwh, utc_text
from domain.units import MAX_PRICE, MIN_PRICE

MIDNIGHT = 1_743_458_400
"""2025-03-31T22:00Z: 1 April, 00:00 in Rome."""
ROME = ZoneInfo("Europe/Rome")


def series(step, *prices, start=MIDNIGHT):
    return PriceSeries(step, tuple(start + step * at for at in range(len(prices))), prices)


def test_an_interval_within_a_step_has_its_price():
    hours = series(3600, 100, 200)
    for duration in (300, 900, 3600):
        for start in range(MIDNIGHT, MIDNIGHT + 7200, duration):
            expected = 100 if start < MIDNIGHT + 3600 else 200
            assert hours.price(Interval(1, start, duration)) == expected


@pytest.mark.parametrize(
    ("quarters", "hour"),
    [
        ((10, 20, 30, 40), 25),
        ((0, 0, 0, 2), 0),  # 0.5: 0 is even
        ((0, 0, 2, 4), 2),  # 1.5: 2 is even
        ((0, 0, 0, 3), 1),  # 0.75
        ((0, 0, 0, -2), 0),  # -0.5
        ((0, 0, -2, -4), -2),  # -1.5
        ((-10, 10, -7, 7), 0),
    ],
)
def test_an_interval_of_several_steps_has_their_mean_half_to_even(quarters, hour):
    assert series(900, *quarters).price(Interval(1, MIDNIGHT, 3600)) == hour


def test_two_half_hours_make_an_hour_and_hold_two_quarters_each():
    halves = series(1800, 100, 301)
    assert halves.price(Interval(1, MIDNIGHT, 3600)) == 200  # 200.5
    assert [halves.price(Interval(1, MIDNIGHT + 900 * at)) for at in range(4)] == [100] * 2 + [
        301
    ] * 2


@given(
    step=st.sampled_from(STEPS),
    duration=st.sampled_from(DURATIONS),
    prices=st.lists(st.integers(-50_000, 400_000), min_size=8, max_size=8),
)
def test_every_interval_has_the_mean_of_its_five_minutes(step, duration, prices):
    given_series = series(step, *prices)
    for start in range(MIDNIGHT, given_series.end - duration + 1, duration):
        fives = [prices[(at - MIDNIGHT) // step] for at in range(start, start + duration, 300)]
        expected = round(Fraction(sum(fives), len(fives)))
        assert given_series.price(Interval(1, start, duration)) == expected


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2025, 3, 30), 23), (date(2025, 4, 1), 24), (date(2025, 10, 26), 25)],
)
@pytest.mark.parametrize("step", STEPS)
def test_days_of_23_24_and_25_hours_are_covered_by_as_many(day, hours, step):
    begin = int(datetime(day.year, day.month, day.day, tzinfo=ROME).timestamp())
    whole = series(step, *range(hours * 3600 // step), start=begin)
    quarters = list(intervals_of_day(1, day, ROME, 900))
    assert len(quarters) == 4 * hours
    assert (quarters[0].start, quarters[-1].end) == (whole.start, whole.end)
    assert [whole.price(one) for one in quarters] == [
        at * 900 // step for at in range(len(quarters))
    ]
    with pytest.raises(InvalidValueError, match=utc_text(whole.end)):
        whole.price(Interval(1, whole.end))


def test_a_gap_is_named_by_its_first_instant():
    holed = PriceSeries(900, (MIDNIGHT, MIDNIGHT + 900, MIDNIGHT + 2700), (1, 2, 3))
    assert list(holed.gaps()) == [(MIDNIGHT + 1800, MIDNIGHT + 2700)]
    assert holed.first_missing(MIDNIGHT, MIDNIGHT + 3600) == MIDNIGHT + 1800
    assert holed.first_missing(MIDNIGHT, MIDNIGHT + 1800) is None
    for fault in (
        lambda: holed.price(Interval(1, MIDNIGHT, 3600)),
        lambda: holed.require_cover(MIDNIGHT, MIDNIGHT + 3600),
    ):
        with pytest.raises(InvalidValueError) as caught:
            fault()
        assert caught.value.field == "prices"
        assert caught.value.expected == "a price from 2025-03-31T22:30Z on"


def test_a_gap_within_a_longer_step_begins_with_the_interval():
    hour = series(3600, 5)
    later = Interval(1, MIDNIGHT + 3600 + 900)
    with pytest.raises(InvalidValueError, match="from 2025-03-31T23:15Z on"):
        hour.price(later)
    assert hour.first_missing(later.start, later.end) == later.start


def test_a_series_knows_its_ends():
    whole = series(1800, 1, 2, 3)
    assert (whole.start, whole.end, list(whole.gaps())) == (MIDNIGHT, MIDNIGHT + 5400, [])
    whole.require_cover(whole.start, whole.end)


@pytest.mark.parametrize(
    ("step", "starts", "prices", "field"),
    [
        (600, (0,), (1,), "step"),
        (900, (), (), "prices"),
        (900, (0, 900), (1,), "prices"),
        (900, (450,), (1,), "starts"),
        (900, (-900,), (1,), "starts"),
        (900, (900, 0), (1, 2), "starts"),
        (900, (0, 0), (1, 2), "starts"),
        (900, (0,), (MAX_PRICE + 1,), "prices"),
        (900, (0,), (1.5,), "prices"),
    ],
)
def test_what_is_no_series_is_refused_by_field(step, starts, prices, field):
    with pytest.raises(InvalidValueError) as caught:
        PriceSeries(step, starts, prices)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("published", "price"),
    [
        ("95.03007", 9503),
        ("105.3", 10530),
        ("0.005", 0),
        ("0.015", 2),
        ("0.025", 2),
        ("-0.015", -2),
        ("-12.34", -1234),
        ("0.01501", 2),
        ("0.0050000000000000000000000000000000001", 1),
        ("1E-9999", 0),
        ("21474836.47", MAX_PRICE),
        ("-21474836.48", MIN_PRICE),
    ],
)
def test_a_wholesale_price_is_rounded_half_to_even(published, price):
    assert millicent_per_kwh(Decimal(published)) == price


@pytest.mark.parametrize("published", ["NaN", "Infinity", "21474836.48", "1E+9999", "-1E+9999"])
def test_what_no_price_can_be_is_refused(published):
    with pytest.raises(InvalidValueError, match="price: expected a number of EUR/MWh"):
        millicent_per_kwh(Decimal(published))


def test_an_instant_is_written_in_utc():
    assert utc_text(MIDNIGHT) == "2025-03-31T22:00Z"
    assert datetime.fromisoformat(utc_text(MIDNIGHT)) == datetime.fromtimestamp(MIDNIGHT, UTC)
