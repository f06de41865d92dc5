"""The fees that the admin of the settlement contract has announced, read as they come."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from chain.connection import Chain
from chain.deployment import Deployment
from chain.events import ContractEvent, FeeSet, read_events
from chain.events.reader import BLOCKS_AT_ONCE
from domain.fee import NO_FEE, AnnouncedFee, Fee, FeeSchedule
from domain.units import Account, MillicentPerKilowattHour

REMEMBERED_SECONDS: Final = 30.0
"""A fee is announced a day before the first gate that it affects."""


class AnnouncedFees:
    """Knows the fees of all communities of a settlement contract. Any thread may ask."""

    def __init__(
        self,
        chain: Chain,
        deployment: Deployment,
        seconds: float = REMEMBERED_SECONDS,
        *,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare to read; nothing is read before somebody asks.

        Args:
            chain: where the contract lies.
            deployment: of the contracts.
            seconds: for how long the chain is not asked again.
            timer: seconds that never go back.
        """
        self._chain = chain
        self._deployment = deployment
        self._seconds = seconds
        self._timer = timer
        self._lock = threading.Lock()
        self._schedule = FeeSchedule()
        self._next_block = deployment.block
        self._read_until = float("-inf")

    def schedule(self) -> FeeSchedule:
        """Return what is announced.

        Raises:
            ChainError: where the chain cannot be reached.
        """
        with self._lock:
            if self._timer() >= self._read_until:
                self._read_on()
                self._read_until = self._timer() + self._seconds
            return self._schedule

    def _read_on(self) -> None:
        last = self._chain.block_number()
        # What was read stays read, so that a chain that fails now and then is read to its end.
        while self._next_block <= last:
            until = min(self._next_block + BLOCKS_AT_ONCE - 1, last)
            span = (self._next_block, until)
            events = read_events(self._chain, self._deployment, *span, kinds=(FeeSet,))
            self._schedule = self._schedule.with_announcements(announced_fees(events))
            self._next_block = until + 1


def announced_fees(events: Iterable[ContractEvent]) -> Iterator[AnnouncedFee]:
    """Yield what events announce, in their sequence."""
    for event in events:
        if isinstance(event, FeeSet):
            yield AnnouncedFee(event.community, event.valid_from, _fee(event))


def _fee(event: FeeSet) -> Fee:
    if event.rate == 0:
        return NO_FEE
    return Fee(Account(event.account), MillicentPerKilowattHour(event.rate))
