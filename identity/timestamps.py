"""UTC seconds as the one text that signed documents may hold (RFC 3339, no fraction, ``Z``)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

from domain.errors import InvalidValueError

_UTC_TEXT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_EXPECTED: Final = "a UTC time YYYY-MM-DDTHH:MM:SSZ"


def format_utc(second: int) -> str:
    """Write a second since 1970 as ``2025-04-01T00:00:00Z``."""
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_utc(text: object, field: str) -> int:
    """Read what ``format_utc`` writes, and nothing else that would mean the same second.

    Raises:
        InvalidValueError: naming ``field``.
    """
    if not isinstance(text, str) or not _UTC_TEXT.fullmatch(text):
        raise InvalidValueError(field, _EXPECTED, text)
    try:
        return int(datetime.fromisoformat(text).timestamp())
    except ValueError as error:
        raise InvalidValueError(field, _EXPECTED, text) from error
