"""Reading what a client needs to take part."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from wallet_api.communities.schemas import CommunityOut
from wallet_api.communities.service import describe
from wallet_api.dependencies import StateDep, SubjectDep
from wallet_api.problems.catalogue import INVALID_VALUE, SIGN_IN_REQUIRED
from wallet_api.problems.responses import declared

router = APIRouter(prefix="/community", tags=["Community"])


@router.get("", summary="The community", responses=declared(SIGN_IN_REQUIRED, INVALID_VALUE))
def show_community(
    state: StateDep,
    _: SubjectDep,
    intervals: Annotated[
        int, Query(ge=0, le=300, description="Most coming intervals to list.")
    ] = 8,
) -> CommunityOut:
    """Return everything that a client needs to build and sign an order."""
    return describe(state.services, intervals)
