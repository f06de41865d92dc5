"""Decentralised identifiers: did:key for Ed25519 keys, did:pkh for EVM accounts.

Sources: The did:key Method (W3C CCG), did:pkh Method Specification, Multibase, CAIP-10.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final

import base58

from domain.errors import InvalidValueError
from identity.address import address_bytes, checksum_address
from identity.keys import ED25519_PUBLIC_BYTES

_PREFIX: Final = "did:key:"
_BASE58BTC: Final = "z"
_ED25519_CODEC: Final = b"\xed\x01"
"""Multicodec ``ed25519-pub`` (0xed) as a varint."""
_BASE58: Final = re.compile(r"[1-9A-HJ-NP-Za-km-z]+")
_MULTIBASE_LIMIT: Final = 128
"""Letters; base58 takes time in the square of them, and a signature has 89."""
_EXPECTED: Final = "did:key of an Ed25519 key"


@lru_cache(maxsize=4096)
def did_key(public: bytes) -> str:
    """Name an Ed25519 public key: ``did:key:z6Mk...``.

    Raises:
        InvalidValueError: where there are not 32 bytes.
    """
    if len(public) != ED25519_PUBLIC_BYTES:
        raise InvalidValueError("public key", f"{ED25519_PUBLIC_BYTES} bytes", public)
    return _PREFIX + multibase(_ED25519_CODEC + public)


@lru_cache(maxsize=4096)
def public_key_of(did: str) -> bytes:
    """Return the 32 bytes of the Ed25519 key that a did:key names.

    Raises:
        InvalidValueError: where it is no did:key, or one of another kind of key.
    """
    if not did.startswith(_PREFIX):
        raise InvalidValueError("did", _EXPECTED, did)
    decoded = multibase_bytes(did.removeprefix(_PREFIX), "did")
    public = decoded.removeprefix(_ED25519_CODEC)
    if len(decoded) - len(public) != len(_ED25519_CODEC) or len(public) != ED25519_PUBLIC_BYTES:
        raise InvalidValueError("did", _EXPECTED, did)
    return public


@lru_cache(maxsize=4096)
def verification_method(did: str) -> str:
    """Return the one verification method of a did:key: ``did:key:z6Mk...#z6Mk...``."""
    return f"{did}#{did.removeprefix(_PREFIX)}"


def did_document(did: str) -> dict[str, Any]:
    """Resolve a did:key of an Ed25519 key to its DID document, with the key as a Multikey.

    No key agreement key is derived: nothing is encrypted to these identities.

    Raises:
        InvalidValueError: where it is no did:key of an Ed25519 key.
    """
    public_key_of(did)
    method = verification_method(did)
    return {
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
        "id": did,
        "verificationMethod": [
            {
                "id": method,
                "type": "Multikey",
                "controller": did,
                "publicKeyMultibase": did.removeprefix(_PREFIX),
            }
        ],
        "authentication": [method],
        "assertionMethod": [method],
        "capabilityInvocation": [method],
        "capabilityDelegation": [method],
    }


def did_pkh(chain_id: int, address: str) -> str:
    """Name an EVM account: ``did:pkh:eip155:CHAIN:0x...`` with the address as EIP-55 writes it.

    Raises:
        InvalidValueError: where the address is none.
    """
    return f"did:pkh:eip155:{chain_id}:{checksum_address(address_bytes(address))}"


def multibase(data: bytes) -> str:
    """Write bytes in base58btc with its multibase letter ``z``."""
    return _BASE58BTC + base58.b58encode(data).decode()


def multibase_bytes(text: str, field: str) -> bytes:
    """Read what ``multibase`` writes, and nothing else that would decode to the same bytes.

    Raises:
        InvalidValueError: naming ``field``, where it is not base58btc with the letter ``z``.
    """
    if len(text) > _MULTIBASE_LIMIT:
        raise InvalidValueError(field, f"at most {_MULTIBASE_LIMIT} letters", len(text))
    if not text.startswith(_BASE58BTC) or not _BASE58.fullmatch(text, 1):
        raise InvalidValueError(field, "base58btc after the letter z", text)
    return bytes(base58.b58decode(text[1:]))
