from __future__ import annotations

from typing import Any

import pytest

import oracle.ingest
from chain.errors import ContractRefusedError
from chain.failures import ChainUnavailableError
from domain.units import Account
from oracle.errors import BatchRefusedError


def attested(scene: Any) -> list[tuple[int, int]]:
    """Gateway and number of everything that the node sent, in sequence."""
    return [
        (one.gateway, one.sequence)
        for call, _ in scene.outbox.delivered.values()
        for one in scene.metering.calls[call.data]
    ]


def test_all_attestations_of_an_interval_go_in_one_transaction(scene: Any) -> None:
    for gateway in (2, 1):
        scene.ingest.receive(scene.batch(gateway))
    (receipt,) = scene.ingest.attest(scene.interval())
    assert receipt.block_number == 1
    assert attested(scene) == [(1, 1), (2, 1)]
    assert list(scene.outbox.delivered) == [(1, scene.interval().start, "attest")]


def test_attesting_again_gives_the_same_receipt(scene: Any) -> None:
    scene.ingest.receive(scene.batch(1))
    first = scene.ingest.attest(scene.interval())
    assert scene.ingest.attest(scene.interval()) == first
    assert len(scene.outbox.delivered) == 1


def test_where_nothing_came_nothing_is_sent(scene: Any) -> None:
    assert scene.ingest.attest(scene.interval()) == []
    assert scene.outbox.delivered == {}


def test_an_attested_interval_takes_nothing_more(scene: Any) -> None:
    scene.ingest.receive(scene.batch(1))
    scene.ingest.attest(scene.interval())
    late = scene.batch(2)
    with pytest.raises(BatchRefusedError, check=lambda error: error.code == "interval-closed"):
        scene.ingest.receive(late)
    assert not scene.ingest.receive(scene.gateways[1].close(scene.interval()))


def test_an_unreachable_chain_is_tried_again_with_the_same_attestations(scene: Any) -> None:
    scene.ingest.receive(scene.batch(1))
    scene.outbox.failures.append(ChainUnavailableError("http://127.0.0.1:1", "refused"))
    with pytest.raises(ChainUnavailableError):
        scene.ingest.attest(scene.interval())
    with pytest.raises(BatchRefusedError):
        scene.ingest.receive(scene.batch(2))
    assert len(scene.ingest.attest(scene.interval())) == 1
    assert attested(scene) == [(1, 1)]


def test_a_gateway_revoked_since_its_batch_came_does_not_count(scene: Any) -> None:
    for gateway in (1, 2):
        scene.ingest.receive(scene.batch(gateway))
    scene.registry.revoke(1, scene.interval().start)
    scene.ingest.attest(scene.interval())
    assert attested(scene) == [(2, 1)]
    assert list(scene.ingest.metered(scene.interval())) == [Account(1)]
    assert [one.gateway for one in scene.records.entries(scene.interval())] == [2]


def test_an_attestation_that_somebody_relayed_counts_and_is_left_out(scene: Any) -> None:
    batches = [scene.batch(gateway) for gateway in (1, 2)]
    for batch in batches:
        scene.ingest.receive(batch)
    scene.metering.relay(batches[0].attestation)
    receipts = scene.ingest.attest(scene.interval())
    assert attested(scene) == [(2, 1)]
    assert set(scene.ingest.metered(scene.interval())) == {Account(1), Account(2)}
    assert scene.ingest.attest(scene.interval()) == receipts


def test_where_all_were_relayed_nothing_is_sent(scene: Any) -> None:
    batch = scene.batch(1)
    scene.ingest.receive(batch)
    scene.metering.relay(batch.attestation)
    assert scene.ingest.attest(scene.interval()) == []
    assert scene.ingest.metered(scene.interval()) != {}


def test_a_gateway_that_attested_otherwise_does_not_hold_the_others_up(scene: Any) -> None:
    batches = [scene.batch(gateway) for gateway in (1, 2)]
    for batch in batches:
        scene.ingest.receive(batch)
    contradiction = scene.resigned(batches[0], root=b"\x01" * 32).attestation
    scene.metering.relay(contradiction)
    scene.ingest.attest(scene.interval())
    assert attested(scene) == [(2, 1)]
    assert list(scene.ingest.metered(scene.interval())) == [Account(1)]


def test_a_gateway_that_is_ahead_of_itself_does_not_hold_the_others_up(scene: Any) -> None:
    batches = [scene.batch(gateway) for gateway in (1, 2)]
    for batch in batches:
        scene.ingest.receive(batch)
    scene.metering.relay(scene.batch(1, 1).attestation)
    scene.ingest.attest(scene.interval())
    assert attested(scene) == [(2, 1)]


def test_a_refusal_for_another_reason_is_passed_on(scene: Any) -> None:
    scene.ingest.receive(scene.batch(1))
    scene.outbox.failures.append(ContractRefusedError({"end": 1}))
    with pytest.raises(ContractRefusedError):
        scene.ingest.attest(scene.interval())
    assert len(scene.ingest.attest(scene.interval())) == 1


def test_more_than_a_block_holds_goes_in_several_transactions(
    scene: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oracle.ingest, "MOST_ATTESTATIONS", 1)
    for gateway in (1, 2):
        scene.ingest.receive(scene.batch(gateway))
    receipts = scene.ingest.attest(scene.interval())
    assert [receipt.block_number for receipt in receipts] == [1, 2]
    assert [step for _, _, step in scene.outbox.delivered] == ["attest", "attest-2"]
    assert scene.ingest.attest(scene.interval()) == receipts
