"""The day's sums are the sums of its parts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from node.report.data import GasFigures, ReportData
from node.report.totals import cents, euro_cents, kilowatt_hours, percent, totals


def test_sums(report: ReportData) -> None:
    day = totals(report)
    assert (day.traded, day.from_grid, day.fed_in) == (3_000, 50_000, 500)
    assert (day.consumed, day.generated) == (80_000, 40_000)
    assert day.self_sufficiency == pytest.approx(1 - 50 / 80)
    assert day.self_sufficiency_alone == pytest.approx(1 - 60 / 80)
    assert day.self_consumption == pytest.approx(1 - 0.5 / 40)
    assert day.self_consumption_alone == pytest.approx(0.5)
    assert day.saved == 140_000_000
    assert day.trading_intervals == 2
    assert day.mean_price == pytest.approx((15_040 + 2 * 15_041) / 3)
    assert (day.mean_feed_in, day.mean_retail) == (8_000, 24_000)


def test_a_day_without_trade_consumption_or_orders(report: ReportData) -> None:
    quiet = tuple(interval for interval in report.intervals if interval.price is None)
    day = totals(replace(report, intervals=quiet, participants=()))
    assert (day.traded, day.mean_price, day.self_sufficiency, day.saved) == (0, None, 0.0, 0)
    assert GasFigures(0, 0, 0, 0, 0, 0).per_order == 0


def test_gas_is_rounded_up(report: ReportData) -> None:
    gas = report.gas
    assert (gas.per_order, gas.per_reading, gas.per_position) == (401, 500, 10_001)


def test_figures_are_written_with_their_units() -> None:
    assert kilowatt_hours(79_544) == "79.5 kWh"
    assert percent(0.654) == "65%"
    assert cents(16_138.4) == "16.14 ct/kWh"
    assert euro_cents(1_008_000_000) == "10.08 EUR"
    assert euro_cents(-12_300_000) == "-0.12 EUR"
    assert euro_cents(-3) == "0.00 EUR"
