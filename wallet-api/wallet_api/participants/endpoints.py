"""Reading who is signed in."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter

from wallet_api.dependencies import StateDep, SubjectDep
from wallet_api.participants.schemas import MeOut, RoleName
from wallet_api.problems.catalogue import SIGN_IN_REQUIRED
from wallet_api.problems.responses import declared

router = APIRouter(prefix="/me", tags=["Participant"])

_ROLES: Final[dict[int, RoleName]] = {
    1: "prosumer",
    2: "aggregator",
    3: "grid",
    4: "operator",
    5: "auditor",
    6: "validator",
}


@router.get("", summary="Who you are", responses=declared(SIGN_IN_REQUIRED))
def show_me(state: StateDep, subject: SubjectDep) -> MeOut:
    """Return the account that is signed in."""
    services = state.services
    participant = services.registry.participant(subject.account)
    return MeOut(
        account=subject.account,
        wallet=subject.wallet,
        caip10=f"eip155:{services.chain_id}:{subject.wallet}",
        role=_ROLES[subject.role],
        active=participant is not None and participant.active,
        session_expires_at=subject.expires_at,
    )
