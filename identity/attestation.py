"""What a gateway vouches for on chain: one root over all its readings of one interval.

A correction is another statement about the same interval that takes the place of the last one.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from domain.errors import InvalidValueError
from domain.interval import Interval
from domain.units import require_range
from identity.hashing import keccak256
from identity.merkle import hash_pair

ROOT_BYTES: Final = 32
MAX_READINGS: Final = 2**16 - 1
"""Under one root; the contract takes no more, so that all gateways together fit its counters."""

CORRECTION_SECONDS: Final = 60 * 86_400
"""How long after an interval's end the contract takes corrections of its readings."""

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

    @property
    def totals_hash(self) -> bytes:
        """The sibling of the root under the recorded root: the last step of a reading's proof."""
        encoded = b"".join(
            number.to_bytes(32, "big") for number in (self.count, self.imported, self.exported)
        )
        return keccak256(encoded)

    @property
    def recorded_root(self) -> bytes:
        """The 32 bytes that the contract records: for the readings and for their totals."""
        return hash_pair(self.root, self.totals_hash)


class CorrectionReason(IntEnum):
    """Why a gateway corrects what it attested (``IMetering.Correction``)."""

    LATE = 1
    """Nothing was attested before the interval was settled."""
    READINGS_MISSING = 2
    """Readings were missing, or too many."""
    SUBSTITUTES_REPLACED = 3
    """Substitute values are replaced by measured ones."""
    METER_FAULT = 4
    """A meter was faulty."""
    GATEWAY_ERROR = 5
    """The gateway erred."""


@dataclass(frozen=True, slots=True)
class Correction:
    """A gateway's statement in place of its former one about the same interval.

    Attributes:
        statement: what holds now, all readings of the interval again; its sequence is higher than
            that of every statement of the gateway before.
        superseded: what the gateway stated last of the interval; None where that is nothing.
        reason: why; ``LATE`` where, and only where, nothing is superseded.
    """

    statement: Attestation
    superseded: Attestation | None
    reason: CorrectionReason

    def __post_init__(self) -> None:
        former = self.superseded
        if (former is None) != (self.reason is CorrectionReason.LATE):
            expected = "LATE where nothing is superseded, another reason otherwise"
            raise InvalidValueError("reason", expected, self.reason)
        if former is None:
            return
        same = (self.statement.interval, self.statement.gateway)
        if (former.interval, former.gateway) != same:
            raise InvalidValueError(
                "superseded",
                f"a statement of gateway {self.statement.gateway} on {self.statement.interval}",
                former,
            )
        if former.sequence >= self.statement.sequence:
            raise InvalidValueError(
                "superseded", f"a sequence below {self.statement.sequence}", former.sequence
            )

    @property
    def superseded_root(self) -> bytes:
        """The recorded root that holds no more, 32 bytes, all 0 where there was none."""
        return bytes(ROOT_BYTES) if self.superseded is None else self.superseded.recorded_root
