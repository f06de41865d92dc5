"""Fees, settlements of several intervals and corrections, by the clients on a chain."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chain import errors
from chain.contracts import SettlementRecord, SettlementStatement
from chain.contracts.settlement import stated_positions
from chain.development import advance_to
from chain.events import (
    CertificatesOwed,
    CertificatesWithheld,
    FeeSet,
    IntervalSettled,
    Revoked,
    SettlementCorrected,
    Transfer,
    read_events,
)
from domain.allocation import AllocationRow
from domain.errors import InvalidValueError
from domain.fee import NO_FEE, Fee
from domain.interval import Interval
from domain.position import pack_positions
from domain.units import Account, MillicentPerKilowattHour, Money
from identity.hashing import keccak256

pytestmark = pytest.mark.chain

COMMUNITY, GATE_LEAD = 7, 60
GRID, ALICE, BOB, CAROL = 1, 2, 3, 4
DEPOSIT = 10**8
DAY = 86_400
RATE = 1_000
INTERVALS = 3

# Alice buys 800 Wh at 15,000 and takes 100 more at 25,000; Bob sells 600 and feeds in 100 more at
# 8,000; Carol sells 200 and feeds in no more.
PAYMENTS = {ALICE: 14_500_000, BOB: -9_800_000, CAROL: -3_000_000}
TO_GRID = sum(PAYMENTS.values())
FEE = 800 * RATE


@pytest.fixture
def fee_from(neighbourhood):
    """The first second of the intervals that Carol receives the fee of."""
    settlement = neighbourhood.contracts.settlement
    now = neighbourhood.chain.block_time()
    first = (now + settlement.fee_notice_seconds() + GATE_LEAD) // 900 * 900 + 1_800
    call = settlement.set_fee(COMMUNITY, CAROL, RATE, first)
    neighbourhood.send(neighbourhood.keys.admin, call)
    return first


@pytest.fixture
def quarters(neighbourhood, fee_from):
    """Three intervals, cleared and metered alike; the fee begins with the second."""
    quarters = []
    for step in range(INTERVALS):
        interval = Interval(COMMUNITY, fee_from + (step - 1) * 900, 900)
        quarter = replace(neighbourhood, interval=interval)
        quarter.send(
            quarter.keys.tariff_oracle,
            quarter.contracts.market.post_tariffs(interval, [quarter.tariff]),
        )
        book = [
            quarter.bid(ALICE, 800, 20_000),
            quarter.offer(BOB, 600, 10_000),
            quarter.offer(CAROL, 200, 10_000),
        ]
        quarter.commit(book)
        quarters.append((quarter, book))
    for step, (quarter, book) in enumerate(quarters):
        quarter.close_gate()
        quarter.send(quarter.keys.stranger, quarter.clearing([book], 15_000, 800))
        quarter.end_interval()
        attestation = quarter.attestation(imported=900, exported=900, sequence=step + 1)
        quarter.attest(attestation)
    # All but the first are cleared after their start, by as many seconds as that took.
    window_end = quarter.contracts.disputes.window_end(quarter.interval)
    advance_to(quarter.chain, window_end)
    return [quarter for quarter, _ in quarters]


def positions(quarter, *, of_bob=700, of_carol=200):
    """Return everybody's position, where Bob and Carol fed in so much."""
    certificates = min(of_bob, 600) + min(of_carol, 200)
    return [
        quarter.position(ALICE, 800, 0, 900, 0, certificates),
        quarter.position(BOB, 0, 600, 0, of_bob, 0),
        quarter.position(CAROL, 0, 200, 0, of_carol, 0),
    ]


def statement(quarter, listed, grid_payment):
    record = quarter.contracts.market.price_record(quarter.interval)
    return SettlementStatement(quarter.interval, record.price_hash, listed, [], Money(grid_payment))


def balances(neighbourhood):
    keys, currency = neighbourhood.keys, neighbourhood.contracts.currency
    wallets = {GRID: keys.grid, ALICE: keys.alice, BOB: keys.bob, CAROL: keys.carol}
    return {account: currency.balance_of(key.address) for account, key in wallets.items()}


def test_a_fee_is_announced_and_asked_for(neighbourhood, fee_from) -> None:
    settlement = neighbourhood.contracts.settlement
    assert settlement.fee_at(COMMUNITY, fee_from - 1) == NO_FEE
    fee = settlement.fee_at(COMMUNITY, fee_from)
    assert fee == Fee(Account(CAROL), MillicentPerKilowattHour(RATE))
    assert fee.on(800) == FEE
    events = read_events(neighbourhood.chain, neighbourhood.contracts.deployment)
    (announced,) = (event for event in events if isinstance(event, FeeSet))
    assert (announced.community, announced.account, announced.rate, announced.valid_from) == (
        COMMUNITY,
        CAROL,
        RATE,
        fee_from,
    )
    with pytest.raises(errors.FeeTooHigh) as refusal:
        neighbourhood.send(
            neighbourhood.keys.admin,
            settlement.set_fee(COMMUNITY, CAROL, settlement.max_fee() + 1, fee_from),
        )
    assert refusal.value.arguments == {"rate": 10_001, "most": 10_000}
    with pytest.raises(errors.FeeTooSoon):
        neighbourhood.send(
            neighbourhood.keys.admin,
            settlement.set_fee(COMMUNITY, CAROL, 1, neighbourhood.chain.block_time() + DAY),
        )


def test_what_a_call_states_is_read_back(neighbourhood) -> None:
    settlement = neighbourhood.contracts.settlement
    first, second = (Interval(COMMUNITY, start, 900) for start in (900, 1_800))
    listed = positions(neighbourhood)
    alone = (first, bytes(32), listed)
    row = AllocationRow(Account(ALICE), listed[0].bought, listed[0].sold, Money(-5))
    several = [
        SettlementStatement(first, bytes(32), listed, [row], Money(1)),
        SettlementStatement(second, bytes(32), listed[:1], [], Money(-1)),
    ]
    for call in (
        settlement.settle(*alone, 1),
        settlement.settle_allocated(*alone, [row], 1),
        settlement.correct(several[0], listed[1:]),
    ):
        assert stated_positions(call) == {first: listed}
    expected = {first: listed, second: listed[:1]}
    assert stated_positions(settlement.settle_several(several)) == expected
    with pytest.raises(InvalidValueError, match="one that settles or corrects"):
        stated_positions(settlement.set_fee(COMMUNITY, CAROL, 1, 900))


def test_intervals_are_settled_together(quarters) -> None:
    first, contracts = quarters[0], quarters[0].contracts
    statements = [statement(quarter, positions(quarter), TO_GRID) for quarter in quarters]
    receipt = first.send(first.keys.operator, contracts.settlement.settle_several(statements))
    assert balances(first) == {
        GRID: DEPOSIT + 3 * TO_GRID,
        ALICE: DEPOSIT - 3 * PAYMENTS[ALICE] - 2 * FEE,
        BOB: DEPOSIT - 3 * PAYMENTS[BOB],
        CAROL: DEPOSIT - 3 * PAYMENTS[CAROL] + 2 * FEE,
    }
    assert contracts.energy.total_supply() == 3 * 900
    events = read_events(first.chain, contracts.deployment)
    settled = [event for event in events if isinstance(event, IntervalSettled)]
    assert [(event.interval, event.fee) for event in settled] == [
        (quarter.interval, fee) for quarter, fee in zip(quarters, (0, FEE, FEE), strict=True)
    ]
    money = [
        event
        for event in events
        if isinstance(event, Transfer)
        and event.contract == "CurrencyToken"
        and event.transaction_hash == receipt.tx_hash
    ]
    assert len(money) == 3
    for quarter, fee in zip(quarters, (0, FEE, FEE), strict=True):
        packed = pack_positions(positions(quarter))
        price_hash = contracts.market.price_record(quarter.interval).price_hash
        assert contracts.settlement.record(quarter.interval) == SettlementRecord(
            price_hash, keccak256(packed), 3, Money(TO_GRID), Money(fee), 0
        )


def test_nothing_is_settled_where_one_statement_is_wrong(quarters) -> None:
    first, contracts = quarters[0], quarters[0].contracts
    statements = [statement(quarter, positions(quarter), TO_GRID) for quarter in quarters]
    wrong = [*statements[:2], replace(statements[2], grid_payment=Money(TO_GRID + 1))]
    with pytest.raises(errors.MoneyUnbalanced):
        first.send(first.keys.operator, contracts.settlement.settle_several(wrong))
    assert contracts.settlement.record(first.interval) is None
    with pytest.raises(errors.StatementsMissing):
        first.send(first.keys.operator, contracts.settlement.settle_several([]))


def test_a_correction_moves_the_difference(quarters) -> None:
    """100 Wh that were taken for Bob's were Carol's: she sold 200 and fed in 300."""
    quarter, contracts = quarters[1], quarters[1].contracts
    keys, settlement = quarter.keys, contracts.settlement
    former = positions(quarter)
    listed = statement(quarter, former, TO_GRID)
    quarter.send(
        keys.operator,
        settlement.settle(quarter.interval, listed.price_hash, former, TO_GRID),
    )
    before = balances(quarter)
    now = positions(quarter, of_bob=600, of_carol=300)
    corrected = statement(quarter, now, TO_GRID)
    quarter.send(keys.bob, contracts.energy.retire(60))
    quarter.send(keys.operator, settlement.correct(corrected, former))
    difference = 100 * 8_000
    assert balances(quarter) == before | {
        BOB: before[BOB] - difference,
        CAROL: before[CAROL] + difference,
    }
    # Bob had 40 Wh left of the 100 that were Carol's.
    assert contracts.energy.balance_of(keys.bob.address) == 0
    assert contracts.energy.balance_of(keys.carol.address) == 100
    assert (settlement.certificate_debt(BOB), settlement.certificate_debts()) == (60, 60)
    record = settlement.record(quarter.interval)
    assert record is not None
    assert (record.corrections, record.fee) == (1, FEE)
    assert record.positions_hash == keccak256(pack_positions(now))

    events = read_events(quarter.chain, contracts.deployment)
    (event,) = (event for event in events if isinstance(event, SettlementCorrected))
    assert (event.interval, event.correction) == (quarter.interval, 1)
    assert event.former_positions_hash == keccak256(pack_positions(former))
    assert (event.positions_hash, event.grid_payment, event.fee) == (
        record.positions_hash,
        TO_GRID,
        FEE,
    )
    (revoked,) = (event for event in events if isinstance(event, Revoked))
    assert (revoked.holder, revoked.amount) == (keys.bob.address, 40)
    (owed,) = (event for event in events if isinstance(event, CertificatesOwed))
    assert (owed.account, owed.amount, owed.debt) == (BOB, 60, 60)

    with pytest.raises(errors.FormerPositionsMismatch):
        quarter.send(keys.operator, settlement.correct(corrected, former))
    with pytest.raises(errors.PositionsUnchanged):
        quarter.send(keys.operator, settlement.correct(corrected, now))
    other = statement(quarters[0], now, TO_GRID)
    with pytest.raises(errors.NotSettled):
        quarter.send(keys.operator, settlement.correct(other, former))

    following = statement(quarters[2], former, TO_GRID)
    quarter.send(keys.operator, settlement.settle_several([following]))
    assert contracts.energy.balance_of(keys.bob.address) == 40
    events = read_events(quarter.chain, contracts.deployment)
    (withheld,) = (event for event in events if isinstance(event, CertificatesWithheld))
    assert (withheld.account, withheld.amount, withheld.debt) == (BOB, 60, 0)
    assert settlement.certificate_debts() == 0


def test_there_is_time_for_corrections_and_an_end(quarters) -> None:
    quarter, settlement = quarters[0], quarters[0].contracts.settlement
    former = positions(quarter)
    price_hash = statement(quarter, former, TO_GRID).price_hash
    call = settlement.settle(quarter.interval, price_hash, former, TO_GRID)
    quarter.send(quarter.keys.operator, call)
    until = quarter.interval.end + settlement.correction_seconds()
    advance_to(quarter.chain, until)
    now = positions(quarter, of_bob=600, of_carol=300)
    with pytest.raises(errors.CorrectionTooLate) as refusal:
        quarter.send(
            quarter.keys.operator, settlement.correct(statement(quarter, now, TO_GRID), former)
        )
    assert refusal.value.arguments == {"interval": quarter.interval.packed, "until": until}
