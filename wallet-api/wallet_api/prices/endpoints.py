"""Reading prices and listening to them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Header
from fastapi.sse import EventSourceResponse, ServerSentEvent

from wallet_api.cursors import read_cursor
from wallet_api.dependencies import StateDep, SubjectDep, TokenDep
from wallet_api.fields import MAX_START
from wallet_api.paging import CursorQuery, LimitQuery, Page, SpanQuery, make_page
from wallet_api.prices.broadcast import Listening
from wallet_api.prices.schemas import PriceOut, show_price
from wallet_api.prices.service import PriceStream
from wallet_api.problems.catalogue import INVALID_VALUE, SIGN_IN_REQUIRED, TOO_MANY_REQUESTS
from wallet_api.problems.responses import declared

router = APIRouter(prefix="/prices", tags=["Prices"])


@router.get("", summary="Recorded prices", responses=declared(SIGN_IN_REQUIRED, INVALID_VALUE))
def list_prices(
    state: StateDep,
    _: SubjectDep,
    span: SpanQuery,
    limit: LimitQuery = 200,
    cursor: CursorQuery = None,
) -> Page[PriceOut]:
    """Return feed-in, local and retail price of the cleared intervals of a span of time."""
    first = span.first if cursor is None else max(span.first, read_cursor(cursor, int)[0] + 1)
    services = state.services
    rows = services.market.prices(services.community.number, first, span.last, limit + 1)
    return make_page(rows, limit, show_price, lambda record: [record.interval.start])


async def _listening(state: StateDep, _: SubjectDep) -> AsyncIterator[Listening]:
    broadcast = state.services.broadcast
    listening = broadcast.listen()
    try:
        yield listening
    finally:
        broadcast.leave(listening)


@router.get(
    "/stream",
    summary="Prices as they are recorded",
    response_class=EventSourceResponse,
    responses=declared(SIGN_IN_REQUIRED, INVALID_VALUE, TOO_MANY_REQUESTS),
)
async def stream_prices(
    state: StateDep,
    token: TokenDep,
    listening: Annotated[Listening, Depends(_listening)],
    last_event_id: Annotated[
        int | None,
        Header(
            alias="Last-Event-ID",
            ge=0,
            le=MAX_START,
            description="Id of the last event seen: what was recorded after it comes first.",
        ),
    ] = None,
) -> AsyncIterator[ServerSentEvent]:
    """Stream an event `price` for every record, its `data` as in `/v1/prices`.

    The event's id is the start of its interval. The stream ends with the session, and where the
    client falls far behind; come back with `Last-Event-ID` then.
    """
    services = state.services
    stream = PriceStream(
        broadcast=services.broadcast,
        market=services.market,
        sessions=state.sessions,
        community=services.community.number,
        heartbeat=services.settings.heartbeat,
    )
    async for event in stream.events(listening, token, last_event_id):
        yield event
