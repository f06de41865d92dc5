"""The grid's prices over a scenario's day (TwinERGY D4.4, PUC04.02 step 3)."""

from __future__ import annotations

from datetime import datetime

from domain.interval import Interval
from domain.tariff import Tariff
from market.tariffs import real_time_tariff, two_level_tariff
from node.scenarios.scenario import Scenario, TariffChoice, millicent_per_kwh


def tariffs_of_day(scenario: Scenario) -> tuple[Tariff, ...]:
    """Return the feed-in and retail price of each of the day's intervals.

    Prices follow the clock on the wall: an hour that comes twice has the same price twice.
    """
    price = _real_time if scenario.tariff.choice is TariffChoice.REAL_TIME else _two_level
    return tuple(price(scenario, interval) for interval in scenario.intervals())


def _real_time(scenario: Scenario, interval: Interval) -> Tariff:
    plan = scenario.tariff.real_time
    hour = datetime.fromtimestamp(interval.start, scenario.zone).hour
    wholesale = millicent_per_kwh(plan.wholesale_eur_per_mwh[hour])
    return real_time_tariff(wholesale, plan.margin, plan.fee)


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
