"""The grid's prices follow their published source and the stated rules."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from domain.errors import InvalidValueError
from domain.units import MillicentPerKilowattHour
from node.scenarios.scenario import Scenario, TariffChoice, millicent_per_kwh
from node.scenarios.tariffs import tariffs_of_day


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
    ],
)
def test_a_wholesale_price_is_rounded_half_to_even(published: str, price: int) -> None:
    assert millicent_per_kwh(Decimal(published)) == price


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


def test_a_feed_in_above_retail_is_refused(benetutti: Scenario) -> None:
    plan = benetutti.tariff.two_level
    with pytest.raises(InvalidValueError, match="feed_in"):
        replace(plan, feed_in=MillicentPerKilowattHour(plan.night_retail + 1))
