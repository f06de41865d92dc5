"""Meter readings as documents that a gateway signs and anyone can check."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from domain.errors import InvalidValueError
from domain.interval import Interval
from domain.reading import Reading
from domain.units import WattHours
from identity.canonical import canonical_bytes
from identity.data_integrity import add_proof, verify_proof
from identity.hashing import keccak256
from identity.keys import Ed25519Key
from identity.timestamps import format_utc, parse_utc

__all__ = [
    "READING_TYPE",
    "canonical_bytes",
    "document_hash",
    "sign_reading",
    "verify_signed_reading",
]

READING_TYPE: Final = "MeterReading"
_KEYS: Final = frozenset(
    (
        "type",
        "community",
        "device",
        "intervalStart",
        "durationSeconds",
        "importedWh",
        "exportedWh",
        "proof",
    )
)


def sign_reading(key: Ed25519Key, reading: Reading, created_at: int) -> dict[str, Any]:
    """Return the signed document of a reading.

    Args:
        key: the gateway's key.
        reading: what its device counted.
        created_at: UTC second of the signature.
    """
    document = {
        "type": READING_TYPE,
        "community": reading.interval.community,
        "device": reading.device,
        "intervalStart": format_utc(reading.interval.start),
        "durationSeconds": reading.interval.duration,
        "importedWh": reading.imported,
        "exportedWh": reading.exported,
    }
    return add_proof(document, key, created_at)


def verify_signed_reading(document: Mapping[str, Any]) -> tuple[Reading, str]:
    """Check form, values and signature of a reading document.

    Returns:
        The reading, and the did:key that signed it. Whether that key may speak for the device is
        the registry's to say.

    Raises:
        InvalidValueError: naming the field that is missing, unknown, out of range or not signed.
    """
    if document.keys() != _KEYS:
        raise InvalidValueError("document", f"the keys {sorted(_KEYS)}", sorted(document, key=str))
    if document["type"] != READING_TYPE:
        raise InvalidValueError("type", repr(READING_TYPE), document["type"])
    start = parse_utc(document["intervalStart"], "intervalStart")
    reading = Reading(
        interval=Interval(document["community"], start, document["durationSeconds"]),
        device=document["device"],
        imported=WattHours(document["importedWh"]),
        exported=WattHours(document["exportedWh"]),
    )
    return reading, verify_proof(document)


def document_hash(document: Mapping[str, Any]) -> bytes:
    """Return the 32-byte hash of a signed document, proof included, that goes into its leaf."""
    return keccak256(canonical_bytes(document))
