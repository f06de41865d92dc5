"""Fees, several intervals at once and corrections: what the settler sends, stores and reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import create_engine, select

from chain.anvil import Anvil
from chain.connection import Chain
from chain.errors import ContractRefusedError
from chain.outbox import Outbox, outbox_table
from chain.sender import Sender
from domain.fee import Fee
from domain.reading import Metered
from domain.units import Account, MillicentPerKilowattHour, WattHours
from settlement.service import NotSettledError, Settlements, Settler
from settlement.tables import SettlementBase

pytestmark = pytest.mark.chain

FIRST = 1_743_458_400
RATE, RECEIVER = 700, 2

# Account 1's and 2's imports of the first quarter, mistaken for one another's.
MISTAKEN = {
    Account(1): Metered(WattHours(280), WattHours(0)),
    Account(2): Metered(WattHours(350), WattHours(5)),
    Account(3): Metered(WattHours(0), WattHours(390)),
}


@pytest.fixture(scope="module")
def play(tiny_run: Any) -> Iterator[Any]:
    """All quarters settled at once with a fee, the first by mistaken meters, then corrected."""
    with Anvil(timestamp=FIRST - 3 * 86_400) as anvil:
        play = type(tiny_run.play)(Chain(anvil.url), fee=(RATE, RECEIVER), together=True)
        play.mistaken[0] = MISTAKEN
        play.after[3] = lambda: play.correct_settlement(0, play.metered(0))
        play.play()
        yield play
        play.engine.dispose()
        play.chain.close()


def steps(play: Any) -> dict[str, str]:
    query = select(outbox_table.c.step, outbox_table.c.label).order_by(outbox_table.c.nonce)
    with play.engine.connect() as connection:
        return {row.step: row.label for row in connection.execute(query)}


def right(play: Any) -> Any:
    return replace(play.traded(0), metered=play.metered(0))


def test_it_took_two_transactions(play: Any) -> None:
    assert steps(play) == {
        "settle": "Settlement.settleSeveral",
        "correct-1": "Settlement.correct",
    }


def test_what_is_stored_is_what_the_chain_holds(play: Any) -> None:
    for at, interval in enumerate(play.intervals):
        settled = play.settlements.interval(interval)
        record = play.contracts.settlement.record(interval)
        assert settled.positions_hash == record.positions_hash
        assert settled.grid_payment == record.grid_payment
        assert settled.fee == Fee(Account(RECEIVER), MillicentPerKilowattHour(RATE))
        assert settled.version.fee == record.fee
        assert len(settled.superseded) == record.corrections == (1 if at == 0 else 0)


def test_what_was_superseded_is_kept(play: Any) -> None:
    settled = play.settlements.interval(play.intervals[0])
    (former,) = settled.superseded
    metered = {share.position.account: share.position.imported for share in former.positions}
    assert metered == {1: 280, 2: 350, 3: 0}
    assert former.transaction_hash != settled.transaction_hash
    assert former.settled_at <= settled.settled_at
    assert settled.versions == (former, settled.version)


def test_payments_add_up_to_what_the_grid_and_the_fees_account_get(play: Any) -> None:
    for settled in play.settlements.between(1, FIRST, FIRST + 3_600):
        for version in settled.versions:
            paid = sum(share.payment for share in version.positions)
            assert paid == version.grid_payment + version.fee


def test_a_statement_shows_fee_and_correction(play: Any) -> None:
    statement = play.settlements.statement(1, Account(1), FIRST, FIRST + 3_600)
    first, *others = statement.lines
    settled = play.settlements.interval(play.intervals[0])
    before, after = (
        next(share for share in version.positions if share.position.account == 1)
        for version in settled.versions
    )
    assert (first.corrections, first.correction_payment) == (1, after.payment - before.payment)
    assert first.correction_payment != 0
    assert first.payment == after.payment
    assert first.fee == RATE * first.position.bought > 0
    residual = first.position.residual
    tariff = first.record.tariff
    exchanged = residual * (tariff.retail if residual > 0 else tariff.feed_in)
    assert first.trade_payment + first.fee + exchanged == first.payment
    assert [(line.corrections, line.correction_payment) for line in others] == [(0, 0)] * 3
    assert statement.fee == sum(line.fee for line in statement.lines)
    assert [line.record.interval for line in statement.lines] == play.intervals


def test_correcting_again_changes_nothing(play: Any) -> None:
    before = play.chain.block_number()
    assert play.settler.correct(right(play)) == play.settlements.interval(play.intervals[0])
    assert play.chain.block_number() == before


def test_a_node_that_lost_its_rows_settles_and_corrects_without_sending(play: Any) -> None:
    engine = create_engine("sqlite://")
    SettlementBase.metadata.create_all(engine)
    outbox = Outbox(play.engine, Sender(play.chain, play.keys["operator"]))
    settler = Settler(engine, outbox, play.contracts.settlement, play.contracts.disputes)
    before = play.chain.block_number()
    settler.settle_together([play.traded(at) for at in range(4)])
    assert settler.correct(right(play)) == play.settlements.interval(play.intervals[0])
    assert Settlements(engine).between(1, FIRST, FIRST + 3_600) == play.settlements.between(
        1, FIRST, FIRST + 3_600
    )
    assert play.chain.block_number() == before
    engine.dispose()


def test_what_was_sent_is_stored_whatever_the_meters_say_by_then(play: Any) -> None:
    """The node was killed before it stored settlement and correction; then a meter changed."""
    engine = create_engine("sqlite://")
    SettlementBase.metadata.create_all(engine)
    outbox = Outbox(play.engine, Sender(play.chain, play.keys["operator"]))
    settler = Settler(engine, outbox, play.contracts.settlement, play.contracts.disputes)
    changed = {**play.metered(0), Account(2): Metered(WattHours(281), WattHours(5))}
    traded = [replace(play.traded(0), metered=changed), *(play.traded(at) for at in (1, 2, 3))]
    before = play.chain.block_number()
    first, *others = settler.settle_together(traded)
    sent = play.settlements.interval(play.intervals[0])
    assert first.versions == sent.superseded
    assert others == play.settlements.between(1, FIRST + 900, FIRST + 3_600)
    with pytest.raises(ContractRefusedError) as refusal:
        settler.correct(traded[0])
    assert refusal.value.error == "MeteredTotalsMismatch"
    assert Settlements(engine).interval(play.intervals[0]) == sent
    assert play.chain.block_number() == before
    engine.dispose()


def test_a_correction_says_what_it_will_take(play: Any) -> None:
    settled = play.settlements.interval(play.intervals[0])
    retail = settled.record.tariff.retail
    counted = play.metered(0)
    more = Metered(WattHours(counted[Account(1)].imported + 10), counted[Account(1)].exported)
    assert play.settler.outstanding(right(play)) == {}
    due = play.settler.outstanding(
        replace(right(play), metered={**counted, Account(1): more, Account(9): counted[Account(1)]})
    )
    assert due == {1: 10 * retail, 9: counted[Account(1)].imported * retail}


def test_what_is_not_settled_is_not_corrected(play: Any) -> None:
    engine = create_engine("sqlite://")
    SettlementBase.metadata.create_all(engine)
    settler = Settler(engine, play.settler, play.contracts.settlement, play.contracts.disputes)
    with pytest.raises(NotSettledError, match="is not settled, so there is nothing to correct"):
        settler.correct(right(play))
    engine.dispose()


def test_a_correction_that_the_contract_refuses_changes_nothing(play: Any) -> None:
    """One Wh more than the gateways attested."""
    interval = play.intervals[1]
    before = play.settlements.interval(interval)
    metered = {**play.metered(1), Account(2): Metered(WattHours(11), WattHours(0))}
    with pytest.raises(ContractRefusedError) as refusal:
        play.settler.correct(replace(play.traded(1), metered=metered))
    assert refusal.value.error == "MeteredTotalsMismatch"
    assert play.settlements.interval(interval) == before


def test_an_account_may_come_and_go_by_corrections(play: Any) -> None:
    """Account 1 did not trade in the third quarter: its 5 Wh were account 2's."""
    empty = Metered(WattHours(0), WattHours(0))
    moved = {Account(2): Metered(WattHours(5), WattHours(0)), Account(3): play.metered(2)[3]}
    play.settler.correct(replace(play.traded(2), metered=moved))
    start, end = play.intervals[2].start, play.intervals[2].end
    (line,) = play.settlements.statement(1, Account(1), start, end).lines
    assert (line.position.imported, line.payment) == (0, 0)
    assert (line.corrections, line.correction_payment) == (1, -5 * 20_000)
    back = play.settler.correct(play.traded(2))
    assert len(back.superseded) == 2
    (line,) = play.settlements.statement(1, Account(1), start, end).lines
    assert (line.payment, line.corrections, line.correction_payment) == (5 * 20_000, 2, 0)
    assert play.metered(2)[2] == empty
