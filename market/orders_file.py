"""Reading order files: CSV with a header line, or JSON Lines.

Both hold the same five fields in any sequence, ``COLUMNS``, and those that a mechanism asks for
beside them. Every fault is reported with its line, the first line of the file first.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import PurePath
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from domain.errors import InvalidValueError
from domain.order import Side
from domain.units import MAX_PRICE, MAX_QUANTITY, MIN_PRICE
from identity.hashing import keccak256
from market.clearing import OrderArrays
from market.clearing.orders import KEY_BYTES, key_words
from market.encoding import decoded

COLUMNS: Final = ("order_id", "participant", "side", "quantity_wh", "price")

_CSV: Final = "csv"
_JSON_LINES: Final = "json lines"
_MOST_BRACKETS: Final = 500
"""Of a line. An order is flat; the decoder would follow nested values until the stack overflows."""

_FORMATS: Final = {".csv": _CSV, ".jsonl": _JSON_LINES, ".ndjson": _JSON_LINES}
_GZIP: Final = ".gz"
_SIDES: Final = {side.label: int(side) for side in Side}
_INTEGER_LINES: Final = re.compile(r"(?:-?[0-9]{1,18}\n)*")
_INTEGER: Final = re.compile(r"-?[0-9]{1,18}")
_ROWS_AT_ONCE: Final = 256
_NUMBERS: Final = ("quantity_wh", "price")


class Required:
    """Stands for the default of a column that has none."""


REQUIRED: Final = Required()


@dataclass(frozen=True, slots=True)
class Column:
    """A column of orders files beside the five that every file has.

    Attributes:
        name: in the header.
        about: what it holds, in a few words.
        kind: what its cells are.
        low: least integer.
        high: greatest integer.
        default: what an empty cell, null and a missing column stand for; ``REQUIRED`` where every
            row has to say it.
    """

    name: str
    about: str
    kind: Literal["integer", "text"] = "text"
    low: int = 0
    high: int = 2**62
    default: int | str | Required | None = None


@dataclass(frozen=True, slots=True)
class OrdersFile:
    """The orders of a file, in its sequence.

    Attributes:
        ids: the order ids, all different.
        participants: who ordered; one participant may stand on both sides.
        arrays: what the mechanisms take. Ties are ordered by the Keccak-256 of the id's UTF-8.
        columns: the further columns that were asked for, with defaults in place of empty cells.
    """

    ids: Sequence[str]
    participants: Sequence[str]
    arrays: OrderArrays
    columns: Mapping[str, Sequence[Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HashedIds:
    """Tie-break keys of orders that have no digest: their ids' hashes, made when needed."""

    ids: Sequence[str]

    def __len__(self) -> int:
        """Return the number of orders."""
        return len(self.ids)

    def rows(self, indices: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Return the hashes of some orders' ids."""
        hashes = b"".join(keccak256(self.ids[index].encode()) for index in indices)
        return np.frombuffer(hashes, np.uint8).reshape(-1, KEY_BYTES)

    def heads(self, indices: NDArray[np.int64]) -> NDArray[np.uint64]:
        """Return the first 8 bytes of some orders' hashes, as big-endian numbers."""
        return key_words(self.rows(indices))[:, 0].astype(np.uint64)


@dataclass(frozen=True, slots=True)
class _Rows:
    """The fields of a file by column, and the line on which each row ends."""

    lines: Sequence[int]
    columns: Mapping[str, Sequence[Any]]


@dataclass(frozen=True, slots=True)
class _Fault:
    row: int
    expected: str
    got: object


def read_orders(content: bytes, name: str, further: Sequence[Column] = ()) -> OrdersFile:
    """Read a file of orders.

    The name's ending tells the format (``.csv``, ``.jsonl``, ``.ndjson``); with another ending, the
    content does: JSON Lines begin with ``{``. A byte order mark, CRLF and blank lines are
    tolerated. A CSV file with nothing but its header holds no orders. Compressed files (``.gz``
    behind the format's ending) are known by their content.

    Args:
        content: the file's bytes, UTF-8, plain or compressed by gzip.
        name: of the file, for its ending and for errors.
        further: columns beside the five.

    Raises:
        InvalidValueError: naming line and field of the first fault.
    """
    text = decoded(content, name)
    if not text.strip():
        raise InvalidValueError(name, "a header line or JSON Lines", "an empty file")
    found = _FORMATS.get(_ending(name))
    if found is None:
        found = _JSON_LINES if text.lstrip().startswith("{") else _CSV
    read = _read_csv if found == _CSV else _read_json_lines
    return _orders(read(text, further), further)


def _ending(name: str) -> str:
    path = PurePath(name.lower())
    return (path.with_suffix("") if path.suffix == _GZIP else path).suffix


def _read_csv(text: str, further: Sequence[Column]) -> _Rows:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    lines: list[int] = []
    try:
        header = next(row for row in reader if row)
        _require_columns(header, f"line {reader.line_num}", further)
        columns: dict[str, list[Any]] = {name: [] for name in header}
        numbered = ((reader.line_num, row) for row in reader if row)
        # Columns grow by a few hundred rows at a time: a million live rows would keep the
        # garbage collector busier than the reader.
        while chunk := list(islice(numbered, _ROWS_AT_ONCE)):
            lines.extend(line for line, _ in chunk)
            rows = _of_width(header, chunk)
            for column, values in zip(columns.values(), zip(*rows, strict=True), strict=True):
                column.extend(values)
    except csv.Error as error:
        raise InvalidValueError(f"line {reader.line_num}", "CSV", str(error)) from error
    integers = {*_NUMBERS, *(one.name for one in further if one.kind == "integer")}
    found = {name: _numbers(columns[name]) for name in integers.intersection(columns)}
    return _Rows(lines, columns | found)


def _of_width(header: Sequence[str], chunk: Sequence[tuple[int, list[str]]]) -> list[list[str]]:
    width = len(header)
    for line, row in chunk:
        if len(row) < width:
            raise InvalidValueError(f"line {line}: {header[len(row)]}", "a value", "nothing")
        if len(row) > width:
            raise InvalidValueError(f"line {line}", f"{width} fields", f"{len(row)} fields")
    return [row for _, row in chunk]


def _numbers(texts: Sequence[str]) -> list[int | str]:
    """Turn the texts that are integers into such, and leave the others to be reported."""
    lines = "\n".join([*texts, ""])
    if lines.count("\n") == len(texts) and _INTEGER_LINES.fullmatch(lines):
        return list(map(int, texts))
    return [int(text) if _INTEGER.fullmatch(text) else text for text in texts]


def _read_json_lines(text: str, further: Sequence[Column]) -> _Rows:
    lines: list[int] = []
    columns: dict[str, list[Any]] = {
        column: [] for column in (*COLUMNS, *(one.name for one in further))
    }
    appends = [(column, columns[column].append) for column in columns]
    for line, row in _json_rows(text):
        if row.keys() != columns.keys():
            _require_columns(list(row), f"line {line}", further)
        for column, append in appends:
            append(row.get(column))
        lines.append(line)
    return _Rows(lines, columns)


def _json_rows(text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    decoder = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_refuse_constant)
    for line, content in enumerate(text.split("\n"), 1):
        if not content or content.isspace():
            continue
        if content.count("[") + content.count("{") > _MOST_BRACKETS:
            raise InvalidValueError(f"line {line}", "a JSON object", "one nested too deeply")
        try:
            row = decoder.decode(content)
        except json.JSONDecodeError as error:
            got = f"{error.msg} at column {error.colno}"
            raise InvalidValueError(f"line {line}", "a JSON object", got) from error
        except InvalidValueError as error:
            raise _at_line(line, error) from error
        except (ValueError, RecursionError) as error:
            raise InvalidValueError(f"line {line}", "a JSON object", str(error)) from error
        if not isinstance(row, dict):
            raise InvalidValueError(f"line {line}", "a JSON object", row)
        yield line, row


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise InvalidValueError(twice, "each field once", "it twice")
    return found


def _refuse_constant(name: str) -> None:
    raise InvalidValueError("number", "an integer", name)


def _at_line(line: int, error: InvalidValueError) -> InvalidValueError:
    return InvalidValueError(f"line {line}: {error.field}", error.expected, error.got)


def _require_columns(found: Sequence[str], where: str, further: Sequence[Column]) -> None:
    """Refuse missing, unknown and repeated columns; a misspelt one shows as both."""
    needed = [*COLUMNS, *(one.name for one in further if one.default is REQUIRED)]
    known = [*COLUMNS, *(one.name for one in further)]
    for column in needed:
        if column not in found:
            expected = f"the columns {', '.join(needed)}"
            raise InvalidValueError(f"{where}: {column}", expected, list(found))
    for column in found:
        if column not in known:
            expected = f"only the columns {', '.join(known)}"
            raise InvalidValueError(f"{where}: {column}", expected, column)
    if len(found) != len(set(found)):
        raise InvalidValueError(where, "each column once", list(found))


def _orders(rows: _Rows, further: Sequence[Column]) -> OrdersFile:
    columns = {**rows.columns, **{one.name: _filled_in(rows, one) for one in further}}
    checks: dict[str, Callable[[], _Fault | None]] = {
        "order_id": lambda: _text_fault(columns["order_id"]) or _twin(rows),
        "participant": lambda: _text_fault(columns["participant"]),
        "side": lambda: _side_fault(columns["side"]),
        "quantity_wh": lambda: _integer_fault(columns["quantity_wh"], 1, MAX_QUANTITY),
        "price": lambda: _integer_fault(columns["price"], MIN_PRICE, MAX_PRICE),
    } | {one.name: partial(_further_fault, columns[one.name], one) for one in further}
    faults = [(fault, column) for column, check in checks.items() if (fault := check())]
    if faults:
        fault, column = min(faults, key=lambda found: found[0].row)
        line = rows.lines[fault.row]
        raise InvalidValueError(f"line {line}: {column}", fault.expected, fault.got)
    arrays = OrderArrays(
        side=np.array([_SIDES[side] for side in columns["side"]], np.uint8),
        price=np.array(columns["price"], np.int64),
        quantity=np.array(columns["quantity_wh"], np.int64),
        keys=HashedIds(columns["order_id"]),
    )
    asked = {one.name: columns[one.name] for one in further}
    return OrdersFile(columns["order_id"], columns["participant"], arrays, asked)


def _filled_in(rows: _Rows, column: Column) -> Sequence[Any]:
    """Put the default in place of empty cells; where there is none, they are reported later."""
    default, found = column.default, rows.columns.get(column.name)
    if found is None:
        return [default] * len(rows.lines)
    if default is REQUIRED:
        return found
    return [default if value is None or value == "" else value for value in found]


def _further_fault(values: Sequence[Any], column: Column) -> _Fault | None:
    for row, value in enumerate(values):
        if value == column.default and type(value) is type(column.default):
            continue
        if column.kind == "integer":
            fault = _integer_fault([value], column.low, column.high)
        else:
            fault = _text_fault([value])
        if fault is not None:
            return _Fault(row, fault.expected, fault.got)
    return None


def _text_fault(values: Sequence[Any]) -> _Fault | None:
    if all(type(value) is str and value for value in values) and _is_unicode("".join(values)):
        return None
    return next(
        _Fault(row, "a text that is not empty", value)
        for row, value in enumerate(values)
        if type(value) is not str or not value or not _is_unicode(value)
    )


def _is_unicode(text: str) -> bool:
    """Tell whether a text has no half of a surrogate pair, which JSON can write."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _twin(rows: _Rows) -> _Fault | None:
    ids = rows.columns["order_id"]
    if len(set(ids)) == len(ids):
        return None
    first: dict[str, int] = {}
    for row, order_id in enumerate(ids):
        if order_id in first:
            expected = f"an id that no other line has (line {rows.lines[first[order_id]]} has it)"
            return _Fault(row, expected, order_id)
        first[order_id] = row
    raise AssertionError("a set is smaller than its list only where a member is repeated")


def _side_fault(values: Sequence[Any]) -> _Fault | None:
    for row, value in enumerate(values):
        if type(value) is not str or value not in _SIDES:
            return _Fault(row, "'bid' or 'offer'", value)
    return None


def _integer_fault(values: Sequence[Any], low: int, high: int) -> _Fault | None:
    if all(type(value) is int for value in values) and (
        not values or (low <= min(values) and max(values) <= high)
    ):
        return None
    return next(
        _Fault(row, f"an integer from {low} to {high}", value)
        for row, value in enumerate(values)
        if type(value) is not int or not low <= value <= high
    )
