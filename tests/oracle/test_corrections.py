"""Readings that were missing, wrong or late, from the gateway to the chain."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from chain.failures import ChainError
from domain.errors import InvalidValueError, RefusedError
from domain.reading import Metered
from domain.units import Account, WattHours
from identity.attestation import CORRECTION_SECONDS, CorrectionReason
from identity.keys import recover
from identity.merkle import reading_leaf, verify_proof
from identity.signed_reading import document_hash
from identity.typed_data import correction_digest
from oracle.batch import SignedBatch
from oracle.errors import BatchRefusedError

FAULT = CorrectionReason.METER_FAULT


def refused(code: str, error: type[RefusedError] = BatchRefusedError) -> Any:
    return pytest.raises(error, check=lambda refusal: refusal.code == code)


def forward(scene: Any, gateway: int, slot: int = 0) -> SignedBatch:
    """Let a gateway state an interval and forget it, as the node has it."""
    batch = scene.batch(gateway, slot)
    scene.ingest.receive(batch)
    scene.gateways[gateway].acknowledge(batch.attestation.sequence)
    return batch


def corrected(scene: Any, imported: int = 200, slot: int = 0) -> SignedBatch:
    """Correct what device 7 took in an interval."""
    return scene.gateways[1].correct(
        scene.interval(slot), FAULT, [scene.reading(7, slot, imported, 7)]
    )


def attested(scene: Any) -> SignedBatch:
    """Let gateway 1 state the first interval, and bring it to the chain."""
    batch = forward(scene, 1)
    scene.ingest.attest(scene.interval())
    return batch


# The gateway


def test_a_gateway_states_everything_again(scene: Any) -> None:
    former = forward(scene, 1)
    batch = corrected(scene)
    correction = batch.correction
    assert correction is not None
    assert (correction.superseded, correction.reason) == (former.attestation, FAULT)
    assert (batch.attestation.sequence, batch.attestation.count) == (2, 2)
    assert batch.attestation.imported == former.attestation.imported + 200 - 127
    kept = [entry.document for entry in former.readings if entry.document["device"] == 8]
    assert [entry.document for entry in batch.readings if entry.document["device"] == 8] == kept
    signer = recover(correction_digest(scene.domain, correction), batch.signature)
    assert signer == scene.evm_keys[1].address
    assert scene.gateways[1].pending() == [batch]
    assert scene.gateways[1].close(scene.interval()) == batch


def test_a_gateway_adds_and_drops_readings(scene: Any) -> None:
    gateway, interval = scene.gateways[1], scene.interval()
    scene.clock.move_to(interval.end)
    gateway.record(scene.reading(7))
    gateway.acknowledge(gateway.close(interval).attestation.sequence)
    added = gateway.correct(interval, CorrectionReason.READINGS_MISSING, [scene.reading(8)])
    assert [entry.document["device"] for entry in added.readings] == [7, 8]
    gateway.acknowledge(added.attestation.sequence)
    dropped = gateway.correct(interval, CorrectionReason.GATEWAY_ERROR, without=[7])
    assert [entry.document["device"] for entry in dropped.readings] == [8]
    assert dropped.correction is not None
    assert dropped.correction.superseded == added.attestation
    gateway.acknowledge(dropped.attestation.sequence)
    with refused("nothing-recorded", RefusedError):
        gateway.correct(interval, CorrectionReason.GATEWAY_ERROR, without=[8])
    assert gateway.pending() == []


def test_a_gateway_corrects_what_is_settled_between_it_and_the_node(scene: Any) -> None:
    gateway, interval = scene.gateways[1], scene.interval()
    with refused("interval-not-closed", RefusedError):
        corrected(scene)
    batch = scene.batch(1)
    with refused("correction-pending", RefusedError):
        corrected(scene)
    gateway.acknowledge(batch.attestation.sequence)
    with refused("nothing-corrected", RefusedError):
        gateway.correct(interval, FAULT, [scene.reading(7, 0, 127, 7)])
    with refused("device-unknown", RefusedError):
        gateway.correct(interval, FAULT, [scene.reading(9)])
    with refused("reading-interval", RefusedError):
        gateway.correct(interval, FAULT, [scene.reading(7, 1)])
    assert gateway.close(interval) == batch


def test_a_late_gateway_states_what_it_has_recorded(scene: Any) -> None:
    batch = scene.batch(1)
    late = scene.gateways[1].correct(scene.interval(), CorrectionReason.LATE)
    assert late.correction is not None
    assert late.correction.superseded is None
    assert [one.document for one in late.readings] == [one.document for one in batch.readings]
    assert scene.gateways[1].pending() == [late]


def test_a_correction_survives_the_way_to_the_node(scene: Any) -> None:
    attested(scene)
    batch = corrected(scene)
    text = batch.to_json()
    assert SignedBatch.from_json(text) == batch
    late = scene.gateways[1].correct(scene.interval(), CorrectionReason.LATE)
    assert SignedBatch.from_json(late.to_json()) == late


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["correction"], []),
        (["correction", "reason"], 6),
        (["correction", "reason"], "late"),
        (["correction", "reason"], 1),
        (["correction", "superseded"], None),
        (["correction", "superseded"], {}),
        (["correction", "superseded", "gateway"], 2),
        (["correction", "superseded", "sequence"], 2),
        (["correction", "superseded", "root"], "0x"),
    ],
)
def test_what_does_not_fit_is_named(scene: Any, path: list[str], value: object) -> None:
    attested(scene)
    members = json.loads(corrected(scene).to_json())
    holder = members
    for name in path[:-1]:
        holder = holder[name]
    holder[path[-1]] = value
    with pytest.raises(InvalidValueError):
        SignedBatch.from_json(json.dumps(members).encode())


# The node


def test_a_correction_counts_once_the_chain_has_it(
    scene: Any, as_canonical: Callable[[object], bytes]
) -> None:
    former = attested(scene)
    batch = corrected(scene)
    assert scene.ingest.receive(batch)
    assert not scene.ingest.receive(batch)
    assert scene.ingest.metered(scene.interval())[Account(1)].imported == 127
    (ended,) = scene.ingest.correct()
    assert (ended.interval, ended.gateway, ended.sequence) == (scene.interval(), 1, 2)
    assert ended.excluded is None
    assert ended.receipt is not None
    assert list(scene.ingest.correct()) == []
    assert scene.ingest.metered(scene.interval()) == {
        Account(1): Metered(WattHours(200), WattHours(7)),
        Account(2): Metered(WattHours(128), WattHours(8)),
    }
    assert scene.metering.roots[scene.interval(), 1] == batch.attestation.recorded_root

    first, second = scene.records.attestations(scene.interval())
    assert (first.attestation, first.revision, first.superseded) == (former.attestation, 0, None)
    assert (second.attestation, second.signature) == (batch.attestation, batch.signature)
    assert (second.revision, second.reason) == (1, FAULT)
    assert second.superseded == former.attestation.recorded_root
    entries = scene.records.entries(scene.interval())
    assert [(one.revision, one.index) for one in entries] == [(0, 0), (0, 1), (1, 0), (1, 1)]
    stored = [as_canonical(one.document) for one in entries]
    sent = [*former.readings, *batch.readings]
    assert stored == [as_canonical(entry.document) for entry in sent]
    for entry in entries:
        root = (first, second)[entry.revision].attestation.recorded_root
        assert verify_proof(
            root, reading_leaf(entry.salt, document_hash(entry.document)), entry.proof
        )


def test_a_participant_sees_the_reading_that_holds(scene: Any) -> None:
    attested(scene)
    batch = corrected(scene)
    scene.ingest.receive(batch)
    (before,) = scene.records.readings_of(Account(1), 0, 2**40)
    list(scene.ingest.correct())
    (after,) = scene.records.readings_of(Account(1), 0, 2**40)
    assert [(one.revision, one.reading.imported) for one in (before, after)] == [(0, 127), (1, 200)]
    leaf = reading_leaf(after.salt, document_hash(after.document))
    assert verify_proof(batch.attestation.recorded_root, leaf, after.proof)


def test_corrections_follow_one_another(scene: Any) -> None:
    attested(scene)
    for imported in (200, 300):
        batch = corrected(scene, imported)
        scene.ingest.receive(batch)
        scene.gateways[1].acknowledge(batch.attestation.sequence)
        list(scene.ingest.correct())
    assert scene.ingest.metered(scene.interval())[Account(1)].imported == 300
    assert [one.revision for one in scene.records.attestations(scene.interval())] == [0, 1, 2]


def test_a_later_attestation_does_not_shut_a_correction_out(scene: Any) -> None:
    attested(scene)
    batch = corrected(scene)
    scene.ingest.receive(batch)
    forward(scene, 1, 1)
    scene.ingest.attest(scene.interval(1))
    assert scene.metering.roots[scene.interval(), 1] == batch.attestation.recorded_root
    assert scene.metering.last_sequence(1) == 3


def test_what_came_before_a_correction_is_attested_first(scene: Any) -> None:
    attested(scene)
    forward(scene, 1, 1)
    waiting = corrected(scene)
    with refused("sequence-waits"):
        scene.ingest.receive(waiting)
    scene.outbox.failures.append(ChainError("the node does not answer"))
    with pytest.raises(ChainError):
        scene.ingest.attest(scene.interval(1))
    assert scene.ingest.receive(waiting)
    list(scene.ingest.correct())
    assert scene.metering.last_sequence(1) == 3
    assert (scene.interval(1), 1) in scene.metering.roots


def test_corrections_are_taken_when_nothing_stands_before_the_chain(scene: Any) -> None:
    forward(scene, 1)
    early = corrected(scene)
    with refused("interval-not-attested"):
        scene.ingest.receive(early)
    scene.ingest.attest(scene.interval())
    assert scene.ingest.receive(early)
    scene.gateways[1].acknowledge(early.attestation.sequence)
    with refused("correction-pending"):
        scene.ingest.receive(corrected(scene, 300))


def test_numbers_keep_their_order_around_corrections(scene: Any) -> None:
    attested(scene)
    skipped = scene.resigned(scene.batch(1, 1), sequence=3)
    early = corrected(scene)
    assert early.attestation.sequence == 3
    late = scene.resigned(skipped, sequence=2)
    assert scene.ingest.receive(early)
    with refused("sequence-out-of-order"):
        scene.ingest.receive(late)
    with refused("sequence-taken"):
        scene.ingest.receive(skipped)


def test_a_correction_does_not_follow_what_is_attested_already(scene: Any) -> None:
    attested(scene)
    early = corrected(scene)
    later = forward(scene, 1, 1)
    assert later.attestation.sequence == early.attestation.sequence + 1
    scene.ingest.attest(scene.interval(1))
    with refused("sequence-out-of-order"):
        scene.ingest.receive(early)


def test_a_correction_names_what_the_node_has(scene: Any) -> None:
    attested(scene)
    batch = corrected(scene)
    assert batch.correction is not None
    former = batch.correction.superseded
    assert former is not None
    other = replace(batch.correction, superseded=replace(former, imported=former.imported + 1))
    key = scene.evm_keys[1]
    signature = key.sign(correction_digest(scene.domain, other))
    with refused("superseded-differs"):
        scene.ingest.receive(replace(batch, correction=other, signature=signature))
    with refused("attestation-signature"):
        scene.ingest.receive(replace(batch, correction=other))


def test_nothing_is_corrected_after_sixty_days(scene: Any) -> None:
    attested(scene)
    first = corrected(scene)
    until = scene.interval().end + CORRECTION_SECONDS
    scene.clock.move_to(until - 1)
    assert scene.ingest.receive(first)
    list(scene.ingest.correct())
    scene.gateways[1].acknowledge(first.attestation.sequence)
    scene.clock.move_to(until)
    with refused("correction-too-late"):
        scene.ingest.receive(corrected(scene, 300))


def test_who_was_late_counts_after_the_settlement(scene: Any) -> None:
    forward(scene, 2)
    scene.ingest.attest(scene.interval())
    missed = scene.batch(1)
    with refused("interval-closed"):
        scene.ingest.receive(missed)
    late = scene.gateways[1].correct(scene.interval(), CorrectionReason.LATE)
    with refused("interval-not-settled"):
        scene.ingest.receive(late)
    scene.metering.settled.add(scene.interval())
    assert scene.ingest.receive(late)
    list(scene.ingest.correct())
    assert scene.ingest.metered(scene.interval())[Account(2)].imported == 128
    statements = scene.records.attestations(scene.interval())
    assert [(one.attestation.gateway, one.revision) for one in statements] == [(1, 1), (2, 0)]
    assert statements[0].superseded == bytes(32)


def test_a_correction_that_somebody_else_relayed_counts(scene: Any) -> None:
    attested(scene)
    batch = corrected(scene)
    scene.ingest.receive(batch)
    scene.metering.supersede(batch.correction)
    (ended,) = scene.ingest.correct()
    assert (ended.receipt, ended.excluded) == (None, None)
    assert scene.ingest.metered(scene.interval())[Account(1)].imported == 200


def test_a_correction_that_the_chain_refuses_holds_nobody_up(scene: Any) -> None:
    attested(scene)
    scene.ingest.receive(corrected(scene))
    scene.metering.sequences[1] = 99
    (ended,) = scene.ingest.correct()
    assert ended.receipt is None
    assert "refused" in ended.excluded
    assert list(scene.ingest.correct()) == []
    assert scene.ingest.metered(scene.interval())[Account(1)].imported == 127
    assert [one.revision for one in scene.records.attestations(scene.interval())] == [0]


def test_what_became_of_a_correction_is_told_where_the_next_one_fails(
    scene: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The chain refuses the first, and cannot be reached for the second."""
    for gateway in (1, 2):
        forward(scene, gateway)
    scene.ingest.attest(scene.interval())
    scene.ingest.receive(corrected(scene))
    other = scene.gateways[2].correct(scene.interval(), FAULT, [scene.reading(9, 0, 5, 0)])
    scene.ingest.receive(other)
    scene.metering.sequences[1] = 99
    bring = scene.ingest._bring

    def lose(signed: Any, former: Any) -> Any:
        if signed.attestation.gateway == 2:
            raise ChainError
        return bring(signed, former)

    monkeypatch.setattr(scene.ingest, "_bring", lose)
    bringing = scene.ingest.correct()
    ended = next(bringing)
    assert (ended.gateway, ended.excluded is None) == (1, False)
    with pytest.raises(ChainError):
        next(bringing)


def test_what_an_attestation_brought_is_told_as_well(scene: Any) -> None:
    attested(scene)
    batch = corrected(scene)
    scene.ingest.receive(batch)
    scene.gateways[1].acknowledge(batch.attestation.sequence)
    scene.metering.sequences[1] = 99
    forward(scene, 2, 1)
    scene.ingest.attest(scene.interval(1))
    (ended,) = scene.ingest.correct()
    assert (ended.gateway, ended.sequence) == (1, 2)
    assert ended.excluded is not None
    assert list(scene.ingest.correct()) == []


def test_an_attestation_that_was_relayed_and_corrected_is_not_brought_again(scene: Any) -> None:
    batch = forward(scene, 1)
    early = corrected(scene)
    scene.metering.relay(batch.attestation)
    scene.metering.supersede(early.correction)
    assert scene.ingest.attest(scene.interval()) == []
    assert scene.ingest.receive(early)
    assert [one.receipt for one in scene.ingest.correct()] == [None]
    assert scene.ingest.metered(scene.interval())[Account(1)].imported == 200


# The settlement


def test_a_correction_is_unsettled_until_its_settlement_follows(scene: Any) -> None:
    attested(scene)
    batch = corrected(scene)
    scene.ingest.receive(batch)
    assert scene.ingest.unsettled(1) == []
    list(scene.ingest.correct())
    (first,) = scene.ingest.unsettled(1)
    assert (first.interval, first.corrections) == (scene.interval(), ((1, 2),))
    assert scene.ingest.unsettled(2) == []

    scene.gateways[1].acknowledge(batch.attestation.sequence)
    scene.ingest.receive(corrected(scene, 300))
    list(scene.ingest.correct())
    scene.ingest.note_settled(first)
    (second,) = scene.ingest.unsettled(1)
    assert second.corrections == ((1, 3),)
    scene.ingest.note_settled(second)
    scene.ingest.note_settled(second)
    assert scene.ingest.unsettled(1) == []


def test_no_settlement_follows_what_the_chain_refuses(scene: Any) -> None:
    attested(scene)
    scene.ingest.receive(corrected(scene))
    scene.metering.sequences[1] = 99
    list(scene.ingest.correct())
    assert scene.ingest.unsettled(1) == []


def test_many_threads_bring_a_correction_once(scene: Any) -> None:
    attested(scene)
    for slot in range(1, 6):
        batch = corrected(scene, 200 + slot)
        scene.ingest.receive(batch)
        scene.gateways[1].acknowledge(batch.attestation.sequence)
        forward(scene, 1, slot)
        with ThreadPoolExecutor(6) as threads:
            attesting = [
                threads.submit(scene.ingest.attest, scene.interval(slot)) for _ in range(3)
            ]
            bringing = [threads.submit(lambda: [*scene.ingest.correct()]) for _ in range(3)]
        brought = sum(len(job.result()) for job in bringing) + len([*scene.ingest.correct()])
        assert brought == 1
        (receipt,) = attesting[0].result()
        assert all(job.result() == [receipt] for job in attesting)
        assert scene.ingest.metered(scene.interval())[Account(1)].imported == 200 + slot
