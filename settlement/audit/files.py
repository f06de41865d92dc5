"""Reading published files strictly: every byte of them means something.

A file is UTF-8 text of lines that each end in a newline and hold one JSON object in the canonical
form of RFC 8785. Whatever a line parses to is written out again and compared with the bytes
that were read, so that no two different files say the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from domain.errors import InvalidValueError
from identity.canonical import canonical_bytes, parse_json
from settlement.audit.findings import Place

_INTERVAL: Final = re.compile(rb'"interval_start":(\d{1,12})(?!\d)')


@dataclass(frozen=True, slots=True)
class Line:
    """One line that is a canonical JSON object.

    Attributes:
        place: file, line and interval.
        value: the object.
    """

    place: Place
    value: dict[str, Any]


@dataclass(frozen=True, slots=True)
class BadLine:
    """One line that is not.

    Attributes:
        place: file and line, and the interval where its bytes still tell it.
        error: what is wrong with it.
    """

    place: Place
    error: InvalidValueError


def read_lines(path: Path) -> Iterator[Line | BadLine]:
    """Yield the lines of a published file, the malformed ones as such.

    Raises:
        OSError: where the file cannot be read.
    """
    content = path.read_bytes()
    *lines, rest = content.split(b"\n")
    for number, line in enumerate(lines, start=1):
        yield _read(path.name, number, line)
    if rest:
        place = Place(path.name, len(lines) + 1, _interval(rest))
        yield BadLine(place, InvalidValueError("line", "a newline at its end", _text(rest)))


def read_only_line(content: bytes) -> dict[str, Any]:
    """Read a file that is one line.

    Raises:
        InvalidValueError: where it is not one canonical JSON object and a newline.
    """
    if not content.endswith(b"\n"):
        raise InvalidValueError("line", "a newline at its end", _text(content[-1:]))
    return read_object(content[:-1])


def read_object(content: bytes) -> dict[str, Any]:
    """Read one canonical JSON object.

    Raises:
        InvalidValueError: where the bytes are not the canonical form of a JSON object.
    """
    value = parse_json(content, "line")
    if not isinstance(value, dict):
        raise InvalidValueError("line", "a JSON object", _text(content))
    if _canonical(value) != content:
        raise InvalidValueError("line", "the canonical form of RFC 8785", _text(content))
    return value


def _canonical(value: dict[str, Any]) -> bytes | None:
    try:
        return canonical_bytes(value)
    except (InvalidValueError, RecursionError):
        return None


def _read(file: str, number: int, line: bytes) -> Line | BadLine:
    try:
        value = read_object(line)
    except InvalidValueError as error:
        return BadLine(Place(file, number, _interval(line)), error)
    start = value.get("interval_start")
    return Line(Place(file, number, start if type(start) is int else None), value)


def _interval(line: bytes) -> int | None:
    match = _INTERVAL.search(line)
    return int(match[1]) if match else None


def _text(content: bytes) -> str:
    return content.decode("utf-8", errors="backslashreplace")
