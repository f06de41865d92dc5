"""Files of prices of any kind: ENTSO-E documents, zip archives of them, and tables."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from domain.errors import InvalidValueError
from oracle.prices.documents import MAX_DOCUMENT_BYTES, unpacked
from oracle.prices.publication import read_publication
from oracle.prices.selection import COUPLED_AUCTION, Choice, Selection, select
from oracle.prices.table import read_price_table

_HEAD_BYTES: Final = 256
_GZIP_MAGIC: Final = b"\x1f\x8b"
_ZIP_MAGIC: Final = b"PK\x03\x04"
_MARKS: Final = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
"""Byte order marks of UTF-8 and UTF-16."""


@dataclass(frozen=True, slots=True)
class FileChoice:
    """What to take of a file.

    Attributes:
        zone: the bidding zone: an EIC in documents, a name in tables; None where there is only one.
        sequence: of documents, number of the auction; None takes the coupled one.
        resolution: of documents, seconds of a price; None takes all.
        time_zone: of tables, whose clock local times follow; documents are in UTC.
    """

    zone: str | None = None
    sequence: int | None = None
    resolution: int | None = None
    time_zone: ZoneInfo | None = None


def read_price_file(path: Path, choice: FileChoice) -> Selection:
    """Read the prices of a file, whose beginning tells its kind.

    XML, plain or compressed by gzip, and zip archives of XML are ENTSO-E documents; anything else
    is a table.

    Raises:
        AcknowledgementError: where a document is an acknowledgement.
        InvalidValueError: naming the file and the place of its first fault, or what there is
            nothing to choose from.
    """
    if _is_document(path):
        return _of_documents(path, choice)
    _require_unset("sequence", choice.sequence, "ENTSO-E documents")
    _require_unset("resolution", choice.resolution, "ENTSO-E documents")
    return Selection(read_price_table(path, zone=choice.zone, time_zone=choice.time_zone), ())


def _of_documents(path: Path, choice: FileChoice) -> Selection:
    published = [
        series
        for name, content in unpacked(_content(path), str(path))
        for series in read_publication(content, name)
    ]
    sequence = COUPLED_AUCTION if choice.sequence is None else choice.sequence
    return select(published, Choice(choice.zone, sequence, choice.resolution), str(path))


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_DOCUMENT_BYTES + 1)
    except OSError as error:
        raise _unreadable(path, error) from error
    if len(content) > MAX_DOCUMENT_BYTES:
        raise InvalidValueError(str(path), f"at most {MAX_DOCUMENT_BYTES} bytes", "more")
    return content


def _is_document(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
        if head.startswith(_GZIP_MAGIC):
            with gzip.open(path) as file:
                head = file.read(_HEAD_BYTES)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise InvalidValueError(str(path), "a whole file compressed by gzip", str(error)) from error
    except OSError as error:
        raise _unreadable(path, error) from error
    if head.startswith(_ZIP_MAGIC):
        return True
    for mark in _MARKS:
        head = head.removeprefix(mark)
    return head.lstrip(b"\0 \t\r\n").startswith(b"<")


def _unreadable(path: Path, error: OSError) -> InvalidValueError:
    return InvalidValueError(str(path), "a file that can be read", error.strerror)


def _require_unset(field: str, value: object, of: str) -> None:
    if value is not None:
        raise InvalidValueError(field, f"none, it chooses among {of}", value)
