"""What a gateway hands in for one interval: signed readings under a signed root.

A correction is a batch that names what it supersedes, and why.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from domain.errors import InvalidValueError
from domain.interval import Interval
from identity.attestation import Attestation, Correction, CorrectionReason
from identity.canonical import canonical_bytes, parse_json
from identity.merkle import SALT_BYTES, MerkleTree, reading_leaf
from identity.signed_reading import document_hash

_KEYS: Final = frozenset(("attestation", "correction", "signature", "readings"))
_CORRECTION_KEYS: Final = frozenset(("superseded", "reason"))
_ATTESTATION_KEYS: Final = frozenset(
    ("interval", "gateway", "sequence", "root", "count", "imported", "exported")
)
_ENTRY_KEYS: Final = frozenset(("document", "salt"))


@dataclass(frozen=True, slots=True)
class SignedReadingEntry:
    """A signed reading and the salt of its leaf.

    Attributes:
        document: the reading's signed document.
        salt: 16 random bytes.
    """

    document: Mapping[str, Any]
    salt: bytes

    @property
    def leaf(self) -> bytes:
        """The 32-byte leaf that commits to the reading."""
        return reading_leaf(self.salt, document_hash(self.document))


@dataclass(frozen=True, slots=True)
class SignedBatch:
    """A gateway's readings of one interval.

    Attributes:
        attestation: root and totals.
        signature: the gateway's EVM signature over the attestation, or over the correction, 65
            bytes.
        readings: what lies under the root.
        correction: what the attestation supersedes; None where it is the first of its interval.
    """

    attestation: Attestation
    signature: bytes
    readings: Sequence[SignedReadingEntry]
    correction: Correction | None = None

    @property
    def tree(self) -> MerkleTree:
        """The Merkle tree over the readings, in their sequence."""
        return MerkleTree([entry.leaf for entry in self.readings])

    def to_json(self) -> bytes:
        """Write the batch for the way to the node (canonical JSON, bytes as 0x hex)."""
        return canonical_bytes(
            {
                "attestation": _write_attestation(self.attestation),
                "correction": None if self.correction is None else _write(self.correction),
                "signature": _hex(self.signature),
                "readings": [
                    {"document": dict(entry.document), "salt": _hex(entry.salt)}
                    for entry in self.readings
                ],
            }
        )

    @classmethod
    def from_json(cls, text: bytes) -> SignedBatch:
        """Read a batch. Its form is checked here, its truth by the ingest.

        Raises:
            InvalidValueError: naming the field that is missing, unknown or malformed.
        """
        members = _object(parse_json(text, "batch"), "batch", _KEYS)
        if not isinstance(members["readings"], list):
            raise InvalidValueError("readings", "a list", members["readings"])
        attestation = _read_attestation(members["attestation"], "attestation")
        return cls(
            attestation=attestation,
            correction=_read_correction(attestation, members["correction"]),
            signature=_bytes(members["signature"], "signature", 65),
            readings=tuple(
                _read_entry(entry, f"readings[{index}]")
                for index, entry in enumerate(members["readings"])
            ),
        )


def _write_attestation(attestation: Attestation) -> dict[str, Any]:
    return {
        "interval": _hex(attestation.interval.packed.to_bytes(12, "big")),
        "gateway": attestation.gateway,
        "sequence": attestation.sequence,
        "root": _hex(attestation.root),
        "count": attestation.count,
        "imported": attestation.imported,
        "exported": attestation.exported,
    }


def _write(correction: Correction) -> dict[str, Any]:
    former = correction.superseded
    return {
        "superseded": None if former is None else _write_attestation(former),
        "reason": int(correction.reason),
    }


def _read_correction(statement: Attestation, value: object) -> Correction | None:
    if value is None:
        return None
    members = _object(value, "correction", _CORRECTION_KEYS)
    former = members["superseded"]
    try:
        reason = CorrectionReason(members["reason"])
    except ValueError as error:
        raise InvalidValueError("correction.reason", "1 to 5", members["reason"]) from error
    return Correction(
        statement,
        None if former is None else _read_attestation(former, "correction.superseded"),
        reason,
    )


def _read_attestation(value: object, field: str) -> Attestation:
    members = _object(value, field, _ATTESTATION_KEYS)
    packed = int.from_bytes(_bytes(members["interval"], f"{field}.interval", 12), "big")
    return Attestation(
        interval=Interval.unpack(packed),
        gateway=members["gateway"],
        sequence=members["sequence"],
        root=_bytes(members["root"], f"{field}.root", 32),
        count=members["count"],
        imported=members["imported"],
        exported=members["exported"],
    )


def _read_entry(value: object, field: str) -> SignedReadingEntry:
    members = _object(value, field, _ENTRY_KEYS)
    if not isinstance(members["document"], dict):
        raise InvalidValueError(f"{field}.document", "an object", members["document"])
    return SignedReadingEntry(
        members["document"], _bytes(members["salt"], f"{field}.salt", SALT_BYTES)
    )


def _object(value: object, field: str, keys: frozenset[str]) -> dict[str, Any]:
    if not isinstance(value, dict) or value.keys() != keys:
        raise InvalidValueError(field, f"an object with the keys {sorted(keys)}", value)
    return value


def _hex(data: bytes) -> str:
    return "0x" + data.hex()


def _bytes(value: object, field: str, length: int) -> bytes:
    expected = f"0x and {2 * length} lowercase hexadecimal digits"
    if not isinstance(value, str) or not value.startswith("0x"):
        raise InvalidValueError(field, expected, value)
    try:
        data = bytes.fromhex(value[2:])
    except ValueError as error:
        raise InvalidValueError(field, expected, value) from error
    if len(data) != length or _hex(data) != value:
        raise InvalidValueError(field, expected, value)
    return data
