"""Rows of a price table: CSV with a header line, one after another."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from domain.errors import InvalidValueError
from domain.units import MillicentPerKilowattHour
from oracle.prices.decimals import read_price
from oracle.prices.lines import lines_of

PRICE: Final = "price_eur_per_mwh"
START: Final = "start"
TIMESTAMP: Final = "timestamp"
END: Final = "end"
DELIVERY_DAY: Final = "delivery_day"
PERIOD: Final = "period"
ZONE: Final = "zone"

_KNOWN: Final = (START, TIMESTAMP, END, DELIVERY_DAY, PERIOD, ZONE, PRICE)
_MOST_ROWS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table.

    Attributes:
        place: its file and line.
        cells: its texts, by column; those of columns that are not known left out.
    """

    place: str
    cells: Mapping[str, str]

    @property
    def price(self) -> MillicentPerKilowattHour:
        """The row's price."""
        return read_price(self.cells[PRICE], f"{self.place}: {PRICE}")

    def fault(self, column: str, expected: str) -> InvalidValueError:
        """Return an error that names file, line and column."""
        return InvalidValueError(f"{self.place}: {column}", expected, self.cells[column])


def rows_of(path: Path, zone: str | None) -> Iterator[Row]:
    """Yield the rows of one zone.

    Args:
        path: the file.
        zone: whose rows, where the table has a column for it; None where all are of one zone.

    Raises:
        InvalidValueError: naming file and line of what is no CSV, or of a zone to be chosen.
    """
    first: str | None = None
    for row in _records(path):
        if ZONE not in row.cells:
            if zone is not None:
                raise InvalidValueError(f"{path} line 1: {ZONE}", "a column of zones", "none")
            yield row
            continue
        first = row.cells[ZONE] if first is None else first
        if zone is None and row.cells[ZONE] != first:
            raise row.fault(ZONE, f"{first!r} as before, where no zone is chosen")
        if row.cells[ZONE] == (zone or first):
            yield row


def _records(path: Path) -> Iterator[Row]:
    lines = csv.reader(lines_of(path), strict=True)
    try:
        filled = filter(None, lines)
        header = next(filled, [])
        _require_columns(header, f"{path} line {max(lines.line_num, 1)}")
        columns = [(place, name) for place, name in enumerate(header) if name in _KNOWN]
        for number, line in enumerate(filled, 1):
            place = f"{path} line {lines.line_num}"
            if len(line) != len(header):
                raise InvalidValueError(place, f"{len(header)} fields", f"{len(line)} fields")
            if number > _MOST_ROWS:
                raise InvalidValueError(place, f"at most {_MOST_ROWS} rows", "more")
            yield Row(place, {name: line[at] for at, name in columns})
    except csv.Error as error:
        raise InvalidValueError(f"{path} line {lines.line_num}", "CSV", str(error)) from error


def _require_columns(header: Sequence[str], place: str) -> None:
    for name in _KNOWN:
        if header.count(name) > 1:
            raise InvalidValueError(f"{place}: {name}", "each column once", list(header))
    timed = START in header or TIMESTAMP in header
    numbered = DELIVERY_DAY in header and PERIOD in header
    if PRICE not in header or not (timed or numbered):
        expected = f"{PRICE}, and {START}, {TIMESTAMP} or both {DELIVERY_DAY} and {PERIOD}"
        raise InvalidValueError(f"{place}: columns", expected, list(header))
