"""Opaque cursors: where the next page of a list begins."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any, Final

from domain.errors import InvalidValueError

_EXPECTED: Final = "`next` of an earlier page"
_TOO_LARGE: Final = 2**53


def write_cursor(position: list[int | str]) -> str:
    """Write the sort key of the last item shown as text that clients hand back unread."""
    packed = json.dumps(position, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(packed).rstrip(b"=").decode()


def read_cursor(cursor: str, *kinds: type) -> list[Any]:
    """Read a cursor back.

    Args:
        cursor: what ``write_cursor`` wrote.
        kinds: the types that its parts must have.

    Raises:
        InvalidValueError: where it is none of this list's cursors.
    """
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        position = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError):
        position = None
    if not isinstance(position, list) or not _fits(position, kinds):
        raise InvalidValueError("query: cursor", _EXPECTED, cursor)
    return position


def read_digest_position(cursor: str | None) -> tuple[int, bytes]:
    """Read a cursor of start and digest; None is before the first item."""
    if cursor is None:
        return (-1, b"")
    start, digest = read_cursor(cursor, int, str)
    try:
        return (start, bytes.fromhex(digest))
    except ValueError as error:
        raise InvalidValueError("query: cursor", _EXPECTED, cursor) from error


def _fits(position: list[Any], kinds: tuple[type, ...]) -> bool:
    return tuple(map(type, position)) == kinds and all(
        abs(part) < _TOO_LARGE for part in position if isinstance(part, int)
    )
