"""Readings, and gateways' statements on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.errors import InvalidValueError
from domain.interval import Interval
from identity.attestation import Attestation, CorrectionReason
from settlement.audit.fields import Fields
from settlement.audit.findings import Place
from settlement.audit.lines.values import SAFE_INTEGER, UINT32, interval_of


@dataclass(frozen=True, slots=True)
class ReadingLine:
    """One signed reading.

    Attributes:
        place: file, line and interval.
        interval: which interval.
        gateway: whose batch it is in.
        revision: 0, or the number of the correction that it is in.
        index: its place in the batch, from 0.
        salt: 16 bytes.
        document: the signed document, not looked into yet.
        proof: siblings on the way to the recorded root, 32 bytes each.
    """

    place: Place
    interval: Interval
    gateway: int
    revision: int
    index: int
    salt: bytes
    document: dict[str, Any]
    proof: tuple[bytes, ...]

    @property
    def key(self) -> tuple[int, ...]:
        """What lines are sorted by."""
        return (*self.statement, self.index)

    @property
    def statement(self) -> tuple[int, int, int]:
        """Start, gateway and revision of the statement that it is in."""
        return (self.interval.start, self.gateway, self.revision)

    @property
    def title(self) -> str:
        """How findings name it."""
        batch = f", correction {self.revision}" if self.revision else ""
        return f"reading {self.index} of gateway {self.gateway}{batch}"


@dataclass(frozen=True, slots=True)
class AttestationLine:
    """One gateway's attestation of one interval, or a correction of it.

    Attributes:
        place: file, line and interval.
        attestation: what was stated.
        revision: 0, or the number of the correction within interval and gateway, from 1.
        supersedes: of a correction, the recorded root that it takes the place of, zeros for none.
        reason: of a correction, why.
        signature: the gateway's, 65 bytes.
    """

    place: Place
    attestation: Attestation
    revision: int
    supersedes: bytes | None
    reason: CorrectionReason | None
    signature: bytes

    @property
    def key(self) -> tuple[int, int, int]:
        """Start, gateway and revision: what lines are sorted by."""
        return (self.attestation.interval.start, self.attestation.gateway, self.revision)

    @property
    def title(self) -> str:
        """How findings name it."""
        what = f"correction {self.revision}" if self.revision else "attestation"
        return f"{what} of gateway {self.attestation.gateway}"


def parse_reading(place: Place, fields: Fields, calendar: Mapping[int, Interval]) -> ReadingLine:
    """Read a line of ``readings.jsonl``."""
    return ReadingLine(
        place=place,
        interval=interval_of(fields, calendar),
        gateway=fields.integer("gateway", 1, UINT32),
        revision=fields.integer("revision", 0, UINT32),
        index=fields.integer("index", 0, UINT32),
        salt=fields.hexadecimal("salt", 16),
        document=fields.raw_object("document"),
        proof=fields.hexadecimals("proof", 32),
    )


def parse_attestation(
    place: Place, fields: Fields, calendar: Mapping[int, Interval]
) -> AttestationLine:
    """Read a line of ``attestations.jsonl``."""
    attestation = Attestation(
        interval=interval_of(fields, calendar),
        gateway=fields.integer("gateway", 1, UINT32),
        sequence=fields.integer("sequence", 1, SAFE_INTEGER),
        root=fields.hexadecimal("root", 32),
        count=fields.integer("count", 1, UINT32),
        imported=fields.integer("imported_wh", 0, SAFE_INTEGER),
        exported=fields.integer("exported_wh", 0, SAFE_INTEGER),
    )
    revision = fields.integer("revision", 0, UINT32)
    supersedes = fields.optional_hexadecimal("supersedes", 32)
    reason = fields.optional_integer("reason", min(CorrectionReason), max(CorrectionReason))
    for name, value in (("supersedes", supersedes), ("reason", reason)):
        if (value is None) != (revision == 0):
            raise InvalidValueError(name, "a value in corrections, null elsewhere", value)
    return AttestationLine(
        place,
        attestation,
        revision,
        supersedes,
        None if reason is None else CorrectionReason(reason),
        fields.hexadecimal("signature", 65),
    )
