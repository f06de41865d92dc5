"""Disputes: challenges to the book of a cleared interval, before it is settled."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from enum import IntEnum
from typing import ClassVar

from chain.calls import Call
from chain.contracts.client import AdminRulesClient
from chain.openings import BatchOpening
from domain.interval import Interval
from domain.order import Order


class ChallengeKind(IntEnum):
    """What is challenged. The numbers are the contract's."""

    NONE = 0
    UNSIGNED = 1
    """Who signed the order at a place of the book?"""
    MISSING = 2
    """Where is an order that the operator acknowledged?"""


class ChallengeStatus(IntEnum):
    """How far a challenge has come. The numbers are the contract's."""

    NONE = 0
    OPEN = 1
    ANSWERED = 2
    UPHELD = 3


class DisputeStatus(IntEnum):
    """Whether an interval is disputed, and what became of it. The numbers are the contract's."""

    NONE = 0
    DISPUTED = 1
    DISMISSED = 2
    """Settled as posted."""
    ANNULLED = 3
    """Settled without trades."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """A challenge to an interval's book.

    Attributes:
        interval: whose book.
        kind: what is challenged.
        status: how far it has come.
        answer_by: first UTC second in which no answer is taken.
        batch: number of the challenged batch; 0 where an order is missing.
        index: place in the batch; 0 likewise.
        digest: EIP-712 digest of the missing order, 32 bytes; zeros where a place is challenged.
    """

    interval: Interval
    kind: ChallengeKind
    status: ChallengeStatus
    answer_by: int
    batch: int
    index: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class Dispute:
    """What holds an interval's settlement up.

    Attributes:
        status: whether it is disputed, and what became of it.
        disputed_at: UTC second since which it is; None where it never was.
        open_challenges: number of challenges that wait for an answer or to be upheld.
    """

    status: DisputeStatus
    disputed_at: int | None
    open_challenges: int


@dataclass(frozen=True, slots=True)
class OrderProof:
    """What shows that an order is its account's.

    Attributes:
        salt: of the order.
        signed_at: UTC second at which the signer was the account's wallet or agent, before the
            gate.
        signature: of the order's digest, 65 bytes; none where the order was submitted on chain.
    """

    salt: int
    signed_at: int
    signature: bytes


class DisputesClient(AdminRulesClient):
    """The disputes contract. Challenges are numbered from 1; documents are hashes of 32 bytes."""

    contract: ClassVar[str] = "Disputes"

    def challenge_unsigned(self, interval: Interval, batch: int, index: int) -> Call:
        """Ask who signed the order at a place of a book. Participants and auditors, in the window.

        Args:
            interval: whose book.
            batch: number of the batch, from 0.
            index: place in it, from 0.
        """
        return self._call("challengeUnsigned", interval.packed, batch, index)

    def challenge_missing(self, order: Order, received_at: int, receipt: bytes) -> Call:
        """Ask for an order that the operator acknowledged. Participants and auditors likewise.

        Args:
            order: the order.
            received_at: UTC second on the receipt.
            receipt: the operator's signature of both, 65 bytes.
        """
        return self._call(
            "challengeMissing", order.interval.packed, _terms(order), received_at, receipt
        )

    def prove_duplicate(
        self,
        interval: Interval,
        first: BatchOpening,
        first_index: int,
        second: BatchOpening,
        second_index: int,
    ) -> Call:
        """Show that an order is in a book twice, which disputes the interval at once. Anybody."""
        return self._call(
            "proveDuplicate",
            interval.packed,
            astuple(first),
            first_index,
            astuple(second),
            second_index,
        )

    def answer_unsigned(
        self, challenge: int, opening: BatchOpening, packed: bytes, proof: OrderProof
    ) -> Call:
        """Show whose order is at a challenged place. Anybody, in time.

        Args:
            challenge: its number.
            opening: of the challenged batch.
            packed: the batch's orders, 12 bytes each.
            proof: of the order; not read where the batch has no such place.
        """
        return self._call("answerUnsigned", challenge, astuple(opening), packed, astuple(proof))

    def answer_missing(self, challenge: int, opening: BatchOpening, index: int) -> Call:
        """Show the place of an order that was called missing. Anybody, in time."""
        return self._call("answerMissing", challenge, astuple(opening), index)

    def answer_withdrawn(
        self, challenge: int, order: Order, signed_at: int, signature: bytes
    ) -> Call:
        """Show that an order that was called missing was taken back. Anybody, in time.

        Args:
            challenge: its number.
            order: the missing order.
            signed_at: UTC second at which the signer was the account's wallet or agent, before the
                gate.
            signature: of the withdrawal's digest (``identity.typed_data.withdrawal_digest``), 65
                bytes.
        """
        return self._call("answerWithdrawn", challenge, _terms(order), signed_at, signature)

    def uphold(self, challenge: int) -> Call:
        """Record that nobody answered in time, which disputes the interval. Anybody."""
        return self._call("uphold", challenge)

    def dismiss(self, interval: Interval, document: bytes) -> Call:
        """Let a disputed interval be settled as posted. Only the arbiter."""
        return self._call("dismiss", interval.packed, document)

    def annul(self, interval: Interval, document: bytes) -> Call:
        """Let a disputed interval be settled without trades. Only the arbiter."""
        return self._call("annul", interval.packed, document)

    def expire(self, interval: Interval) -> Call:
        """Annul the trades of an interval that the arbiter left undecided too long. Anybody."""
        return self._call("expire", interval.packed)

    def require_settleable(self, interval: Interval) -> bool:
        """Tell whether a cleared interval is settled without trades.

        Raises:
            ContractRefusedError: ``DisputeWindowOpen``, ``DisputeOpen`` or ``DisputeUndecided``
                where it cannot be settled yet.
        """
        return bool(self._read_one("requireSettleable", interval.packed))

    def window_end(self, interval: Interval) -> int | None:
        """Return the UTC second from which on no challenge is taken; None where not cleared."""
        return int(self._read_one("windowEnd", interval.packed)) or None

    def dispute_of(self, interval: Interval) -> Dispute:
        """Return what holds an interval's settlement up."""
        status, disputed_at, open_challenges = self._read("disputeOf", interval.packed)
        return Dispute(DisputeStatus(status), disputed_at or None, open_challenges)

    def challenge_of(self, challenge: int) -> Challenge | None:
        """Return a challenge, or None where there is none of this number."""
        packed, kind, status, *rest = self._read("challengeOf", challenge)
        if not packed:
            return None
        interval = Interval.unpack(packed)
        return Challenge(interval, ChallengeKind(kind), ChallengeStatus(status), *rest)

    def challenge_count(self) -> int:
        """Return how many challenges there ever were; also the last one's number."""
        return int(self._read_one("challengeCount"))

    def dispute_seconds(self) -> int:
        """Return for how many seconds after a clearing challenges are taken, at least."""
        return int(self._read_one("DISPUTE_SECONDS"))

    def answer_seconds(self) -> int:
        """Return in how many seconds a challenge is to be answered."""
        return int(self._read_one("ANSWER_SECONDS"))

    def arbitration_seconds(self) -> int:
        """Return how many seconds the arbiter has."""
        return int(self._read_one("ARBITRATION_SECONDS"))

    def challenge_limit(self) -> int:
        """Return how often a party challenges an interval at most."""
        return int(self._read_one("CHALLENGE_LIMIT"))

    def auditor_role(self) -> bytes:
        """Return the role that challenges without being a participant."""
        return bytes(self._read_one("AUDITOR_ROLE"))

    def arbiter_role(self) -> bytes:
        """Return the role that decides."""
        return bytes(self._read_one("ARBITER_ROLE"))


def _terms(order: Order) -> tuple[int, int, int, int, int]:
    return (order.account, int(order.side), order.quantity, order.price, order.salt)
