"""Shapes of consumption and production: one week of quarters, and how a day is cut out of it.

A table holds 672 quarters, Monday to Sunday, in local clock time. A day takes the quarters of its
weekday by the clock on the wall: the hour that a day in March lacks is skipped, the hour that a
day in October has twice is used twice.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from domain.errors import InvalidValueError
from domain.interval import Interval
from domain.units import WattHours

QUARTERS_OF_DAY: Final = 96
QUARTERS_OF_WEEK: Final = 7 * QUARTERS_OF_DAY
_SLOT_S: Final = 300
_SLOTS_OF_QUARTER: Final = 3
_MILLI: Final = 1000
_KILO: Final = 1000
_COMMENT: Final = "# "
_CLOCK_COLUMNS: Final = ("weekday", "time")


@dataclass(frozen=True, slots=True)
class ProfileTable:
    """One week of shapes.

    Attributes:
        load: by profile, mWh in each quarter of a consumer of 1 MWh a year.
        pv: by profile, mWh in each quarter of a plant whose best quarter of the year is at 1 kW.
        notice: lines that name the source and its licence; they travel with the file.
    """

    load: Mapping[str, tuple[int, ...]]
    pv: Mapping[str, tuple[int, ...]]
    notice: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for kind, shapes in (("load", self.load), ("pv", self.pv)):
            for name, shape in shapes.items():
                _require_shape(f"profile {kind}:{name}", shape)


def _require_shape(field: str, shape: Sequence[int]) -> None:
    if len(shape) != QUARTERS_OF_WEEK:
        raise InvalidValueError(field, f"{QUARTERS_OF_WEEK} quarters of a week", len(shape))
    if min(shape) < 0:
        raise InvalidValueError(field, "no negative energy", min(shape))


def quarters_of(intervals: Sequence[Interval], zone: ZoneInfo) -> list[tuple[int, ...]]:
    """Return, for each interval, the quarter of the week that each of its five minutes lies in.

    Args:
        intervals: the intervals of a day.
        zone: whose clock the week follows.
    """
    return [
        tuple(_quarter(second, zone) for second in range(interval.start, interval.end, _SLOT_S))
        for interval in intervals
    ]


def _quarter(second: int, zone: ZoneInfo) -> int:
    local = datetime.fromtimestamp(second, zone)
    return local.weekday() * QUARTERS_OF_DAY + local.hour * 4 + local.minute // 15


def load_energy(
    shape: Sequence[int], annual_kwh: int, shift_quarters: int, day: Sequence[Sequence[int]]
) -> list[WattHours]:
    """Return the Wh that a load takes in each interval.

    Args:
        shape: mWh a quarter of a consumer of 1 MWh a year.
        annual_kwh: the consumer's own year.
        shift_quarters: how many quarters the shape runs late.
        day: the intervals as ``quarters_of`` gives them.
    """
    thirds = [
        sum(shape[(quarter - shift_quarters) % QUARTERS_OF_WEEK] for quarter in quarters)
        for quarters in day
    ]
    return _scaled(thirds, annual_kwh)


def pv_energy(shape: Sequence[int], peak_w: int, day: Sequence[Sequence[int]]) -> list[WattHours]:
    """Return the Wh that a plant produces in each interval.

    Args:
        shape: mWh a quarter of a plant of 1 kW.
        peak_w: the plant's own output in its best quarter.
        day: the intervals as ``quarters_of`` gives them.
    """
    return _scaled([sum(shape[quarter] for quarter in quarters) for quarters in day], peak_w)


def _scaled(thirds: Sequence[int], factor: int) -> list[WattHours]:
    """Scale sums of five minutes, each counted as a whole quarter, to whole Wh.

    The running total is rounded, so that the whole day is off by less than 1 Wh.
    """
    divisor = _SLOTS_OF_QUARTER * _MILLI * _KILO
    energies = []
    total = counted = 0
    for amount in thirds:
        total += amount * factor
        reached = (2 * total + divisor) // (2 * divisor)
        energies.append(WattHours(reached - counted))
        counted = reached
    return energies


def write_profiles(path: Path, table: ProfileTable) -> None:
    """Write a table as CSV: the notice as comment lines, then one row a quarter."""
    columns = [(f"load:{name}", shape) for name, shape in table.load.items()]
    columns += [(f"pv:{name}", shape) for name, shape in table.pv.items()]
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(f"{_COMMENT}{line}".rstrip() + "\n" for line in table.notice)
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow([*_CLOCK_COLUMNS, *(title for title, _ in columns)])
        for quarter in range(QUARTERS_OF_WEEK):
            values = (shape[quarter] for _, shape in columns)
            rows.writerow([*_clock(quarter), *values])


def _clock(quarter: int) -> tuple[int, str]:
    day, of_day = divmod(quarter, QUARTERS_OF_DAY)
    return day + 1, f"{of_day // 4:02d}:{of_day % 4 * 15:02d}"


def read_profiles(path: Path) -> ProfileTable:
    """Read a table written by ``write_profiles``.

    Raises:
        InvalidValueError: naming the line and the column.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    notice = [line.removeprefix(_COMMENT).removeprefix("#") for line in lines if line[:1] == "#"]
    rows = list(csv.reader(lines[len(notice) :]))
    if not rows or tuple(rows[0][:2]) != _CLOCK_COLUMNS:
        raise InvalidValueError(f"{path.name}: header", "weekday,time,...", rows[:1])
    titles = rows[0][2:]
    columns: dict[str, list[int]] = {title: [] for title in titles}
    for number, row in enumerate(rows[1:], start=len(notice) + 2):
        _read_row(f"{path.name}: line {number}", row, titles, columns)
    return ProfileTable(_titled("load", columns), _titled("pv", columns), tuple(notice))


def _read_row(
    where: str, row: Sequence[str], titles: Sequence[str], columns: Mapping[str, list[int]]
) -> None:
    if len(row) != len(titles) + 2:
        raise InvalidValueError(where, f"{len(titles) + 2} fields", len(row))
    done = len(columns[titles[0]]) if titles else 0
    weekday, time = _clock(done)
    if row[:2] != [str(weekday), time]:
        raise InvalidValueError(where, f"weekday {weekday}, time {time}", row[:2])
    for title, text in zip(titles, row[2:], strict=True):
        if not text.isascii() or not text.isdigit():
            raise InvalidValueError(f"{where}: {title}", "a whole number of mWh", text)
        columns[title].append(int(text))


def _titled(kind: str, columns: Mapping[str, Sequence[int]]) -> dict[str, tuple[int, ...]]:
    prefix = f"{kind}:"
    return {
        title.removeprefix(prefix): tuple(values)
        for title, values in columns.items()
        if title.startswith(prefix)
    }
