"""Telling whether the service can work."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import Field
from sqlalchemy import text

from wallet_api.dependencies import StateDep
from wallet_api.fields import Output, Second

router = APIRouter(tags=["Health"])


class HealthOut(Output):
    """The service is up."""

    status: Literal["ok"] = "ok"
    now: Second = Field(description="The market's clock.")


@router.get("/healthz", summary="Is it up")
def check_health(state: StateDep) -> HealthOut:
    """Answer 200 where the service can reach its database."""
    with state.services.engine.connect() as connection:
        connection.execute(text("SELECT 1"))
    return HealthOut(now=state.services.clock.now())
