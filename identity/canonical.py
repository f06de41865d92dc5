"""The one byte sequence of a JSON value (RFC 8785, JSON Canonicalization Scheme)."""

from __future__ import annotations

import json
from typing import Any, Final

import rfc8785
from pydantic_core import from_json

from domain.errors import InvalidValueError

MAX_DEPTH: Final = 200
"""Levels of nested values, which is also where ``parse_json`` stops."""

_SAFE_INTEGER: Final = 2**53 - 1
_PLAIN_SCALARS: Final = (bool, type(None))
_encode_plain: Final = json.JSONEncoder(
    ensure_ascii=False, check_circular=False, sort_keys=True, separators=(",", ":")
).encode


def canonical_bytes(value: Any) -> bytes:
    """Return the canonical UTF-8 bytes of a JSON value.

    Values of ASCII text, whole numbers, true, false and null, which is almost all that is signed
    or published here, take a short way through the standard library's encoder, whose output is the
    same for them; everything else goes to the complete implementation.

    Raises:
        InvalidValueError: where the value has no canonical form (not a number, an integer beyond
            2^53, a lone surrogate, a type that JSON does not know) or is nested too deeply.
    """
    try:
        if _is_plain(value, MAX_DEPTH):
            return _encode_plain(value).encode("ascii")
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError, RecursionError) as error:
        kind = type(value).__name__
        raise InvalidValueError("document", f"canonical JSON ({error})", kind) from error


def parse_json(text: bytes | str, field: str) -> Any:
    """Read JSON that somebody else wrote, of any depth and form.

    The standard library's parser follows nested values as deep as Python's recursion limit lets it,
    and libraries that are loaded here raise that limit until the stack overflows, which ends the
    process. This one stops at 200 levels.

    Raises:
        InvalidValueError: naming the field, where it is no JSON, too deep, or holds a number that
            JSON does not know.
    """
    try:
        return from_json(text, allow_inf_nan=False)
    except ValueError as error:
        raise InvalidValueError(field, f"JSON ({error})", text[:80]) from error


def _is_plain(value: Any, depth: int) -> bool:
    if depth == 0:
        raise InvalidValueError("document", f"at most {MAX_DEPTH} nested levels", "more")
    kind = type(value)
    if kind is str:
        return bool(value.isascii())
    if kind is int:
        return bool(-_SAFE_INTEGER <= value <= _SAFE_INTEGER)
    if kind is dict:
        return all(
            type(key) is str and key.isascii() and _is_plain(item, depth - 1)
            for key, item in value.items()
        )
    if kind is list:
        return all(_is_plain(item, depth - 1) for item in value)
    return kind in _PLAIN_SCALARS
