"""The text of a file: UTF-8, plain or compressed by gzip."""

from __future__ import annotations

import gzip
import io
import zlib
from typing import Final

from domain.errors import InvalidValueError

_GZIP_MAGIC: Final = b"\x1f\x8b"
_MOST_BYTES: Final = 2**30
"""Of a file once decompressed: a small one may hold endless zeros."""


def decoded(content: bytes, name: str, line: str = "line") -> str:
    """Return a file's text without a byte order mark.

    Args:
        content: the file's bytes.
        name: of the file, for errors.
        line: what stands before the number of a line in errors.

    Raises:
        InvalidValueError: where it is damaged or too large, and for what is not UTF-8.
    """
    if content.startswith(_GZIP_MAGIC):
        content = _decompressed(content, name)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        number = content.count(b"\n", 0, error.start) + 1
        got = f"byte 0x{content[error.start]:02x}"
        raise InvalidValueError(f"{line} {number}", "UTF-8 text", got) from error


def _decompressed(content: bytes, name: str) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
            found = file.read(_MOST_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise InvalidValueError(name, "a file compressed by gzip", str(error)) from error
    if len(found) > _MOST_BYTES:
        raise InvalidValueError(name, f"at most {_MOST_BYTES} bytes once decompressed", "more")
    return found
