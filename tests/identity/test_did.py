from __future__ import annotations

from collections.abc import Callable
from typing import Any

import base58
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidValueError
from identity.did import (
    did_document,
    did_key,
    did_pkh,
    multibase,
    multibase_bytes,
    public_key_of,
    verification_method,
)
from identity.keys import Ed25519Key

ZERO_SEED_DID = "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp"


def test_did_of_the_key_of_zeros() -> None:
    assert did_key(Ed25519Key.from_seed(bytes(32)).public) == ZERO_SEED_DID


def test_official_did_key_vectors(vectors: Callable[[str], Any]) -> None:
    cases = vectors("did_key_ed25519")["vectors"]
    assert cases
    for did, case in cases.items():
        public = Ed25519Key.from_seed(bytes.fromhex(case["seed"])).public
        assert did_key(public) == did
        assert public_key_of(did) == public
        official = case["didDocument"]
        document = did_document(did)
        assert document["id"] == official["id"]
        for purpose in (
            "authentication",
            "assertionMethod",
            "capabilityInvocation",
            "capabilityDelegation",
        ):
            assert document[purpose] == official[purpose] == [verification_method(did)]
        method = official["verificationMethod"][0]
        assert document["verificationMethod"][0]["id"] == method["id"]
        assert document["verificationMethod"][0]["controller"] == method["controller"]
        if "publicKeyBase58" in method:
            assert public_key_of(did) == base58.b58decode(method["publicKeyBase58"])


@given(st.binary(min_size=32, max_size=32))
def test_a_key_and_its_did_lead_to_each_other(public: bytes) -> None:
    did = did_key(public)
    assert did.startswith("did:key:z6Mk")
    assert public_key_of(did) == public


@given(st.binary(max_size=80))
def test_multibase_round_trip(data: bytes) -> None:
    if data:
        assert multibase_bytes(multibase(data), "value") == data


@pytest.mark.parametrize(
    "did",
    [
        "",
        "did:key:",
        "did:key:z",
        "did:web:market.example",
        ZERO_SEED_DID[:-1],
        ZERO_SEED_DID + "p",
        ZERO_SEED_DID + " ",
        ZERO_SEED_DID + "\n",
        ZERO_SEED_DID.replace("z6Mk", "z0Mk"),
        ZERO_SEED_DID.replace(":z6", ":u6"),
        ZERO_SEED_DID.upper(),
        "did:key:" + multibase(b"\xec\x01" + bytes(32)),
        "did:key:" + multibase(b"\xed\x01" + bytes(33)),
        "did:key:z" + "1" * 100_000,
    ],
)
def test_what_is_no_did_of_an_ed25519_key_is_refused(did: str) -> None:
    with pytest.raises(InvalidValueError, match="did"):
        public_key_of(did)
    with pytest.raises(InvalidValueError):
        did_document(did)


def test_did_document_names_the_key_once() -> None:
    document = did_document(ZERO_SEED_DID)
    (method,) = document["verificationMethod"]
    assert method["publicKeyMultibase"] == ZERO_SEED_DID.removeprefix("did:key:")
    assert "keyAgreement" not in document


def test_did_pkh_writes_the_checksum_whatever_case_it_gets() -> None:
    address = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
    assert did_pkh(31337, address.lower()) == f"did:pkh:eip155:31337:{address}"


def test_dids_need_keys_and_addresses() -> None:
    with pytest.raises(InvalidValueError, match="public key"):
        did_key(bytes(31))
    with pytest.raises(InvalidValueError, match="address"):
        did_pkh(1, "0x1")
