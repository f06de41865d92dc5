"""Settling on a real chain: once, the same again, and nothing else."""

from __future__ import annotations

import dataclasses

import pytest
from sqlalchemy import create_engine

from chain import errors
from chain.outbox import Outbox
from chain.sender import Sender
from domain.errors import InvalidValueError
from domain.position import pack_positions
from domain.reading import Metered
from domain.trade import Fill
from domain.units import Account, Money, WattHours
from identity.hashing import keccak256
from settlement.service import (
    AlreadySettledError,
    Settlements,
    SettlementWaitsError,
    Settler,
    TradedInterval,
)
from settlement.tables import SettlementBase

pytestmark = pytest.mark.chain


def fills_of(tiny_run, at):
    start = tiny_run.play.intervals[at].start
    sides = {line["digest"]: line["side"] for line in tiny_run.play.lines["orders"]}
    return [
        Fill(
            bytes.fromhex(line["digest"][2:]),
            Account(line["account"]),
            WattHours(line["quantity_wh"] if sides[line["digest"]] == "bid" else 0),
            WattHours(line["quantity_wh"] if sides[line["digest"]] == "offer" else 0),
            Money(line["payment"]),
        )
        for line in tiny_run.play.lines["fills"]
        if line["interval_start"] == start
    ]


def test_what_is_stored_is_what_the_chain_holds(tiny_run) -> None:
    play = tiny_run.play
    for interval in play.intervals:
        settled = play.settlements.interval(interval)
        recorded = play.contracts.settlement.record(interval)
        packed = pack_positions(share.position for share in settled.positions)
        assert settled.positions_hash == recorded.positions_hash == keccak256(packed)
        assert settled.record.price_hash == recorded.price_hash
        assert settled.grid_payment == recorded.grid_payment
        receipt = play.chain.receipt(settled.transaction_hash)
        assert play.chain.block_time(int(receipt["blockNumber"], 16)) == settled.settled_at


def test_settling_again_returns_the_stored_settlement(tiny_run) -> None:
    play = tiny_run.play
    interval = play.intervals[0]
    before = play.chain.block_number()
    record = play.contracts.market.price_record(interval)
    again = play.settler.settle(interval, record, fills_of(tiny_run, 0), play.metered(0))
    assert again == play.settlements.interval(interval)
    assert play.chain.block_number() == before


def test_a_node_that_lost_its_rows_stores_the_same_settlement_again(tiny_run) -> None:
    play = tiny_run.play
    interval = play.intervals[3]
    engine = create_engine("sqlite://")
    SettlementBase.metadata.create_all(engine)
    outbox = Outbox(play.engine, Sender(play.chain, play.keys["operator"]))
    settler = Settler(engine, outbox, play.contracts.settlement, play.contracts.disputes)
    before = play.chain.block_number()
    record = play.contracts.market.price_record(interval)
    settled = settler.settle(interval, record, fills_of(tiny_run, 3), play.metered(3))
    assert settled == play.settlements.interval(interval)
    assert Settlements(engine).interval(interval) == settled
    assert play.chain.block_number() == before
    engine.dispose()


def test_one_that_waits_holds_up_those_settled_with_it(tiny_run) -> None:
    play = tiny_run.play
    second = play.intervals[1]

    class Disputes:
        def require_settleable(self, interval):
            if interval == second:
                raise errors.DisputeOpen({"interval": interval.packed, "challenges": 1})
            return False

    engine = create_engine("sqlite://")
    SettlementBase.metadata.create_all(engine)
    outbox = Outbox(play.engine, Sender(play.chain, play.keys["operator"]))
    settler = Settler(engine, outbox, play.contracts.settlement, Disputes())
    before = play.chain.block_number()
    traded = [
        TradedInterval(
            play.contracts.market.price_record(play.intervals[at]),
            fills_of(tiny_run, at),
            play.metered(at),
        )
        for at in range(2)
    ]
    with pytest.raises(SettlementWaitsError, match="DisputeOpen") as waits:
        settler.settle_together(traded)
    assert waits.value.interval == second
    assert Settlements(engine).between(1, 0, 2**40) == []
    assert play.chain.block_number() == before
    engine.dispose()


def test_other_readings_under_a_settled_interval_are_refused(tiny_run) -> None:
    play = tiny_run.play
    interval = play.intervals[0]
    record = play.contracts.market.price_record(interval)
    metered = {**play.metered(0), Account(1): Metered(WattHours(351), WattHours(0))}
    with pytest.raises(AlreadySettledError, match="another set of positions") as refused:
        play.settler.settle(interval, record, fills_of(tiny_run, 0), metered)
    assert refused.value.code == "already-settled"


def test_another_price_under_a_settled_interval_is_refused(tiny_run) -> None:
    play = tiny_run.play
    interval = play.intervals[0]
    record = play.contracts.market.price_record(interval)
    other = dataclasses.replace(record, price_hash=bytes(32))
    with pytest.raises(AlreadySettledError, match="another price record"):
        play.settler.settle(interval, other, fills_of(tiny_run, 0), play.metered(0))


def test_the_price_of_another_interval_is_refused(tiny_run) -> None:
    play = tiny_run.play
    record = play.contracts.market.price_record(play.intervals[1])
    with pytest.raises(InvalidValueError, match="record: expected the price of"):
        play.settler.settle(play.intervals[0], record, [], {})


def test_queries_are_half_open_and_in_order(tiny_run) -> None:
    play = tiny_run.play
    first, second, third, _ = play.intervals
    found = play.settlements.between(1, first.start, third.start)
    assert [settled.record.interval for settled in found] == [first, second]
    assert play.settlements.between(2, first.start, third.start) == []


def test_a_statement_adds_up_and_tells_the_saving(tiny_run) -> None:
    play = tiny_run.play
    first, last = play.intervals[0], play.intervals[-1]
    statement = play.settlements.statement(1, Account(2), first.start, last.end)
    assert [line.record.interval for line in statement.lines] == play.intervals
    assert (statement.imported, statement.exported) == (280 + 10 + 0 + 610, 5)
    assert statement.payment == sum(line.payment for line in statement.lines)
    grid_only = (280 - 5) * 30_000 + 10 * 30_000 + 0 + 610 * 9_000
    assert statement.grid_only_cost == grid_only
    assert statement.saving == grid_only - statement.payment > 0
    hashes = [play.settlements.interval(one).transaction_hash for one in play.intervals]
    assert [line.transaction_hash for line in statement.lines] == hashes


def test_a_statement_of_one_interval_is_worked_out_by_hand(tiny_run) -> None:
    play = tiny_run.play
    interval = play.intervals[3]
    (line,) = play.settlements.statement(1, Account(2), interval.start, interval.end).lines
    # Bids 500 at 9,000 (retail), offers 200 at -4,000 (feed-in) and 250 at -1,000: all 450 Wh of
    # the offers trade, the partly filled bid sets the price at 9,000.
    assert (line.record.price, line.position.bought, line.position.imported) == (9_000, 450, 610)
    assert line.position.residual == 160
    assert line.payment == 450 * 9_000 + 160 * 9_000
    # Delivered: min(200, 150) of account 3 and min(250, 300) of account 1, all to the one buyer.
    assert line.position.certificates == 400
    assert line.saving == 0


def test_statements_of_all_participants_are_what_the_grid_gets(tiny_run) -> None:
    play = tiny_run.play
    first, last = play.intervals[0].start, play.intervals[-1].end
    paid = sum(
        play.settlements.statement(1, Account(account), first, last).payment
        for account in (1, 2, 3)
    )
    settled = play.settlements.between(1, first, last)
    assert paid == sum(interval.grid_payment for interval in settled)


def test_a_statement_that_ends_before_it_begins_is_refused(tiny_run) -> None:
    with pytest.raises(InvalidValueError, match="last: expected a second from 10 on, got 9"):
        tiny_run.play.settlements.statement(1, Account(1), 10, 9)


def test_an_empty_span_has_an_empty_statement(tiny_run) -> None:
    statement = tiny_run.play.settlements.statement(1, Account(1), 10, 10)
    assert (statement.lines, statement.payment, statement.saving) == ((), 0, 0)
