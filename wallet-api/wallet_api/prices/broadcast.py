"""Handing every new price record to the clients that listen."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Iterable
from typing import Final

from domain.trade import PriceRecord
from wallet_api.problems.errors import TooManyRequestsError

_REMEMBERED: Final = 1_000
_QUEUE: Final = 256
_RETRY_SECONDS: Final = 30


class Listening:
    """One listener's queue of records, used in its own event loop.

    A listener that falls behind by more than its queue holds is let go: its stream ends, and it
    catches up from the records when it comes back with the last id it saw.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._queue: asyncio.Queue[PriceRecord | None] = asyncio.Queue(_QUEUE)
        self._ended = False

    async def next(self, timeout: float) -> PriceRecord | None:
        """Wait for the next record.

        Args:
            timeout: seconds.

        Returns:
            The record, or None where the stream is over.

        Raises:
            TimeoutError: where none came in time.
        """
        if self._ended and self._queue.empty():
            return None
        async with asyncio.timeout(timeout):
            return await self._queue.get()

    def offer(self, record: PriceRecord | None) -> None:
        """Queue a record, or None to end the stream; may be called from any thread."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._put, record)

    def _put(self, record: PriceRecord | None) -> None:
        if self._ended:
            return
        if record is None or self._queue.full():
            self._ended = True
            record = None
        if not self._queue.full():
            self._queue.put_nowait(record)


class PriceBroadcast:
    """Takes price records from the node and gives them to every listener, in the order they came.

    The last thousand are remembered, so that a listener that comes back misses none of them.
    """

    def __init__(self, records: Iterable[PriceRecord] = (), max_listeners: int = 1_000) -> None:
        """Start with the records of an earlier run, oldest first."""
        self._lock = threading.Lock()
        self._recent: deque[PriceRecord] = deque(records, _REMEMBERED)
        self._listeners: set[Listening] = set()
        self._max_listeners = max_listeners
        self._closed = False

    def publish(self, record: PriceRecord) -> None:
        """Hand a new record to every listener; never waits, may be called from any thread."""
        with self._lock:
            self._recent.append(record)
            for listening in self._listeners:
                listening.offer(record)

    def listen(self) -> Listening:
        """Add a listener for what is published from now on. Call in its event loop.

        Raises:
            TooManyRequestsError: where there are as many listeners as may be.
        """
        listening = Listening()
        with self._lock:
            if len(self._listeners) >= self._max_listeners:
                raise TooManyRequestsError(_RETRY_SECONDS)
            self._listeners.add(listening)
            if self._closed:
                listening.offer(None)
        return listening

    def leave(self, listening: Listening) -> None:
        """Forget a listener."""
        with self._lock:
            self._listeners.discard(listening)

    def since(self, start: int) -> list[PriceRecord] | None:
        """Return what was published after the record of the interval that starts at ``start``.

        Returns:
            The records in the order they came, or None where that record is not remembered.
        """
        with self._lock:
            recent = list(self._recent)
        for place, record in enumerate(recent):
            if record.interval.start == start:
                return recent[place + 1 :]
        return None

    @property
    def listeners(self) -> int:
        """How many listen."""
        return len(self._listeners)

    def close(self) -> None:
        """End every stream, those still to come included."""
        with self._lock:
            self._closed = True
            for listening in self._listeners:
                listening.offer(None)
