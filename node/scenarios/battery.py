"""A battery that serves its owner first: charge from surplus, discharge into need.

Rule, each interval: what the roof produces beyond the load charges the battery, what the load
takes beyond the roof is drawn from it, both as far as its power and its stored energy allow. It
never takes from the grid and never feeds it. Losses fall on the way in and on the way out; whole
watt-hours are rounded against the owner, so that energy is lost but never made.
"""

from __future__ import annotations

from dataclasses import dataclass

from domain.units import WattHours
from node.scenarios.scenario import Battery

_SECONDS_OF_HOUR = 3600
_PERMILLE = 1000


@dataclass(frozen=True, slots=True)
class BatteryStep:
    """What a battery did in one interval.

    Attributes:
        charged: Wh that it took at its terminals.
        discharged: Wh that it gave at its terminals.
        stored: Wh in it at the interval's end.
    """

    charged: WattHours
    discharged: WattHours
    stored: WattHours


def step(battery: Battery, stored: WattHours, need: int, duration_s: int) -> BatteryStep:
    """Run the battery through one interval.

    Args:
        battery: its capacity, power and efficiencies.
        stored: Wh in it at the interval's begin.
        need: Wh of load minus production; negative is surplus.
        duration_s: seconds of the interval.
    """
    limit = battery.power_w * duration_s // _SECONDS_OF_HOUR
    if need < 0:
        charged = min(-need, limit, _room(battery, stored))
        gained = charged * battery.charge_permille // _PERMILLE
        return BatteryStep(WattHours(charged), WattHours(0), WattHours(stored + gained))
    discharged = min(need, limit, stored * battery.discharge_permille // _PERMILLE)
    withdrawn = -(-discharged * _PERMILLE // battery.discharge_permille)
    return BatteryStep(WattHours(0), WattHours(discharged), WattHours(stored - withdrawn))


def _room(battery: Battery, stored: WattHours) -> int:
    """Return the most Wh that can be taken without storing more than the capacity."""
    free = battery.capacity_wh - stored
    return ((free + 1) * _PERMILLE - 1) // battery.charge_permille
