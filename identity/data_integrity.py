"""W3C Data Integrity proofs with the cryptosuite eddsa-jcs-2022, made by did:key identities.

Sources: Verifiable Credential Data Integrity 1.0; Data Integrity EdDSA Cryptosuites 1.0, section
3.3; RFC 8785.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

from domain.errors import InvalidValueError
from identity.canonical import canonical_bytes
from identity.did import (
    did_key,
    multibase,
    multibase_bytes,
    public_key_of,
    verification_method,
)
from identity.keys import Ed25519Key, verify_ed25519
from identity.timestamps import format_utc, parse_utc

_TYPE: Final = "DataIntegrityProof"
_CRYPTOSUITE: Final = "eddsa-jcs-2022"
_PURPOSE: Final = "assertionMethod"
_REQUIRED_KEYS: Final = frozenset(
    ("type", "cryptosuite", "created", "verificationMethod", "proofPurpose", "proofValue")
)


def add_proof(document: Mapping[str, Any], key: Ed25519Key, created_at: int) -> dict[str, Any]:
    """Return the document with a proof by the did:key of ``key``.

    Args:
        document: a JSON object without ``proof``.
        key: who asserts it.
        created_at: UTC second that the proof names.

    Raises:
        InvalidValueError: where the document has a proof already or no canonical form.
    """
    if "proof" in document:
        raise InvalidValueError("proof", "a document without a proof", document["proof"])
    proof: dict[str, Any] = {
        "type": _TYPE,
        "cryptosuite": _CRYPTOSUITE,
        "created": format_utc(created_at),
        "verificationMethod": verification_method(did_key(key.public)),
        "proofPurpose": _PURPOSE,
    }
    if "@context" in document:
        proof["@context"] = document["@context"]
    signature = key.sign(_hash_data(document, proof))
    return {**document, "proof": {**proof, "proofValue": multibase(signature)}}


def verify_proof(document: Mapping[str, Any]) -> str:
    """Return the did:key that asserts a document.

    Closed on purpose: a proof may hold only what ``add_proof`` writes, so that no option that is
    not understood here (an expiry, a domain, a challenge) is passed over in silence.

    Raises:
        InvalidValueError: naming the part of the proof that is missing, malformed or wrong.
    """
    proof = document.get("proof")
    if not isinstance(proof, dict):
        raise InvalidValueError("proof", "one proof object", proof)
    _check_form(proof, document)
    did = _asserting_did(proof["verificationMethod"])
    signature = _signature_of(proof["proofValue"])
    config = {name: value for name, value in proof.items() if name != "proofValue"}
    unsecured = {name: value for name, value in document.items() if name != "proof"}
    if not verify_ed25519(public_key_of(did), _hash_data(unsecured, config), signature):
        raise InvalidValueError(
            "proof.proofValue", f"the signature of {did} over this document", proof["proofValue"]
        )
    return did


def _hash_data(document: Mapping[str, Any], config: dict[str, Any]) -> bytes:
    return sha256(canonical_bytes(config)).digest() + sha256(canonical_bytes(document)).digest()


def _check_form(proof: dict[str, Any], document: Mapping[str, Any]) -> None:
    expected_keys = _REQUIRED_KEYS | {"@context"} if "@context" in document else _REQUIRED_KEYS
    if proof.keys() != expected_keys:
        raise InvalidValueError("proof", f"the keys {sorted(expected_keys)}", sorted(proof))
    for name, expected in (
        ("type", _TYPE),
        ("cryptosuite", _CRYPTOSUITE),
        ("proofPurpose", _PURPOSE),
    ):
        if proof[name] != expected:
            raise InvalidValueError(f"proof.{name}", repr(expected), proof[name])
    if proof.get("@context") != document.get("@context"):
        raise InvalidValueError(
            "proof.@context", "the document's own @context", proof.get("@context")
        )
    parse_utc(proof["created"], "proof.created")


def _asserting_did(method: object) -> str:
    if isinstance(method, str):
        did = method.partition("#")[0]
        if method == verification_method(did):
            return did
    raise InvalidValueError("proof.verificationMethod", "did:key:KEY#KEY", method)


def _signature_of(value: object) -> bytes:
    if not isinstance(value, str):
        raise InvalidValueError("proof.proofValue", "base58btc after the letter z", value)
    return multibase_bytes(value, "proof.proofValue")
