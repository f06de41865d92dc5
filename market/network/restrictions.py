"""Power limits of lines, for an interval: lasting ones, and those in force for a time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from domain.errors import InvalidValueError
from domain.units import WattHours, require_range

SECONDS_PER_HOUR: Final = 3600
MAX_POWER: Final = 2**40
"""W: a thousand gigawatts, more than any feeder."""


@dataclass(frozen=True, slots=True)
class Restriction:
    """A limit that the grid operator sets on one direction of a line for some time.

    Attributes:
        origin: node from which less may flow.
        destination: node to which it flows; a line joins the two, whichever way it is written.
        start: first second, since 1970 UTC.
        end: first second after it.
        limit: W.

    Raises:
        InvalidValueError: for a span without a second, and a limit below 0.
    """

    origin: int
    destination: int
    start: int
    end: int
    limit: int

    def __post_init__(self) -> None:
        require_range("limit", self.limit, 0, MAX_POWER)
        if self.end <= self.start:
            raise InvalidValueError("end", f"an instant after the start {self.start}", self.end)

    def overlaps(self, start: int, end: int) -> bool:
        """Tell whether some second lies in both half-open spans."""
        return self.start < end and start < self.end


def in_force(
    restrictions: Iterable[Restriction], start: int, duration: int
) -> dict[tuple[int, int], int]:
    """Return the tightest limit in W by origin and destination, of those that touch an interval.

    A restriction that holds for a part of the interval holds for all of it: orders are for energy,
    and nothing says when within the interval it flows.

    Args:
        restrictions: limits in force for a time.
        start: of the interval, in seconds since 1970 UTC.
        duration: seconds.
    """
    tightest: dict[tuple[int, int], int] = {}
    for one in restrictions:
        if one.overlaps(start, start + duration):
            ends = one.origin, one.destination
            tightest[ends] = min(one.limit, tightest.get(ends, one.limit))
    return tightest


def energy_limit(power: int, duration: int) -> WattHours:
    """Return the most energy that a power limit lets through, rounded down to a Wh.

    Args:
        power: W.
        duration: of the interval, in seconds.
    """
    return WattHours(power * duration // SECONDS_PER_HOUR)
