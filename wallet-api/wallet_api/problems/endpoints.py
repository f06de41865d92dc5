"""Pages that the ``type`` of a problem document leads to."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from wallet_api.problems.catalogue import INVALID_VALUE, KINDS, NOT_FOUND, Kind
from wallet_api.problems.errors import ApiError
from wallet_api.problems.responses import declared
from wallet_api.problems.schemas import ProblemKind

router = APIRouter(prefix="/problems", tags=["Problems"])


@router.get("", summary="All kinds of problems")
async def list_kinds() -> list[ProblemKind]:
    """Return every kind of problem that the API can answer with."""
    return [_page(kind) for kind in KINDS.values()]


@router.get("/{code}", summary="One kind of problem", responses=declared(NOT_FOUND, INVALID_VALUE))
async def show_kind(
    code: Annotated[str, Path(max_length=64, description="Its code.", examples=["gate-closed"])],
) -> ProblemKind:
    """Return what a kind of problem means and what can be done about it."""
    if code not in KINDS:
        raise ApiError(NOT_FOUND, "there is no kind of problem with this code")
    return _page(KINDS[code])


def _page(kind: Kind) -> ProblemKind:
    return ProblemKind(
        code=kind.code, status=int(kind.status), title=kind.title, meaning=kind.meaning
    )
