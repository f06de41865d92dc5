"""Reading tables: CSV with a header line, plain or compressed by gzip.

Columns stand in any sequence, others beside those asked for are ignored. Every fault is reported
with file, line and field.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress, islice
from typing import Final

import numpy as np
from numpy.typing import NDArray

from domain.errors import InvalidValueError
from market.encoding import decoded

_ROWS_AT_ONCE: Final = 4096
_INTEGER: Final = re.compile(r"-?[0-9]{1,18}")


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Columns of a file as texts, and the line on which each row ends."""

    name: str
    lines: Sequence[int]
    columns: Mapping[str, Sequence[str]]

    def where(self, chosen: Sequence[bool]) -> Table:
        """Return the table of the rows that are chosen."""
        columns = {name: list(compress(texts, chosen)) for name, texts in self.columns.items()}
        return Table(self.name, list(compress(self.lines, chosen)), columns)

    def fault(self, row: int, field: str, expected: str, got: object) -> InvalidValueError:
        """Return an error that names file, line and field."""
        return InvalidValueError(f"{self.name} line {self.lines[row]}: {field}", expected, got)

    def texts(self, field: str, default: str = "") -> Sequence[str]:
        """Return a column, or its default in every row where the file has no such column."""
        return self.columns.get(field, [default] * len(self.lines))

    def integers(
        self, field: str, low: int, high: int, default: int | None = None
    ) -> NDArray[np.int64]:
        """Return a column of integers.

        Args:
            field: name of the column.
            low: least value.
            high: greatest value, within 64 bits.
            default: value of an empty cell and of a missing column; None where there has to be one.

        Raises:
            InvalidValueError: naming file, line and field of the first fault.
        """
        absent = [""] * len(self.lines)
        found = [
            self._integer(row, field, text, low, high, default)
            for row, text in enumerate(self.columns.get(field, absent))
        ]
        return np.array(found, np.int64)

    def _integer(
        self, row: int, field: str, text: str, low: int, high: int, default: int | None
    ) -> int:
        if default is not None and not text:
            return default
        if not _INTEGER.fullmatch(text) or not low <= int(text) <= high:
            raise self.fault(row, field, f"an integer from {low} to {high}", text)
        return int(text)


def read_table(
    content: bytes, name: str, needed: Sequence[str], optional: Sequence[str] = ()
) -> Table:
    """Read a table in CSV with a header line, plain or compressed by gzip.

    Args:
        content: the file's bytes, UTF-8 once decompressed.
        name: of the file, for errors.
        needed: columns that have to be there.
        optional: columns that are read where they are there.

    Raises:
        InvalidValueError: naming file and line of the first fault.
    """
    text = decoded(content, name, f"{name} line")
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    numbered = ((reader.line_num, row) for row in reader if row)
    try:
        return _rows(numbered, name, needed, optional)
    except csv.Error as error:
        raise InvalidValueError(f"{name} line {reader.line_num}", "CSV", str(error)) from error


def _chosen(
    header: Sequence[str], name: str, needed: Sequence[str], optional: Sequence[str]
) -> dict[str, int]:
    for column in needed:
        if column not in header:
            expected = f"the columns {', '.join(needed)}"
            raise InvalidValueError(f"{name} line 1: {column}", expected, list(header))
    chosen = [column for column in (*needed, *optional) if column in header]
    for column in chosen:
        if header.count(column) > 1:
            raise InvalidValueError(f"{name} line 1: {column}", "each column once", list(header))
    return {column: header.index(column) for column in chosen}


def _rows(
    numbered: Iterator[tuple[int, list[str]]],
    name: str,
    needed: Sequence[str],
    optional: Sequence[str],
) -> Table:
    _, header = next(numbered, (1, []))
    chosen = _chosen(header, name, needed, optional)
    lines: list[int] = []
    columns: dict[str, list[str]] = {column: [] for column in chosen}
    while chunk := list(islice(numbered, _ROWS_AT_ONCE)):
        for line, row in chunk:
            if len(row) != len(header):
                expected = f"{len(header)} fields"
                raise InvalidValueError(f"{name} line {line}", expected, f"{len(row)} fields")
        lines.extend(line for line, _ in chunk)
        transposed = list(zip(*(row for _, row in chunk), strict=True))
        for column, place in chosen.items():
            columns[column].extend(transposed[place])
    return Table(name, lines, columns)
