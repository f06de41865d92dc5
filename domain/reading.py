"""Metered energy of one device in one interval."""

from __future__ import annotations

from dataclasses import dataclass

from domain.interval import Interval
from domain.units import MAX_QUANTITY, WattHours, require_range


@dataclass(frozen=True, slots=True)
class Reading:
    """What a meter counted in one interval.

    Attributes:
        interval: which interval.
        device: number of the device in the registry, 1 to 2^32 - 1.
        imported: Wh taken from the grid in the interval (OBIS 1-0:1.8.0, its advance).
        exported: Wh fed into the grid in the interval (OBIS 1-0:2.8.0, its advance).
    """

    interval: Interval
    device: int
    imported: WattHours
    exported: WattHours

    def __post_init__(self) -> None:
        require_range("device", self.device, 1, 2**32 - 1)
        require_range("imported", self.imported, 0, MAX_QUANTITY)
        require_range("exported", self.exported, 0, MAX_QUANTITY)


@dataclass(frozen=True, slots=True)
class Metered:
    """Energy of all of a participant's meters in one interval.

    Attributes:
        imported: Wh taken from the grid.
        exported: Wh fed into the grid.
    """

    imported: WattHours
    exported: WattHours
