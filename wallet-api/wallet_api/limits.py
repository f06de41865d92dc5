"""Token buckets that keep one client from crowding out the others."""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from wallet_api.problems.errors import TooManyRequestsError
from wallet_api.settings import RateLimit

_MAX_CLIENTS: Final = 10_000


class RateLimiter:
    """One bucket a client, for a bounded number of clients; those longest silent are forgotten."""

    def __init__(self, limit: RateLimit, seconds: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._seconds = seconds
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, client: str, requests: int = 1) -> None:
        """Count requests of a client.

        Raises:
            TooManyRequestsError: with the seconds after which they would be let through.
        """
        with self._lock:
            now = self._seconds()
            left = self._refilled(client, now) - requests
            if left < 0:
                wait = math.ceil(-left / self._limit.per_second)
                raise TooManyRequestsError(max(1, wait))
            self._buckets[client] = (left, now)
            self._buckets.move_to_end(client)
            if len(self._buckets) > _MAX_CLIENTS:
                self._buckets.popitem(last=False)

    def _refilled(self, client: str, now: float) -> float:
        left, at = self._buckets.get(client, (float(self._limit.burst), now))
        return min(float(self._limit.burst), left + (now - at) * self._limit.per_second)
