"""Announced fees, as the node reads them, against what the settlement contract says."""

from __future__ import annotations

from random import Random

import pytest

from chain.development import advance_to
from chain.events import FeeSet, read_events
from chain.failures import ChainUnavailableError
from chain.fees import AnnouncedFees
from domain.fee import NO_FEE, AnnouncedFee, Fee
from domain.units import Account, MillicentPerKilowattHour

pytestmark = pytest.mark.chain

COMMUNITY, CAROL = 7, 4
DAY = 86_400


def announce(neighbourhood, rate, valid_from):
    call = neighbourhood.contracts.settlement.set_fee(COMMUNITY, CAROL, rate, valid_from)
    neighbourhood.send(neighbourhood.keys.admin, call)


def read(neighbourhood, **options):
    return AnnouncedFees(neighbourhood.chain, neighbourhood.contracts.deployment, **options)


def test_the_schedule_says_what_the_contract_says(neighbourhood) -> None:
    random = Random(5)
    now = neighbourhood.chain.block_time()
    fees = read(neighbourhood, seconds=0)
    assert fees.schedule().after(COMMUNITY, 0) is None
    for _ in range(12):
        earliest = neighbourhood.chain.block_time() + DAY + 3_600
        announce(neighbourhood, random.choice([0, 5, 700]), earliest + random.randrange(9) * DAY)
        if random.random() < 0.3:
            advance_to(neighbourhood.chain, neighbourhood.chain.block_time() + 2 * DAY)
        schedule, settlement = fees.schedule(), neighbourhood.contracts.settlement
        for start in range(now, now + 40 * DAY, DAY // 2):
            assert schedule.at(COMMUNITY, start) == settlement.fee_at(COMMUNITY, start)
        assert read(neighbourhood).schedule() == schedule


def test_the_next_fee_is_known_with_its_time(neighbourhood) -> None:
    now = neighbourhood.chain.block_time()
    first, second = now + 2 * DAY, now + 3 * DAY
    announce(neighbourhood, 700, first)
    announce(neighbourhood, 0, second)
    schedule = read(neighbourhood).schedule()
    fee = Fee(Account(CAROL), MillicentPerKilowattHour(700))
    assert schedule.after(COMMUNITY, now) == AnnouncedFee(COMMUNITY, first, fee)
    assert schedule.after(COMMUNITY, first) == AnnouncedFee(COMMUNITY, second, NO_FEE)
    assert schedule.after(COMMUNITY, second) is None


def test_the_chain_is_asked_once_in_a_while(neighbourhood) -> None:
    now = [0.0]
    fees = read(neighbourhood, seconds=30, timer=lambda: now[0])
    before = fees.schedule()
    announce(neighbourhood, 700, neighbourhood.chain.block_time() + 2 * DAY)
    now[0] = 29.0
    assert fees.schedule() is before
    now[0] = 30.0
    assert fees.schedule().after(COMMUNITY, 0).fee.rate == 700


def test_what_was_read_is_not_read_again_after_a_failure(neighbourhood, monkeypatch) -> None:
    """The chain fails once, before its latest blocks are read."""
    announce(neighbourhood, 700, neighbourhood.chain.block_time() + 2 * DAY)
    announced_in = neighbourhood.chain.block_number()
    announce(neighbourhood, 5, neighbourhood.chain.block_time() + 3 * DAY)
    monkeypatch.setattr("chain.fees.BLOCKS_AT_ONCE", 1)
    spans, failures = [], [ChainUnavailableError("http://127.0.0.1:1", "refused")]

    def read_once(chain, deployment, first, last, **options):
        if first > announced_in and failures:
            raise failures.pop()
        spans.append((first, last))
        return read_events(chain, deployment, first, last, **options)

    monkeypatch.setattr("chain.fees.read_events", read_once)
    fees = read(neighbourhood)
    with pytest.raises(ChainUnavailableError):
        fees.schedule()
    assert [one.fee.rate for one in fees.schedule().announced] == [700, 5]
    first, last = neighbourhood.contracts.deployment.block, neighbourhood.chain.block_number()
    assert spans == [(block, block) for block in range(first, last + 1)]


def test_only_the_events_that_are_asked_for_are_read(neighbourhood) -> None:
    announce(neighbourhood, 700, neighbourhood.chain.block_time() + 2 * DAY)
    chain, deployment = neighbourhood.chain, neighbourhood.contracts.deployment
    everything = read_events(chain, deployment)
    announced = [event for event in everything if isinstance(event, FeeSet)]
    assert read_events(chain, deployment, kinds=(FeeSet,)) == announced
    assert len(announced) == 1 < len(everything)
