"""What a gateway vouches for on chain: one root over all its readings of one interval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from domain.errors import InvalidValueError
from domain.interval import Interval
from domain.units import require_range

ROOT_BYTES: Final = 32
MAX_READINGS: Final = 2**16 - 1
"""Under one root; the contract takes no more, so that all gateways together fit its counters."""

_MAX_UINT32: Final = 2**32 - 1
_MAX_UINT64: Final = 2**64 - 1


@dataclass(frozen=True, slots=True)
class Attestation:
    """A gateway's statement about one interval, as the metering contract reads it.

    Attributes:
        interval: which interval.
        gateway: number of the gateway in the registry, 1 to 2^32 - 1.
        sequence: rises with every attestation of the gateway, 1 to 2^64 - 1.
        root: Merkle root of the salted readings, 32 bytes.
        count: number of readings under the root, 1 to ``MAX_READINGS``.
        imported: Wh that all of them took from the grid, 0 to 2^64 - 1.
        exported: Wh that all of them fed into the grid, 0 to 2^64 - 1.
    """

    interval: Interval
    gateway: int
    sequence: int
    root: bytes
    count: int
    imported: int
    exported: int

    def __post_init__(self) -> None:
        require_range("gateway", self.gateway, 1, _MAX_UINT32)
        require_range("sequence", self.sequence, 1, _MAX_UINT64)
        if len(self.root) != ROOT_BYTES:
            raise InvalidValueError("root", f"{ROOT_BYTES} bytes", self.root)
        require_range("count", self.count, 1, MAX_READINGS)
        require_range("imported", self.imported, 0, _MAX_UINT64)
        require_range("exported", self.exported, 0, _MAX_UINT64)
