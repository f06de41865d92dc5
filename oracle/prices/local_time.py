"""Instants and delivery days of price tables, in UTC or by a clock on the wall."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from domain.errors import InvalidValueError

_DAY: Final = timedelta(days=1)
_EXPECTED: Final = "an instant as ISO 8601, such as 2025-04-01T00:00Z or 2025-04-01T00:00+02:00"


class LocalClock:
    """Reads a table's instants, those of the hour that a day in October has twice included.

    An instant without an offset from UTC is taken by the clock of a time zone. Where that clock
    shows a time twice, its first row is the earlier of the two, its second row the later one.
    """

    def __init__(self, zone: ZoneInfo | None) -> None:
        """Prepare to read one table.

        Args:
            zone: whose clock instants without an offset follow; None refuses them.
        """
        self._zone = zone
        self._shown: Counter[datetime] = Counter()

    def start(self, text: str, field: str) -> int:
        """Read the instant at which a price begins to hold.

        Returns:
            Seconds since 1970-01-01 UTC.

        Raises:
            InvalidValueError: naming the field; a time that the clock skips included.
        """
        instants = self._instants(text, field)
        if len(instants) == 1:
            return instants[0]
        shown = datetime.fromisoformat(text)
        self._shown[shown] += 1
        return instants[0] if self._shown[shown] == 1 else instants[1]

    def end(self, text: str, field: str, start: int) -> int:
        """Read the instant at which a price ceases to hold: the first such one after its start.

        Raises:
            InvalidValueError: naming the field.
        """
        instants = self._instants(text, field)
        later = [instant for instant in instants if instant > start]
        if not later:
            raise InvalidValueError(field, "an instant after the start", text)
        return later[0]

    def _instants(self, text: str, field: str) -> list[int]:
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            raise InvalidValueError(field, _EXPECTED, text) from None
        offset = found.utcoffset()
        fraction = found.microsecond or (offset is not None and offset.microseconds)
        if fraction or not 1970 <= found.year < 9999:
            raise InvalidValueError(field, _EXPECTED, text)
        if offset is not None:
            return [int(found.timestamp())]
        if self._zone is None:
            raise InvalidValueError(field, f"{_EXPECTED}, or a time zone to be given", text)
        instants = _shown_at(found, self._zone)
        if not instants:
            expected = f"a time that clocks in {self._zone.key} show"
            raise InvalidValueError(field, expected, text)
        return instants


def day_bounds(day: date, zone: ZoneInfo) -> tuple[int, int]:
    """Return the first second of a local day, and the first after it: 23 to 25 hours."""
    midnights = (datetime.combine(date_, time(), zone) for date_ in (day, day + _DAY))
    start, end = (int(midnight.timestamp()) for midnight in midnights)
    return start, end


def _shown_at(shown: datetime, zone: ZoneInfo) -> list[int]:
    """Return the instants at which a clock shows a time, in order: one, two or none."""
    candidates = {int(shown.replace(tzinfo=zone, fold=fold).timestamp()) for fold in (0, 1)}
    return [
        instant
        for instant in sorted(candidates)
        if datetime.fromtimestamp(instant, zone).replace(tzinfo=None, fold=0) == shown
    ]
