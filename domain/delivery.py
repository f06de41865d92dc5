"""What is said about energy that goes into batteries."""

from __future__ import annotations

from dataclasses import dataclass

from domain.errors import InvalidValueError
from domain.interval import Interval
from domain.units import require_range

MAX_DEVICE = 2**32 - 1


@dataclass(frozen=True, slots=True)
class Session:
    """What charged which battery in which interval of the market.

    Attributes:
        source: number of the device that delivers.
        battery: number of the battery.
        interval: the interval in which it did.
    """

    source: int
    battery: int
    interval: Interval

    def __post_init__(self) -> None:
        require_range("source", self.source, 1, MAX_DEVICE)
        require_range("battery", self.battery, 1, MAX_DEVICE)
        if self.source == self.battery:
            raise InvalidValueError("battery", "another device than the source", self.battery)
