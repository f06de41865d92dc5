from __future__ import annotations

import asyncio
import base64
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import didkit
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidValueError
from identity.credentials import (
    CredentialRefusedError,
    Membership,
    credential_hash,
    issue_membership,
    verify_membership,
)
from identity.did import did_key, did_pkh, verification_method
from identity.hashing import keccak256
from identity.keys import Ed25519Key

ISSUER = Ed25519Key.from_seed(b"\x07" * 32)
ISSUER_DID = did_key(ISSUER.public)
SUBJECT = did_pkh(31337, "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed")
ISSUED = 1_743_465_600
EXPIRES = ISSUED + 365 * 86400
FAR = 4_000_000_000
JWT = issue_membership(ISSUER, SUBJECT, 1, ISSUED, EXPIRES)


def encode(value: object) -> str:
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def decode(part: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(part + "=="))


def signed(header: object, claims: object) -> str:
    body = f"{encode(header)}.{encode(claims)}"
    return f"{body}.{encode(ISSUER.sign(body.encode()))}"


def test_an_issued_credential_says_what_was_issued() -> None:
    expected = Membership(ISSUER_DID, SUBJECT, 1, ISSUED, EXPIRES)
    assert verify_membership(JWT, ISSUER_DID, ISSUED) == expected
    assert verify_membership(JWT, ISSUER_DID, EXPIRES - 1) == expected


def test_issuing_twice_gives_the_same_text_and_hash() -> None:
    again = issue_membership(ISSUER, SUBJECT, 1, ISSUED, EXPIRES)
    assert again == JWT
    assert credential_hash(again) == keccak256(JWT.encode())


def test_didkit_verifies_what_it_issued() -> None:
    jwt = issue_membership(ISSUER, SUBJECT, 1, ISSUED, FAR)

    async def check() -> str:
        return str(await didkit.verify_credential(jwt, json.dumps({"proofFormat": "jwt"})))

    with ThreadPoolExecutor(1) as thread:
        result = json.loads(thread.submit(asyncio.run, check()).result())
    assert result == {"checks": ["JWS"], "warnings": [], "errors": []}


@pytest.mark.parametrize(
    ("now", "code"),
    [(ISSUED - 1, "credential-not-yet-valid"), (EXPIRES, "credential-expired")],
)
def test_a_credential_counts_in_its_time_only(now: int, code: str) -> None:
    with pytest.raises(CredentialRefusedError) as caught:
        verify_membership(JWT, ISSUER_DID, now)
    assert caught.value.code == code


def test_another_issuers_credential_is_refused() -> None:
    stranger = did_key(Ed25519Key.from_seed(b"\x08" * 32).public)
    with pytest.raises(CredentialRefusedError) as caught:
        verify_membership(JWT, stranger, ISSUED)
    assert caught.value.code == "credential-signature"


@given(st.data())
def test_any_changed_letter_is_refused(data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(JWT) - 1))
    letter = data.draw(st.sampled_from("ABCabc019-_.=").filter(lambda letter: letter != JWT[place]))
    with pytest.raises((InvalidValueError, CredentialRefusedError)):
        verify_membership(JWT[:place] + letter + JWT[place + 1 :], ISSUER_DID, ISSUED)


HEADER, CLAIMS = (decode(part) for part in JWT.split(".")[:2])


def changed_claims(path: list[str], value: object) -> dict[str, Any]:
    claims: dict[str, Any] = json.loads(json.dumps(CLAIMS))
    holder = claims
    for name in path[:-1]:
        holder = holder[name]
    holder[path[-1]] = value
    return claims


def test_a_credential_signed_by_hand_is_accepted() -> None:
    assert verify_membership(signed(HEADER, CLAIMS), ISSUER_DID, ISSUED).community == 1


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["exp"], EXPIRES + 1),
        (["nbf"], None),
        (["sub"], "did:pkh:eip155:1:0x0"),
        (["iss"], "did:key:z6Mk"),
        (["vc"], []),
        (["vc", "type"], ["VerifiableCredential"]),
        (["vc", "issuer"], {"id": ISSUER_DID}),
        (["vc", "issuanceDate"], "2025-04-01"),
        (["vc", "expirationDate"], None),
        (["vc", "credentialSubject"], None),
        (["vc", "credentialSubject", "id"], 5),
        (["vc", "credentialSubject", "community"], "1"),
        (["vc", "credentialSubject", "community"], True),
        (["vc", "credentialSubject", "community"], 0),
    ],
)
def test_claims_that_do_not_fit_are_refused(path: list[str], value: object) -> None:
    with pytest.raises(InvalidValueError):
        verify_membership(signed(HEADER, changed_claims(path, value)), ISSUER_DID, ISSUED)


@pytest.mark.parametrize(
    "header",
    [{**HEADER, "alg": "none"}, {**HEADER, "crit": ["exp"]}, {"kid": HEADER["kid"]}, [], "EdDSA"],
)
def test_headers_that_do_not_fit_are_refused(header: object) -> None:
    with pytest.raises(InvalidValueError, match="header"):
        verify_membership(signed(header, CLAIMS), ISSUER_DID, ISSUED)


def test_a_key_that_is_not_the_issuers_is_refused() -> None:
    stranger = did_key(Ed25519Key.from_seed(b"\x08" * 32).public)
    header = {**HEADER, "kid": verification_method(stranger)}
    with pytest.raises(CredentialRefusedError) as caught:
        verify_membership(signed(header, CLAIMS), ISSUER_DID, ISSUED)
    assert caught.value.code == "credential-issuer"


@pytest.mark.parametrize(
    "jwt",
    ["", "a.b", "a.b.c.d", JWT + "=", JWT.replace(".", "..", 1), "a" * 20_000, signed(b"x", {})],
)
def test_what_is_no_jwt_is_refused(jwt: str) -> None:
    with pytest.raises((InvalidValueError, CredentialRefusedError)):
        verify_membership(jwt, ISSUER_DID, ISSUED)


@pytest.mark.parametrize(
    ("subject", "community", "expires_at"),
    [("did:key:z6Mk", 1, EXPIRES), (SUBJECT, 0, EXPIRES), (SUBJECT, 1, ISSUED)],
)
def test_nothing_senseless_is_issued(subject: str, community: int, expires_at: int) -> None:
    with pytest.raises(InvalidValueError):
        issue_membership(ISSUER, subject, community, ISSUED, expires_at)


def test_issuing_works_inside_an_event_loop_and_its_thread_pool() -> None:
    async def issue_both_ways() -> tuple[str, str]:
        arguments = (ISSUER, SUBJECT, 1, ISSUED, EXPIRES)
        return issue_membership(*arguments), await asyncio.to_thread(issue_membership, *arguments)

    with ThreadPoolExecutor(1) as thread:
        results = thread.submit(asyncio.run, issue_both_ways()).result()
    assert results == (JWT, JWT)


def test_issuing_works_from_many_threads_at_once() -> None:
    with ThreadPoolExecutor(4) as threads:
        jwts = set(
            threads.map(lambda _: issue_membership(ISSUER, SUBJECT, 1, ISSUED, EXPIRES), range(12))
        )
    assert jwts == {JWT}
