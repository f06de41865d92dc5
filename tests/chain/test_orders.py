"""Orders past the operator, agents, cancellations, and intervals that nobody clears."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chain import errors
from chain.commitments import (
    EMPTY_BOOK,
    batch_commitment,
    cancel_in_book,
    extend_book,
    mechanism_id,
    price_hash,
)
from chain.contracts import Mandate, Sides
from chain.development import advance_to
from chain.events import (
    CancellationCommitted,
    MandateGiven,
    MandateRevoked,
    OrderCancelled,
    OrderSubmitted,
    Paused,
    read_events,
)
from chain.roles import PAUSER_ROLE
from domain.cancellation import Cancellation
from domain.order import Side, pack_orders
from domain.trade import ClearingStatus
from domain.units import Account
from identity.typed_data import (
    cancellation_digest,
    market_domain,
    order_digest,
    order_entry_domain,
)

pytestmark = pytest.mark.chain

ALICE, BOB, CAROL = 2, 3, 4


@pytest.fixture
def entry_domain(neighbourhood):
    return order_entry_domain(
        neighbourhood.chain.chain_id, neighbourhood.contracts.order_entry.address
    )


@pytest.fixture
def book(neighbourhood):
    """600 Wh trade at 15,000; without Bob's offer nothing does."""
    return [
        neighbourhood.bid(ALICE, 500, 20_000),
        neighbourhood.bid(CAROL, 300, 15_000),
        neighbourhood.offer(BOB, 600, 10_000),
    ]


def events_of(neighbourhood, kind):
    found = read_events(neighbourhood.chain, neighbourhood.contracts.deployment)
    return [event for event in found if isinstance(event, kind)]


def mandate_of(neighbourhood, **changes) -> Mandate:
    now = neighbourhood.chain.block_time()
    return replace(Mandate(now, now + 86_400, Sides.BIDS, 500, 9_000, 20_000), **changes)


def place(neighbourhood, account: int, batch: int, index: int) -> Cancellation:
    return Cancellation(neighbourhood.interval, Account(account), batch, index)


def test_an_agent_orders_within_its_mandate(neighbourhood) -> None:
    contracts, keys = neighbourhood.contracts, neighbourhood.keys
    agents, agent = contracts.agents, keys.stranger
    mandate = mandate_of(neighbourhood)
    neighbourhood.send(keys.alice, agents.mandate(agent.address, mandate))
    given = neighbourhood.chain.block_time()
    order = neighbourhood.bid(ALICE, 500, 20_000)
    neighbourhood.send(agent, contracts.order_entry.submit_order(order))
    (submitted,) = events_of(neighbourhood, OrderSubmitted)
    assert (submitted.account, submitted.by) == (ALICE, agent.address)
    assert contracts.order_entry.submitted(submitted.digest)
    with pytest.raises(errors.NotPermitted) as refusal:
        neighbourhood.send(
            agent, contracts.order_entry.submit_order(neighbourhood.bid(ALICE, 501, 20_000))
        )
    assert refusal.value.arguments == {"account": ALICE, "by": agent.address}

    assert agents.mandate_at(ALICE, agent.address, given) == mandate
    advance_to(neighbourhood.chain, given + 5)
    neighbourhood.send(keys.alice, agents.revoke(agent.address))
    revoked = neighbourhood.chain.block_time()
    assert agents.permits(ALICE, agent.address, revoked - 1, Side.BID, 500, 20_000)
    assert not agents.permits(ALICE, agent.address, revoked, Side.BID, 500, 20_000)
    assert agents.mandate_at(ALICE, agent.address, revoked) is None
    (told,) = events_of(neighbourhood, MandateGiven)
    assert (told.account, told.agent, told.wallet) == (ALICE, agent.address, keys.alice.address)
    assert told.mandate == mandate
    assert [e.agent for e in events_of(neighbourhood, MandateRevoked)] == [agent.address]


@pytest.mark.parametrize("sides", list(Sides))
def test_python_and_the_contract_agree_what_a_mandate_covers(neighbourhood, sides) -> None:
    agents, agent = neighbourhood.contracts.agents, neighbourhood.keys.stranger.address
    mandate = mandate_of(neighbourhood, sides=sides)
    neighbourhood.send(neighbourhood.keys.alice, agents.mandate(agent, mandate))
    now = neighbourhood.chain.block_time()
    for side in Side:
        for quantity in (500, 501):
            for price in (8_999, 9_000, 20_000, 20_001):
                order = neighbourhood.order(ALICE, side, quantity, price)
                permitted = agents.permits(ALICE, agent, now, side, quantity, price)
                assert permitted == mandate.covers(order), order


def test_anybody_relays_what_a_wallet_signed(neighbourhood, entry_domain, book) -> None:
    contracts, keys = neighbourhood.contracts, neighbourhood.keys
    entry = contracts.order_entry
    order = neighbourhood.bid(ALICE, 500, 20_000)
    signature = keys.alice.sign(order_digest(entry_domain, order))
    neighbourhood.send(keys.stranger, entry.submit_signed_order(order, signature))
    digest = order_digest(
        market_domain(neighbourhood.chain.chain_id, contracts.market.address), order
    )
    with pytest.raises(errors.AlreadySubmitted) as refusal:
        neighbourhood.send(keys.stranger, entry.submit_signed_order(order, signature))
    assert refusal.value.arguments == {"digest": digest}

    cancellation = place(neighbourhood, ALICE, 0, 0)
    assert not entry.cancelled(cancellation)
    signature = keys.alice.sign(cancellation_digest(entry_domain, cancellation))
    neighbourhood.send(keys.stranger, entry.cancel_signed_order(cancellation, signature))
    assert entry.cancelled(cancellation)
    (cancelled,) = events_of(neighbourhood, OrderCancelled)
    assert (cancelled.account, cancelled.batch, cancelled.index) == (ALICE, 0, 0)
    assert cancelled.by == keys.alice.address


def test_clearing_takes_a_cancelled_order_out(neighbourhood, book) -> None:
    contracts, keys, interval = neighbourhood.contracts, neighbourhood.keys, neighbourhood.interval
    market = contracts.market
    neighbourhood.commit(book)
    cancellation = place(neighbourhood, CAROL, 0, 1)
    neighbourhood.send(keys.carol, contracts.order_entry.cancel_order(cancellation))
    before = extend_book(
        EMPTY_BOOK, batch_commitment(pack_orders(book), neighbourhood.digests_hash(book)), 3
    )
    commitment = cancel_in_book(before, cancellation.pack())
    assert market.book(interval).commitment == commitment
    assert (market.book(interval).orders, market.book(interval).batches) == (3, 2)
    (told,) = events_of(neighbourhood, CancellationCommitted)
    assert (told.number, told.account, told.batch, told.index) == (1, CAROL, 0, 1)
    assert told.book_commitment == commitment

    neighbourhood.close_gate()
    batches = [pack_orders(book), cancellation.pack()]
    hashes = [neighbourhood.digests_hash(book), bytes(32)]
    with pytest.raises(errors.VolumeMismatch) as refusal:
        neighbourhood.send(keys.stranger, market.clear(interval, batches, hashes, 10_000, 600))
    assert refusal.value.arguments == {"expected": 500, "got": 600}
    neighbourhood.send(keys.stranger, market.clear(interval, batches, hashes, 10_000, 500))
    record = market.price_record(interval)
    assert (record.status, record.price, record.volume) == (ClearingStatus.CLEARED, 10_000, 500)


def test_limits_and_roles_of_the_entry(neighbourhood) -> None:
    contracts, keys = neighbourhood.contracts, neighbourhood.keys
    entry = contracts.order_entry
    assert (entry.direct_order_limit(), entry.cancellation_limit()) == (10, 10)
    assert entry.direct_energy_limit() == 2**31 - 1
    cancellation = place(neighbourhood, ALICE, 0, 0)
    for call in (
        contracts.market.enter_order(neighbourhood.interval, bytes(32)),
        contracts.market.enter_cancellation(cancellation),
    ):
        with pytest.raises(errors.AccessControlUnauthorizedAccount):
            neighbourhood.send(keys.operator, call)
    with pytest.raises(errors.UnknownBatch):
        neighbourhood.send(keys.alice, entry.cancel_order(cancellation))


def test_a_withheld_book_is_abandoned(neighbourhood, book) -> None:
    contracts, keys, interval = neighbourhood.contracts, neighbourhood.keys, neighbourhood.interval
    market = contracts.market
    neighbourhood.commit(book)
    deadline = interval.end + market.clearing_deadline()
    advance_to(neighbourhood.chain, deadline - 60)
    with pytest.raises(errors.ClearingDeadlineAhead) as refusal:
        neighbourhood.send(keys.stranger, market.abandon(interval))
    assert refusal.value.arguments["deadline"] == deadline
    advance_to(neighbourhood.chain, deadline)
    neighbourhood.send(keys.stranger, market.abandon(interval))
    record = market.price_record(interval)
    assert (record.status, record.price, record.volume) == (ClearingStatus.ABANDONED, 0, 0)
    kept = market.book(interval)
    assert record.price_hash == price_hash(
        chain_id=neighbourhood.chain.chain_id,
        market=market.address,
        interval=interval,
        mechanism=mechanism_id("uniform-price"),
        k=500,
        status=ClearingStatus.ABANDONED,
        price=0,
        volume=0,
        tariff=neighbourhood.tariff,
        book_commitment=kept.commitment,
        order_count=3,
    )


def test_a_pause_stops_new_orders_only(neighbourhood, book) -> None:
    contracts, keys = neighbourhood.contracts, neighbourhood.keys
    market = contracts.market
    neighbourhood.commit(book)
    neighbourhood.send(keys.admin, market.grant_role(PAUSER_ROLE, keys.stranger.address))
    neighbourhood.send(keys.stranger, market.pause())
    assert market.paused()
    with pytest.raises(errors.EnforcedPause):
        neighbourhood.commit(book)
    with pytest.raises(errors.EnforcedPause):
        neighbourhood.send(
            keys.alice, contracts.order_entry.submit_order(neighbourhood.bid(ALICE, 1, 1))
        )
    cancellation = place(neighbourhood, CAROL, 0, 1)
    neighbourhood.send(keys.carol, contracts.order_entry.cancel_order(cancellation))
    neighbourhood.send(keys.admin, market.unpause())
    neighbourhood.commit(book)
    assert [event.contract for event in events_of(neighbourhood, Paused)] == ["Market"]


def test_the_markets_admin_is_exchanged_in_two_steps(contracts, chain, keys, send) -> None:
    market = contracts.market
    assert (market.default_admin(), market.owner()) == (keys.admin.address, keys.admin.address)
    assert market.default_admin_delay() == 86_400
    assert market.pending_default_admin() is None
    send(keys.admin, market.begin_default_admin_transfer(keys.alice.address))
    pending = market.pending_default_admin()
    assert pending is not None
    assert (pending.address, pending.accept_after) == (
        keys.alice.address,
        chain.block_time() + 86_400,
    )
    with pytest.raises(errors.AccessControlEnforcedDefaultAdminDelay):
        send(keys.alice, market.accept_default_admin_transfer())
    advance_to(chain, pending.accept_after + 1)
    send(keys.alice, market.accept_default_admin_transfer())
    assert market.default_admin() == keys.alice.address
