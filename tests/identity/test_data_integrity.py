from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import base58
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidValueError
from identity.canonical import canonical_bytes
from identity.data_integrity import add_proof, verify_proof
from identity.did import did_key, multibase, multibase_bytes
from identity.keys import Ed25519Key
from identity.timestamps import format_utc, parse_utc

KEY = Ed25519Key.from_seed(b"\x07" * 32)
CREATED = 1_743_459_300
DOCUMENT = {"type": "Note", "text": "energy", "numbers": [1, 2, {"three": 3}]}


def test_official_vector_is_made_and_verified(vectors: Callable[[str], Any]) -> None:
    case = vectors("eddsa_jcs_2022")
    seed = base58.b58decode(case["keyPair"]["privateKeyMultibase"][1:])[2:]
    key = Ed25519Key.from_seed(seed)
    assert did_key(key.public) == "did:key:" + case["keyPair"]["publicKeyMultibase"]
    created = parse_utc(case["proofConfig"]["created"], "created")
    assert canonical_bytes(case["unsigned"]).decode() == case["canonicalDocument"]
    assert canonical_bytes(case["proofConfig"]).decode() == case["canonicalProofConfig"]
    assert add_proof(case["unsigned"], key, created) == case["signed"]
    assert verify_proof(case["signed"]) == did_key(key.public)


def test_a_proof_names_its_maker_and_leaves_the_document_alone() -> None:
    before = copy.deepcopy(DOCUMENT)
    signed = add_proof(DOCUMENT, KEY, CREATED)
    assert before == DOCUMENT
    assert verify_proof(signed) == did_key(KEY.public)
    assert signed["proof"]["created"] == format_utc(CREATED)


def test_a_proof_does_not_depend_on_the_order_of_keys() -> None:
    signed = add_proof(DOCUMENT, KEY, CREATED)
    turned = dict(reversed(signed.items()))
    turned["proof"] = dict(reversed(signed["proof"].items()))
    assert verify_proof(turned) == did_key(KEY.public)


@pytest.mark.parametrize(
    "change",
    [
        {"text": "energie"},
        {"numbers": [1, 2, {"three": 4}]},
        {"numbers": [2, 1, {"three": 3}]},
        {"more": None},
    ],
)
def test_a_changed_document_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(InvalidValueError, match=r"proof\.proofValue"):
        verify_proof({**add_proof(DOCUMENT, KEY, CREATED), **change})


@given(st.integers(0, 64 * 8 - 1))
def test_any_flipped_bit_of_the_signature_is_refused(bit: int) -> None:
    signed = add_proof(DOCUMENT, KEY, CREATED)
    signature = bytearray(multibase_bytes(signed["proof"]["proofValue"], "value"))
    signature[bit // 8] ^= 1 << bit % 8
    signed["proof"]["proofValue"] = multibase(bytes(signature))
    with pytest.raises(InvalidValueError, match=r"proof\.proofValue"):
        verify_proof(signed)


OTHER = did_key(Ed25519Key.from_seed(b"\x08" * 32).public)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("type", "Ed25519Signature2020"),
        ("cryptosuite", "eddsa-rdfc-2022"),
        ("proofPurpose", "authentication"),
        ("created", "2025-04-01T00:15:01Z"),
        ("created", "2025-04-01T00:15:00+00:00"),
        ("created", "2025-02-30T00:15:00Z"),
        ("created", 1),
        ("verificationMethod", OTHER),
        ("verificationMethod", f"{OTHER}#{OTHER.removeprefix('did:key:')}"),
        ("verificationMethod", f"{did_key(KEY.public)}#{OTHER.removeprefix('did:key:')}"),
        ("verificationMethod", None),
        ("proofValue", "z"),
        ("proofValue", "u" + "1" * 86),
        ("proofValue", 5),
    ],
)
def test_a_changed_proof_is_refused(name: str, value: object) -> None:
    signed = add_proof(DOCUMENT, KEY, CREATED)
    signed["proof"][name] = value
    with pytest.raises(InvalidValueError, match=r"proof|did"):
        verify_proof(signed)


@pytest.mark.parametrize("extra", ["expires", "challenge", "domain", "previousProof", "@context"])
def test_proof_options_that_are_not_understood_are_refused(extra: str) -> None:
    signed = add_proof(DOCUMENT, KEY, CREATED)
    signed["proof"][extra] = "2025-04-01T00:15:00Z"
    with pytest.raises(InvalidValueError, match="keys"):
        verify_proof(signed)


@pytest.mark.parametrize("proof", [None, [], "proof", [{}]])
def test_a_document_needs_one_proof(proof: object) -> None:
    with pytest.raises(InvalidValueError, match="one proof object"):
        verify_proof({**DOCUMENT, "proof": proof})


def test_a_context_is_part_of_the_proof() -> None:
    document = {**DOCUMENT, "@context": ["https://www.w3.org/ns/credentials/v2"]}
    signed = add_proof(document, KEY, CREATED)
    assert signed["proof"]["@context"] == document["@context"]
    assert verify_proof(signed) == did_key(KEY.public)
    signed["proof"]["@context"] = ["https://www.w3.org/ns/credentials/v1"]
    with pytest.raises(InvalidValueError, match="@context"):
        verify_proof(signed)


def test_a_proof_is_not_put_on_top_of_another() -> None:
    with pytest.raises(InvalidValueError, match="without a proof"):
        add_proof(add_proof(DOCUMENT, KEY, CREATED), KEY, CREATED)
