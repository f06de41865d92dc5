"""Market intervals: half-open spans of UTC time in one community."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from domain.errors import InvalidValueError
from domain.units import require_range

DURATIONS: Final = (300, 900, 3600)
DEFAULT_DURATION: Final = 900
"""Seconds that an interval may last."""

_START_BITS: Final = 40
_DURATION_BITS: Final = 24
_COMMUNITY_BITS: Final = 32


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """A half-open span ``[start, start + duration)`` of one community's market.

    Attributes:
        community: number of the community, 1 to 2^32 - 1.
        start: seconds since 1970-01-01 UTC, a multiple of the duration.
        duration: seconds, one of ``DURATIONS``.
    """

    community: int
    start: int
    duration: int = 900

    def __post_init__(self) -> None:
        require_range("community", self.community, 1, 2**_COMMUNITY_BITS - 1)
        require_range("start", self.start, 0, 2**_START_BITS - 1)
        if self.duration not in DURATIONS:
            expected = f"one of {', '.join(map(str, DURATIONS))} seconds"
            raise InvalidValueError("duration", expected, self.duration)
        if self.start % self.duration:
            raise InvalidValueError("start", f"a multiple of {self.duration} seconds", self.start)

    @property
    def end(self) -> int:
        """First second after the interval."""
        return self.start + self.duration

    @property
    def packed(self) -> int:
        """The interval as the contracts' ``IntervalId``: community, start, duration in 96 bits."""
        high = (self.community << _START_BITS) | self.start
        return (high << _DURATION_BITS) | self.duration

    @classmethod
    def unpack(cls, packed: int) -> Interval:
        """Read an ``IntervalId`` back."""
        require_range("interval", packed, 0, 2**96 - 1)
        duration = packed & (2**_DURATION_BITS - 1)
        start = (packed >> _DURATION_BITS) & (2**_START_BITS - 1)
        return cls(packed >> (_DURATION_BITS + _START_BITS), start, duration)

    def __str__(self) -> str:
        begin = datetime.fromtimestamp(self.start, UTC)
        return f"{self.community}@{begin:%Y-%m-%dT%H:%MZ}+{self.duration}s"


def intervals_of_day(
    community: int, day: date, zone: ZoneInfo, duration: int = 900
) -> Iterator[Interval]:
    """Yield a local day's intervals in order: 92, 96 or 100 quarters.

    Args:
        community: number of the community.
        day: the local calendar day.
        zone: the time zone whose midnights bound the day.
        duration: seconds of each interval.
    """
    begin = int(datetime.combine(day, time(), zone).timestamp())
    end = int(datetime.combine(day + timedelta(days=1), time(), zone).timestamp())
    for start in range(begin, end, duration):
        yield Interval(community, start, duration)
