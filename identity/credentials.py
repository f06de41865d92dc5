"""Membership credentials: W3C Verifiable Credentials as JWTs, signed with Ed25519.

didkit issues them. Verification is done here, because didkit judges a credential at the machine's
present second only, while a signature must be judged at the time that it was used: an auditor of
last year's market must find last year's members.

Sources: Verifiable Credentials Data Model 1.1, section 6.3.1 (JWT); RFC 7515; RFC 8037.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

import didkit

from domain.errors import InvalidValueError, RefusedError
from domain.units import require_range
from identity.canonical import parse_json
from identity.did import did_key, public_key_of, verification_method
from identity.hashing import keccak256
from identity.keys import Ed25519Key, verify_ed25519
from identity.timestamps import format_utc, parse_utc

_CONTEXT: Final = "https://www.w3.org/2018/credentials/v1"
# One term an object: didkit writes the entries of an object in a sequence that it draws anew for
# every credential, and the same credential must have the same hash.
_TERMS: Final = (
    {"CommunityMembershipCredential": "urn:commonwatt:CommunityMembershipCredential"},
    {"community": "urn:commonwatt:community"},
)
_TYPES: Final = ["VerifiableCredential", "CommunityMembershipCredential"]
_MAX_COMMUNITY: Final = 2**32 - 1
_MAX_JWT_LETTERS: Final = 16_384


class CredentialRefusedError(RefusedError):
    """A credential that is no proof of membership here and now."""


@dataclass(frozen=True, slots=True)
class Membership:
    """What a membership credential says.

    Attributes:
        issuer: did:key of the community's issuer.
        subject: did:pkh of the member's account.
        community: number of the community.
        issued_at: first UTC second of its validity.
        expires_at: first UTC second after its validity.
    """

    issuer: str
    subject: str
    community: int
    issued_at: int
    expires_at: int


def issue_membership(
    issuer: Ed25519Key, subject: str, community: int, issued_at: int, expires_at: int
) -> str:
    """Issue the credential that an account is a member of a community.

    The same arguments give the same text.

    Args:
        issuer: the community's key.
        subject: did:pkh of the member's account.
        community: number of the community, 1 to 2^32 - 1.
        issued_at: first UTC second of its validity.
        expires_at: first UTC second after it.

    Returns:
        A signed JWT in compact form.

    Raises:
        InvalidValueError: where an argument is out of range.
    """
    require_range("community", community, 1, _MAX_COMMUNITY)
    if not subject.startswith("did:pkh:"):
        raise InvalidValueError("subject", "a did:pkh", subject)
    if expires_at <= issued_at:
        raise InvalidValueError("expires_at", f"a second after {issued_at}", expires_at)
    did = did_key(issuer.public)
    credential = {
        "@context": [_CONTEXT, *_TERMS],
        "type": _TYPES,
        "issuer": did,
        "issuanceDate": format_utc(issued_at),
        "expirationDate": format_utc(expires_at),
        "credentialSubject": {"id": subject, "community": community},
    }
    options = {
        "proofFormat": "jwt",
        "proofPurpose": "assertionMethod",
        "verificationMethod": verification_method(did),
    }
    return _run(_issue(json.dumps(credential), json.dumps(options), _private_jwk(issuer)))


def verify_membership(jwt: str, issuer: str, now: int) -> Membership:
    """Check a membership credential at a given second.

    Args:
        jwt: the credential.
        issuer: did:key whose credentials count.
        now: UTC second at which it must be valid.

    Raises:
        InvalidValueError: where it is no membership credential, naming the claim.
        CredentialRefusedError: with the code ``credential-issuer``, ``credential-signature``,
            ``credential-not-yet-valid`` or ``credential-expired``.
    """
    header, claims = _open(jwt, issuer)
    if header.get("alg") != "EdDSA" or "crit" in header:
        raise InvalidValueError("header", "alg EdDSA and no critical extensions", header)
    membership = _read_membership(claims)
    if membership.issuer != issuer or header.get("kid") != verification_method(issuer):
        raise CredentialRefusedError(
            "credential-issuer", f"{membership.issuer} issued the credential, not {issuer}"
        )
    if now < membership.issued_at:
        raise CredentialRefusedError(
            "credential-not-yet-valid", f"valid from {format_utc(membership.issued_at)}"
        )
    if now >= membership.expires_at:
        raise CredentialRefusedError(
            "credential-expired", f"expired at {format_utc(membership.expires_at)}"
        )
    return membership


def credential_hash(jwt: str) -> bytes:
    """Return the 32 bytes that stand for a credential in the registry."""
    return keccak256(jwt.encode())


def _open(jwt: str, issuer: str) -> tuple[dict[str, Any], dict[str, Any]]:
    if len(jwt) > _MAX_JWT_LETTERS:
        raise InvalidValueError("credential", f"at most {_MAX_JWT_LETTERS} letters", len(jwt))
    parts = jwt.split(".")
    if len(parts) != 3:
        raise InvalidValueError("credential", "a JWT of three parts", jwt)
    header, payload, signature = (_base64url_bytes(part) for part in parts)
    signed = jwt.rpartition(".")[0].encode()
    if not verify_ed25519(public_key_of(issuer), signed, signature):
        raise CredentialRefusedError(
            "credential-signature", f"the credential is not signed by {issuer}"
        )
    return _json_object(header, "header"), _json_object(payload, "claims")


def _read_membership(claims: dict[str, Any]) -> Membership:
    credential = _object(claims, "vc")
    subject = _object(credential, "credentialSubject")
    if credential.get("type") != _TYPES:
        raise InvalidValueError("vc.type", repr(_TYPES), credential.get("type"))
    community: Any = subject.get("community")
    require_range("community", community, 1, _MAX_COMMUNITY)
    membership = Membership(
        issuer=_text(credential, "issuer"),
        subject=_text(subject, "id"),
        community=community,
        issued_at=parse_utc(credential.get("issuanceDate"), "issuanceDate"),
        expires_at=parse_utc(credential.get("expirationDate"), "expirationDate"),
    )
    _require_same_claims(claims, membership)
    return membership


def _require_same_claims(claims: dict[str, Any], membership: Membership) -> None:
    for claim, expected in (
        ("iss", membership.issuer),
        ("sub", membership.subject),
        ("nbf", membership.issued_at),
        ("exp", membership.expires_at),
    ):
        if claims.get(claim) != expected:
            raise InvalidValueError(claim, f"{expected!r}, as in vc", claims.get(claim))


def _object(holder: dict[str, Any], name: str) -> dict[str, Any]:
    value = holder.get(name)
    if not isinstance(value, dict):
        raise InvalidValueError(name, "an object", value)
    return value


def _text(holder: dict[str, Any], name: str) -> str:
    value = holder.get(name)
    if not isinstance(value, str):
        raise InvalidValueError(name, "a text", value)
    return value


def _json_object(data: bytes, field: str) -> dict[str, Any]:
    value = parse_json(data, field)
    if not isinstance(value, dict):
        raise InvalidValueError(field, "a JSON object", value)
    return value


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _base64url_bytes(text: str) -> bytes:
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError as error:
        raise InvalidValueError("credential", "base64url without padding", text) from error
    if _base64url(data) != text:
        raise InvalidValueError("credential", "base64url without padding", text)
    return data


def _private_jwk(key: Ed25519Key) -> str:
    return json.dumps(
        {
            "kty": "OKP",
            "crv": "Ed25519",
            "x": _base64url(key.public),
            "d": _base64url(key.export_seed()),
        }
    )


async def _issue(credential: str, options: str, jwk: str) -> str:
    # didkit needs a running event loop at the very call, not only when it is awaited.
    jwt: str = await didkit.issue_credential(credential, options, jwk)
    return jwt


def _run(work: Coroutine[Any, Any, str]) -> str:
    """Run a coroutine in a thread of its own, so that a caller may have an event loop or not."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(asyncio.run, work).result()
