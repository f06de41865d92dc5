"""Signing in and out."""

from __future__ import annotations

from fastapi import APIRouter, Depends, status

from identity.timestamps import format_utc
from wallet_api.bodies import BoundedBodyRoute
from wallet_api.dependencies import StateDep, SubjectDep, TokenDep, limited_sign_in
from wallet_api.fields import unhexadecimal
from wallet_api.problems.catalogue import (
    INVALID_VALUE,
    MALFORMED_REQUEST,
    NOT_A_PARTICIPANT,
    SIGN_IN_INVALID,
    SIGN_IN_REQUIRED,
    TOO_MANY_REQUESTS,
)
from wallet_api.problems.responses import declared
from wallet_api.sessions.schemas import NonceOut, SessionOut, SignIn
from wallet_api.sessions.service import STATEMENT

router = APIRouter(tags=["Sign-in"], route_class=BoundedBodyRoute)


@router.post(
    "/sign-in/nonce",
    status_code=status.HTTP_201_CREATED,
    summary="Ask for a nonce",
    dependencies=[Depends(limited_sign_in)],
    responses=declared(TOO_MANY_REQUESTS),
)
def issue_nonce(state: StateDep) -> NonceOut:
    """Return a nonce and all other lines of the message that the wallet is to sign (EIP-4361)."""
    nonce = state.sessions.issue_nonce()
    services = state.services
    return NonceOut(
        nonce=nonce.nonce,
        domain=services.settings.domain,
        uri=services.settings.uri,
        chain_id=services.chain_id,
        statement=STATEMENT,
        issued_at=format_utc(nonce.issued_at),
        expiration_time=format_utc(nonce.session_expires_at),
        nonce_expires_at=nonce.expires_at,
    )


@router.post(
    "/sign-in",
    status_code=status.HTTP_201_CREATED,
    summary="Sign in",
    dependencies=[Depends(limited_sign_in)],
    responses=declared(
        MALFORMED_REQUEST, SIGN_IN_INVALID, NOT_A_PARTICIPANT, INVALID_VALUE, TOO_MANY_REQUESTS
    ),
)
def sign_in(state: StateDep, body: SignIn) -> SessionOut:
    """Exchange a signed message for a bearer token.

    The message must name this server's domain, URI and chain, a nonce that was handed out and not
    used, and an expiration time that has not passed; its address must belong to an active
    participant.
    """
    token, subject = state.sessions.sign_in(body.message, unhexadecimal(body.signature))
    return SessionOut(
        token=token,
        expires_at=subject.expires_at,
        account=subject.account,
        wallet=subject.wallet,
    )


@router.delete(
    "/session",
    status_code=status.HTTP_204_NO_CONTENT,
    summary="Sign out",
    responses=declared(SIGN_IN_REQUIRED),
)
def sign_out(state: StateDep, token: TokenDep, _: SubjectDep) -> None:
    """End the session; its token opens nothing any more."""
    state.sessions.sign_out(token)
