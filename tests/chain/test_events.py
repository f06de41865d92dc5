"""Events as values, in the chain's order."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from chain.contracts import ParticipantRole
from chain.development import advance_to
from chain.events import (
    CommunityCreated,
    Minted,
    ParticipantRegistered,
    TariffPosted,
    Transfer,
    read_events,
    reader,
)
from domain.interval import Interval
from identity.attestation import Correction, CorrectionReason

pytestmark = pytest.mark.chain

NOBODY = "0x" + "00" * 20


def of(kind, events):
    return [event for event in events if isinstance(event, kind)]


def test_values_and_places(neighbourhood) -> None:
    chain, contracts, keys = neighbourhood.chain, neighbourhood.contracts, neighbourhood.keys
    events = read_events(chain, contracts.deployment)
    places = [(event.block_number, event.log_index) for event in events]
    assert all(one < other for one, other in pairwise(places))
    assert events[0].block_number == contracts.deployment.block
    for event in events[-3:]:
        assert event.block_time == chain.block_time(event.block_number)
        assert chain.receipt(event.transaction_hash) is not None

    registered = of(ParticipantRegistered, events)
    assert [event.account for event in registered] == [1, 2, 3, 4]
    assert (registered[0].wallet, registered[0].role) == (keys.grid.address, ParticipantRole.GRID)
    (created,) = of(CommunityCreated, events)
    assert (created.community, created.duration, created.gate_lead) == (7, 900, 60)
    (tariff,) = of(TariffPosted, events)
    assert tariff.interval == neighbourhood.interval
    assert (tariff.feed_in, tariff.retail) == (8_000, 25_000)
    minted, moved = of(Minted, events), of(Transfer, events)
    assert [event.amount for event in minted] == [event.value for event in moved] == [10**8] * 4
    assert {(event.contract, event.from_) for event in moved} == {("CurrencyToken", NOBODY)}


def test_parts_of_the_chain(neighbourhood) -> None:
    chain, deployment = neighbourhood.chain, neighbourhood.contracts.deployment
    events = read_events(chain, deployment)
    middle = events[len(events) // 2].block_number
    first = read_events(chain, deployment, last_block=middle)
    second = read_events(chain, deployment, first_block=middle + 1)
    assert first + second == events
    assert first
    assert second


def test_many_requests_read_what_one_does(neighbourhood, monkeypatch) -> None:
    chain, deployment = neighbourhood.chain, neighbourhood.contracts.deployment
    events = read_events(chain, deployment)
    monkeypatch.setattr(reader, "BLOCKS_AT_ONCE", 3)
    assert read_events(chain, deployment) == events


def test_nodes_that_do_not_carry_the_time_are_asked_for_it(neighbourhood, monkeypatch) -> None:
    chain, deployment = neighbourhood.chain, neighbourhood.contracts.deployment
    events = read_events(chain, deployment)
    request = chain.rpc.request

    def without_time(method, *params):
        answer = request(method, *params)
        if method == "eth_getLogs":
            for log in answer:
                del log["blockTimestamp"]
        return answer

    monkeypatch.setattr(chain.rpc, "request", without_time)
    assert read_events(chain, deployment) == events


def test_statements_on_an_interval_that_no_community_has_stop_nobody(neighbourhood) -> None:
    chain, contracts = neighbourhood.chain, neighbourhood.contracts
    before = read_events(chain, contracts.deployment)
    minute = object.__new__(Interval)
    for field, value in (
        ("community", 7),
        ("start", chain.block_time() // 60 * 60),
        ("duration", 60),
    ):
        object.__setattr__(minute, field, value)
    advance_to(chain, minute.end)
    attested = replace(neighbourhood.attestation(5, 6), interval=minute)
    neighbourhood.attest(attested)
    corrected = replace(attested, sequence=2, imported=4)
    neighbourhood.correct(Correction(corrected, attested, CorrectionReason.METER_FAULT))
    assert contracts.metering.last_sequence(1) == 2
    assert read_events(chain, contracts.deployment) == before
