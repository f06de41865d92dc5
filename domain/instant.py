"""Instants as people write them."""

from __future__ import annotations

from datetime import datetime

from domain.errors import InvalidValueError


def parse_instant(text: str, field: str) -> int:
    """Read an instant as ISO 8601 with its offset, such as ``2025-04-06T10:00:00Z``.

    Args:
        text: what was written.
        field: how the one who wrote it calls it.

    Returns:
        Seconds since 1970-01-01 UTC.

    Raises:
        InvalidValueError: where it is no instant, has no offset or is not on a whole second.
    """
    expected = "an instant with its offset, such as 2025-04-06T10:00:00Z"
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidValueError(field, expected, text) from None
    offset = instant.utcoffset()
    if offset is None or instant.microsecond or offset.microseconds:
        raise InvalidValueError(field, expected, text)
    return int(instant.timestamp())
