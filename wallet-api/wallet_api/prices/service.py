"""The stream of prices: what was missed first, then the news."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

from fastapi.sse import ServerSentEvent
from starlette.concurrency import run_in_threadpool

from domain.trade import PriceRecord
from wallet_api.fields import MAX_START
from wallet_api.ports import MarketQueries
from wallet_api.prices.broadcast import Listening, PriceBroadcast
from wallet_api.prices.schemas import show_price
from wallet_api.problems.errors import SignInRequiredError
from wallet_api.sessions.service import Sessions

_MOST_MISSED: Final = 3_000
"""A month of quarter hours."""


@dataclass(frozen=True, slots=True)
class PriceStream:
    """Streams one community's prices to the clients that are signed in."""

    broadcast: PriceBroadcast
    market: MarketQueries
    sessions: Sessions
    community: int
    heartbeat: float

    async def events(
        self, listening: Listening, token: str, last_seen: int | None
    ) -> AsyncIterator[ServerSentEvent]:
        """Yield an event a price record, and a comment whenever none came for a while.

        Args:
            listening: a listener that was added before anything is looked up, so that nothing
                falls between the past and the news.
            token: the session that must still hold at every comment.
            last_seen: the id of the last event that the client saw, or None for news alone.
        """
        replayed = set()
        for record in await self._missed(last_seen):
            replayed.add(record.interval)
            yield _event(record)
        while True:
            try:
                news = await listening.next(self.heartbeat)
            except TimeoutError:
                if not await self._holds(token):
                    return
                yield ServerSentEvent(comment="no news")
                continue
            if news is None:
                return
            if news.interval not in replayed:
                yield _event(news)

    async def _missed(self, last_seen: int | None) -> list[PriceRecord]:
        if last_seen is None:
            return []
        recent = self.broadcast.since(last_seen)
        if recent is not None:
            return recent
        stored = await run_in_threadpool(
            self.market.prices, self.community, last_seen + 1, MAX_START, _MOST_MISSED
        )
        return list(stored)

    async def _holds(self, token: str) -> bool:
        try:
            await run_in_threadpool(self.sessions.subject, token)
        except SignInRequiredError:
            return False
        return True


def _event(record: PriceRecord) -> ServerSentEvent:
    return ServerSentEvent(
        event="price",
        id=str(record.interval.start),
        raw_data=show_price(record).model_dump_json(),
    )
