from __future__ import annotations

from datetime import date

import pytest

from domain.units import MillicentPerKilowattHour as Price
from domain.units import Money, WattHours
from node.report.data import (
    AuditCheck,
    GasFigures,
    IntervalFigures,
    OrderFigures,
    ParticipantFigures,
    ReportData,
)
from node.scenarios.scenario import Source

MIDNIGHT = 1_761_429_600
"""25 October 2025, 22:00 UTC: the day in Rome that has 100 quarters begins."""


def _order(account: int, quantity: int, price: int) -> OrderFigures:
    return OrderFigures(account, WattHours(quantity), Price(price))


def _interval(at: int) -> IntervalFigures:
    trades = at in (40, 41)
    return IntervalFigures(
        start=MIDNIGHT + 900 * at,
        feed_in=Price(8_000),
        retail=Price(24_000),
        price=Price(15_000 + at) if trades else None,
        traded=WattHours(1_000 * (at - 39) if trades else 0),
        value=Money(1_000 * (at - 39) * (15_000 + at) if trades else 0),
        from_grid=WattHours(500),
        fed_in=WattHours(250 if trades else 0),
        price_hash=f"0x{at:064x}",
        bids=(_order(2, 2_400, 22_000), _order(3, 100, 23_000)) if trades else (),
        offers=(_order(4, 2_600, 9_000),) if trades else (),
    )


def _participant(account: int, name: str, paid: int, grid_only: int) -> ParticipantFigures:
    return ParticipantFigures(
        account,
        name,
        consumed=WattHours(40_000),
        generated=WattHours(20_000),
        imported=WattHours(30_000),
        exported=WattHours(10_000),
        bought=WattHours(1_500),
        sold=WattHours(1_500),
        paid=Money(paid),
        grid_only=Money(grid_only),
    )


@pytest.fixture
def report() -> ReportData:
    return ReportData(
        title="Oak & <Ash>",
        day=date(2025, 10, 26),
        time_zone="Europe/Rome",
        duration_s=900,
        mechanism="uniform-price",
        k=500,
        tariff="real-time",
        intervals=tuple(_interval(at) for at in range(100)),
        participants=(
            _participant(2, "Nursery", 100_000_000, 250_000_000),
            _participant(3, "</script><b>Home</b>", 90_000_000, 80_000_000),
        ),
        gas=GasFigures(6, 2_401, 200, 100_000, 200, 2_000_100),
        audit=(AuditCheck("Order signatures", 6, 0), AuditCheck("Prices", 100, 0)),
        contracts=(("Market", "0x" + "ab" * 20),),
        chain_id=31_337,
        run="runs/oak",
        sources=(
            Source("SimBench", "Universities", "ODbL 1.0", "https://simbench.de/", "shapes"),
            Source("Prices", "GME", "with attribution", "https://example.org/", "prices"),
        ),
    )
