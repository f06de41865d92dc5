"""Tables of day-ahead prices: CSV with a header line, plain or compressed by gzip.

A price in EUR/MWh stands in ``price_eur_per_mwh``. When it holds is told in one of two ways:

- ``start`` (or ``timestamp``) and perhaps ``end``: instants as ISO 8601. Without ``end``, every
  price holds for the shortest distance between two rows, so that a missing row is a gap.
- ``delivery_day`` and ``period``: a local day and the number of the price in it, from 1 on. The
  last period of a day ends it: 23, 24 or 25 periods are hours, 92, 96 or 100 are quarters.

Where there is a column ``zone``, the rows of one zone are read. Other columns are ignored; rows
stand in any sequence.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise
from operator import itemgetter
from pathlib import Path
from typing import Final, TextIO
from zoneinfo import ZoneInfo

from domain.errors import InvalidValueError
from domain.price_series import STEPS, PriceSeries, utc_text
from oracle.prices.blocks import PriceBlock, laid_out
from oracle.prices.decimals import written_price
from oracle.prices.local_time import LocalClock, day_bounds
from oracle.prices.rows import DELIVERY_DAY, END, PERIOD, PRICE, START, TIMESTAMP, Row, rows_of

OWN_COLUMNS: Final = (START, END, PRICE)
"""Of the tables that Commonwatt writes."""

_NUMBER: Final = re.compile(r"[0-9]{1,3}")
_EACH: Final = "15, 30 or 60 minutes"


def read_price_table(
    path: Path, *, zone: str | None = None, time_zone: ZoneInfo | None = None
) -> PriceSeries:
    """Read a table of prices.

    Args:
        path: the file.
        zone: whose rows to read where the table has a column ``zone``; None where it has one zone.
        time_zone: whose clock delivery days and instants without an offset follow; None where
            there are none.

    Raises:
        InvalidValueError: naming file, line and field of the first fault.
    """
    rows = list(rows_of(path, zone))
    if not rows:
        of_zone = f" of zone {zone}" if zone else ""
        raise InvalidValueError(str(path), f"at least one row{of_zone}", "none")
    column = next((name for name in (START, TIMESTAMP) if name in rows[0].cells), None)
    if column is None:
        blocks = _numbered(rows, time_zone)
    else:
        blocks = _timed(rows, LocalClock(time_zone), column)
    return laid_out(blocks, str(path))


def write_price_table(series: PriceSeries, file: TextIO) -> None:
    """Write a table of the own form, ``OWN_COLUMNS``; reading it gives the same series.

    Args:
        series: the prices.
        file: opened without translation of line ends.
    """
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(OWN_COLUMNS)
    for start, price in zip(series.starts, series.prices, strict=True):
        end = start + series.step
        writer.writerow((utc_text(start), utc_text(end), written_price(price)))


def _timed(rows: Sequence[Row], clock: LocalClock, column: str) -> list[PriceBlock]:
    starts = [clock.start(row.cells[column], f"{row.place}: {column}") for row in rows]
    if END in rows[0].cells:
        steps = [_until_end(row, start, clock) for row, start in zip(rows, starts, strict=True)]
    else:
        steps = [_shortest(rows, starts, column)] * len(rows)
    blocks = []
    for row, start, step in zip(rows, starts, steps, strict=True):
        if start % step:
            raise row.fault(column, f"a multiple of {step} seconds, in UTC")
        blocks.append(PriceBlock(start, step, row.price, row.place))
    return blocks


def _until_end(row: Row, start: int, clock: LocalClock) -> int:
    step = clock.end(row.cells[END], f"{row.place}: {END}", start) - start
    if step not in STEPS:
        raise row.fault(END, f"{_EACH} after the start")
    return step


def _shortest(rows: Sequence[Row], starts: Sequence[int], column: str) -> int:
    ordered = sorted(zip(starts, range(len(rows)), strict=True))
    distances = [
        (after - before, place)
        for (before, _), (after, place) in pairwise(ordered)
        if after != before
    ]
    if not distances:
        raise rows[0].fault(column, f"a column {END}, or rows with different instants")
    step, place = min(distances, key=itemgetter(0))
    if step not in STEPS:
        raise rows[place].fault(column, f"{_EACH} from row to row")
    return step


def _numbered(rows: Sequence[Row], time_zone: ZoneInfo | None) -> list[PriceBlock]:
    if time_zone is None:
        raise rows[0].fault(DELIVERY_DAY, "a time zone to be given, or a column of instants")
    days: dict[str, list[tuple[int, Row]]] = {}
    for row in rows:
        days.setdefault(row.cells[DELIVERY_DAY], []).append((_number(row), row))
    return [block for numbered in days.values() for block in _of_day(numbered, time_zone)]


def _of_day(numbered: Sequence[tuple[int, Row]], time_zone: ZoneInfo) -> Iterator[PriceBlock]:
    start, end = day_bounds(_day(numbered[0][1]), time_zone)
    last, row = max(numbered, key=itemgetter(0))
    step, rest = divmod(end - start, last)
    if rest or step not in STEPS or start % step:
        hours = (end - start) // 3600
        expected = f"{hours} hours or {4 * hours} quarters in this day"
        raise row.fault(PERIOD, expected)
    for number, row in numbered:
        yield PriceBlock(start + (number - 1) * step, step, row.price, row.place)


def _number(row: Row) -> int:
    text = row.cells[PERIOD]
    if not _NUMBER.fullmatch(text) or int(text) < 1:
        raise row.fault(PERIOD, "a whole number from 1 on")
    return int(text)


def _day(row: Row) -> date:
    text = row.cells[DELIVERY_DAY]
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise row.fault(DELIVERY_DAY, "a date as YYYY-MM-DD") from None
    if day.isoformat() != text or not 1970 < day.year < 9999:
        raise row.fault(DELIVERY_DAY, "a date as YYYY-MM-DD")
    return day
