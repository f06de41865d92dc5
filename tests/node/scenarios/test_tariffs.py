"""The grid's prices follow their published source and the stated rules."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from domain.errors import InvalidValueError
from domain.price_series import PriceSeries, millicent_per_kwh
from domain.units import MillicentPerKilowattHour
from node.scenarios.scenario import Scenario, TariffChoice
from node.scenarios.tariffs import tariffs_of_day


def test_the_scenarios_prices_are_the_published_ones(
    benetutti: Scenario, shared_file: Callable[[str], Path]
) -> None:
    with shared_file("data/gme-2025-04/sardinia-day-ahead.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["timestamp"].startswith("2025-04-01")]
    published = tuple(Decimal(row["price_eur_per_mwh"]) for row in rows)
    assert benetutti.tariff.real_time.wholesale_eur_per_mwh == published


def test_real_time_is_wholesale_with_a_margin_and_less_a_fee(benetutti: Scenario) -> None:
    plan = benetutti.tariff.real_time
    for at, tariff in enumerate(tariffs_of_day(benetutti)):
        wholesale = millicent_per_kwh(plan.wholesale_eur_per_mwh[at // 4])
        assert tariff.retail == wholesale + plan.margin
        assert tariff.feed_in == wholesale - plan.fee


def two_level(scenario: Scenario) -> Scenario:
    return replace(scenario, tariff=replace(scenario.tariff, choice=TariffChoice.TWO_LEVEL))


def test_the_two_level_tariff_has_a_day_and_a_night(benetutti: Scenario) -> None:
    plan = benetutti.tariff.two_level
    for at, tariff in enumerate(tariffs_of_day(two_level(benetutti))):
        day = plan.day_from <= at // 4 < plan.day_until
        assert tariff.retail == (plan.day_retail if day else plan.night_retail)
        assert tariff.feed_in == plan.feed_in


@pytest.mark.parametrize(("day", "intervals"), [(date(2025, 3, 30), 92), (date(2025, 10, 26), 100)])
def test_prices_follow_the_clock_when_it_changes(
    benetutti: Scenario, day: date, intervals: int
) -> None:
    usual = tariffs_of_day(benetutti)
    changed = tariffs_of_day(replace(benetutti, day=day))
    assert len(changed) == intervals
    assert changed[:8] == usual[:8]
    assert changed[-84:] == usual[12:]
    if intervals == 100:
        assert changed[8:16] == usual[8:12] * 2


def test_a_day_needs_24_prices(benetutti: Scenario) -> None:
    plan = benetutti.tariff.real_time
    with pytest.raises(InvalidValueError, match="24 prices"):
        replace(plan, wholesale_eur_per_mwh=plan.wholesale_eur_per_mwh[1:])


def following(scenario: Scenario, step: int, prices: Sequence[int]) -> Scenario:
    """Let a scenario follow a price table that begins with its day."""
    begin = scenario.intervals()[0].start
    starts = tuple(begin + step * at for at in range(len(prices)))
    series = PriceSeries(step, starts, tuple(map(MillicentPerKilowattHour, prices)))
    plan = replace(scenario.tariff.real_time, wholesale_eur_per_mwh=(), wholesale_prices=series)
    return replace(scenario, tariff=replace(scenario.tariff, real_time=plan))


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2025, 3, 30), 23), (date(2025, 4, 1), 24), (date(2025, 10, 26), 25)]
)
@pytest.mark.parametrize("duration", [300, 900, 3600])
@pytest.mark.parametrize("step", [900, 3600])
def test_a_price_table_is_followed_by_the_instant(
    benetutti: Scenario, day: date, hours: int, duration: int, step: int
) -> None:
    scenario = replace(benetutti, day=day, duration_s=duration)
    prices = [10_000 + 100 * at for at in range(hours * 3600 // step)]
    tariffs = tariffs_of_day(following(scenario, step, prices))
    assert len(tariffs) == hours * 3600 // duration
    plan = scenario.tariff.real_time
    for at, tariff in enumerate(tariffs):
        steps = prices[
            at * duration // step : max((at + 1) * duration // step, 1 + at * duration // step)
        ]
        assert tariff.retail - plan.margin == sum(steps) // len(steps)
        assert tariff.retail - tariff.feed_in == plan.margin + plan.fee


def test_the_24_prices_and_a_table_of_them_give_the_same_tariffs(benetutti: Scenario) -> None:
    prices = [millicent_per_kwh(one) for one in benetutti.tariff.real_time.wholesale_eur_per_mwh]
    assert tariffs_of_day(following(benetutti, 3600, prices)) == tariffs_of_day(benetutti)


def test_a_price_table_has_to_cover_the_day(benetutti: Scenario) -> None:
    with pytest.raises(InvalidValueError, match="a price from 2025-04-01T21:00Z on"):
        following(benetutti, 3600, [1] * 23)
    two = two_level(following(benetutti, 3600, [1] * 24))
    assert tariffs_of_day(replace(two, day=date(2025, 4, 2))) == tariffs_of_day(two)


def test_prices_stand_in_the_scenario_or_in_a_table(benetutti: Scenario) -> None:
    plan = following(benetutti, 3600, [1] * 24).tariff.real_time
    with pytest.raises(InvalidValueError, match="none beside wholesale_prices"):
        replace(plan, wholesale_eur_per_mwh=benetutti.tariff.real_time.wholesale_eur_per_mwh)
    with pytest.raises(InvalidValueError, match="24 prices"):
        replace(plan, wholesale_prices=None)


def test_a_price_that_no_tariff_can_hold_is_refused(benetutti: Scenario) -> None:
    plan = benetutti.tariff.real_time
    wrong = (Decimal("1E+30"), *plan.wholesale_eur_per_mwh[1:])
    with pytest.raises(InvalidValueError, match="price: expected a number of EUR/MWh"):
        replace(plan, wholesale_eur_per_mwh=wrong)


def test_a_feed_in_above_retail_is_refused(benetutti: Scenario) -> None:
    plan = benetutti.tariff.two_level
    with pytest.raises(InvalidValueError, match="feed_in"):
        replace(plan, feed_in=MillicentPerKilowattHour(plan.night_retail + 1))
