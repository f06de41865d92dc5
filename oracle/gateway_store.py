"""A gateway's own database: what it recorded, closed and still has to forward.

One SQLite file, made on open. Every change is one transaction that is on the disk when the method
returns, so that a gateway that loses power goes on exactly where it was.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    LargeBinary,
    Text,
    UniqueConstraint,
    create_engine,
    event,
    func,
    select,
    update,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker
from sqlalchemy.pool import StaticPool

from domain.interval import Interval
from domain.reading import Reading
from domain.units import WattHours
from identity.attestation import Attestation, Correction, CorrectionReason
from identity.canonical import canonical_bytes
from oracle.batch import SignedBatch, SignedReadingEntry

IN_MEMORY: Final = ":memory:"
_LOCK_WAIT_SECONDS: Final = 30


class GatewayBase(DeclarativeBase):
    """Tables of the gateway's own file."""


class BatchRow(GatewayBase):
    """A closed interval, or a correction of one."""

    __tablename__ = "batches"
    __table_args__ = (UniqueConstraint("community", "start", "duration", "revision"),)

    sequence: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    community: Mapped[int] = mapped_column(BigInteger)
    start: Mapped[int] = mapped_column(BigInteger)
    duration: Mapped[int]
    gateway: Mapped[int] = mapped_column(BigInteger)
    root: Mapped[bytes] = mapped_column(LargeBinary(32))
    count: Mapped[int]
    imported: Mapped[int] = mapped_column(BigInteger)
    exported: Mapped[int] = mapped_column(BigInteger)
    signature: Mapped[bytes] = mapped_column(LargeBinary(65))
    acknowledged: Mapped[bool] = mapped_column(default=False)
    revision: Mapped[int] = mapped_column(default=0)
    """Number of the correction within its interval, 0 for the first statement."""
    superseded: Mapped[int | None] = mapped_column(ForeignKey("batches.sequence"))
    """Of a correction: the batch that it supersedes, NULL where that never counted."""
    reason: Mapped[int | None]
    """Of a correction: why (``CorrectionReason``)."""


class RecordedReading(GatewayBase):
    """A reading; batch, place and salt are set when its interval is closed or corrected."""

    __tablename__ = "readings"

    community: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    start: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    duration: Mapped[int] = mapped_column(primary_key=True)
    device: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True, default=0)
    imported: Mapped[int] = mapped_column(BigInteger)
    exported: Mapped[int] = mapped_column(BigInteger)
    document: Mapped[str] = mapped_column(Text)
    sequence: Mapped[int | None] = mapped_column(ForeignKey("batches.sequence"), index=True)
    place: Mapped[int | None]
    salt: Mapped[bytes | None] = mapped_column(LargeBinary(16))


class GatewayStore:
    """Opens the file and runs its transactions."""

    def __init__(self, path: Path | str) -> None:
        """Open or make the store.

        Args:
            path: the file, or ``":memory:"`` for a store that ends with its object.
        """
        options: dict[str, Any] = {"connect_args": {"timeout": _LOCK_WAIT_SECONDS}}
        if str(path) == IN_MEMORY:
            options = {
                "connect_args": {"check_same_thread": False},
                "poolclass": StaticPool,
            }
        self._engine = create_engine(f"sqlite:///{path}", **options)
        event.listen(self._engine, "connect", _prepare_connection)
        event.listen(self._engine, "begin", _begin_as_writer)
        self._sessions = sessionmaker(self._engine)
        GatewayBase.metadata.create_all(self._engine)

    def dispose(self) -> None:
        """Let the file go."""
        self._engine.dispose()

    @contextmanager
    def transaction(self) -> Iterator[StoreTransaction]:
        """Run a transaction that alone writes; it is kept where the block ends without an error."""
        with self._sessions.begin() as session:
            yield StoreTransaction(session)


class StoreTransaction:
    """What can be read and written in one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def readings(self, interval: Interval) -> dict[int, Reading]:
        """Return an interval's readings as they hold, by device."""
        query = select(
            RecordedReading.device, RecordedReading.imported, RecordedReading.exported
        ).filter_by(revision=self.revision(interval), **_interval_columns(interval))
        return {
            device: Reading(interval, device, WattHours(imported), WattHours(exported))
            for device, imported, exported in self._session.execute(query)
        }

    def revision(self, interval: Interval) -> int:
        """Return how often an interval was corrected."""
        query = select(func.max(BatchRow.revision)).filter_by(**_interval_columns(interval))
        return self._session.scalar(query) or 0

    def add_reading(self, reading: Reading, document: dict[str, Any], revision: int = 0) -> None:
        """Keep a reading with its signed document."""
        self._session.add(
            RecordedReading(
                revision=revision,
                community=reading.interval.community,
                start=reading.interval.start,
                duration=reading.interval.duration,
                device=reading.device,
                imported=reading.imported,
                exported=reading.exported,
                document=canonical_bytes(document).decode(),
            )
        )

    def documents(self, interval: Interval) -> list[dict[str, Any]]:
        """Return the signed documents of an interval's readings as they hold, by device."""
        query = (
            select(RecordedReading.document)
            .filter_by(revision=self.revision(interval), **_interval_columns(interval))
            .order_by(RecordedReading.device)
        )
        return [json.loads(document) for document in self._session.scalars(query)]

    def is_closed(self, interval: Interval) -> bool:
        """Tell whether an interval has its batch."""
        return self.batch_of(interval) is not None

    def batch_of(self, interval: Interval) -> SignedBatch | None:
        """Return the batch that an interval was closed with or corrected to last, or None."""
        query = select(BatchRow).filter_by(
            revision=self.revision(interval), **_interval_columns(interval)
        )
        row = self._session.scalars(query).one_or_none()
        return None if row is None else self._batch(row)

    def last_sequence(self) -> int:
        """Return the number of the latest batch, 0 where there is none."""
        return self._session.scalar(select(func.max(BatchRow.sequence))) or 0

    def add_batch(self, batch: SignedBatch) -> None:
        """Keep a batch, whose readings are those recorded of its interval, by device."""
        attestation, revision = batch.attestation, 0
        former, reason = None, None
        if batch.correction is not None:
            revision = self.revision(attestation.interval) + 1
            former, reason = batch.correction.superseded, int(batch.correction.reason)
        self._session.add(
            BatchRow(
                revision=revision,
                superseded=None if former is None else former.sequence,
                reason=reason,
                sequence=attestation.sequence,
                gateway=attestation.gateway,
                root=attestation.root,
                count=attestation.count,
                imported=attestation.imported,
                exported=attestation.exported,
                signature=batch.signature,
                **_interval_columns(attestation.interval),
            )
        )
        self._session.flush()
        columns = _interval_columns(attestation.interval)
        self._session.execute(
            update(RecordedReading),
            [
                {
                    "device": entry.document["device"],
                    "revision": revision,
                    "sequence": attestation.sequence,
                    "place": place,
                    "salt": entry.salt,
                    **columns,
                }
                for place, entry in enumerate(batch.readings)
            ],
        )

    def pending(self) -> list[SignedBatch]:
        """Return the batches that nobody acknowledged, in sequence."""
        query = select(BatchRow).filter_by(acknowledged=False).order_by(BatchRow.sequence)
        return [self._batch(row) for row in self._session.scalars(query)]

    def acknowledge(self, sequence: int) -> bool:
        """Mark a batch as delivered; tell whether there is such a batch."""
        row = self._session.get(BatchRow, sequence)
        if row is None:
            return False
        row.acknowledged = True
        return True

    def _batch(self, row: BatchRow) -> SignedBatch:
        attestation = _attestation(row)
        return SignedBatch(
            attestation=attestation,
            signature=row.signature,
            readings=self._entries(row.sequence),
            correction=self._correction(row, attestation),
        )

    def _correction(self, row: BatchRow, statement: Attestation) -> Correction | None:
        if row.reason is None:
            return None
        former = None if row.superseded is None else self._session.get(BatchRow, row.superseded)
        superseded = None if former is None else _attestation(former)
        return Correction(statement, superseded, CorrectionReason(row.reason))

    def _entries(self, sequence: int) -> Sequence[SignedReadingEntry]:
        query = (
            select(RecordedReading.document, RecordedReading.salt)
            .filter_by(sequence=sequence)
            .order_by(RecordedReading.place)
        )
        return tuple(
            SignedReadingEntry(json.loads(document), salt)
            for document, salt in self._session.execute(query)
            if salt is not None
        )


def _attestation(row: BatchRow) -> Attestation:
    return Attestation(
        interval=Interval(row.community, row.start, row.duration),
        gateway=row.gateway,
        sequence=row.sequence,
        root=row.root,
        count=row.count,
        imported=row.imported,
        exported=row.exported,
    )


def _interval_columns(interval: Interval) -> dict[str, int]:
    return {
        "community": interval.community,
        "start": interval.start,
        "duration": interval.duration,
    }


def _prepare_connection(connection: Any, _: Any) -> None:
    # sqlite3 would begin transactions late and by itself; _begin_as_writer begins them instead.
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


def _begin_as_writer(connection: Any) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
