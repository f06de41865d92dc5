"""Taking gateways' batches in, and their attestations to the chain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from chain.errors import ContractRefusedError
from chain.sender import Receipt
from domain.clock import Clock
from domain.interval import Interval
from domain.reading import Metered
from domain.units import Account
from identity.attestation import Attestation
from identity.typed_data import TypedDomain
from oracle.batch import SignedBatch
from oracle.errors import BatchRefusedError
from oracle.ports import MeteringContract, Registry, StepDelivery
from oracle.repository import ReadingRepository, SignedAttestation, signed_attestation
from oracle.tables import ReadingBatch
from oracle.verification import AccountedReading, BatchVerifier

ATTEST_STEP: Final = "attest"
MOST_ATTESTATIONS: Final = 128
"""Of one transaction; each costs about 75,000 gas and 400 bytes of calldata."""

_REVOKED: Final = "the gateway's keys were revoked for the interval"
_CONTRADICTED: Final = "the chain has another attestation of the gateway for the interval"
_SUPERSEDED: Final = "the chain has a later attestation of the gateway"


class MeterIngest:
    """Verifies and keeps batches, and attests an interval's readings on chain."""

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

    def receive(self, batch: SignedBatch) -> bool:
        """Verify a batch and keep it. The same batch again changes nothing.

        Returns:
            Whether it is new. In both cases the gateway may forget it.

        Raises:
            BatchRefusedError: what ``BatchVerifier.verify`` raises, ``interval-open``,
                ``interval-closed``, ``interval-taken``, ``sequence-taken`` or
                ``sequence-out-of-order``.
        """
        if self._is_known(batch):
            return False
        attestation = batch.attestation
        if self._clock.now() < attestation.interval.end:
            raise BatchRefusedError(
                "interval-open", attestation.gateway, f"{attestation.interval} is not over"
            )
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
            if closed:
                raise BatchRefusedError(
                    "interval-closed",
                    attestation.gateway,
                    f"{attestation.interval} is attested already",
                )
            _check_place(repository, attestation, known)
            repository.add(batch, accounted, self._clock.now())
        return True

    def _close(self, interval: Interval) -> None:
        with self._sessions() as session:
            repository = ReadingRepository(session)
            if repository.is_closed(interval):
                return
            gateways = [row.gateway for row in repository.counted(interval)]
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
                for row in ReadingRepository(session).counted(interval)
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

    def _reconsider(self, interval: Interval, part: Sequence[SignedAttestation]) -> bool:
        """Leave out what the chain has by now or will not take any more; tell whether any."""
        relayed, excluded = set(), {}
        for one in part:
            number, root = one.attestation.gateway, one.attestation.root
            attested = self._metering.attestation_root(interval, number)
            if attested == root:
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
    return signed_attestation(known) == SignedAttestation(batch.attestation, batch.signature)


def _check_place(
    repository: ReadingRepository, attestation: Attestation, known: ReadingBatch | None
) -> None:
    """Keep a gateway's numbers rising with time, as the contract will demand.

    Batches may arrive out of order, but only as long as none that is younger was attested.
    """
    number, sequence, interval = attestation.gateway, attestation.sequence, attestation.interval
    if known is not None:
        raise BatchRefusedError(
            "sequence-taken", number, f"it sent another batch with the number {sequence}"
        )
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
    if repository.is_closed(Interval(later.community, later.start, later.duration)):
        raise BatchRefusedError(
            "sequence-out-of-order", number, f"number {later.sequence} is attested already"
        )
