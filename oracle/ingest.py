"""Taking gateways' batches in, and their attestations to the chain."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from chain.errors import ContractRefusedError
from chain.sender import Receipt
from domain.clock import Clock
from domain.interval import Interval
from domain.reading import Metered
from domain.units import Account
from identity.attestation import CORRECTION_SECONDS, Attestation, Correction
from identity.typed_data import TypedDomain
from oracle.batch import SignedBatch
from oracle.errors import BatchRefusedError
from oracle.ports import MeteringContract, Registry, StepDelivery
from oracle.repository import ReadingRepository, SignedAttestation, signed_attestation
from oracle.tables import ReadingBatch
from oracle.verification import AccountedReading, BatchVerifier

ATTEST_STEP: Final = "attest"
CORRECT_STEP: Final = "correct"
MOST_ATTESTATIONS: Final = 128
"""Of one transaction; each costs about 45,000 gas and 300 bytes of calldata."""

_REVOKED: Final = "the gateway's keys were revoked for the interval"
_CONTRADICTED: Final = "the chain has another attestation of the gateway for the interval"
_SUPERSEDED: Final = "the chain has a later attestation of the gateway"


@dataclass(frozen=True, slots=True)
class CorrectedInterval:
    """An interval with corrections on chain that its settlement has yet to follow.

    Attributes:
        interval: which interval.
        corrections: gateway and sequence number of each.
    """

    interval: Interval
    corrections: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class EndedCorrection:
    """What became of a correction that came.

    Attributes:
        interval: which interval it corrects.
        gateway: number of the gateway.
        sequence: its number within the gateway.
        receipt: of the transaction that brought it to the chain; None where somebody else did, or
            nobody will.
        excluded: why the chain does not take it; None where it has it.
    """

    interval: Interval
    gateway: int
    sequence: int
    receipt: Receipt | None
    excluded: str | None


class MeterIngest:
    """Verifies and keeps batches, and attests an interval's readings on chain.

    Any number of threads may call it; a database has one ingest at a time.
    """

    def __init__(
        self,
        sessions: sessionmaker[Session],
        registry: Registry,
        metering: MeteringContract,
        outbox: StepDelivery,
        *,
        domain: TypedDomain,
        clock: Clock,
    ) -> None:
        """Use a database that has the oracle's tables.

        Args:
            sessions: of the node's database.
            registry: knows gateways and devices (``contracts.registry``).
            metering: takes attestations (``contracts.metering``).
            outbox: brings them there.
            domain: of the metering contract (``metering_domain``).
            clock: tells whether an interval is over.
        """
        self._sessions = sessions
        self._verifier = BatchVerifier(registry, domain)
        self._metering = metering
        self._outbox = outbox
        self._clock = clock
        # What a step is made of must not change before the step is made.
        self._bringing = threading.Lock()
        self._untold: list[EndedCorrection] = []

    def receive(self, batch: SignedBatch) -> bool:
        """Verify a batch and keep it. The same batch again changes nothing.

        Returns:
            Whether it is new. In both cases the gateway may forget it.

        Raises:
            BatchRefusedError: what ``BatchVerifier.verify`` raises, ``interval-open``,
                ``interval-closed``, ``interval-taken``, ``sequence-taken`` or
                ``sequence-out-of-order``. Of a correction also ``correction-too-late`` and
                ``superseded-differs``, and, until it can be brought to the chain,
                ``interval-not-attested``, ``interval-not-settled``, ``sequence-waits`` and
                ``correction-pending``.
        """
        if self._is_known(batch):
            return False
        attestation = batch.attestation
        if self._clock.now() < attestation.interval.end:
            raise BatchRefusedError(
                "interval-open", attestation.gateway, f"{attestation.interval} is not over"
            )
        self._check_late(batch)
        accounted = self._verifier.verify(batch)
        try:
            return self._store(batch, accounted)
        except IntegrityError:
            # The gateway handed in two batches at once; the other one is there now.
            return self._store(batch, accounted)

    def metered(self, interval: Interval) -> dict[Account, Metered]:
        """Return what the meters of each account with readings counted in an interval."""
        with self._sessions() as session:
            return ReadingRepository(session).metered(interval)

    def attest(self, interval: Interval) -> list[Receipt]:
        """Bring an interval's attestations to the chain, once: all in one transaction.

        From then on no batch of the interval is taken. A gateway that was revoked for the interval
        since its batch came is excluded; an attestation that somebody else brought to the chain is
        left out of the transaction. Calling it again returns the same receipts.

        Returns:
            One receipt; none where nothing is left to attest; several where there are more than
            ``MOST_ATTESTATIONS``, which is what a block easily holds.

        Raises:
            ContractRefusedError: where the contract refuses for another reason.
            ChainError: where the chain cannot be reached; calling it again goes on.
        """
        with self._bringing:
            for gateway, sequence in self._pending():
                ended = self._correct(gateway, sequence)
                if ended is not None:
                    self._untold.append(ended)
            return self._attest(interval)

    def correct(self) -> Iterator[EndedCorrection]:
        """Bring the corrections that came to the chain, each gateway's in sequence.

        A correction that the contract refuses, as it does when it is too late, is excluded with the
        contract's reason, and the statement before it goes on counting. ``attest`` does this first,
        so that no later attestation shuts a correction out.

        Returns:
            What was brought, is there already or was excluded, as it happens; each correction once,
            also where ``attest`` brought it.

        Raises:
            ChainError: where the chain cannot be reached; calling it again goes on.
        """
        for gateway, sequence in self._pending():
            with self._bringing:
                ended = self._correct(gateway, sequence)
            if ended is not None:
                yield ended
        yield from self._told_late()

    def unsettled(self, community: int) -> list[CorrectedInterval]:
        """Return the intervals with corrections on chain that no settlement follows yet, by start.

        What ``metered`` returns afterwards rests on these corrections, and perhaps on later ones.
        """
        with self._sessions() as session:
            rows = ReadingRepository(session).unsettled_corrections(community)
            return [
                CorrectedInterval(one, tuple((row.gateway, row.sequence) for row in found))
                for one, found in groupby(rows, _interval)
            ]

    def note_settled(self, corrected: CorrectedInterval) -> None:
        """Note that an interval's settlement follows its corrections, or never will."""
        with self._sessions.begin() as session:
            repository = ReadingRepository(session)
            for gateway, sequence in corrected.corrections:
                repository.settle_correction(gateway, sequence)

    def _told_late(self) -> Iterator[EndedCorrection]:
        """Yield what ``attest`` brought since somebody asked."""
        with self._bringing:
            untold, self._untold = self._untold, []
        yield from untold

    def _pending(self) -> list[tuple[int, int]]:
        """Return gateway and number of the corrections on their way, by both."""
        with self._sessions() as session:
            return [
                (row.gateway, row.sequence)
                for row in ReadingRepository(session).pending_corrections()
            ]

    def _attest(self, interval: Interval) -> list[Receipt]:
        self._close(interval)
        receipts: list[Receipt] = []
        while True:
            first = len(receipts) * MOST_ATTESTATIONS
            part = self._unsent(interval)[first : first + MOST_ATTESTATIONS]
            if not part:
                return receipts
            try:
                receipts.append(self._deliver(interval, part, len(receipts)))
            except ContractRefusedError:
                if not self._reconsider(interval, part):
                    raise

    def _check_late(self, batch: SignedBatch) -> None:
        """What supersedes nothing is taken by the contract after the settlement, not before."""
        correction = batch.correction
        if correction is None or correction.superseded is not None:
            return
        interval = correction.statement.interval
        if not self._metering.totals(interval).closed:
            raise BatchRefusedError(
                "interval-not-settled", correction.statement.gateway, f"{interval} is not settled"
            )

    def _is_known(self, batch: SignedBatch) -> bool:
        attestation = batch.attestation
        with self._sessions() as session:
            known = ReadingRepository(session).batch_numbered(
                attestation.gateway, attestation.sequence
            )
            return known is not None and _is_same(known, batch)

    def _store(self, batch: SignedBatch, accounted: Sequence[AccountedReading]) -> bool:
        attestation = batch.attestation
        with self._sessions.begin() as session:
            repository = ReadingRepository(session)
            closed = repository.lock(attestation.interval)
            known = repository.batch_numbered(attestation.gateway, attestation.sequence)
            if known is not None and _is_same(known, batch):
                return False
            _check_number(repository, attestation, known)
            if batch.correction is None:
                _check_place(repository, attestation, closed)
            else:
                _check_correction(repository, batch.correction, closed, self._clock.now())
            repository.add(batch, accounted, self._clock.now())
        return True

    def _close(self, interval: Interval) -> None:
        with self._sessions() as session:
            repository = ReadingRepository(session)
            if repository.is_closed(interval):
                return
            gateways = [row.gateway for row in repository.attested(interval)]
        revoked = {one for one in gateways if not self._verifier.is_valid(one, interval)}
        with self._sessions.begin() as session:
            repository = ReadingRepository(session)
            if not repository.lock(interval):
                repository.close(interval)
                repository.exclude(interval, dict.fromkeys(revoked, _REVOKED))

    def _unsent(self, interval: Interval) -> list[SignedAttestation]:
        with self._sessions() as session:
            return [
                signed_attestation(row)
                for row in ReadingRepository(session).attested(interval)
                if not row.relayed
            ]

    def _deliver(
        self, interval: Interval, part: Sequence[SignedAttestation], number: int
    ) -> Receipt:
        call = self._metering.attest(
            [one.attestation for one in part], [one.signature for one in part]
        )
        step = f"{ATTEST_STEP}-{number + 1}" if number else ATTEST_STEP
        return self._outbox.deliver(interval.community, interval.start, step, call)

    def _correct(self, gateway: int, sequence: int) -> EndedCorrection | None:
        """Bring one correction to the chain, after what the gateway stated before it."""
        with self._sessions() as session:
            repository = ReadingRepository(session)
            row = repository.batch_numbered(gateway, sequence)
            if row is None or not row.pending or row.excluded is not None:
                return None
            signed = signed_attestation(row)
            holding = repository.holding(signed.attestation.interval, gateway)
            former = None if holding is None else signed_attestation(holding).attestation
            earlier = repository.batch_before(gateway, sequence)
            waiting = None if earlier is None else _interval(earlier)
        if waiting is not None:
            self._attest(waiting)
        return self._bring(signed, former)

    def _bring(self, signed: SignedAttestation, former: Attestation | None) -> EndedCorrection:
        statement, reason = signed.attestation, signed.reason
        if reason is None:
            raise ValueError(f"a correction with a reason expected, got {signed}")
        interval, gateway = statement.interval, statement.gateway
        call = self._metering.correct([Correction(statement, former, reason)], [signed.signature])
        step = f"{CORRECT_STEP}-{gateway}-{statement.sequence}"
        receipt, excluded = None, None
        try:
            receipt = self._outbox.deliver(interval.community, interval.start, step, call)
        except ContractRefusedError as error:
            if self._metering.attestation_root(interval, gateway) != statement.recorded_root:
                excluded = str(error)
        with self._sessions.begin() as session:
            ReadingRepository(session).end_correction(gateway, statement.sequence, excluded)
        return EndedCorrection(interval, gateway, statement.sequence, receipt, excluded)

    def _has_revision(self, interval: Interval, gateway: int, root: bytes) -> bool:
        """Tell whether the chain had a root before it was corrected."""
        return any(
            self._metering.attestation_root_at(interval, gateway, revision) == root
            for revision in range(self._metering.revision(interval, gateway))
        )

    def _reconsider(self, interval: Interval, part: Sequence[SignedAttestation]) -> bool:
        """Leave out what the chain has by now or will not take any more; tell whether any."""
        relayed, excluded = set(), {}
        for one in part:
            number, root = one.attestation.gateway, one.attestation.recorded_root
            attested = self._metering.attestation_root(interval, number)
            if attested == root or self._has_revision(interval, number, root):
                relayed.add(number)
            elif attested is not None:
                excluded[number] = _CONTRADICTED
            elif one.attestation.sequence <= self._metering.last_sequence(number):
                excluded[number] = _SUPERSEDED
            elif not self._verifier.is_valid(number, interval):
                excluded[number] = _REVOKED
        with self._sessions.begin() as session:
            repository = ReadingRepository(session)
            repository.lock(interval)
            repository.exclude(interval, excluded)
            repository.mark_relayed(interval, relayed)
        return bool(relayed or excluded)


def _is_same(known: ReadingBatch, batch: SignedBatch) -> bool:
    kept = signed_attestation(known)
    return (kept.attestation, kept.signature) == (batch.attestation, batch.signature)


def _check_number(
    repository: ReadingRepository, attestation: Attestation, known: ReadingBatch | None
) -> None:
    number, sequence = attestation.gateway, attestation.sequence
    if known is not None:
        raise BatchRefusedError(
            "sequence-taken", number, f"it sent another batch with the number {sequence}"
        )
    later = repository.correction_after(number, sequence)
    if later is not None:
        raise BatchRefusedError(
            "sequence-out-of-order", number, f"number {later.sequence} is a correction"
        )


def _check_correction(
    repository: ReadingRepository, correction: Correction, closed: bool, now: int
) -> None:
    """Take a correction only where nothing stands between it and the chain."""
    statement = correction.statement
    number, interval = statement.gateway, statement.interval
    if now >= interval.end + CORRECTION_SECONDS:
        raise BatchRefusedError("correction-too-late", number, f"{interval} stays as it is")
    if not closed:
        raise BatchRefusedError("interval-not-attested", number, f"{interval} is not attested yet")
    if repository.correction_of(interval, number) is not None:
        raise BatchRefusedError(
            "correction-pending", number, f"another one of {interval} is on its way"
        )
    holding = repository.holding(interval, number)
    former = None if holding is None else signed_attestation(holding).attestation
    if former != correction.superseded:
        raise BatchRefusedError(
            "superseded-differs", number, f"what it attested of {interval} is {former}"
        )
    earlier = repository.batch_before(number, statement.sequence)
    if earlier is not None and not repository.is_closed(_interval(earlier)):
        raise BatchRefusedError(
            "sequence-waits", number, f"number {earlier.sequence} is not attested yet"
        )
    later = repository.batch_after(number, statement.sequence)
    if later is not None and repository.is_closed(_interval(later)):
        raise BatchRefusedError(
            "sequence-out-of-order", number, f"number {later.sequence} is attested already"
        )


def _interval(row: ReadingBatch) -> Interval:
    return Interval(row.community, row.start, row.duration)


def _check_place(repository: ReadingRepository, attestation: Attestation, closed: bool) -> None:
    """Keep a gateway's numbers rising with time, as the contract will demand.

    Batches may arrive out of order, but only as long as none that is younger was attested.
    """
    number, sequence, interval = attestation.gateway, attestation.sequence, attestation.interval
    if closed:
        raise BatchRefusedError("interval-closed", number, f"{interval} is attested already")
    if repository.batch_of(interval, number) is not None:
        raise BatchRefusedError("interval-taken", number, f"it sent another batch of {interval}")
    earlier = repository.batch_before(number, sequence)
    if earlier is not None and earlier.start > interval.start:
        raise BatchRefusedError(
            "sequence-out-of-order", number, f"number {earlier.sequence} is of a later interval"
        )
    later = repository.batch_after(number, sequence)
    if later is None:
        return
    if later.start < interval.start:
        raise BatchRefusedError(
            "sequence-out-of-order", number, f"number {later.sequence} is of an earlier interval"
        )
    if repository.is_closed(_interval(later)):
        raise BatchRefusedError(
            "sequence-out-of-order", number, f"number {later.sequence} is attested already"
        )
