"""One interval through every contract, and what the contracts refuse on the way."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chain import errors
from chain.commitments import (
    EMPTY_BOOK,
    batch_commitment,
    extend_book,
    mechanism_id,
    price_hash,
)
from chain.contracts import NO_ORDER, ChosenMechanism, PayAsBidResult, pack_ranked
from chain.development import advance_to
from chain.events import (
    AllocationRecorded,
    CommunityCreated,
    IntervalCleared,
    IntervalSettled,
    OrderSubmitted,
    read_events,
)
from domain.allocation import AllocationRow, pack_allocation
from domain.apportionment import largest_remainder
from domain.order import pack_orders
from domain.position import pack_positions
from domain.trade import ClearingStatus
from domain.units import Account, Money, WattHours
from identity.hashing import keccak256
from identity.typed_data import market_domain, order_digest

pytestmark = pytest.mark.chain

ALICE, BOB, CAROL = 2, 3, 4
DEPOSIT = 10**8


@pytest.fixture
def book(neighbourhood):
    """Two bids against one offer: 600 Wh at 15,000 mct/kWh, the dearer bid filled first."""
    return [
        neighbourhood.bid(ALICE, 500, 20_000),
        neighbourhood.bid(CAROL, 300, 15_000),
        neighbourhood.offer(BOB, 600, 10_000),
    ]


@pytest.fixture
def committed(neighbourhood, book):
    neighbourhood.commit(book)
    neighbourhood.close_gate()
    return neighbourhood


@pytest.fixture
def metered(committed, book):
    """Cleared and attested: Alice took 450 Wh, Bob fed in 550, Carol took 400."""
    committed.send(committed.keys.stranger, committed.clearing([book], 15_000, 600))
    committed.end_interval()
    committed.attest(committed.attestation(imported=850, exported=550))
    return committed


@pytest.fixture
def positions(metered):
    alice, carol = largest_remainder(550, [500, 100], [bytes([0, 0, 0, n]) for n in (ALICE, CAROL)])
    return [
        metered.position(ALICE, 500, 0, 450, 0, alice),
        metered.position(BOB, 0, 600, 0, 550, 0),
        metered.position(CAROL, 100, 0, 400, 0, carol),
    ]


PAYMENTS = {
    ALICE: 500 * 15_000 - 50 * 8_000,
    BOB: -600 * 15_000 + 50 * 25_000,
    CAROL: 100 * 15_000 + 300 * 25_000,
}
GRID_PAYMENT = sum(PAYMENTS.values())


def settling(metered, positions, *, grid_payment=GRID_PAYMENT, hash_=None):
    record = metered.contracts.market.price_record(metered.interval)
    return metered.contracts.settlement.settle(
        metered.interval, hash_ or record.price_hash, positions, grid_payment
    )


def test_a_whole_interval(neighbourhood, book) -> None:
    contracts, interval, keys = neighbourhood.contracts, neighbourhood.interval, neighbourhood.keys
    market = contracts.market
    assert market.price_record(interval).status is ClearingStatus.OPEN
    assert market.book(interval).commitment == EMPTY_BOOK
    assert market.tariff(interval) == neighbourhood.tariff

    neighbourhood.commit(book)
    neighbourhood.close_gate()
    neighbourhood.send(keys.stranger, neighbourhood.clearing([book], 15_000, 600))

    record = market.price_record(interval)
    assert (record.status, record.price, record.volume) == (ClearingStatus.CLEARED, 15_000, 600)
    assert record.tariff == neighbourhood.tariff

    neighbourhood.end_interval()
    attestation = neighbourhood.attestation(imported=850, exported=550)
    neighbourhood.attest(attestation)
    totals = contracts.metering.totals(interval)
    assert (totals.imported, totals.exported, totals.readings, totals.closed) == (
        850,
        550,
        3,
        False,
    )
    assert contracts.metering.attestation_root(interval, 1) == attestation.recorded_root
    assert contracts.metering.last_sequence(1) == 1

    certificates = largest_remainder(550, [500, 100], [b"\0\0\0\2", b"\0\0\0\4"])
    settled = [
        neighbourhood.position(ALICE, 500, 0, 450, 0, certificates[0]),
        neighbourhood.position(BOB, 0, 600, 0, 550, 0),
        neighbourhood.position(CAROL, 100, 0, 400, 0, certificates[1]),
    ]
    neighbourhood.send(keys.operator, settling(neighbourhood, settled))

    balance = contracts.currency.balance_of
    for account, key in ((ALICE, keys.alice), (BOB, keys.bob), (CAROL, keys.carol)):
        assert balance(key.address) == DEPOSIT - PAYMENTS[account]
    assert balance(keys.grid.address) == DEPOSIT + GRID_PAYMENT
    assert contracts.currency.total_supply() == 4 * DEPOSIT
    certified = [contracts.energy.balance_of(k.address) for k in (keys.alice, keys.bob, keys.carol)]
    assert certified == [certificates[0], 0, certificates[1]]
    assert contracts.energy.total_supply() == 550

    kept = contracts.settlement.record(interval)
    assert kept is not None
    assert kept.price_hash == record.price_hash
    assert kept.positions_hash == keccak256(pack_positions(settled))
    assert (kept.participants, kept.grid_payment) == (3, GRID_PAYMENT)

    neighbourhood.send(keys.alice, contracts.energy.retire(58))
    assert contracts.energy.total_supply() == 492
    with pytest.raises(errors.AlreadySettled):
        neighbourhood.send(keys.operator, settling(neighbourhood, settled))

    events = read_events(neighbourhood.chain, contracts.deployment)
    assert [e.interval for e in events if isinstance(e, IntervalCleared | IntervalSettled)] == [
        interval,
        interval,
    ]


def test_commitments_and_price_hash_are_the_contracts(neighbourhood, book) -> None:
    market, interval = neighbourhood.contracts.market, neighbourhood.interval
    batches = [book[:1], book[1:]]
    commitment = EMPTY_BOOK
    for batch in batches:
        neighbourhood.commit(batch)
        hashed = neighbourhood.digests_hash(batch)
        commitment = extend_book(
            commitment, batch_commitment(pack_orders(batch), hashed), len(batch)
        )
    kept = market.book(interval)
    assert (kept.commitment, kept.orders, kept.batches) == (commitment, 3, 2)

    neighbourhood.close_gate()
    neighbourhood.send(neighbourhood.keys.stranger, neighbourhood.clearing(batches, 15_000, 600))
    chain_id = neighbourhood.chain.chain_id
    assert market.price_record(interval).price_hash == price_hash(
        chain_id=chain_id,
        market=market.address,
        interval=interval,
        mechanism=mechanism_id("uniform-price"),
        k=500,
        status=ClearingStatus.CLEARED,
        price=15_000,
        volume=600,
        tariff=neighbourhood.tariff,
        book_commitment=commitment,
        order_count=3,
    )


def test_the_price_hash_of_an_interval_without_trade(neighbourhood) -> None:
    market, interval = neighbourhood.contracts.market, neighbourhood.interval
    neighbourhood.close_gate()
    neighbourhood.send(neighbourhood.keys.stranger, neighbourhood.clearing([], 8_000, 0))
    record = market.price_record(interval)
    assert (record.status, record.price, record.volume) == (ClearingStatus.NO_TRADE, 0, 0)
    assert record.price_hash == price_hash(
        chain_id=neighbourhood.chain.chain_id,
        market=market.address,
        interval=interval,
        mechanism=mechanism_id("uniform-price"),
        k=500,
        status=ClearingStatus.NO_TRADE,
        price=8_000,
        volume=0,
        tariff=neighbourhood.tariff,
        book_commitment=EMPTY_BOOK,
        order_count=0,
    )


# Alice's 500 Wh meet Bob's at (20,000 + 10,000) / 2, Carol's 100 of 300 at (15,000 + 10,000) / 2.
ROWS = [
    AllocationRow(Account(ALICE), WattHours(500), WattHours(0), Money(500 * 15_000)),
    AllocationRow(Account(BOB), WattHours(0), WattHours(600), Money(-500 * 15_000 - 100 * 12_500)),
    AllocationRow(Account(CAROL), WattHours(100), WattHours(0), Money(100 * 12_500)),
]


@pytest.fixture
def paired(mechanism_name, neighbourhood, book):
    """The whole interval of before, cleared pair by pair."""
    neighbourhood.commit(book)
    neighbourhood.close_gate()
    market, interval = neighbourhood.contracts.market, neighbourhood.interval
    result = PayAsBidResult(
        price=15_000,
        volume=600,
        bids=pack_ranked([(0, 0), (1, 2)]),
        offers=pack_ranked([(2, 1)]),
        last_extra=NO_ORDER,
        accounts=3,
        allocation_hash=keccak256(pack_allocation(ROWS)),
    )
    domain = market_domain(neighbourhood.chain.chain_id, market.address)
    digests = b"".join(order_digest(domain, order) for order in book)
    call = market.clear_pay_as_bid(interval, [pack_orders(book)], [digests], result)
    neighbourhood.send(neighbourhood.keys.stranger, call)
    neighbourhood.end_interval()
    neighbourhood.attest(neighbourhood.attestation(imported=850, exported=550))
    return neighbourhood


def settling_by(metered, positions, allocation, *, grid_payment=GRID_PAYMENT):
    price_hash = metered.contracts.market.price_record(metered.interval).price_hash
    return metered.contracts.settlement.settle_allocated(
        metered.interval, price_hash, positions, allocation, grid_payment
    )


@pytest.fixture
def certified(paired):
    alice, carol = largest_remainder(550, [500, 100], [bytes([0, 0, 0, n]) for n in (ALICE, CAROL)])
    return [
        paired.position(ALICE, 500, 0, 450, 0, alice),
        paired.position(BOB, 0, 600, 0, 550, 0),
        paired.position(CAROL, 100, 0, 400, 0, carol),
    ]


@pytest.mark.parametrize("mechanism_name", ["pay-as-bid"])
def test_a_whole_interval_pair_by_pair(paired, certified) -> None:
    contracts, interval, keys = paired.contracts, paired.interval, paired.keys
    record = contracts.market.price_record(interval)
    assert (record.status, record.price, record.volume) == (ClearingStatus.CLEARED, 15_000, 600)
    assert record.allocation_hash == keccak256(pack_allocation(ROWS))
    assert contracts.market.allocation_hash(interval) == record.allocation_hash
    assert record.price_hash == price_hash(
        chain_id=paired.chain.chain_id,
        market=contracts.market.address,
        interval=interval,
        mechanism=mechanism_id("pay-as-bid"),
        k=500,
        status=record.status,
        price=record.price,
        volume=record.volume,
        tariff=paired.tariff,
        book_commitment=contracts.market.book(interval).commitment,
        order_count=3,
        allocation_hash=record.allocation_hash,
    )
    events = read_events(paired.chain, contracts.deployment)
    (recorded,) = (event for event in events if isinstance(event, AllocationRecorded))
    assert (recorded.interval, recorded.allocation_hash, recorded.accounts) == (
        interval,
        record.allocation_hash,
        3,
    )
    (created,) = (event for event in events if isinstance(event, CommunityCreated))
    assert (created.mechanism, created.k) == (mechanism_id("pay-as-bid"), 500)
    paired.send(keys.operator, settling_by(paired, certified, ROWS))
    residuals = {ALICE: -50 * 8_000, BOB: 50 * 25_000, CAROL: 300 * 25_000}
    for row, key in zip(ROWS, (keys.alice, keys.bob, keys.carol), strict=True):
        paid = row.payment + residuals[row.account]
        assert contracts.currency.balance_of(key.address) == DEPOSIT - paid


@pytest.mark.parametrize("mechanism_name", ["pay-as-bid"])
def test_a_settlement_beside_the_allocation_is_refused(paired, certified) -> None:
    keys = paired.keys

    def refusal_of(call):
        with pytest.raises(errors.ContractRefusedError) as refusal:
            paired.send(keys.operator, call)
        return refusal.value.error

    alice, bob, carol = certified
    dearer = [replace(ROWS[0], payment=Money(ROWS[0].payment + 1)), *ROWS[1:]]
    assert refusal_of(settling_by(paired, certified, dearer)) == "AllocationHashMismatch"
    assert refusal_of(settling(paired, certified)) == "AllocationMissing"
    assert refusal_of(settling_by(paired, [alice, bob], ROWS)) == "AllocationMismatch"
    more, less = replace(alice, bought=501), replace(carol, bought=99)
    assert refusal_of(settling_by(paired, [more, bob, less], ROWS)) == "AllocationMismatch"
    paired.send(keys.operator, settling_by(paired, certified, ROWS))


@pytest.mark.parametrize(
    ("mechanism", "k", "error"),
    [
        (b"\1" * 32, 0, "UnknownMechanism"),
        (mechanism_id("vcg"), 0, "UnknownMechanism"),
        (mechanism_id("pay-as-bid"), 1001, "InvalidPoint"),
        (mechanism_id("mid-market-rate"), 500, "InvalidPoint"),
    ],
)
def test_a_community_without_a_proven_mechanism_is_refused(
    neighbourhood, mechanism, k, error
) -> None:
    market = neighbourhood.contracts.market
    with pytest.raises(errors.ContractRefusedError) as refusal:
        neighbourhood.send(
            neighbourhood.keys.admin, market.create_community(8, 900, 60, 1, mechanism, k)
        )
    assert refusal.value.error == error
    assert market.mechanism(8) is None
    assert market.mechanism(7) == ChosenMechanism(mechanism_id("uniform-price"), 500)


def test_a_direct_order_is_a_batch_of_one(neighbourhood) -> None:
    contracts = neighbourhood.contracts
    order = neighbourhood.bid(ALICE, 500, -20, salt=2**128 - 1)
    neighbourhood.send(neighbourhood.keys.alice, contracts.order_entry.submit_order(order))
    domain = market_domain(neighbourhood.chain.chain_id, contracts.market.address)
    submitted = [
        event
        for event in read_events(neighbourhood.chain, contracts.deployment)
        if isinstance(event, OrderSubmitted)
    ]
    assert [(e.digest, e.packed_order, e.salt, e.account, e.batch) for e in submitted] == [
        (order_digest(domain, order), order.pack(), order.salt, ALICE, 0)
    ]
    commitment = batch_commitment(order.pack(), neighbourhood.digests_hash([order]))
    kept = contracts.market.book(neighbourhood.interval)
    assert kept.commitment == extend_book(EMPTY_BOOK, commitment, 1)


def test_a_price_that_is_no_equilibrium_is_refused(committed, book) -> None:
    with pytest.raises(errors.NotAnEquilibrium) as refusal:
        committed.send(committed.keys.operator, committed.clearing([book], 14_999, 600))
    assert refusal.value.arguments["price"] == 14_999
    assert refusal.value.code == "not-an-equilibrium"


def test_a_price_beside_the_midpoint_is_refused(neighbourhood) -> None:
    book = [neighbourhood.bid(ALICE, 500, 20_000), neighbourhood.offer(BOB, 500, 10_000)]
    neighbourhood.commit(book)
    neighbourhood.close_gate()
    with pytest.raises(errors.PriceRuleViolated) as refusal:
        neighbourhood.send(neighbourhood.keys.operator, neighbourhood.clearing([book], 15_001, 500))
    assert refusal.value.error == "PriceRuleViolated"
    assert refusal.value.arguments == {"expected": 15_000, "got": 15_001}
    neighbourhood.send(neighbourhood.keys.operator, neighbourhood.clearing([book], 15_000, 500))


@pytest.mark.parametrize("volume", [599, 601])
def test_a_volume_one_unit_off_is_refused(committed, book, volume) -> None:
    with pytest.raises(errors.VolumeMismatch) as refusal:
        committed.send(committed.keys.operator, committed.clearing([book], 15_000, volume))
    assert refusal.value.arguments == {"expected": 600, "got": volume}


def test_a_changed_book_is_refused(committed, book) -> None:
    changed = [committed.bid(ALICE, 501, 20_000), *book[1:]]
    with pytest.raises(errors.BookMismatch):
        committed.send(committed.keys.operator, committed.clearing([changed], 15_000, 600))


def test_a_dropped_order_is_refused(committed, book) -> None:
    with pytest.raises(errors.BookMismatch):
        committed.send(committed.keys.operator, committed.clearing([book[:2]], 20_000, 0))


def test_the_gate_is_kept_by_block_time(neighbourhood, book) -> None:
    gate = neighbourhood.interval.start - 60
    with pytest.raises(errors.GateOpen) as refusal:
        neighbourhood.send(neighbourhood.keys.stranger, neighbourhood.clearing([book], 15_000, 600))
    assert refusal.value.arguments["gate"] == gate
    advance_to(neighbourhood.chain, gate)
    with pytest.raises(errors.GateClosed):
        neighbourhood.commit(book)


def test_only_the_gateways_key_attests_and_only_afterwards(committed) -> None:
    attestation = committed.attestation(imported=850, exported=550)
    with pytest.raises(errors.IntervalNotOver):
        committed.attest(attestation)
    committed.end_interval()
    forged = committed.signature(attestation, committed.keys.stranger)
    with pytest.raises(errors.InvalidAttestationSignature) as refusal:
        committed.send(
            committed.keys.stranger, committed.contracts.metering.attest([attestation], [forged])
        )
    assert refusal.value.arguments == {
        "gateway": 1,
        "expected": committed.keys.gateway.address,
        "recovered": committed.keys.stranger.address,
    }
    committed.attest(attestation)
    with pytest.raises(errors.AlreadyAttested):
        committed.attest(committed.attestation(imported=850, exported=550, sequence=2))


def test_readings_are_proven_under_the_attested_root(metered) -> None:
    tree, verify = metered.readings(), metered.contracts.metering.verify_reading
    totals_hash = metered.attestation(imported=850, exported=550).totals_hash
    for index, (salt, document) in enumerate(metered.documents):
        proof = [*tree.proof(index), totals_hash]
        assert verify(metered.interval, 1, salt, document, proof)
        assert not verify(metered.interval, 1, salt, document, tree.proof(index))
        assert not verify(metered.interval, 1, salt, keccak256(document), proof)


def test_a_settlement_that_does_not_balance_is_refused(metered, positions) -> None:
    keys = metered.keys

    def refusal_of(changed, **options):
        with pytest.raises(errors.ContractRefusedError) as refusal:
            metered.send(keys.operator, settling(metered, changed, **options))
        return refusal.value.error

    alice, bob, carol = positions
    assert refusal_of(positions, grid_payment=GRID_PAYMENT + 1) == "MoneyUnbalanced"
    assert refusal_of(positions, hash_=b"\1" * 32) == "PriceHashMismatch"
    assert refusal_of([alice, bob]) == "TradedEnergyUnbalanced"
    assert refusal_of([carol, bob, alice]) == "PositionsNotAscending"
    more_metered = metered.position(ALICE, 500, 0, 451, 0, alice.certificates)
    assert (
        refusal_of([more_metered, bob, carol], grid_payment=GRID_PAYMENT + 8_000)
        == "MeteredTotalsMismatch"
    )
    more_certified = metered.position(ALICE, 500, 0, 450, 0, alice.certificates + 1)
    assert refusal_of([more_certified, bob, carol]) == "CertificatesUnbalanced"
    assert metered.contracts.settlement.record(metered.interval) is None
    metered.send(keys.operator, settling(metered, positions))


def test_a_buyer_without_money_stops_the_settlement(metered, positions) -> None:
    currency, keys = metered.contracts.currency, metered.keys
    metered.send(keys.alice, currency.transfer(keys.stranger.address, DEPOSIT))
    with pytest.raises(errors.InsufficientDeposit) as refusal:
        metered.send(keys.operator, settling(metered, positions))
    assert refusal.value.arguments == {
        "wallet": keys.alice.address,
        "needed": PAYMENTS[ALICE],
        "balance": 0,
    }


def test_who_may_not_is_refused_by_role(neighbourhood, book) -> None:
    stranger = neighbourhood.keys.stranger
    with pytest.raises(errors.AccessControlUnauthorizedAccount) as refusal:
        neighbourhood.send(
            stranger,
            neighbourhood.contracts.market.commit_orders(neighbourhood.interval, b"\1" * 32, 1),
        )
    assert "OPERATOR_ROLE" in str(refusal.value)
    assert refusal.value.arguments["account"] == stranger.address
