"""What endpoints ask for: the services, and who is asking."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from wallet_api.idempotency.service import Idempotency
from wallet_api.limits import RateLimiter
from wallet_api.orders.service import Orders
from wallet_api.problems.errors import SignInRequiredError
from wallet_api.services import Services
from wallet_api.sessions.service import Sessions
from wallet_api.sessions.subject import Subject


@dataclass(frozen=True, slots=True)
class State:
    """What one application holds for all its requests."""

    services: Services
    sessions: Sessions
    orders: Orders
    idempotency: Idempotency
    sign_in_limiter: RateLimiter
    order_limiter: RateLimiter


async def _state(request: Request) -> State:
    return cast("State", request.app.state.held)


StateDep = Annotated[State, Depends(_state)]

_bearer = HTTPBearer(
    auto_error=False, description="The token that `POST /v1/sign-in` answers with."
)
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


async def bearer_token(credentials: Credentials) -> str:
    """Return the request's bearer token.

    Raises:
        SignInRequiredError: where it has none.
    """
    return _token(credentials)


def _token(credentials: HTTPAuthorizationCredentials | None) -> str:
    if credentials is None:
        raise SignInRequiredError("this needs a bearer token; sign in first")
    return credentials.credentials


TokenDep = Annotated[str, Depends(bearer_token)]


def current_subject(state: StateDep, credentials: Credentials) -> Subject:
    """Return who is asking.

    Raises:
        SignInRequiredError: where there is no token, or it opens no session.
    """
    return state.sessions.subject(_token(credentials))


SubjectDep = Annotated[Subject, Depends(current_subject)]


async def limited_sign_in(request: Request, state: StateDep) -> None:
    """Count a sign-in request of a network address.

    Raises:
        TooManyRequestsError: where it sends too many.
    """
    state.sign_in_limiter.take(request.client.host if request.client else "unknown")
