"""The grid's prices over a scenario's day (TwinERGY D4.4, PUC04.02 step 3)."""

from __future__ import annotations

from datetime import datetime

from domain.interval import Interval
from domain.price_series import millicent_per_kwh
from domain.tariff import Tariff
from market.tariffs import real_time_tariff, real_time_tariffs, two_level_tariff
from node.scenarios.scenario import Scenario, TariffChoice


def tariffs_of_day(scenario: Scenario) -> tuple[Tariff, ...]:
    """Return the feed-in and retail price of each of the day's intervals.

    Prices of a file are those of their instants. The 24 prices of a scenario, and the two levels,
    follow the clock on the wall: an hour that comes twice has the same price twice.
    """
    if scenario.tariff.choice is TariffChoice.TWO_LEVEL:
        return tuple(_two_level(scenario, interval) for interval in scenario.intervals())
    plan = scenario.tariff.real_time
    if plan.wholesale_prices is not None:
        intervals = scenario.intervals()
        return real_time_tariffs(plan.wholesale_prices, intervals, margin=plan.margin, fee=plan.fee)
    prices = [millicent_per_kwh(price) for price in plan.wholesale_eur_per_mwh]
    return tuple(
        real_time_tariff(prices[_local_hour(scenario, interval)], plan.margin, plan.fee)
        for interval in scenario.intervals()
    )


def _local_hour(scenario: Scenario, interval: Interval) -> int:
    return datetime.fromtimestamp(interval.start, scenario.zone).hour


def _two_level(scenario: Scenario, interval: Interval) -> Tariff:
    plan = scenario.tariff.two_level
    return two_level_tariff(
        interval,
        day=plan.day_retail,
        night=plan.night_retail,
        feed_in=plan.feed_in,
        day_hours=(plan.day_from, plan.day_until),
        zone=scenario.zone,
    )
