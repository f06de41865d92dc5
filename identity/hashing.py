"""The hash of the EVM."""

from __future__ import annotations

from eth_hash.auto import keccak


def keccak256(data: bytes) -> bytes:
    """Return the 32-byte Keccak-256 of ``data`` (the EVM's, not NIST SHA3-256)."""
    return keccak(data)
