"""Times by a clock on the wall, those of March and October included."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidValueError
from oracle.prices.local_time import LocalClock, day_bounds

ROME = ZoneInfo("Europe/Rome")


def second(text):
    return int(datetime.fromisoformat(text).timestamp())


@pytest.mark.parametrize(
    "text",
    [
        "2025-03-31T22:00Z",
        "2025-04-01T00:00+02:00",
        "2025-04-01 00:00:00+02:00",
        "2025-04-01T00:00",
    ],
)
def test_the_same_instant_in_several_forms(text):
    assert LocalClock(ROME).start(text, "start") == second("2025-03-31T22:00Z")


def test_an_hour_that_comes_twice_is_first_the_earlier_one():
    clock = LocalClock(ROME)
    shown = ["2025-10-26T01:00", "2025-10-26T02:00", "2025-10-26T02:00", "2025-10-26T03:00"]
    starts = [clock.start(text, "start") for text in shown]
    assert starts == [second("2025-10-25T23:00Z") + 3600 * at for at in range(4)]
    again = clock.start("2025-10-26T02:00", "start")
    assert again == starts[2]


def test_quarters_that_come_twice_may_be_interleaved_or_not():
    shown = [f"2025-10-26T02:{minute:02d}" for minute in (0, 15, 30, 45)]
    expected = {second("2025-10-26T00:00Z") + 900 * at for at in range(8)}
    for texts in (shown * 2, [text for text in shown for _ in range(2)]):
        clock = LocalClock(ROME)
        assert {clock.start(text, "start") for text in texts} == expected


def test_an_end_is_the_first_such_time_after_its_start():
    clock = LocalClock(ROME)
    first, twice = second("2025-10-26T00:00Z"), second("2025-10-26T01:00Z")
    assert clock.end("2025-10-26T02:00", "end", first - 3600) == first
    assert clock.end("2025-10-26T02:00", "end", first) == twice
    assert clock.end("2025-10-26T03:00", "end", twice) == twice + 3600
    with pytest.raises(InvalidValueError, match="end: expected an instant after the start"):
        clock.end("2025-10-26T02:00", "end", twice)


def test_a_time_that_no_clock_shows_is_refused():
    with pytest.raises(InvalidValueError, match="a time that clocks in Europe/Rome show"):
        LocalClock(ROME).start("2025-03-30T02:30", "start")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "noon",
        "2025-04-01T25:00Z",
        "2025-04-01T00:00:00.5Z",
        "2025-04-01T00:00+01:00:00.5",
        "9999-12-31T23:00Z",
        "0001-01-01",
    ],
)
def test_what_is_no_instant_is_refused_by_field(text):
    with pytest.raises(InvalidValueError, match="line 2: start: expected an instant as ISO 8601"):
        LocalClock(ROME).start(text, "line 2: start")


def test_a_time_without_offset_needs_a_zone():
    with pytest.raises(InvalidValueError, match="or a time zone to be given"):
        LocalClock(None).start("2025-04-01T00:00", "start")


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2025, 3, 30), 23), (date(2025, 4, 1), 24), (date(2025, 10, 26), 25)],
)
def test_a_day_has_23_24_or_25_hours(day, hours):
    start, end = day_bounds(day, ROME)
    assert end - start == hours * 3600
    assert datetime.fromtimestamp(start, ROME).date() == day


@given(
    st.integers(second("2020-01-01T00:00Z"), second("2030-01-01T00:00Z")),
    st.sampled_from(["Europe/Rome", "Europe/Lisbon", "America/New_York", "Australia/Lord_Howe"]),
)
def test_every_instant_is_found_from_what_clocks_show(instant, name):
    zone = ZoneInfo(name)
    shown = datetime.fromtimestamp(instant, zone).replace(tzinfo=None)
    clock = LocalClock(zone)
    assert instant in {clock.start(shown.isoformat(), "start") for _ in range(2)}
    start, end = day_bounds(shown.date(), zone)
    assert start <= instant < end
    assert 23 * 3600 <= end - start <= 25 * 3600
