"""Reading back what the ingest keeps: for publication and for participants."""

from __future__ import annotations

from typing import Final

from sqlalchemy.orm import Session, sessionmaker

from domain.interval import Interval
from domain.units import Account
from oracle.repository import (
    AccountReading,
    PublishedReading,
    ReadingRepository,
    SignedAttestation,
)

FROM_THE_FIRST: Final = (-1, 0)
"""The place before every page."""

_MANY: Final = 2**31 - 1


class MeterRecords:
    """The readings that count, with their proofs."""

    def __init__(self, sessions: sessionmaker[Session]) -> None:
        """Use a database that has the oracle's tables."""
        self._sessions = sessions

    def entries(self, interval: Interval) -> list[PublishedReading]:
        """Return an interval's readings, superseded ones too, by gateway, revision and index."""
        with self._sessions() as session:
            return ReadingRepository(session).entries(interval)

    def attestations(self, interval: Interval) -> list[SignedAttestation]:
        """Return an interval's attestations and corrections, by gateway and revision."""
        with self._sessions() as session:
            return ReadingRepository(session).attestations(interval)

    def readings_of(
        self,
        account: Account,
        first: int,
        last: int,
        after: tuple[int, int] = FROM_THE_FIRST,
        limit: int = _MANY,
    ) -> list[AccountReading]:
        """Return an account's readings with their proofs, by start and device.

        Args:
            account: whose. Nobody else's readings are among them.
            first: UTC second; intervals that start from it on.
            last: UTC second; intervals that start before it.
            after: start and device behind which the page begins.
            limit: most readings to return.
        """
        with self._sessions() as session:
            return ReadingRepository(session).readings_of(account, first, last, after, limit)
