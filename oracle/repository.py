"""All SQL of the oracle. Nothing here commits: the services own their transactions."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, exists, func, insert, select, tuple_, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from domain.interval import Interval
from domain.reading import Metered, Reading
from domain.units import Account, WattHours
from identity.attestation import Attestation, CorrectionReason
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
        signature: 65 bytes; over the correction where it is one.
        revision: 0, or the number of the correction within interval and gateway, from 1.
        superseded: the recorded root that a correction supersedes, 32 bytes, zeros where that is
            none; None where the attestation is no correction.
        reason: why it was corrected; None where it is no correction.
    """

    attestation: Attestation
    signature: bytes
    revision: int = 0
    superseded: bytes | None = None
    reason: CorrectionReason | None = None


@dataclass(frozen=True, slots=True)
class PublishedReading:
    """A reading with all that proves it to be the one under the attested root.

    Attributes:
        gateway: number of the gateway.
        revision: 0, or the number of the correction that it belongs to.
        index: place in the gateway's batch, from 0.
        salt: 16 bytes.
        document: the signed document.
        proof: sibling hashes from its leaf to the recorded root, the totals' hash last.
    """

    gateway: int
    revision: int
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
        revision: how often the gateway corrected the interval by then.
        salt: 16 bytes.
        document: the signed document.
        proof: sibling hashes from its leaf to the recorded root, the totals' hash last.
    """

    reading: Reading
    gateway: int
    revision: int
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
        """Return a gateway's first batch of an interval, no correction, or None."""
        query = select(ReadingBatch).filter_by(gateway=gateway, revision=0, **_columns(interval))
        return self._session.scalars(query).one_or_none()

    def holding(self, interval: Interval, gateway: int) -> ReadingBatch | None:
        """Return the batch by which a gateway counts in an interval, or None."""
        query = (
            select(ReadingBatch)
            .filter_by(gateway=gateway, **_columns(interval))
            .where(_holds(ReadingBatch))
        )
        return self._session.scalars(query).one_or_none()

    def correction_of(self, interval: Interval, gateway: int) -> ReadingBatch | None:
        """Return a gateway's correction of an interval that is on its way, or None."""
        query = select(ReadingBatch).filter_by(
            gateway=gateway, pending=True, excluded=None, **_columns(interval)
        )
        return self._session.scalars(query).one_or_none()

    def pending_corrections(self) -> Sequence[ReadingBatch]:
        """Return the corrections on their way to the chain, by gateway and number."""
        query = (
            select(ReadingBatch)
            .filter_by(unsettled=True, pending=True, excluded=None)
            .order_by(ReadingBatch.gateway, ReadingBatch.sequence)
        )
        return self._session.scalars(query).all()

    def unsettled_corrections(self, community: int) -> Sequence[ReadingBatch]:
        """Return the corrections on chain that no settlement follows yet, by start and gateway."""
        query = (
            select(ReadingBatch)
            .filter_by(unsettled=True, pending=False, excluded=None, community=community)
            .order_by(ReadingBatch.start, ReadingBatch.duration)
            .order_by(ReadingBatch.gateway, ReadingBatch.sequence)
        )
        return self._session.scalars(query).all()

    def settle_correction(self, gateway: int, sequence: int) -> None:
        """Note that the interval's settlement follows a correction, or never will."""
        query = (
            update(ReadingBatch)
            .filter_by(gateway=gateway, sequence=sequence)
            .values(unsettled=False)
        )
        self._session.execute(query)

    def end_correction(self, gateway: int, sequence: int, excluded: str | None) -> None:
        """Note that the chain has a correction, or why it will not."""
        query = (
            update(ReadingBatch)
            .filter_by(gateway=gateway, sequence=sequence)
            .values(pending=False, excluded=excluded, unsettled=excluded is None)
        )
        self._session.execute(query)

    def correction_after(self, gateway: int, sequence: int) -> ReadingBatch | None:
        """Return a correction of the gateway with a higher number, or None."""
        return self._session.scalars(
            select(ReadingBatch)
            .where(ReadingBatch.gateway == gateway, ReadingBatch.sequence > sequence)
            .where(ReadingBatch.revision > 0, ReadingBatch.excluded.is_(None))
            .limit(1)
        ).one_or_none()

    def batch_numbered(self, gateway: int, sequence: int) -> ReadingBatch | None:
        """Return a gateway's batch by its number, or None."""
        query = select(ReadingBatch).filter_by(gateway=gateway, sequence=sequence)
        return self._session.scalars(query).one_or_none()

    def batch_before(self, gateway: int, sequence: int) -> ReadingBatch | None:
        """Return the gateway's first batch of an interval with the next lower number, or None."""
        return self._session.scalars(
            select(ReadingBatch)
            .filter_by(revision=0)
            .where(ReadingBatch.gateway == gateway, ReadingBatch.sequence < sequence)
            .order_by(ReadingBatch.sequence.desc())
            .limit(1)
        ).one_or_none()

    def batch_after(self, gateway: int, sequence: int) -> ReadingBatch | None:
        """Return the gateway's first batch of an interval with the next higher number, or None."""
        return self._session.scalars(
            select(ReadingBatch)
            .filter_by(revision=0)
            .where(ReadingBatch.gateway == gateway, ReadingBatch.sequence > sequence)
            .order_by(ReadingBatch.sequence)
            .limit(1)
        ).one_or_none()

    def add(
        self, batch: SignedBatch, accounted: Sequence[AccountedReading], received_at: int
    ) -> None:
        """Keep a verified batch with its readings."""
        attestation, correction = batch.attestation, batch.correction
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
            revision=0 if correction is None else self._next_revision(attestation),
            superseded=None if correction is None else correction.superseded_root,
            reason=None if correction is None else int(correction.reason),
            pending=correction is not None,
            unsettled=correction is not None,
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

    def attested(self, interval: Interval) -> Sequence[ReadingBatch]:
        """Return the batches that an interval was attested with, corrected or not, by gateway."""
        query = (
            select(ReadingBatch)
            .filter_by(revision=0, excluded=None, **_columns(interval))
            .order_by(ReadingBatch.gateway)
        )
        return self._session.scalars(query).all()

    def recorded(self, interval: Interval) -> Sequence[ReadingBatch]:
        """Return what an interval was attested and corrected with, by gateway and revision."""
        query = (
            select(ReadingBatch)
            .filter_by(pending=False, excluded=None, **_columns(interval))
            .order_by(ReadingBatch.gateway, ReadingBatch.revision)
        )
        return self._session.scalars(query).all()

    def exclude(self, interval: Interval, reasons: Mapping[int, str]) -> None:
        """Let gateways' batches of an interval count no more, each for its reason."""
        for row in self.attested(interval):
            row.excluded = reasons.get(row.gateway)

    def mark_relayed(self, interval: Interval, gateways: Collection[int]) -> None:
        """Note that somebody else brought gateways' attestations of an interval to the chain."""
        for row in self.attested(interval):
            row.relayed = row.relayed or row.gateway in gateways

    def attestations(self, interval: Interval) -> list[SignedAttestation]:
        """Return the attestations and corrections of an interval, by gateway and revision."""
        return [signed_attestation(row) for row in self.recorded(interval)]

    def metered(self, interval: Interval) -> dict[Account, Metered]:
        """Return what each account's meters counted, by account."""
        query = (
            select(
                SignedReading.account,
                func.sum(SignedReading.imported),
                func.sum(SignedReading.exported),
            )
            .join(ReadingBatch, ReadingBatch.id == SignedReading.batch_id)
            .where(_holds(ReadingBatch))
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
        """Return the readings of an interval with proofs, by gateway, revision and index."""
        return [
            published for batch in self.recorded(interval) for published in self._published(batch)
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
            select(SignedReading, ReadingBatch)
            .join(ReadingBatch, ReadingBatch.id == SignedReading.batch_id)
            .where(_holds(ReadingBatch))
            .where(SignedReading.account == account)
            .where(SignedReading.start >= first, SignedReading.start < last)
            .where(tuple_(SignedReading.start, SignedReading.device) > after)
            .order_by(SignedReading.start, SignedReading.device)
            .limit(limit)
        )
        found = [(row, batch) for row, batch in self._session.execute(query)]
        trees = self._trees({row.batch_id for row, _ in found})
        return [
            AccountReading(
                reading=_reading(row),
                gateway=batch.gateway,
                revision=batch.revision,
                salt=row.salt,
                document=json.loads(row.document),
                proof=_proof(trees[row.batch_id], row.place, batch),
            )
            for row, batch in found
        ]

    def _next_revision(self, attestation: Attestation) -> int:
        holding = self.holding(attestation.interval, attestation.gateway)
        return 1 if holding is None else holding.revision + 1

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
                revision=batch.revision,
                index=row.place,
                salt=row.salt,
                document=json.loads(row.document),
                proof=_proof(tree, index, batch),
            )
            for index, row in enumerate(rows)
        ]


def signed_attestation(row: ReadingBatch) -> SignedAttestation:
    """Read a stored attestation or correction back."""
    attestation = Attestation(
        interval=Interval(row.community, row.start, row.duration),
        gateway=row.gateway,
        sequence=row.sequence,
        root=row.root,
        count=row.count,
        imported=row.imported,
        exported=row.exported,
    )
    return SignedAttestation(
        attestation,
        row.signature,
        row.revision,
        row.superseded,
        None if row.reason is None else CorrectionReason(row.reason),
    )


def _holds(batch: type[ReadingBatch]) -> ColumnElement[bool]:
    """The condition that a batch counts: on chain, or on the way there, and not superseded."""
    later = aliased(ReadingBatch)
    superseded = exists().where(
        later.community == batch.community,
        later.start == batch.start,
        later.duration == batch.duration,
        later.gateway == batch.gateway,
        later.revision > batch.revision,
        later.pending.is_(False),
        later.excluded.is_(None),
    )
    return and_(batch.pending.is_(False), batch.excluded.is_(None), ~superseded)


def _proof(tree: MerkleTree, place: int, batch: ReadingBatch) -> list[bytes]:
    return [*tree.proof(place), signed_attestation(batch).attestation.totals_hash]


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
