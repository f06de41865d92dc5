"""Every participant's energy adds up, whatever the day, and the same seed gives the same day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.units import WattHours
from node.scenarios.flows import ParticipantDay, expected_and_actual
from node.scenarios.forecast import LOAD_ERROR, forecast
from node.scenarios.scenario import Scenario


def test_energy_is_conserved_in_every_interval(days: tuple[ParticipantDay, ...]) -> None:
    for day in days:
        for flow in (*day.expected, *day.actual):
            into = flow.generated + flow.discharged + flow.imported
            assert flow.load + flow.charged + flow.exported == into
            assert min(flow.imported, flow.exported) == 0
            assert flow.net == flow.metered.imported - flow.metered.exported


def test_only_the_battery_stores_and_it_works(days: tuple[ParticipantDay, ...]) -> None:
    for day in days:
        battery = day.participant.battery
        stored = [flow.stored for flow in day.actual]
        if battery is None:
            assert not any(stored)
        else:
            assert max(stored) == battery.capacity_wh
            assert any(flow.discharged for flow in day.actual)


@pytest.mark.parametrize(
    ("day", "intervals"),
    [(date(2025, 4, 1), 96), (date(2025, 3, 30), 92), (date(2025, 10, 26), 100)],
)
def test_days_of_every_length(benetutti: Scenario, day: date, intervals: int) -> None:
    scenario = replace(benetutti, day=day)
    assert len(scenario.intervals()) == intervals
    for participant in expected_and_actual(scenario, "one"):
        assert len(participant.expected) == len(participant.actual) == intervals


@pytest.mark.parametrize(("duration", "intervals"), [(300, 288), (3600, 24)])
def test_intervals_of_every_length(benetutti: Scenario, duration: int, intervals: int) -> None:
    quarters = expected_and_actual(benetutti, "one")
    others = expected_and_actual(replace(benetutti, duration_s=duration), "one")
    for quarter, other in zip(quarters, others, strict=True):
        assert len(other.actual) == intervals
        loads = (sum(flow.load for flow in day.actual) for day in (quarter, other))
        assert abs(next(loads) - next(loads)) <= 1


def test_the_same_seed_gives_the_same_day(
    benetutti: Scenario, days: tuple[ParticipantDay, ...]
) -> None:
    assert expected_and_actual(benetutti, "one") == days


def test_the_seed_moves_what_is_expected_and_nothing_that_happens(
    benetutti: Scenario, days: tuple[ParticipantDay, ...]
) -> None:
    others = expected_and_actual(benetutti, "two")
    assert [day.actual for day in others] == [day.actual for day in days]
    assert all(a.expected != b.expected for a, b in zip(others, days, strict=True))


def test_expected_and_actual_differ_enough_to_settle(days: tuple[ParticipantDay, ...]) -> None:
    pairs = [
        (expected, actual)
        for day in days
        for expected, actual in zip(day.expected, day.actual, strict=True)
    ]
    deviation = sum(abs(expected.net - actual.net) for expected, actual in pairs)
    volume = sum(abs(actual.net) for _, actual in pairs)
    assert 0.05 < deviation / volume < 0.3


def test_forecasts_are_the_same_in_every_version_of_python() -> None:
    series = [WattHours(1000)] * 8
    expected = [983, 958, 1092, 1046, 1111, 1218, 1160, 1307]
    assert forecast(series, LOAD_ERROR, Random("stable")) == expected


@given(st.lists(st.integers(0, 10**6).map(WattHours), max_size=100), st.text(max_size=5))
def test_a_forecast_is_never_negative_and_sees_no_sun_at_night(
    series: list[WattHours], seed: str
) -> None:
    expected = forecast(series, LOAD_ERROR, Random(seed))
    assert len(expected) == len(series)
    for foreseen, true in zip(expected, series, strict=True):
        assert 0 <= foreseen <= 2 * true
