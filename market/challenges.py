"""Answers to challenges: what a challenger asks of a book, found among the stored orders."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from sqlalchemy import Engine
from sqlalchemy.orm import sessionmaker

from chain.calls import Call
from chain.commitments import batch_commitment
from chain.contracts import Challenge, ChallengeKind, ChallengeStatus, OrderProof, WalletRecord
from chain.openings import BatchOpening, open_batch
from chain.openings import BookLink as OpenedLink
from domain.errors import RefusedError
from domain.order import Order
from identity.hashing import keccak256
from identity.keys import recover
from identity.typed_data import TypedDomain, withdrawal_digest
from market.book import BookLink, CommittedBatch, KeptOrder, StoredWithdrawal
from market.errors import UnanswerableError
from market.ports import StepDelivery
from market.repository.books import BookRepository
from market.repository.orders import OrderRepository

NO_PROOF: Final = OrderProof(0, 0, b"")
"""Stands where a batch has no order at a challenged place."""


class DisputesContract(Protocol):
    """Holds the challenges, and takes the answers."""

    def challenge_count(self) -> int:
        """Return how many challenges there ever were; also the last one's number."""
        ...

    def challenge_of(self, challenge: int) -> Challenge | None:
        """Return a challenge, or None where there is none of this number."""
        ...

    def answer_unsigned(
        self, challenge: int, opening: BatchOpening, packed: bytes, proof: OrderProof
    ) -> Call:
        """Return the call that shows whose order is at a challenged place."""
        ...

    def answer_missing(self, challenge: int, opening: BatchOpening, index: int) -> Call:
        """Return the call that shows the place of an order that was called missing."""
        ...

    def answer_withdrawn(
        self, challenge: int, order: Order, signed_at: int, signature: bytes
    ) -> Call:
        """Return the call that shows that an order that was called missing was taken back."""
        ...


class Wallets(Protocol):
    """Knows when which wallet stood for which account."""

    def wallet_record(self, wallet: str) -> WalletRecord | None:
        """Return for which account a wallet stands or stood, or None where it never did."""
        ...


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of a challenge.

    Attributes:
        number: of the challenge.
        challenge: as it was found, open.
        refusal: why there is no answer; None where it was answered.
    """

    number: int
    challenge: Challenge
    refusal: RefusedError | None


class ChallengeResponder:
    """Answers the challenges to one community's books. Nothing is remembered between two times."""

    def __init__(
        self,
        engine: Engine,
        *,
        community: int,
        domain: TypedDomain,
        contract: DisputesContract,
        wallets: Wallets,
        outbox: StepDelivery,
    ) -> None:
        """Answer from a node's database.

        Args:
            engine: a database with the market's tables.
            community: whose books.
            domain: of the market, in which orders are signed and withdrawn.
            contract: the disputes contract.
            wallets: the registry.
            outbox: brings steps to the chain, each once.
        """
        self._sessions = sessionmaker(engine)
        self._community = community
        self._domain = domain
        self._contract = contract
        self._wallets = wallets
        self._outbox = outbox

    def answer(self, now: int) -> list[Answered]:
        """Answer what is open and can still be answered.

        Args:
            now: UTC second of the latest block.

        Returns:
            What was found open, in the sequence of numbers. One that cannot be answered is
            among them each time, until its time is over.

        Raises:
            ChainError: where the chain cannot be reached.
        """
        return [self._try(number, challenge) for number, challenge in reversed([*self._open(now)])]

    def _open(self, now: int) -> Iterator[tuple[int, Challenge]]:
        """Yield what can be answered, the latest first: all have the same time for it."""
        for number in range(self._contract.challenge_count(), 0, -1):
            challenge = self._contract.challenge_of(number)
            if challenge is None or challenge.answer_by <= now:
                return
            is_ours = challenge.interval.community == self._community
            if is_ours and challenge.status is ChallengeStatus.OPEN:
                yield number, challenge

    def _try(self, number: int, challenge: Challenge) -> Answered:
        try:
            call = self._call(number, challenge)
            interval = challenge.interval
            step = f"answer-{number}"
            self._outbox.deliver(interval.community, interval.start, step, call)
        except RefusedError as error:
            return Answered(number, challenge, error)
        return Answered(number, challenge, None)

    def _call(self, number: int, challenge: Challenge) -> Call:
        with self._sessions() as session:
            links = BookRepository(session).links(challenge.interval)
            withdrawn = OrderRepository(session).withdrawals(challenge.interval)
        if challenge.kind is ChallengeKind.MISSING:
            return self._show(number, challenge.digest, links, withdrawn)
        if challenge.batch >= len(links):
            raise UnanswerableError(number, f"batch {challenge.batch} is not known here")
        own = links[challenge.batch]
        opening = _opening(links, challenge.batch)
        if isinstance(own, CommittedBatch) and challenge.index < len(own.orders):
            proof = self._proof(own.orders[challenge.index])
            return self._contract.answer_unsigned(number, opening, own.packed, proof)
        return self._contract.answer_unsigned(number, opening, own.packed, NO_PROOF)

    def _show(
        self,
        number: int,
        digest: bytes,
        links: Sequence[BookLink],
        withdrawn: Sequence[StoredWithdrawal],
    ) -> Call:
        """Show where an order is, or that it was taken back before it was in a batch."""
        place = _place_of(digest, links)
        if place is not None:
            batch, index = place
            return self._contract.answer_missing(number, _opening(links, batch), index)
        for taken in withdrawn:
            if taken.kept.digest == digest:
                signed = withdrawal_digest(self._domain, digest)
                signed_at = self._signed_at(signed, taken.signature, taken.withdrawn_at)
                order = taken.kept.order
                return self._contract.answer_withdrawn(number, order, signed_at, taken.signature)
        raise UnanswerableError(number, f"order {digest.hex()} is in no batch")

    def _proof(self, kept: KeptOrder) -> OrderProof:
        if kept.signature is None or kept.received_at is None:
            return OrderProof(kept.order.salt, 0, b"")
        signed_at = self._signed_at(kept.digest, kept.signature, kept.received_at)
        return OrderProof(kept.order.salt, signed_at, kept.signature)

    def _signed_at(self, digest: bytes, signature: bytes, received_at: int) -> int:
        """Return the second nearest to the receipt's at which the signer stood for the account.

        The desk may notice the exchange of a wallet a minute late, and its clock and the chain's
        differ. An agent stands for its account for as long as its mandate says.
        """
        wallet = self._wallets.wallet_record(recover(digest, signature))
        if wallet is None:
            return received_at
        latest = received_at if wallet.until is None else min(received_at, wallet.until - 1)
        return max(wallet.since, latest)


def _place_of(digest: bytes, links: Sequence[BookLink]) -> tuple[int, int] | None:
    for link in links:
        if isinstance(link, CommittedBatch):
            for index, kept in enumerate(link.orders):
                if kept.digest == digest:
                    return link.number, index
    return None


def _opening(links: Sequence[BookLink], number: int) -> BatchOpening:
    own = links[number]
    return open_batch([_opened(link) for link in links], number, own.packed, own.digests)


def _opened(link: BookLink) -> OpenedLink:
    if isinstance(link, CommittedBatch):
        return OpenedLink(batch_commitment(link.packed, link.digests_hash), len(link.orders))
    return OpenedLink(keccak256(link.packed), 0)
