"""A scenario's order books, interval by interval, as every mechanism takes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from domain.interval import Interval
from domain.tariff import Tariff
from market.clearing import OrderArrays
from market.mechanisms import Mechanism, Request
from market.orders_file import HashedIds, OrdersFile
from market.table_file import Table
from node.comparison.situation import Situation
from node.scenarios.flows import ParticipantDay, expected_and_actual
from node.scenarios.scenario import Scenario
from node.scenarios.strategy import PlannedOrder, planned_orders
from node.scenarios.tariffs import tariffs_of_day


@dataclass(frozen=True, slots=True)
class DayOfBooks:
    """What participants order on a day, and what their meters show.

    Attributes:
        intervals: in order.
        tariffs: one an interval.
        orders: one tuple an interval.
        days: expected and actual energy of every participant.
        situation: where participants are and when they order.
    """

    intervals: tuple[Interval, ...]
    tariffs: tuple[Tariff, ...]
    orders: tuple[tuple[PlannedOrder, ...], ...]
    days: tuple[ParticipantDay, ...]
    situation: Situation

    @classmethod
    def of(cls, scenario: Scenario, seed: str) -> DayOfBooks:
        """Lay a scenario's day out; the same seed gives the same books as ``commonwatt demo``."""
        days = expected_and_actual(scenario, seed)
        tariffs = tariffs_of_day(scenario)
        return cls(
            intervals=scenario.intervals(),
            tariffs=tariffs,
            orders=planned_orders(scenario, days, tariffs, seed),
            days=days,
            situation=Situation.of(scenario, seed),
        )

    def request(self, index: int, mechanism: Mechanism) -> Request:
        """Return what a mechanism clears in an interval."""
        orders, interval = self.orders[index], self.intervals[index]
        ids = [f"{interval.start}/{order.participant}" for order in orders]
        who = [order.participant for order in orders]
        columns = {column.name: self.situation.column(column, who) for column in mechanism.columns}
        return Request(
            book=OrdersFile(ids, who, _arrays(ids, orders), columns),
            tariff=self.tariffs[index],
            tables=self._tables(mechanism),
            start=interval.start if mechanism.takes_start else None,
            duration=interval.duration,
        )

    def _tables(self, mechanism: Mechanism) -> Mapping[str, Table]:
        tables = {spec.option: self.situation.table(spec) for spec in mechanism.tables}
        return {option: table for option, table in tables.items() if table is not None}


def _arrays(ids: Sequence[str], orders: Sequence[PlannedOrder]) -> OrderArrays:
    return OrderArrays(
        side=np.array([order.side for order in orders], np.uint8),
        price=np.array([order.price for order in orders], np.int64),
        quantity=np.array([order.quantity for order in orders], np.int64),
        keys=HashedIds(ids),
    )
