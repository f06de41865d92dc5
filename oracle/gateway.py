"""The gateway: signs what its meters count, closes intervals, forwards until it is acknowledged."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from domain.clock import Clock, SystemClock
from domain.errors import InvalidValueError, RefusedError
from domain.interval import Interval
from domain.reading import Reading
from identity.attestation import Attestation, Correction, CorrectionReason
from identity.keys import Ed25519Key, EvmKey
from identity.merkle import SALT_BYTES, MerkleTree
from identity.signed_reading import sign_reading, verify_signed_reading
from identity.typed_data import TypedDomain, attestation_digest, correction_digest
from oracle.batch import SignedBatch, SignedReadingEntry
from oracle.gateway_store import GatewayStore, StoreTransaction


class Gateway:
    """Reads meters on behalf of the market and vouches for them with its keys.

    A crash at any point loses nothing that was returned: a recorded reading stays recorded, a
    closed interval gives the same batch again, a batch is pending until it is acknowledged. Meant
    for one thread; several processes may open the same file.
    """

    def __init__(
        self,
        number: int,
        ed25519_key: Ed25519Key,
        evm_key: EvmKey,
        *,
        domain: TypedDomain,
        devices: Collection[int],
        store: Path | str,
        clock: Clock | None = None,
        after_sequence: int = 0,
    ) -> None:
        """Open the gateway's store.

        Args:
            number: the gateway's number in the registry.
            ed25519_key: signs readings.
            evm_key: signs attestations.
            domain: of the metering contract (``metering_domain``).
            devices: numbers of the devices that it reads.
            store: SQLite file, made where there is none, or ``":memory:"``.
            clock: dates the signatures; by default the machine's.
            after_sequence: number of the last batch of this gateway that the chain knows, for a
                gateway that lost its store.
        """
        self.number = number
        self._ed25519_key = ed25519_key
        self._evm_key = evm_key
        self._domain = domain
        self._devices = frozenset(devices)
        self._store = GatewayStore(store)
        self._clock = clock or SystemClock()
        self._after_sequence = after_sequence

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.dispose()

    def dispose(self) -> None:
        """Let the store's file go."""
        self._store.dispose()

    def record(self, *readings: Reading) -> None:
        """Sign and keep readings, all or none. The same reading again changes nothing.

        Raises:
            RefusedError: ``device-unknown``, ``interval-open`` (not over yet), ``interval-closed``
                or ``reading-differs`` (from the one recorded before).
        """
        now = self._clock.now()
        with self._store.transaction() as transaction:
            for interval in dict.fromkeys(reading.interval for reading in readings):
                new = [reading for reading in readings if reading.interval == interval]
                self._record(transaction, interval, new, now)

    def close(self, interval: Interval) -> SignedBatch:
        """Close an interval: everything recorded of it under one signed root.

        An interval is closed once; closing it again returns the same batch.

        Raises:
            RefusedError: ``nothing-recorded``, where no reading of the interval is there.
        """
        with self._store.transaction() as transaction:
            known = transaction.batch_of(interval)
            if known is not None:
                return known
            batch = self._make_batch(transaction, interval)
            transaction.add_batch(batch)
        return batch

    def correct(
        self,
        interval: Interval,
        reason: CorrectionReason,
        readings: Collection[Reading] = (),
        without: Collection[int] = (),
    ) -> SignedBatch:
        """Put another statement about an interval in the place of the last one.

        Readings that are not named stay as they were signed. Where nothing was recorded of the
        interval before it was settled (``LATE``), the last statement never counted: its readings
        are stated anew.

        Args:
            interval: a closed interval.
            reason: why.
            readings: what devices counted after all; they may be new to the interval.
            without: numbers of devices whose readings were wrong to be there.

        Raises:
            RefusedError: ``interval-not-closed``, ``correction-pending`` (the last statement was
                not acknowledged yet and, being recorded or not, might still be),
                ``nothing-corrected``, ``nothing-recorded`` (no reading would be left),
                ``device-unknown``, or ``reading-interval`` (of another interval).
        """
        with self._store.transaction() as transaction:
            former = transaction.batch_of(interval)
            if former is None:
                raise RefusedError("interval-not-closed", f"interval {interval} is not closed")
            late = reason is CorrectionReason.LATE
            if not late and former in transaction.pending():
                number = former.attestation.sequence
                raise RefusedError("correction-pending", f"batch {number} is not acknowledged")
            changed = self._changed_documents(former, readings, without)
            if not late and changed == [entry.document for entry in former.readings]:
                raise RefusedError("nothing-corrected", f"interval {interval} stays as it is")
            batch = self._make_correction(transaction, former, reason, changed)
            if late:
                transaction.acknowledge(former.attestation.sequence)
        return batch

    def pending(self) -> list[SignedBatch]:
        """Return the batches to forward, in sequence."""
        with self._store.transaction() as transaction:
            return transaction.pending()

    def acknowledge(self, sequence: int) -> None:
        """Note that a batch has arrived; it need not be forwarded any more.

        Raises:
            InvalidValueError: where the gateway has no batch of that number.
        """
        with self._store.transaction() as transaction:
            if not transaction.acknowledge(sequence):
                raise InvalidValueError("sequence", "the number of a batch", sequence)

    def _record(
        self,
        transaction: StoreTransaction,
        interval: Interval,
        readings: Sequence[Reading],
        now: int,
    ) -> None:
        if now < interval.end:
            raise RefusedError("interval-open", f"interval {interval} is not over")
        known = transaction.readings(interval)
        closed = transaction.is_closed(interval)
        for reading in readings:
            self._require_own(reading)
            before = known.get(reading.device)
            if before is not None:
                _require_same(before, reading)
                continue
            if closed:
                raise RefusedError("interval-closed", f"interval {interval} is closed")
            known[reading.device] = reading
            document = sign_reading(self._ed25519_key, reading, now)
            transaction.add_reading(reading, document)

    def _require_own(self, reading: Reading) -> None:
        if reading.device not in self._devices:
            raise RefusedError(
                "device-unknown", f"gateway {self.number} does not read device {reading.device}"
            )

    def _changed_documents(
        self, former: SignedBatch, readings: Collection[Reading], without: Collection[int]
    ) -> list[Mapping[str, Any]]:
        """Return the signed documents after a correction, by device."""
        interval, now = former.attestation.interval, self._clock.now()
        documents: dict[int, Mapping[str, Any]] = {
            entry.document["device"]: entry.document for entry in former.readings
        }
        for reading in readings:
            self._require_own(reading)
            if reading.interval != interval:
                raise RefusedError("reading-interval", f"{reading} is not of {interval}")
            known = documents.get(reading.device)
            if known is None or verify_signed_reading(known)[0] != reading:
                documents[reading.device] = sign_reading(self._ed25519_key, reading, now)
        for device in without:
            documents.pop(device, None)
        return [documents[device] for device in sorted(documents)]

    def _make_correction(
        self,
        transaction: StoreTransaction,
        former: SignedBatch,
        reason: CorrectionReason,
        documents: Sequence[Mapping[str, Any]],
    ) -> SignedBatch:
        interval = former.attestation.interval
        attestation, entries = self._state(transaction, interval, documents)
        superseded = None if reason is CorrectionReason.LATE else former.attestation
        correction = Correction(attestation, superseded, reason)
        signature = self._evm_key.sign(correction_digest(self._domain, correction))
        batch = SignedBatch(attestation, signature, entries, correction)
        revision = transaction.revision(interval) + 1
        for entry in entries:
            reading, _ = verify_signed_reading(entry.document)
            transaction.add_reading(reading, dict(entry.document), revision)
        transaction.add_batch(batch)
        return batch

    def _make_batch(self, transaction: StoreTransaction, interval: Interval) -> SignedBatch:
        documents = transaction.documents(interval)
        attestation, entries = self._state(transaction, interval, documents)
        signature = self._evm_key.sign(attestation_digest(self._domain, attestation))
        return SignedBatch(attestation, signature, entries)

    def _state(
        self,
        transaction: StoreTransaction,
        interval: Interval,
        documents: Sequence[Mapping[str, Any]],
    ) -> tuple[Attestation, tuple[SignedReadingEntry, ...]]:
        if not documents:
            raise RefusedError("nothing-recorded", f"no reading of interval {interval} is there")
        entries = tuple(
            SignedReadingEntry(document, secrets.token_bytes(SALT_BYTES)) for document in documents
        )
        attestation = Attestation(
            interval=interval,
            gateway=self.number,
            sequence=max(transaction.last_sequence(), self._after_sequence) + 1,
            root=MerkleTree([entry.leaf for entry in entries]).root,
            count=len(entries),
            imported=sum(document["importedWh"] for document in documents),
            exported=sum(document["exportedWh"] for document in documents),
        )
        return attestation, entries


def _require_same(before: Reading, reading: Reading) -> None:
    if before != reading:
        raise RefusedError("reading-differs", f"recorded before as {before}, now as {reading}")
