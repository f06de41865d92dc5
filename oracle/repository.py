"""All SQL of the oracle. Nothing here commits: the services own their transactions."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import func, insert, select, tuple_, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from domain.interval import Interval
from domain.reading import Metered, Reading
from domain.units import Account, WattHours
from identity.attestation import Attestation
from identity.canonical import canonical_bytes
from identity.hashing import keccak256
from identity.merkle import MerkleTree, reading_leaf
from oracle.batch import SignedBatch
from oracle.tables import MeteredInterval, ReadingBatch, SignedReading
from oracle.verification import AccountedReading

_BATCHES_AT_ONCE: Final = 500
"""Databases limit the parameters of a statement."""


@dataclass(frozen=True, slots=True)
class SignedAttestation:
    """An attestation with its gateway's signature.

    Attributes:
        attestation: root and totals.
        signature: 65 bytes.
    """

    attestation: Attestation
    signature: bytes


@dataclass(frozen=True, slots=True)
class PublishedReading:
    """A reading with all that proves it to be the one under the attested root.

    Attributes:
        gateway: number of the gateway.
        index: place in the gateway's batch, from 0.
        salt: 16 bytes.
        document: the signed document.
        proof: sibling hashes from its leaf to the root.
    """

    gateway: int
    index: int
    salt: bytes
    document: dict[str, Any]
    proof: list[bytes]


@dataclass(frozen=True, slots=True)
class AccountReading:
    """A reading of one account's device, with all that proves it to be under the attested root.

    Attributes:
        reading: what the device counted.
        gateway: number of the gateway that signed it.
        salt: 16 bytes.
        document: the signed document.
        proof: sibling hashes from its leaf to the root that the gateway attested.
    """

    reading: Reading
    gateway: int
    salt: bytes
    document: dict[str, Any]
    proof: list[bytes]


class ReadingRepository:
    """Intervals, batches and readings in one session."""

    def __init__(self, session: Session) -> None:
        """Work in a session whose transaction the caller owns."""
        self._session = session

    def lock(self, interval: Interval) -> bool:
        """Lock an interval until the transaction ends; tell whether it is closed.

        The lock is a write, so that it holds in SQLite too, where only writers exclude each other.
        """
        closed = self._touch(interval)
        if closed is not None:
            return closed
        try:
            with self._session.begin_nested():
                self._session.execute(
                    insert(MeteredInterval).values(changes=1, closed=False, **_columns(interval))
                )
        except IntegrityError:
            # Another transaction made it in this moment and has ended since.
            return bool(self._touch(interval))
        return False

    def close(self, interval: Interval) -> None:
        """Note that an interval's attestations are on their way to the chain."""
        query = update(MeteredInterval).filter_by(**_columns(interval)).values(closed=True)
        self._session.execute(query)

    def is_closed(self, interval: Interval) -> bool:
        """Tell whether an interval's attestations are on their way to the chain."""
        query = select(MeteredInterval.closed).filter_by(**_columns(interval))
        return bool(self._session.scalar(query))

    def batch_of(self, interval: Interval, gateway: int) -> ReadingBatch | None:
        """Return a gateway's batch of an interval, or None."""
        query = select(ReadingBatch).filter_by(gateway=gateway, **_columns(interval))
        return self._session.scalars(query).one_or_none()

    def batch_numbered(self, gateway: int, sequence: int) -> ReadingBatch | None:
        """Return a gateway's batch by its number, or None."""
        query = select(ReadingBatch).filter_by(gateway=gateway, sequence=sequence)
        return self._session.scalars(query).one_or_none()

    def batch_before(self, gateway: int, sequence: int) -> ReadingBatch | None:
        """Return the gateway's batch with the next lower number, or None."""
        return self._session.scalars(
            select(ReadingBatch)
            .where(ReadingBatch.gateway == gateway, ReadingBatch.sequence < sequence)
            .order_by(ReadingBatch.sequence.desc())
            .limit(1)
        ).one_or_none()

    def batch_after(self, gateway: int, sequence: int) -> ReadingBatch | None:
        """Return the gateway's batch with the next higher number, or None."""
        return self._session.scalars(
            select(ReadingBatch)
            .where(ReadingBatch.gateway == gateway, ReadingBatch.sequence > sequence)
            .order_by(ReadingBatch.sequence)
            .limit(1)
        ).one_or_none()

    def add(
        self, batch: SignedBatch, accounted: Sequence[AccountedReading], received_at: int
    ) -> None:
        """Keep a verified batch with its readings."""
        attestation = batch.attestation
        columns = _columns(attestation.interval)
        row = ReadingBatch(
            gateway=attestation.gateway,
            sequence=attestation.sequence,
            root=attestation.root,
            count=attestation.count,
            imported=attestation.imported,
            exported=attestation.exported,
            signature=batch.signature,
            received_at=received_at,
            relayed=False,
            **columns,
        )
        self._session.add(row)
        self._session.flush()
        values = [
            {
                "batch_id": row.id,
                "place": place,
                "device": one.reading.device,
                "account": one.account,
                "imported": one.reading.imported,
                "exported": one.reading.exported,
                "salt": entry.salt,
                "document": canonical_bytes(entry.document).decode(),
                **columns,
            }
            for place, (entry, one) in enumerate(zip(batch.readings, accounted, strict=True))
        ]
        self._session.execute(insert(SignedReading), values)

    def counted(self, interval: Interval) -> Sequence[ReadingBatch]:
        """Return the batches of an interval that count, by gateway."""
        query = (
            select(ReadingBatch)
            .filter_by(**_columns(interval))
            .where(ReadingBatch.excluded.is_(None))
            .order_by(ReadingBatch.gateway)
        )
        return self._session.scalars(query).all()

    def exclude(self, interval: Interval, reasons: Mapping[int, str]) -> None:
        """Let gateways' batches of an interval count no more, each for its reason."""
        for row in self.counted(interval):
            row.excluded = reasons.get(row.gateway)

    def mark_relayed(self, interval: Interval, gateways: Collection[int]) -> None:
        """Note that somebody else brought gateways' attestations of an interval to the chain."""
        for row in self.counted(interval):
            row.relayed = row.relayed or row.gateway in gateways

    def attestations(self, interval: Interval) -> list[SignedAttestation]:
        """Return the attestations of an interval that count, by gateway."""
        return [signed_attestation(row) for row in self.counted(interval)]

    def metered(self, interval: Interval) -> dict[Account, Metered]:
        """Return what each account's meters counted, by account."""
        query = (
            select(
                SignedReading.account,
                func.sum(SignedReading.imported),
                func.sum(SignedReading.exported),
            )
            .join(ReadingBatch, ReadingBatch.id == SignedReading.batch_id)
            .where(ReadingBatch.excluded.is_(None))
            .where(
                ReadingBatch.community == interval.community,
                ReadingBatch.start == interval.start,
                ReadingBatch.duration == interval.duration,
            )
            .group_by(SignedReading.account)
            .order_by(SignedReading.account)
        )
        return {
            Account(account): Metered(WattHours(int(imported)), WattHours(int(exported)))
            for account, imported, exported in self._session.execute(query)
        }

    def entries(self, interval: Interval) -> list[PublishedReading]:
        """Return the readings of an interval that count, with proofs, by gateway and index."""
        return [
            published for batch in self.counted(interval) for published in self._published(batch)
        ]

    def readings_of(
        self, account: Account, first: int, last: int, after: tuple[int, int], limit: int
    ) -> list[AccountReading]:
        """Return an account's readings that count, by start and device.

        Args:
            account: whose.
            first: UTC second; intervals that start from it on.
            last: UTC second; intervals that start before it.
            after: start and device behind which the page begins.
            limit: most readings to return.
        """
        query = (
            select(SignedReading, ReadingBatch.gateway)
            .join(ReadingBatch, ReadingBatch.id == SignedReading.batch_id)
            .where(ReadingBatch.excluded.is_(None))
            .where(SignedReading.account == account)
            .where(SignedReading.start >= first, SignedReading.start < last)
            .where(tuple_(SignedReading.start, SignedReading.device) > after)
            .order_by(SignedReading.start, SignedReading.device)
            .limit(limit)
        )
        found = [(row, gateway) for row, gateway in self._session.execute(query)]
        trees = self._trees({row.batch_id for row, _ in found})
        return [
            AccountReading(
                reading=_reading(row),
                gateway=gateway,
                salt=row.salt,
                document=json.loads(row.document),
                proof=trees[row.batch_id].proof(row.place),
            )
            for row, gateway in found
        ]

    def _trees(self, batches: Collection[int]) -> dict[int, MerkleTree]:
        """Return the Merkle trees of some batches, by batch."""
        leaves: dict[int, list[bytes]] = {}
        numbers = sorted(batches)
        for at in range(0, len(numbers), _BATCHES_AT_ONCE):
            query = (
                select(SignedReading.batch_id, SignedReading.salt, SignedReading.document)
                .where(SignedReading.batch_id.in_(numbers[at : at + _BATCHES_AT_ONCE]))
                .order_by(SignedReading.batch_id, SignedReading.place)
            )
            for batch, salt, document in self._session.execute(query):
                leaves.setdefault(batch, []).append(_leaf(salt, document))
        return {batch: MerkleTree(found) for batch, found in leaves.items()}

    def _touch(self, interval: Interval) -> bool | None:
        query = (
            update(MeteredInterval)
            .filter_by(**_columns(interval))
            .values(changes=MeteredInterval.changes + 1)
            .returning(MeteredInterval.closed)
            .execution_options(synchronize_session=False)
        )
        return self._session.scalar(query)

    def _published(self, batch: ReadingBatch) -> list[PublishedReading]:
        query = select(SignedReading).filter_by(batch_id=batch.id).order_by(SignedReading.place)
        rows = self._session.scalars(query).all()
        tree = MerkleTree([_leaf(row.salt, row.document) for row in rows])
        return [
            PublishedReading(
                gateway=batch.gateway,
                index=row.place,
                salt=row.salt,
                document=json.loads(row.document),
                proof=tree.proof(index),
            )
            for index, row in enumerate(rows)
        ]


def signed_attestation(row: ReadingBatch) -> SignedAttestation:
    """Read a stored attestation back."""
    attestation = Attestation(
        interval=Interval(row.community, row.start, row.duration),
        gateway=row.gateway,
        sequence=row.sequence,
        root=row.root,
        count=row.count,
        imported=row.imported,
        exported=row.exported,
    )
    return SignedAttestation(attestation, row.signature)


def _leaf(salt: bytes, document: str) -> bytes:
    return reading_leaf(salt, keccak256(document.encode()))


def _columns(interval: Interval) -> dict[str, int]:
    return {
        "community": interval.community,
        "start": interval.start,
        "duration": interval.duration,
    }


def _reading(row: SignedReading) -> Reading:
    return Reading(
        Interval(row.community, row.start, row.duration),
        row.device,
        WattHours(row.imported),
        WattHours(row.exported),
    )
