"""Decoding static ABI values, one 32-byte word each, without a general decoder's machinery.

As strict as the Solidity ABI, version 2, is: a word that no encoder writes is refused. Types that
take more than a word, or point elsewhere, have no reader here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Final

from identity.address import ADDRESS_BYTES, checksum_address

WORD_BYTES: Final = 32

WordReader = Callable[[bytes], Any]
"""Turns a word of 32 bytes into a value. It raises ``ValueError`` where no encoder writes it."""

_SIZED: Final = re.compile(r"(u?int|bytes)([1-9][0-9]{0,2})")
_MOST_BITS: Final = 256
_ADDRESS_PADDING: Final = bytes(WORD_BYTES - ADDRESS_BYTES)
_BOOLEANS: Final = {value.to_bytes(WORD_BYTES, "big"): bool(value) for value in (0, 1)}


@cache
def word_readers(types: tuple[str, ...]) -> tuple[WordReader, ...] | None:
    """Return a reader for each type, or None where one of them is not a single word.

    Args:
        types: canonical ABI types.
    """
    readers = [_word_reader(kind) for kind in types]
    found = tuple(reader for reader in readers if reader is not None)
    return found if len(found) == len(readers) else None


def read_words(readers: Sequence[WordReader], data: bytes) -> tuple[Any, ...]:
    """Read one word after the other; bytes behind the last are passed over.

    Raises:
        ValueError: where the bytes are too few, or a word holds no value of its type.
    """
    if len(data) < WORD_BYTES * len(readers):
        raise ValueError(f"{len(data)} bytes, {WORD_BYTES * len(readers)} are needed")
    return tuple(
        reader(data[at : at + WORD_BYTES])
        for at, reader in zip(range(0, len(data), WORD_BYTES), readers, strict=False)
    )


def _word_reader(kind: str) -> WordReader | None:
    if kind == "address":
        return _read_address
    if kind == "bool":
        return _read_boolean
    sized = _SIZED.fullmatch(kind)
    if sized is None:
        return None
    family, size = sized[1], int(sized[2])
    if family == "bytes":
        return _bytes_reader(size) if size <= WORD_BYTES else None
    if size > _MOST_BITS or size % 8:
        return None
    return _unsigned_reader(size) if family == "uint" else _signed_reader(size)


def _read_address(word: bytes) -> str:
    if not word.startswith(_ADDRESS_PADDING):
        raise ValueError("an address with more than 20 bytes")
    return checksum_address(word[-ADDRESS_BYTES:])


def _read_boolean(word: bytes) -> bool:
    try:
        return _BOOLEANS[word]
    except KeyError:
        raise ValueError("a boolean that is neither 0 nor 1") from None


def _unsigned_reader(bits: int) -> WordReader:
    def read(word: bytes) -> int:
        value = int.from_bytes(word, "big")
        if value >> bits:
            raise ValueError(f"more than {bits} bits")
        return value

    return read


def _signed_reader(bits: int) -> WordReader:
    low, high = -(1 << (bits - 1)), (1 << (bits - 1)) - 1

    def read(word: bytes) -> int:
        value = int.from_bytes(word, "big", signed=True)
        if not low <= value <= high:
            raise ValueError(f"more than {bits} bits")
        return value

    return read


def _bytes_reader(size: int) -> WordReader:
    padding = bytes(WORD_BYTES - size)

    def read(word: bytes) -> bytes:
        if word[size:] != padding:
            raise ValueError(f"more than {size} bytes")
        return word[:size]

    return read
