"""Answers to challenges, from the stored orders of a real book."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chain import errors
from chain.commitments import mechanism_id
from chain.contracts import ChallengeStatus, ParticipantRole
from chain.development import advance_to
from chain.errors import ContractRefusedError
from chain.outbox import Outbox
from chain.outbox import metadata as outbox_metadata
from chain.sender import Sender
from domain.cancellation import Cancellation
from domain.fee import FeeSchedule
from domain.interval import Interval
from domain.order import Order, Side
from domain.tariff import Tariff
from domain.units import Account, Money
from identity.keys import EvmKey
from identity.typed_data import market_domain, order_digest, receipt_digest, withdrawal_digest
from market import operator
from market.challenges import ChallengeResponder
from market.desk import OrderDesk
from market.errors import UnanswerableError
from market.operator import MarketOperator
from market.ports import ChainEventLog

pytestmark = pytest.mark.chain

COMMUNITY = 7
GATE_LEAD = 60
ALICE, BOB, CAROL = 2, 3, 4


class Clock:
    def __init__(self, chain):
        self.chain = chain

    def now(self):
        return self.chain.block_time()


class Funds:
    def available(self, account):
        return Money(10**12)

    def revision(self):
        return 0


class NoFees:
    def schedule(self):
        return FeeSchedule()


class Unchanged:
    """Members as they were: a desk that has not noticed the exchange of a wallet."""

    def __init__(self, registry, account):
        self.known = {account: registry.participant(account)}

    def participant(self, account):
        return self.known[account]


class Stage:
    """A community on chain with desk, operator and responder, and an interval to trade in."""

    def __init__(self, engine, chain, contracts, keys, send):
        self.chain, self.contracts, self.keys, self.send = chain, contracts, keys, send
        deployment = contracts.deployment
        self.domain = market_domain(chain.chain_id, deployment.market)
        self.outbox = Outbox(engine, Sender(chain, keys.operator))
        self.interval = Interval(COMMUNITY, (chain.block_time() // 900 + 2) * 900)
        self.wallets = {ALICE: keys.alice, BOB: keys.bob, CAROL: keys.carol}
        self.engine = engine
        self.desk = self.open_desk(contracts.registry)
        self.operator = MarketOperator(
            engine,
            contract=contracts.market,
            outbox=self.outbox,
            events=ChainEventLog(chain, deployment),
        )

    def open_desk(self, members):
        return OrderDesk(
            self.engine,
            domain=self.domain,
            operator=self.keys.operator,
            members=members,
            agents=self.contracts.agents,
            communities=self.contracts.market,
            funds=Funds(),
            fees=NoFees(),
            clock=Clock(self.chain),
        )

    def responder(self, community=COMMUNITY, wallets=None):
        return ChallengeResponder(
            self.engine,
            community=community,
            domain=self.domain,
            contract=self.contracts.disputes,
            wallets=wallets or self.contracts.registry,
            outbox=self.outbox,
        )

    def answer(self):
        return self.responder().answer(self.chain.block_time())

    def order(self, account, side, quantity, price, salt=1):
        return Order(self.interval, Account(account), side, quantity, price, salt)

    def place(self, *row):
        order = self.order(*row)
        digest = order_digest(self.domain, order)
        self.desk.accept(order, self.wallets[order.account].sign(digest))
        return order

    def cancel(self, account, batch, index):
        cancellation = Cancellation(self.interval, Account(account), batch, index)
        self.send(self.wallets[account], self.contracts.order_entry.cancel_order(cancellation))

    def clear(self):
        self.operator.commit(self.interval)
        advance_to(self.chain, self.interval.start - GATE_LEAD)
        self.operator.clear(self.interval)

    def ask(self, batch, index):
        call = self.contracts.disputes.challenge_unsigned(self.interval, batch, index)
        self.send(self.keys.carol, call)

    def miss(self, order, received_at):
        digest = receipt_digest(self.domain, order_digest(self.domain, order), received_at)
        receipt = self.keys.operator.sign(digest)
        call = self.contracts.disputes.challenge_missing(order, received_at, receipt)
        self.send(self.keys.bob, call)

    def statuses(self):
        disputes = self.contracts.disputes
        count = disputes.challenge_count()
        return [disputes.challenge_of(number).status for number in range(1, count + 1)]


@pytest.fixture
def stage(engine, chain, contracts, keys, send):
    outbox_metadata.create_all(engine)
    for key in (keys.grid, keys.alice, keys.bob, keys.carol):
        role = ParticipantRole.GRID if key is keys.grid else ParticipantRole.PROSUMER
        call = contracts.registry.register_participant(key.address, bytes(32), role)
        send(keys.registrar, call)
    rules = (900, GATE_LEAD, 1, mechanism_id("uniform-price"), 500)
    send(keys.admin, contracts.market.create_community(COMMUNITY, *rules))
    made = Stage(engine, chain, contracts, keys, send)
    send(keys.tariff_oracle, contracts.market.post_tariffs(made.interval, [Tariff(8_000, 25_000)]))
    return made


def test_every_place_of_a_book_is_answered_for(stage, monkeypatch) -> None:
    monkeypatch.setattr(operator, "MAX_BATCH", 2)
    first = stage.place(ALICE, Side.BID, 500, 20_000)
    stage.place(BOB, Side.OFFER, 500, 10_000)
    stage.place(CAROL, Side.BID, 5, 9_000)
    assert [made.orders for made in stage.operator.commit(stage.interval)] == [2, 1]
    direct = stage.order(CAROL, Side.BID, 7, 9_000, salt=2)
    stage.send(stage.keys.carol, stage.contracts.order_entry.submit_order(direct))
    stage.clear()
    received_at = stage.interval.start - GATE_LEAD - 1
    for place in ((0, 0), (0, 1), (1, 0), (2, 0)):
        stage.ask(*place)
    stage.miss(first, received_at)
    assert stage.responder(community=8).answer(stage.chain.block_time()) == []

    found = stage.answer()
    assert [(one.number, one.refusal) for one in found] == [(n, None) for n in range(1, 6)]
    assert set(stage.statuses()) == {ChallengeStatus.ANSWERED}
    assert stage.answer() == []
    stage.ask(1, 9)
    assert [one.refusal for one in stage.answer()] == [None]


def test_cancellations_stand_among_the_batches(stage) -> None:
    """One before the batch that is shown, and one behind it, which is challenged itself."""
    stage.place(ALICE, Side.BID, 500, 20_000)
    stage.operator.commit(stage.interval)
    stage.cancel(ALICE, 0, 0)
    late = stage.place(BOB, Side.OFFER, 500, 10_000)
    stage.operator.commit(stage.interval)
    stage.cancel(BOB, 2, 0)
    stage.clear()
    for batch in range(4):
        stage.ask(batch, 0)
    stage.miss(late, stage.interval.start - GATE_LEAD - 1)
    assert [one.refusal for one in stage.answer()] == [None] * 5
    assert set(stage.statuses()) == {ChallengeStatus.ANSWERED}


def test_an_order_that_was_taken_back_is_not_missing(stage) -> None:
    stage.place(BOB, Side.OFFER, 500, 10_000)
    taken = stage.place(ALICE, Side.BID, 500, 20_000)
    digest = order_digest(stage.domain, taken)
    signature = stage.keys.alice.sign(withdrawal_digest(stage.domain, digest))
    stage.desk.withdraw(taken.account, digest, signature)
    stage.clear()
    stage.miss(taken, stage.interval.start - GATE_LEAD - 1)
    assert [one.refusal for one in stage.answer()] == [None]
    assert stage.statuses() == [ChallengeStatus.ANSWERED]


@pytest.mark.parametrize("notices_late", [False, True])
def test_a_wallet_that_was_exchanged_signed_in_its_time(stage, notices_late) -> None:
    registry, other = stage.contracts.registry, EvmKey.generate()
    if notices_late:
        stage.desk = stage.open_desk(Unchanged(registry, ALICE))
    advance_to(stage.chain, stage.interval.start - 300)
    if not notices_late:
        stage.place(ALICE, Side.BID, 500, 20_000)
    advance_to(stage.chain, stage.interval.start - 200)
    stage.send(stage.keys.alice, registry.propose_wallet(ALICE, other.address))
    stage.send(other, registry.accept_wallet(ALICE))
    advance_to(stage.chain, stage.interval.start - 190)
    if notices_late:
        stage.place(ALICE, Side.BID, 500, 20_000)
    stage.clear()
    stage.ask(0, 0)
    assert [one.refusal for one in stage.answer()] == [None]


def test_what_is_not_stored_is_not_answered(stage) -> None:
    stage.place(ALICE, Side.BID, 500, 20_000)
    stage.clear()
    forgotten = stage.order(BOB, Side.OFFER, 500, 8_000)
    stage.miss(forgotten, stage.interval.start - GATE_LEAD - 1)
    (found,) = stage.answer()
    assert isinstance(found.refusal, UnanswerableError)
    assert found.challenge.digest == order_digest(stage.domain, forgotten)
    disputes = stage.contracts.disputes
    advance_to(stage.chain, disputes.challenge_of(1).answer_by)
    assert stage.answer() == []
    stage.send(stage.keys.carol, disputes.uphold(1))
    with pytest.raises(errors.DisputeUndecided):
        disputes.require_settleable(stage.interval)


def test_an_answer_that_the_contract_refuses_is_told(stage) -> None:
    stage.place(ALICE, Side.BID, 500, 20_000)
    stage.clear()
    stage.ask(0, 0)

    class Mistaken:
        """Takes Alice's wallet for younger than the gate."""

        def wallet_record(self, wallet):
            record = stage.contracts.registry.wallet_record(wallet)
            return replace(record, since=stage.interval.start)

    responder = stage.responder(wallets=Mistaken())
    (found,) = responder.answer(stage.chain.block_time())
    assert isinstance(found.refusal, ContractRefusedError)
    assert found.refusal.error == "SignedTooLate"
    assert [one.refusal for one in stage.answer()] == [None]
