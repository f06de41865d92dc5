"""The order of a day's steps where settlements have to wait."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from chain.errors import ContractRefusedError
from domain.interval import Interval
from domain.tariff import Tariff
from domain.trade import ClearingStatus, PriceRecord
from node.scenarios.loading import load_scenario
from node.simulation.day import Day, Plan
from settlement.service import SettlementWaitsError

FIRST = 1_743_458_400
INTERVALS = tuple(Interval(1, FIRST + 300 * at, 300) for at in range(4))
TARIFF = Tariff(8_000, 30_000)


class World:
    """A node, its gateways and a clock that note what happens. Books are open to challenges for
    1,200 seconds after their clearing."""

    def __init__(self, window: int | None = 1_200) -> None:
        self.now = 0
        self.window = window
        self.cleared: dict[Interval, int] = {}
        self.settled: list[tuple[Interval, int]] = []
        self.read: list[Interval] = []
        self.rest = (0, 0)
        self.terms = SimpleNamespace(gate_lead=60)
        self.market = SimpleNamespace(commit=lambda interval: None)
        self.ingest = SimpleNamespace(receive=None)

    def move_to(self, second: int) -> None:
        self.now = max(self.now, second)

    def clear(self, interval: Interval) -> PriceRecord:
        self.cleared[interval] = self.now
        nothing = (ClearingStatus.NO_TRADE, 0, 0, TARIFF, bytes(32), bytes(32))
        return PriceRecord(interval, *nothing)

    def settle(self, interval: Interval) -> None:
        arguments = {} if self.window is None else {"until": self.cleared[interval] + self.window}
        if self.now < arguments.get("until", 2**40):
            raise SettlementWaitsError(interval, ContractRefusedError(arguments))
        self.settled.append((interval, self.now))

    def settle_rest(self, until: int) -> None:
        self.rest = (until, len(self.settled))

    def run(self) -> None:
        metering = SimpleNamespace(
            read=lambda interval, counted: self.read.append(interval), forward=lambda take: None
        )
        plan = Plan(INTERVALS, (TARIFF,) * 4, ((),) * 4, ({},) * 4, {})
        listener = SimpleNamespace(step=lambda note: None)
        Day(self, plan, {}, metering, self).run(load_scenario("benetutti"), listener)


def test_short_intervals_are_settled_as_soon_as_their_window_ends() -> None:
    world = World()
    world.run()
    assert world.read == list(INTERVALS)
    assert [interval for interval, _ in world.settled] == list(INTERVALS)
    for interval, second in world.settled:
        assert second - world.cleared[interval] >= 1_200
    assert world.rest == (INTERVALS[-1].end, len(INTERVALS))
    # The first one meanwhile, between two steps; the last one at the very second.
    assert world.settled[-1][1] == world.cleared[INTERVALS[-1]] + 1_200


def test_what_waits_for_people_ends_the_day() -> None:
    with pytest.raises(SettlementWaitsError, match="not settled yet"):
        World(window=None).run()
