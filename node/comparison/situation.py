"""What some mechanisms ask beside orders: where participants are, and when they order.

A scenario names no feeder, so the comparison assumes one: the participants hang on three branches
in turn, each branch on the substation by one line. It is an assumption of the comparison alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from market.mechanisms import TableSpec
from market.orders_file import Column
from market.table_file import Table
from node.scenarios.scenario import Scenario

SUBSTATION: Final = "substation"
BRANCHES: Final = ("north", "middle", "south")
BRANCH_LIMIT_W: Final = 2_500
"""What the line of a branch carries, either way."""

BRANCH_FEE: Final = 500
"""Millicent per kWh between branches, where a mechanism knows network fees."""

_SECONDS_PER_HOUR: Final = 3600


@dataclass(frozen=True, slots=True)
class Situation:
    """Where a scenario's participants are, and when they order.

    Attributes:
        duration_s: seconds of an interval.
        branch: of each participant, by key.
        arrival: seconds from an interval's opening to each one's order, by key.
    """

    duration_s: int
    branch: Mapping[str, str]
    arrival: Mapping[str, int]

    @classmethod
    def of(cls, scenario: Scenario, seed: str) -> Situation:
        """Spread the participants over the branches, and their orders over an interval."""
        random = Random(f"arrival/{seed}/{scenario.name}")  # noqa: S311  a simulation, no secret
        keys = [participant.key for participant in scenario.participants]
        return cls(
            duration_s=scenario.duration_s,
            branch={key: BRANCHES[at % len(BRANCHES)] for at, key in enumerate(keys)},
            arrival={key: random.randrange(scenario.duration_s) for key in keys},
        )

    def column(self, column: Column, participants: Sequence[str]) -> list[Any]:
        """Return a further column of the orders file."""
        found: dict[str, Mapping[str, Any]] = {
            "zone": self.branch,
            "node": self.branch,
            "area": self.branch,
            "entered": self.arrival,
        }
        values = found.get(column.name, {})
        return [values.get(key, column.default) for key in participants]

    def table(self, spec: TableSpec) -> Table | None:
        """Return a file that a mechanism reads, or None for one that it can do without."""
        if spec.option == "lines":
            return self._lines(spec)
        return _fees() if spec.option == "fees" else None

    def _lines(self, spec: TableSpec) -> Table:
        energy = BRANCH_LIMIT_W * self.duration_s // _SECONDS_PER_HOUR
        limits = {
            "limit_w": BRANCH_LIMIT_W,
            "min_flow_wh": -energy,
            "max_flow_wh": energy,
        }
        ends = {"from": [SUBSTATION] * len(BRANCHES), "to": list(BRANCHES)}
        columns = {
            name: ends.get(name.partition("_")[0]) or [str(limits[name])] * len(BRANCHES)
            for name in spec.columns
        }
        return _table("feeder", columns)


def _fees() -> Table:
    pairs = [(one, other) for one in BRANCHES for other in BRANCHES if one != other]
    return _table(
        "fees",
        {
            "from_area": [one for one, _ in pairs],
            "to_area": [other for _, other in pairs],
            "fee": [str(BRANCH_FEE)] * len(pairs),
        },
    )


def _table(name: str, columns: Mapping[str, list[str]]) -> Table:
    rows = len(next(iter(columns.values())))
    return Table(name, range(2, rows + 2), columns)
