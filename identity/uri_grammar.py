"""The grammar of RFC 3986 as regular expressions: what may stand in a sign-in message."""

from __future__ import annotations

import ipaddress
import re
from typing import Final

_UNRESERVED: Final = r"A-Za-z0-9\-._~"
_SUB_DELIMS: Final = r"!$&'()*+,;="
_GEN_DELIMS: Final = r":/?#\[\]@"
_ESCAPED: Final = "%[0-9A-Fa-f]{2}"
_PCHAR: Final = rf"(?:[{_UNRESERVED}{_SUB_DELIMS}:@]|{_ESCAPED})"

SCHEME: Final = r"[A-Za-z][A-Za-z0-9+\-.]*"
_HOST: Final = rf"\[(?P<literal>[^\]]*)\]|(?:[{_UNRESERVED}{_SUB_DELIMS}]|{_ESCAPED})*"
_AUTHORITY: Final = (
    rf"(?:(?:[{_UNRESERVED}{_SUB_DELIMS}:]|{_ESCAPED})*@)?(?P<host>{_HOST})(?::[0-9]*)?"
)
_PATH: Final = rf"(?:{_PCHAR}|/)*"
_TAIL: Final = rf"(?:{_PCHAR}|[/?])*"

_AUTHORITY_PATTERN: Final = re.compile(_AUTHORITY)
_URI_PATTERN: Final = re.compile(
    rf"{SCHEME}:(?://{_AUTHORITY}(?:/{_PATH})?|(?!//){_PATH})(?:\?{_TAIL})?(?:#{_TAIL})?"
)
_FUTURE_ADDRESS: Final = re.compile(rf"[vV][0-9A-Fa-f]+\.[{_UNRESERVED}{_SUB_DELIMS}:]+")
_PCHARS_PATTERN: Final = re.compile(rf"{_PCHAR}*")
_PROSE_PATTERN: Final = re.compile(rf"[{_UNRESERVED}{_GEN_DELIMS}{_SUB_DELIMS} ]+")


def is_authority(text: str) -> bool:
    """Tell whether a text is an authority with a host (``user@host:port``)."""
    match = _AUTHORITY_PATTERN.fullmatch(text)
    return match is not None and bool(match["host"]) and _has_valid_literal(match)


def is_uri(text: str) -> bool:
    """Tell whether a text is an absolute URI."""
    match = _URI_PATTERN.fullmatch(text)
    return match is not None and _has_valid_literal(match)


def is_pchars(text: str) -> bool:
    """Tell whether a text holds nothing but characters of a path segment."""
    return _PCHARS_PATTERN.fullmatch(text) is not None


def is_prose(text: str) -> bool:
    """Tell whether a text holds nothing but reserved and unreserved characters and spaces."""
    return _PROSE_PATTERN.fullmatch(text) is not None


def _has_valid_literal(match: re.Match[str]) -> bool:
    literal = match["literal"]
    if literal is None or _FUTURE_ADDRESS.fullmatch(literal):
        return True
    try:
        ipaddress.IPv6Address(literal)
    except ValueError:
        return False
    return "%" not in literal
