"""Lines of a table's file, plain or compressed by gzip, one after another."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO, Final

from domain.errors import InvalidValueError

MAX_BYTES: Final = 2**28
"""Of a table once decompressed: a small file may hold endless zeros."""

_MAX_LINE: Final = 2**16
_GZIP_MAGIC: Final = b"\x1f\x8b"


def lines_of(path: Path) -> Iterator[str]:
    """Yield the lines of a file in UTF-8, with their ends; a byte order mark is skipped.

    Raises:
        InvalidValueError: where the file cannot be read, is too large, or naming the line that is
            too long or no UTF-8.
    """
    encoding = "utf-8-sig"
    for number, line in enumerate(_raw_lines(path), 1):
        try:
            yield line.decode(encoding)
        except UnicodeDecodeError as error:
            got = f"byte 0x{line[error.start]:02x}"
            raise InvalidValueError(f"{path} line {number}", "UTF-8 text", got) from error
        encoding = "utf-8"


def _raw_lines(path: Path) -> Iterator[bytes]:
    size = 0
    try:
        with ExitStack() as stack:
            file = _opened(path, stack)
            number = 1
            while line := file.readline(_MAX_LINE + 1):
                size += len(line)
                if len(line) > _MAX_LINE:
                    raise InvalidValueError(f"{path} line {number}", f"{_MAX_LINE} bytes", "more")
                if size > MAX_BYTES:
                    raise InvalidValueError(str(path), f"at most {MAX_BYTES} bytes", "more")
                yield line
                number += 1
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise InvalidValueError(str(path), "a whole file compressed by gzip", str(error)) from error
    except OSError as error:
        raise InvalidValueError(str(path), "a file that can be read", error.strerror) from error


def _opened(path: Path, stack: ExitStack) -> BinaryIO | gzip.GzipFile:
    file = stack.enter_context(path.open("rb"))
    compressed = file.read(len(_GZIP_MAGIC)) == _GZIP_MAGIC
    file.seek(0)
    return stack.enter_context(gzip.GzipFile(fileobj=file)) if compressed else file
