"""Committing, clearing and proving books on a real chain."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chain.commitments import batch_commitment, digests_hash, mechanism_id, price_hash
from chain.contracts import ChosenMechanism, ParticipantRole
from chain.development import advance_to
from chain.errors import ContractRefusedError
from chain.outbox import Outbox
from chain.outbox import metadata as outbox_metadata
from chain.sender import Sender
from domain.allocation import allocate, pack_allocation
from domain.cancellation import Cancellation
from domain.errors import InvalidValueError, RefusedError
from domain.fee import FeeSchedule
from domain.interval import Interval
from domain.order import Order, Side
from domain.tariff import Tariff
from domain.trade import ClearingStatus
from domain.units import Account, Money
from identity.hashing import keccak256
from identity.typed_data import market_domain, order_digest
from market.desk import OrderDesk
from market.operator import MarketOperator
from market.ports import ChainEventLog
from market.records import MarketRecords

pytestmark = pytest.mark.chain

_COMMUNITY = 7
_GATE_LEAD = 60
_GRID, _ALICE, _BOB, _CAROL = 1, 2, 3, 4
_TARIFF = Tariff(8_000, 25_000)


class _Clock:
    def __init__(self, chain):
        self._chain = chain

    def now(self):
        return self._chain.block_time()


class _Funds:
    def available(self, account):
        return Money(10**12)

    def revision(self):
        return 0


class _NoFees:
    def schedule(self):
        return FeeSchedule()


class _Stage:
    """A community on chain with a desk and an operator in front of it."""

    def __init__(self, engine, chain, deployment, contracts, keys, send):
        self.engine, self.chain, self.contracts = engine, chain, contracts
        self.keys, self.send = keys, send
        self.domain = market_domain(chain.chain_id, deployment.market)
        self.outbox = Outbox(engine, Sender(chain, keys.operator))
        self.events = ChainEventLog(chain, deployment)
        self.clock = _Clock(chain)
        self.records = MarketRecords(engine, self.clock, _NoFees())
        self.interval = Interval(_COMMUNITY, (chain.block_time() // 900 + 2) * 900)
        self.wallets = {_ALICE: keys.alice, _BOB: keys.bob, _CAROL: keys.carol}
        self.salt = 0
        self.desk = OrderDesk(
            engine,
            domain=self.domain,
            operator=keys.operator,
            members=contracts.registry,
            agents=contracts.agents,
            communities=contracts.market,
            funds=_Funds(),
            fees=_NoFees(),
            clock=self.clock,
        )
        self.operator = self.operate()

    def operate(self, **changed):
        parts = {"contract": self.contracts.market, "outbox": self.outbox, "events": self.events}
        return MarketOperator(self.engine, **(parts | changed))

    def order(self, account, side, quantity, price):
        self.salt += 1
        return Order(self.interval, Account(account), side, quantity, price, self.salt)

    def place(self, *row):
        order = self.order(*row)
        digest = order_digest(self.domain, order)
        self.desk.accept(order, self.wallets[order.account].sign(digest))
        return order

    def submit(self, order):
        self.send(self.wallets[order.account], self.contracts.order_entry.submit_order(order))
        return order

    def cancel(self, account, batch, index):
        cancellation = Cancellation(self.interval, Account(account), batch, index)
        self.send(self.wallets[account], self.contracts.order_entry.cancel_order(cancellation))

    def close_gate(self):
        advance_to(self.chain, self.interval.start - _GATE_LEAD)


@pytest.fixture
def chosen(request):
    """Mechanism and point of the community; a test may choose others."""
    return getattr(request, "param", ("uniform-price", 500))


@pytest.fixture
def stage(engine, chain, deployment, contracts, keys, send, chosen):
    outbox_metadata.create_all(engine)
    members = [
        (keys.grid, ParticipantRole.GRID),
        (keys.alice, ParticipantRole.PROSUMER),
        (keys.bob, ParticipantRole.PROSUMER),
        (keys.carol, ParticipantRole.PROSUMER),
    ]
    for key, role in members:
        call = contracts.registry.register_participant(key.address, bytes(32), role)
        send(keys.registrar, call)
    rules = (900, _GATE_LEAD, _GRID, mechanism_id(chosen[0]), chosen[1])
    send(keys.admin, contracts.market.create_community(_COMMUNITY, *rules))
    made = _Stage(engine, chain, deployment, contracts, keys, send)
    send(keys.tariff_oracle, contracts.market.post_tariffs(made.interval, [_TARIFF]))
    return made


def _refusal(action):
    with pytest.raises(RefusedError) as caught:
        action()
    return caught.value.code


def test_a_book_of_rolling_batches_is_cleared_and_proven(stage):
    stage.place(_ALICE, Side.BID, 500, 24_000)
    assert [done.orders for done in stage.operator.commit(stage.interval)] == [1]
    stage.place(_BOB, Side.OFFER, 300, 12_000)
    rejected = stage.place(_CAROL, Side.BID, 100, 10_000)
    (commitment,) = stage.operator.commit(stage.interval)
    assert (commitment.step, commitment.orders) == (1, 2)
    assert stage.operator.commit(stage.interval) == []
    stage.close_gate()
    record = stage.operator.clear(stage.interval)
    assert record == stage.contracts.market.price_record(stage.interval)
    assert (record.status, record.price, record.volume) == (ClearingStatus.CLEARED, 24_000, 300)
    assert record.tariff == _TARIFF
    book = stage.contracts.market.book(stage.interval)
    assert record.price_hash == price_hash(
        chain_id=stage.chain.chain_id,
        market=stage.contracts.market.address,
        interval=stage.interval,
        mechanism=mechanism_id("uniform-price"),
        k=500,
        status=record.status,
        price=record.price,
        volume=record.volume,
        tariff=_TARIFF,
        book_commitment=book.commitment,
        order_count=3,
    )
    fills = stage.records.fills(stage.interval)
    assert {(fill.account, fill.bought, fill.sold, fill.payment) for fill in fills} == {
        (_ALICE, 300, 0, 7_200_000),
        (_BOB, 0, 300, -7_200_000),
    }
    assert [fill.digest for fill in fills] == sorted(fill.digest for fill in fills)
    cleared = stage.records.price(stage.interval)
    assert (cleared.record, cleared.low, cleared.high) == (record, 24_000, 24_000)
    assert stage.records.prices(_COMMUNITY, 0, 2**40) == [record]
    entries = stage.records.book(stage.interval)
    assert [(entry.batch, entry.index) for entry in entries] == [(0, 0), (1, 0), (1, 1)]
    (placed,) = stage.records.orders(Account(_CAROL), 0, 2**40)
    assert (placed.order, placed.filled) == (rejected, 0)
    (trade,) = stage.records.trades(Account(_BOB), 0, 2**40)
    assert (trade.interval, trade.fill.sold) == (stage.interval, 300)
    assert stage.records.reserved(Account(_ALICE)) == 0
    assert stage.operate().clear(stage.interval) == record


def _case(name, k, price, volume, alice, bob, carol):
    payments = {_ALICE: alice, _BOB: bob, _CAROL: carol}
    return pytest.param((name, k), (price, volume, payments), id=f"{name}-{k}")


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        # All 600 Wh of supply trade, 100 of them to Carol, whose bid is partly filled: one price.
        _case("uniform-price", 0, 20_000, 600, 10_000_000, -8_000_000, -2_000_000),
        _case("uniform-price", 1000, 20_000, 600, 10_000_000, -8_000_000, -2_000_000),
        # 400 Wh from Bob to Alice at 18,000, 100 from Carol to Alice at 19,500 and to herself.
        _case("pay-as-bid", 500, 20_000, 600, 9_150_000, -7_200_000, -1_950_000),
        _case("pay-as-bid", 1000, 20_000, 600, 12_000_000, -9_600_000, -2_400_000),
        # Both bids share the 600 Wh, 375 to 225, at 16,500.
        _case("mid-market-rate", 0, 16_500, 600, 6_187_500, -6_600_000, 412_500),
        # At 12,122 Bob's offer alone: 8,000 * 25,000 * 800 / (17,000 * 400 + 8,000 * 800).
        _case("supply-demand-ratio", 0, 12_122, 400, 3_030_500, -4_848_800, 1_818_300),
    ],
    indirect=["chosen"],
)
def test_each_mechanism_is_cleared_by_its_rule_and_proven(stage, chosen, expected):
    price, volume, payments = expected
    stage.place(_ALICE, Side.BID, 500, 24_000)
    stage.place(_CAROL, Side.OFFER, 200, 15_000)
    stage.operator.commit(stage.interval)
    stage.place(_BOB, Side.OFFER, 400, 12_000)
    stage.submit(stage.order(_CAROL, Side.BID, 300, 20_000))
    stage.operator.commit(stage.interval)
    stage.close_gate()
    record = stage.operator.clear(stage.interval)
    assert record == stage.contracts.market.price_record(stage.interval)
    assert (record.status, record.price, record.volume) == (ClearingStatus.CLEARED, price, volume)
    assert record.is_allocated == (chosen[0] == "pay-as-bid")
    fills = stage.records.fills(stage.interval)
    assert {row.account: row.payment for row in allocate(fills)} == payments
    assert sum(fill.bought for fill in fills) == sum(fill.sold for fill in fills) == volume
    if record.is_allocated:
        assert record.allocation_hash == keccak256(pack_allocation(allocate(fills)))
    assert stage.records.price(stage.interval).record == record
    assert stage.operate().clear(stage.interval) == record


@pytest.mark.parametrize(
    "chosen",
    [("pay-as-bid", 250), ("mid-market-rate", 0), ("supply-demand-ratio", 0), ("bill-sharing", 0)],
    indirect=True,
    ids=str,
)
def test_books_without_trade_are_proven_under_each_mechanism(stage):
    stage.place(_ALICE, Side.BID, 10, 9_000)
    stage.place(_BOB, Side.OFFER, 10, 24_000)
    stage.operator.commit(stage.interval)
    stage.close_gate()
    record = stage.operator.clear(stage.interval)
    assert (record.status, record.price, record.volume) == (ClearingStatus.NO_TRADE, 0, 0)
    assert not record.is_allocated
    assert stage.records.fills(stage.interval) == []


def test_orders_put_on_chain_directly_are_in_the_book(stage):
    stage.place(_ALICE, Side.BID, 500, 24_000)
    stage.operator.commit(stage.interval)
    direct = stage.submit(stage.order(_BOB, Side.OFFER, 200, 12_000))
    stage.place(_CAROL, Side.OFFER, 100, 11_000)
    stage.operator.commit(stage.interval)
    stage.close_gate()
    record = stage.operator.clear(stage.interval)
    assert record.volume == 300
    entries = stage.records.book(stage.interval)
    assert [(entry.batch, entry.index) for entry in entries] == [(0, 0), (1, 0), (2, 0)]
    kept = entries[1].kept
    assert kept.order == direct
    assert kept.digest == order_digest(stage.domain, direct)
    assert (kept.signature, kept.received_at, kept.receipt) == (None, None, None)
    (placed,) = stage.records.orders(Account(_BOB), 0, 2**40)
    assert (placed.receipt, placed.filled) == (None, 200)


@pytest.mark.parametrize(
    "chosen",
    [
        ("uniform-price", 500),
        ("pay-as-bid", 250),
        ("mid-market-rate", 0),
        ("supply-demand-ratio", 0),
        ("bill-sharing", 0),
    ],
    indirect=True,
    ids=str,
)
def test_cancelled_orders_do_not_trade_under_any_mechanism(stage):
    """Bob's dearer offer alone is left against Alice's bid, and Carol's direct bid is out."""
    stage.place(_BOB, Side.OFFER, 400, 7_000)
    kept_bid = stage.place(_ALICE, Side.BID, 300, 24_000)
    stage.operator.commit(stage.interval)
    kept_offer = stage.place(_BOB, Side.OFFER, 200, 8_000)
    stage.operator.commit(stage.interval)
    stage.submit(stage.order(_CAROL, Side.BID, 250, 24_500))
    stage.place(_ALICE, Side.BID, 100, 20_000)
    numbers = _numbers_of_first_orders(stage)
    stage.cancel(_BOB, *numbers[7_000])
    stage.operator.commit(stage.interval)
    stage.cancel(_CAROL, 2, 0)
    stage.cancel(_CAROL, *numbers[24_000])
    stage.close_gate()
    record = stage.operator.clear(stage.interval)
    assert record == stage.contracts.market.price_record(stage.interval)
    fills = stage.records.fills(stage.interval)
    traded = {fill.digest: fill.bought + fill.sold for fill in fills}
    offered = 0 if record.volume == 0 else 200
    assert sum(fill.sold for fill in fills) == sum(fill.bought for fill in fills) == offered
    assert {fill.account for fill in fills} <= {_ALICE, _BOB}
    if offered:
        assert traded[order_digest(stage.domain, kept_offer)] == 200
        assert order_digest(stage.domain, kept_bid) in traded
    entries = stage.records.book(stage.interval)
    assert [entry.kept.order.price for entry in entries if entry.cancelled] == [7_000, 24_500]
    assert sum(fill.payment for fill in fills) == 0


def _numbers_of_first_orders(stage):
    """Return batch and place of the first batch's orders by their limits."""
    stage.operator.read_events(_COMMUNITY)
    entries = stage.records.book(stage.interval)
    return {
        entry.kept.order.price: (entry.batch, entry.index) for entry in entries if not entry.batch
    }


def test_one_of_two_copies_of_an_order_is_cancelled(stage):
    copied = stage.submit(stage.place(_BOB, Side.OFFER, 100, 12_000))
    stage.operator.commit(stage.interval)
    stage.place(_ALICE, Side.BID, 150, 24_000)
    stage.operator.commit(stage.interval)
    stage.cancel(_BOB, 0, 0)
    stage.close_gate()
    assert stage.operator.clear(stage.interval).volume == 100
    fills = {fill.digest: fill.sold for fill in stage.records.fills(stage.interval)}
    assert fills[order_digest(stage.domain, copied)] == 100
    entries = stage.records.book(stage.interval)
    assert [entry.cancelled for entry in entries] == [True, False, False]


def test_an_abandoned_interval_is_taken_over_as_it_is(stage):
    stage.place(_ALICE, Side.BID, 500, 24_000)
    stage.place(_BOB, Side.OFFER, 300, 12_000)
    stage.operator.commit(stage.interval)
    market = stage.contracts.market
    advance_to(stage.chain, stage.interval.end + market.clearing_deadline())
    stage.send(stage.keys.stranger, market.abandon(stage.interval))
    record = stage.operator.clear(stage.interval)
    assert (record.status, record.price, record.volume) == (ClearingStatus.ABANDONED, 0, 0)
    assert record == stage.contracts.market.price_record(stage.interval)
    assert stage.records.price(stage.interval).record == record
    assert stage.records.fills(stage.interval) == []
    assert stage.operate().clear(stage.interval) == record


def test_an_order_that_is_on_chain_is_not_taken_again(stage):
    direct = stage.submit(stage.order(_BOB, Side.OFFER, 200, 12_000))
    stage.operator.read_events(_COMMUNITY)
    signature = stage.keys.bob.sign(order_digest(stage.domain, direct))
    assert _refusal(lambda: stage.desk.accept(direct, signature)) == "already-on-chain"


@pytest.mark.parametrize(
    "chosen", [("uniform-price", 500), ("pay-as-bid", 500)], indirect=True, ids=str
)
def test_a_copy_on_chain_of_an_accepted_order_trades_too(stage):
    """The chain cannot tell a copy from another order: both are in the book, as one fill."""
    copied = stage.submit(stage.place(_BOB, Side.OFFER, 100, 12_000))
    stage.operator.commit(stage.interval)
    stage.place(_ALICE, Side.BID, 150, 24_000)
    stage.operator.commit(stage.interval)
    stage.close_gate()
    assert stage.operator.clear(stage.interval).volume == 150
    fills = stage.records.fills(stage.interval)
    assert sum(fill.sold for fill in fills) == sum(fill.bought for fill in fills) == 150
    assert {fill.digest for fill in fills if fill.sold} == {order_digest(stage.domain, copied)}
    assert [entry.direct for entry in stage.records.book(stage.interval)] == [True, False, False]


def test_a_copy_on_chain_of_an_order_not_yet_committed_replaces_it(stage):
    stage.submit(stage.place(_BOB, Side.OFFER, 100, 12_000))
    stage.operator.read_events(_COMMUNITY)
    assert stage.operator.commit(stage.interval) == []
    stage.close_gate()
    stage.operator.clear(stage.interval)
    (entry,) = stage.records.book(stage.interval)
    assert entry.kept.receipt is not None


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [(_ALICE, Side.BID, 10, 30_000)],
        [(_ALICE, Side.OFFER, 10, -5)],
        [(_ALICE, Side.BID, 10, 9_000), (_BOB, Side.OFFER, 10, 9_001)],
        [(_ALICE, Side.BID, 10, 5_000), (_BOB, Side.OFFER, 10, 4_000)],
        [(_ALICE, Side.BID, 10, 40_000), (_BOB, Side.OFFER, 10, 30_000)],
    ],
)
def test_books_without_trade_are_proven_too(stage, rows):
    for row in rows:
        stage.place(*row)
    stage.operator.commit(stage.interval)
    stage.close_gate()
    record = stage.operator.clear(stage.interval)
    assert (record.status, record.price, record.volume) == (ClearingStatus.NO_TRADE, 0, 0)
    assert stage.records.fills(stage.interval) == []
    assert stage.records.price(stage.interval).low is None


def test_an_open_gate_and_a_closed_one_are_respected(stage):
    stage.place(_ALICE, Side.BID, 500, 24_000)
    assert _refusal(lambda: stage.operator.clear(stage.interval)) != "gate-closed"
    stage.close_gate()
    assert _refusal(lambda: stage.operator.commit(stage.interval)) == "gate-closed"
    assert stage.operator.clear(stage.interval).status is ClearingStatus.NO_TRADE
    (placed,) = stage.records.orders(Account(_ALICE), 0, 2**40)
    assert placed.filled == 0
    assert stage.records.book(stage.interval) == []


def test_a_missing_tariff_is_named(stage):
    stage.interval = Interval(_COMMUNITY, stage.interval.end)
    stage.close_gate()
    assert _refusal(lambda: stage.operator.clear(stage.interval)) == "tariff-missing"


def test_a_batch_that_this_node_does_not_know_is_named(stage):
    stage.place(_ALICE, Side.BID, 500, 24_000)
    stage.operator.commit(stage.interval)
    foreign = stage.order(_BOB, Side.OFFER, 1, 9_000)
    commitment = batch_commitment(
        foreign.pack(), digests_hash([order_digest(stage.domain, foreign)])
    )
    call = stage.contracts.market.commit_orders(stage.interval, commitment, 1)
    stage.send(stage.keys.operator, call)
    stage.close_gate()
    with pytest.raises(RefusedError, match=r"batches \[1\] of 2") as caught:
        stage.operator.clear(stage.interval)
    assert caught.value.code == "book-mismatch"


class _InterruptedError(Exception):
    pass


class _CrashingOutbox:
    """Delivers, and then the process ends."""

    def __init__(self, outbox):
        self._outbox = outbox

    def deliver(self, *step):
        self._outbox.deliver(*step)
        raise _InterruptedError


@pytest.mark.parametrize(
    "chosen",
    [("uniform-price", 500), ("pay-as-bid", 500), ("mid-market-rate", 0)],
    indirect=True,
    ids=str,
)
def test_a_crash_after_any_step_repeats_and_loses_nothing(stage):
    stage.place(_ALICE, Side.BID, 500, 24_000)
    stage.place(_BOB, Side.OFFER, 500, 12_000)
    crashing = stage.operate(outbox=_CrashingOutbox(stage.outbox))
    with pytest.raises(_InterruptedError):
        crashing.commit(stage.interval)
    stage.place(_CAROL, Side.BID, 100, 24_000)
    steps = [done.step for done in stage.operator.commit(stage.interval)]
    assert steps == [0, 1]
    stage.close_gate()
    with pytest.raises(_InterruptedError):
        crashing.clear(stage.interval)
    assert stage.records.price(stage.interval) is None
    record = stage.operator.clear(stage.interval)
    assert record.volume == 500
    assert stage.contracts.market.book(stage.interval).orders == 3


def test_a_record_of_another_outcome_is_not_taken_over(stage):
    market = stage.contracts.market

    def elsewhere(interval):
        record = market.price_record(interval)
        return replace(record, price=1, volume=2, status=ClearingStatus.CLEARED)

    stage.close_gate()
    operator = stage.operate(contract=_Retold(market, price_record=elsewhere))
    assert _refusal(lambda: operator.clear(stage.interval)) == "price-mismatch"
    assert stage.records.price(stage.interval) is None


def test_a_record_of_another_allocation_is_not_taken_over(stage):
    market = stage.contracts.market

    def elsewhere(interval):
        return replace(market.price_record(interval), allocation_hash=b"\1" * 32)

    stage.close_gate()
    operator = stage.operate(contract=_Retold(market, price_record=elsewhere))
    assert _refusal(lambda: operator.clear(stage.interval)) == "allocation-mismatch"
    assert stage.records.price(stage.interval) is None


def test_a_mechanism_that_this_node_does_not_know_is_named(stage):
    unknown = ChosenMechanism(mechanism_id("vcg"), 0)
    stage.close_gate()
    contract = _Retold(stage.contracts.market, mechanism=lambda community: unknown)
    with pytest.raises(InvalidValueError, match="mechanism of the community: expected one of"):
        stage.operate(contract=contract).clear(stage.interval)


def test_a_community_that_the_chain_does_not_have_is_named(stage):
    stage.close_gate()
    contract = _Retold(stage.contracts.market, mechanism=lambda community: None)
    operator = stage.operate(contract=contract)
    assert _refusal(lambda: operator.clear(stage.interval)) == "unknown-community"


class _Retold:
    """The market contract, with some of its answers changed."""

    def __init__(self, market, **changed):
        self._market, self._changed = market, changed

    def __getattr__(self, name):
        return self._changed.get(name) or getattr(self._market, name)


def test_an_interval_that_somebody_else_cleared_is_stored(stage):
    stage.close_gate()
    stage.send(
        stage.keys.stranger,
        stage.contracts.market.clear(stage.interval, [], [], _TARIFF.feed_in, 0),
    )
    assert stage.operator.clear(stage.interval).status is ClearingStatus.NO_TRADE


def test_a_refusal_keeps_the_contracts_name(stage):
    with pytest.raises(ContractRefusedError) as caught:
        stage.operator.clear(stage.interval)
    assert caught.value.error == "GateOpen"
