"""EVM addresses: 20 bytes and the mixed-case text that protects them against typing errors."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from domain.errors import InvalidValueError
from identity.hashing import keccak256

ADDRESS_BYTES: Final = 20
ZERO_ADDRESS: Final = "0x" + 2 * ADDRESS_BYTES * "0"
"""What contracts write for nobody."""

_ADDRESS: Final = re.compile(r"0x[0-9a-fA-F]{40}")
_EXPECTED: Final = "0x and 40 hexadecimal digits"


@lru_cache(maxsize=65536)
def checksum_address(address: bytes) -> str:
    """Write 20 bytes with the mixed-case checksum of EIP-55.

    Raises:
        InvalidValueError: where there are not 20 bytes.
    """
    if len(address) != ADDRESS_BYTES:
        raise InvalidValueError("address", f"{ADDRESS_BYTES} bytes", address)
    digits = address.hex()
    nibbles = keccak256(digits.encode()).hex()
    return "0x" + "".join(
        digit.upper() if nibble >= "8" else digit
        for digit, nibble in zip(digits, nibbles, strict=False)
    )


@lru_cache(maxsize=65536)
def address_bytes(address: str, field: str = "address") -> bytes:
    """Read an address in any case; one in mixed case must carry the right checksum (EIP-55).

    Raises:
        InvalidValueError: where it is no address, or its checksum is wrong.
    """
    if not _ADDRESS.fullmatch(address):
        raise InvalidValueError(field, _EXPECTED, address)
    raw = bytes.fromhex(address[2:])
    digits = address[2:]
    if digits not in (digits.lower(), digits.upper()) and checksum_address(raw) != address:
        raise InvalidValueError(field, f"the checksum of EIP-55, {checksum_address(raw)}", address)
    return raw
