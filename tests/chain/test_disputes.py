"""Challenges to a book, their answers, and what the settlement makes of them."""

from __future__ import annotations

import pytest

from chain import errors
from chain.commitments import batch_commitment, digests_hash
from chain.contracts import ChallengeKind, ChallengeStatus, DisputeStatus, OrderProof
from chain.development import advance_to
from chain.events import (
    ChallengeAnswered,
    ChallengeOpened,
    ChallengeUpheld,
    DisputeDismissed,
    DuplicateProven,
    IntervalDisputed,
    TradesAnnulled,
    read_events,
)
from chain.openings import BookLink, commitment_of, open_batch
from chain.roles import ARBITER_ROLE, AUDITOR_ROLE
from domain.errors import InvalidValueError
from domain.order import pack_orders
from identity.typed_data import (
    market_domain,
    order_digest,
    receipt_digest,
    withdrawal_digest,
)

pytestmark = pytest.mark.chain

ALICE, BOB, CAROL = 2, 3, 4
DOCUMENT = b"\x22" * 32
NOBODY = bytes(32)


class Book:
    """The batches of the neighbourhood's book, as they were committed."""

    def __init__(self, neighbourhood, batches) -> None:
        self.neighbourhood = neighbourhood
        self.batches = batches
        self.domain = market_domain(
            neighbourhood.chain.chain_id, neighbourhood.contracts.market.address
        )
        for orders in batches:
            neighbourhood.commit(orders)

    def digest(self, order) -> bytes:
        return order_digest(self.domain, order)

    @property
    def links(self) -> list[BookLink]:
        return [
            BookLink(
                batch_commitment(pack_orders(orders), digests_hash(map(self.digest, orders))),
                len(orders),
            )
            for orders in self.batches
        ]

    def opening(self, number: int):
        orders = self.batches[number]
        digests = b"".join(map(self.digest, orders))
        return open_batch(self.links, number, pack_orders(orders), digests)

    def answer(self, challenge: int, number: int, index: int, key):
        order = self.batches[number][index]
        proof = OrderProof(order.salt, order.interval.start - 120, key.sign(self.digest(order)))
        packed = pack_orders(self.batches[number])
        disputes = self.neighbourhood.contracts.disputes
        return disputes.answer_unsigned(challenge, self.opening(number), packed, proof)

    def receipt(self, order, received_at: int, key) -> bytes:
        return key.sign(receipt_digest(self.domain, self.digest(order), received_at))


@pytest.fixture
def book(neighbourhood, keys, send):
    """Two batches, 600 Wh at 15,000 mct/kWh, cleared at the gate; the registrar is the arbiter."""
    disputes = neighbourhood.contracts.disputes
    send(keys.admin, disputes.grant_role(ARBITER_ROLE, keys.registrar.address))
    book = Book(
        neighbourhood,
        [
            [neighbourhood.bid(ALICE, 600, 20_000), neighbourhood.offer(BOB, 600, 10_000)],
            [neighbourhood.bid(CAROL, 5, 9_000)],
        ],
    )
    neighbourhood.close_gate()
    send(keys.stranger, neighbourhood.clearing(book.batches, 15_000, 600))
    return book


def events_of(neighbourhood, kind):
    found = read_events(neighbourhood.chain, neighbourhood.contracts.deployment)
    return [event for event in found if isinstance(event, kind)]


def test_a_challenge_is_answered(book, neighbourhood, keys, send) -> None:
    disputes, interval = neighbourhood.contracts.disputes, neighbourhood.interval
    assert disputes.window_end(interval) >= interval.end
    send(keys.carol, disputes.challenge_unsigned(interval, 0, 1))
    asked = disputes.challenge_of(1)
    assert (asked.interval, asked.kind) == (interval, ChallengeKind.UNSIGNED)
    assert (asked.batch, asked.index, asked.digest) == (0, 1, NOBODY)
    assert disputes.challenge_of(2) is None
    with pytest.raises(errors.DisputeOpen) as refusal:
        disputes.require_settleable(interval)
    assert refusal.value.arguments["challenges"] == 1

    with pytest.raises(errors.NotTheAccountsOrder) as refusal:
        send(keys.stranger, book.answer(1, 0, 1, keys.alice))
    assert refusal.value.arguments["recovered"] == keys.alice.address
    send(keys.stranger, book.answer(1, 0, 1, keys.bob))
    assert disputes.challenge_of(1).status is ChallengeStatus.ANSWERED
    (opened,) = events_of(neighbourhood, ChallengeOpened)
    (answered,) = events_of(neighbourhood, ChallengeAnswered)
    assert (opened.challenge, opened.kind, opened.challenger) == (
        1,
        ChallengeKind.UNSIGNED,
        keys.carol.address,
    )
    assert opened.answer_by == opened.block_time + disputes.answer_seconds()
    assert (answered.challenge, answered.interval) == (1, interval)

    with pytest.raises(errors.DisputeWindowOpen):
        disputes.require_settleable(interval)
    advance_to(neighbourhood.chain, disputes.window_end(interval))
    assert disputes.require_settleable(interval) is False


def test_a_missing_order_is_shown(book, neighbourhood, keys, send) -> None:
    disputes = neighbourhood.contracts.disputes
    order = book.batches[1][0]
    received_at = neighbourhood.interval.start - 100
    forged = book.receipt(order, received_at, keys.alice)
    with pytest.raises(errors.InvalidReceipt) as refusal:
        send(keys.carol, disputes.challenge_missing(order, received_at, forged))
    assert refusal.value.arguments["recovered"] == keys.alice.address
    receipt = book.receipt(order, received_at, keys.operator)
    send(keys.carol, disputes.challenge_missing(order, received_at, receipt))
    assert disputes.challenge_of(1).digest == book.digest(order)
    with pytest.raises(errors.AnotherOrder):
        send(keys.operator, disputes.answer_missing(1, book.opening(0), 0))
    send(keys.operator, disputes.answer_missing(1, book.opening(1), 0))
    assert disputes.dispute_of(neighbourhood.interval).open_challenges == 0


def test_a_withdrawal_answers(book, neighbourhood, keys, send) -> None:
    disputes = neighbourhood.contracts.disputes
    order = neighbourhood.bid(CAROL, 700, 24_000, salt=9)
    signed_at = neighbourhood.interval.start - 100
    receipt = book.receipt(order, signed_at, keys.operator)
    send(keys.bob, disputes.challenge_missing(order, signed_at, receipt))
    withdrawal = withdrawal_digest(book.domain, book.digest(order))
    forged = keys.alice.sign(withdrawal)
    with pytest.raises(errors.NotTheAccountsOrder) as refusal:
        send(keys.operator, disputes.answer_withdrawn(1, order, signed_at, forged))
    assert refusal.value.arguments["recovered"] == keys.alice.address
    signature = keys.carol.sign(withdrawal)
    send(keys.operator, disputes.answer_withdrawn(1, order, signed_at, signature))
    assert disputes.challenge_of(1).status is ChallengeStatus.ANSWERED


def test_what_nobody_answers_waits_for_the_arbiter(book, neighbourhood, keys, send) -> None:
    disputes, interval = neighbourhood.contracts.disputes, neighbourhood.interval
    forgotten = neighbourhood.bid(CAROL, 700, 24_000, salt=9)
    received_at = interval.start - 100
    receipt = book.receipt(forgotten, received_at, keys.operator)
    send(keys.carol, disputes.challenge_missing(forgotten, received_at, receipt))
    with pytest.raises(errors.AnswerNotDue):
        send(keys.carol, disputes.uphold(1))
    advance_to(neighbourhood.chain, disputes.challenge_of(1).answer_by)
    send(keys.carol, disputes.uphold(1))
    disputed = disputes.dispute_of(interval)
    assert (disputed.status, disputed.open_challenges) == (DisputeStatus.DISPUTED, 0)
    assert disputed.disputed_at == neighbourhood.chain.block_time()
    with pytest.raises(errors.DisputeUndecided):
        disputes.require_settleable(interval)
    with pytest.raises(errors.AccessControlUnauthorizedAccount, match="ARBITER_ROLE"):
        send(keys.operator, disputes.dismiss(interval, DOCUMENT))
    with pytest.raises(errors.ArbitrationNotOver):
        send(keys.operator, disputes.expire(interval))
    send(keys.registrar, disputes.dismiss(interval, DOCUMENT))
    assert disputes.dispute_of(interval).status is DisputeStatus.DISMISSED
    assert disputes.require_settleable(interval) is False
    (upheld,) = events_of(neighbourhood, ChallengeUpheld)
    assert upheld.challenge == 1
    assert [event.interval for event in events_of(neighbourhood, IntervalDisputed)] == [interval]
    assert [event.document for event in events_of(neighbourhood, DisputeDismissed)] == [DOCUMENT]


def test_annulled_trades_are_not_settled(neighbourhood, keys, send) -> None:
    disputes, interval = neighbourhood.contracts.disputes, neighbourhood.interval
    send(keys.admin, disputes.grant_role(ARBITER_ROLE, keys.registrar.address))
    twice = neighbourhood.bid(ALICE, 600, 20_000)
    book = Book(neighbourhood, [[twice, neighbourhood.offer(BOB, 1_200, 10_000)], [twice]])
    neighbourhood.close_gate()
    send(keys.stranger, neighbourhood.clearing(book.batches, 15_000, 1_200))
    call = disputes.prove_duplicate(interval, book.opening(0), 0, book.opening(1), 0)
    send(keys.stranger, call)
    (proven,) = events_of(neighbourhood, DuplicateProven)
    assert (proven.digest, proven.first_batch, proven.second_batch) == (book.digest(twice), 0, 1)
    assert (proven.first_index, proven.second_index) == (0, 0)

    neighbourhood.end_interval()
    neighbourhood.attest(neighbourhood.attestation(imported=600, exported=1_200))
    price_hash = neighbourhood.contracts.market.price_record(interval).price_hash
    metered = (ALICE, 600, 0), (BOB, 0, 1_200), (CAROL, 0, 0)
    positions = [neighbourhood.position(who, 0, 0, *counted, 0) for who, *counted in metered]
    settle = neighbourhood.contracts.settlement.settle
    call = settle(interval, price_hash, positions, 600 * 25_000 - 1_200 * 8_000)
    with pytest.raises(errors.DisputeUndecided):
        send(keys.operator, call)
    send(keys.registrar, disputes.annul(interval, DOCUMENT))
    assert disputes.require_settleable(interval) is True
    send(keys.operator, call)
    assert neighbourhood.contracts.energy.balance_of(keys.bob.address) == 1_200
    assert [event.document for event in events_of(neighbourhood, TradesAnnulled)] == [DOCUMENT]


def test_what_the_arbiter_leaves_is_annulled(book, neighbourhood, keys, send) -> None:
    disputes, interval = neighbourhood.contracts.disputes, neighbourhood.interval
    send(keys.admin, disputes.grant_role(AUDITOR_ROLE, keys.stranger.address))
    send(keys.stranger, disputes.challenge_unsigned(interval, 1, 0))
    advance_to(neighbourhood.chain, neighbourhood.chain.block_time() + disputes.answer_seconds())
    send(keys.alice, disputes.uphold(1))
    advance_to(
        neighbourhood.chain, neighbourhood.chain.block_time() + disputes.arbitration_seconds()
    )
    send(keys.alice, disputes.expire(interval))
    assert disputes.dispute_of(interval).status is DisputeStatus.ANNULLED
    assert [event.document for event in events_of(neighbourhood, TradesAnnulled)] == [NOBODY]


def test_who_challenges_what_and_how_often(book, neighbourhood, keys, send) -> None:
    disputes, interval = neighbourhood.contracts.disputes, neighbourhood.interval
    with pytest.raises(errors.NotAChallenger):
        send(keys.stranger, disputes.challenge_unsigned(interval, 0, 0))
    with pytest.raises(errors.UnknownBatch):
        send(keys.alice, disputes.challenge_unsigned(interval, 2, 0))
    for _ in range(disputes.challenge_limit()):
        send(keys.alice, disputes.challenge_unsigned(interval, 0, 7))
    with pytest.raises(errors.TooManyChallenges):
        send(keys.alice, disputes.challenge_unsigned(interval, 0, 0))
    assert disputes.challenge_count() == 5
    # There is no place 7 in the batch, which needs no signature.
    answer = disputes.answer_unsigned(3, book.opening(0), b"", OrderProof(0, 0, b""))
    send(keys.stranger, answer)
    assert disputes.challenge_of(3).status is ChallengeStatus.ANSWERED


def test_when_an_interval_was_cleared(neighbourhood, keys, send) -> None:
    market, disputes = neighbourhood.contracts.market, neighbourhood.contracts.disputes
    interval = neighbourhood.interval
    assert market.cleared_at(interval) is disputes.window_end(interval) is None
    advance_to(neighbourhood.chain, interval.end + 1_000)
    send(keys.stranger, neighbourhood.clearing([], 10_000, 0))
    cleared_at = neighbourhood.chain.block_time()
    assert market.cleared_at(interval) == cleared_at
    assert disputes.window_end(interval) == cleared_at + disputes.dispute_seconds()


def test_which_orders_were_submitted_on_chain(neighbourhood, keys, send) -> None:
    entry = neighbourhood.contracts.order_entry
    domain = market_domain(neighbourhood.chain.chain_id, neighbourhood.contracts.market.address)
    order = neighbourhood.bid(ALICE, 500, 20_000)
    neighbourhood.commit([neighbourhood.offer(BOB, 5, 9_000)])
    assert entry.submitted_as(order_digest(domain, order)) is None
    send(keys.alice, entry.submit_order(order))
    assert entry.submitted_as(order_digest(domain, order)) == 1
    with pytest.raises(errors.AlreadySubmitted):
        send(keys.alice, entry.submit_order(order))


def test_an_opening_is_of_the_book_that_it_is_made_of(book, neighbourhood) -> None:
    commitment = neighbourhood.contracts.market.book(neighbourhood.interval).commitment
    assert commitment_of(book.links) == commitment
    orders = book.batches[1]
    digests = b"".join(map(book.digest, orders))
    with pytest.raises(InvalidValueError, match="batch"):
        open_batch(book.links, 0, pack_orders(orders), digests)
    with pytest.raises(InvalidValueError, match="number"):
        open_batch(book.links, 2, pack_orders(orders), digests)
    link = BookLink(b"\x33" * 32, 0)
    opening = open_batch([*book.links, link], 2, b"", b"")
    assert (opening.before, opening.packed_hash) == (commitment, link.commitment)
    assert (opening.digests, opening.later) == (b"", b"")
