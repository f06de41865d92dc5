"""A scenario's day on a running node: every interval through all of its steps, in order of time."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Final, Protocol

from domain.interval import Interval
from domain.reading import Metered
from domain.tariff import Tariff
from domain.trade import ClearingStatus, PriceRecord
from node.composition import CommunityNode
from node.scenarios.flows import ParticipantDay
from node.scenarios.scenario import Scenario
from node.scenarios.strategy import PlannedOrder, planned_orders
from node.simulation.meters import Metering
from node.simulation.progress import Listener
from node.simulation.wallet import Wallet
from settlement.service import SettlementWaitsError

FIRST_ROUND: Final = 180
SECOND_ROUND: Final = 90
"""Seconds before the gate at which participants place their orders, each in one of two rounds."""

COMMIT_AFTER: Final = 30
"""Seconds after a round at which its orders are committed."""

READ_AFTER: Final = 10
SETTLE_AFTER: Final = 20
"""Seconds after an interval's end."""


class SimulatedTime(Protocol):
    """Moves the market's clock and the chain's time together."""

    def move_to(self, second: int) -> None:
        """Go forward to a UTC second."""
        ...


@dataclass(frozen=True, slots=True)
class Plan:
    """All that will happen on the day, before it begins.

    Attributes:
        intervals: in order.
        tariffs: the grid's prices, one an interval.
        orders: what participants will order, one tuple an interval.
        counted: what each device will count, one mapping an interval.
        rounds: in which of the two rounds each participant orders, by key.
    """

    intervals: tuple[Interval, ...]
    tariffs: tuple[Tariff, ...]
    orders: tuple[tuple[PlannedOrder, ...], ...]
    counted: tuple[Mapping[int, Metered], ...]
    rounds: Mapping[str, int]


def plan_day(
    scenario: Scenario,
    days: Sequence[ParticipantDay],
    tariffs: Sequence[Tariff],
    devices: Mapping[str, int],
    seed: str,
) -> Plan:
    """Lay the day out.

    Args:
        scenario: the community and its day.
        days: what every participant expects, and what will happen.
        tariffs: the grid's prices.
        devices: the number of each participant's meter, by key.
        seed: the same seed gives the same plan.
    """
    random = Random(f"rounds/{seed}/{scenario.name}")  # noqa: S311  a simulation, no secret
    intervals = scenario.intervals()
    return Plan(
        intervals=intervals,
        tariffs=tuple(tariffs),
        orders=planned_orders(scenario, days, tariffs, seed),
        counted=tuple(
            {devices[day.participant.key]: day.actual[index].metered for day in days}
            for index in range(len(intervals))
        ),
        rounds={day.participant.key: random.randrange(2) for day in days},
    )


class Day:
    """Runs a planned day on a node."""

    def __init__(
        self,
        node: CommunityNode,
        plan: Plan,
        wallets: Mapping[str, Wallet],
        metering: Metering,
        time: SimulatedTime,
    ) -> None:
        """Prepare the day.

        Args:
            node: the community's node.
            plan: what will happen.
            wallets: every participant's signed-in wallet, by key.
            metering: the gateways.
            time: the clock that the day moves.
        """
        self._node = node
        self._plan = plan
        self._wallets = wallets
        self._metering = metering
        self._time = time
        self._gate_lead = node.terms.gate_lead
        self._waiting: deque[Interval] = deque()

    def run(self, scenario: Scenario, listener: Listener) -> None:
        """Run every interval; the last thing done is the last settlement.

        An interval's book closes before the interval begins, and its energy is known only when it
        is over: so each interval is traded first, and then the one before it is metered and
        settled, or left until those that are settled with it are over, too. Short intervals wait
        for the end of the time in which their books are challenged.
        """
        previous: int | None = None
        for index, interval in enumerate(self._plan.intervals):
            record = self._trade(index)
            if previous is not None:
                self._meter_and_settle(previous)
            previous = index
            listener.step(_note(interval, record, scenario))
        if previous is not None:
            self._meter_and_settle(previous)
            self._settle_late(self._plan.intervals[previous].end)

    def _trade(self, index: int) -> PriceRecord:
        interval = self._plan.intervals[index]
        gate = interval.start - self._gate_lead
        for number, lead in enumerate((FIRST_ROUND, SECOND_ROUND)):
            self._time.move_to(gate - lead)
            self._place_orders(index, number)
            self._time.move_to(gate - lead + COMMIT_AFTER)
            self._node.market.commit(interval)
        self._time.move_to(gate + 1)
        return self._node.clear(interval)

    def _place_orders(self, index: int, number: int) -> None:
        interval = self._plan.intervals[index]
        for order in self._plan.orders[index]:
            if self._plan.rounds[order.participant] == number:
                wallet = self._wallets[order.participant]
                wallet.place(interval, order.side, order.quantity, order.price)

    def _meter_and_settle(self, index: int) -> None:
        interval = self._plan.intervals[index]
        self._time.move_to(interval.end + READ_AFTER)
        self._metering.read(interval, self._plan.counted[index])
        self._metering.forward(self._node.ingest.receive)
        self._time.move_to(interval.end + SETTLE_AFTER)
        self._waiting.append(interval)
        self._settle_waiting()

    def _settle_waiting(self) -> SettlementWaitsError | None:
        """Settle what can be, in order; return what the next one waits for."""
        while self._waiting:
            try:
                self._node.settle(self._waiting[0])
            except SettlementWaitsError as waits:
                return waits
            self._waiting.popleft()
        return None

    def _settle_rest(self, until: int) -> SettlementWaitsError | None:
        """Settle what waits for its group; return what that waits for."""
        try:
            self._node.settle_rest(until)
        except SettlementWaitsError as waits:
            return waits
        return None

    def _settle_late(self, until: int) -> None:
        while (waits := self._settle_waiting() or self._settle_rest(until)) is not None:
            if waits.until is None:
                raise waits
            self._time.move_to(waits.until)


def _note(interval: Interval, record: PriceRecord, scenario: Scenario) -> str:
    begin = datetime.fromtimestamp(interval.start, scenario.zone)
    if record.status is ClearingStatus.NO_TRADE:
        return f"{begin:%H:%M}  no trade"
    near = "around" if record.is_allocated else "at"
    price = f"{record.price / 1000:.2f} ct/kWh"
    return f"{begin:%H:%M}  {record.volume / 1000:.2f} kWh {near} {price}"
