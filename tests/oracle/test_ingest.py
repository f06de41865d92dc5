from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.errors import InvalidValueError
from domain.interval import Interval
from domain.reading import Metered, Reading
from domain.units import Account, WattHours
from identity.did import multibase
from identity.keys import Ed25519Key, EvmKey
from identity.merkle import MerkleTree
from identity.signed_reading import sign_reading
from identity.typed_data import attestation_digest, metering_domain
from oracle.batch import SignedBatch, SignedReadingEntry
from oracle.errors import BatchRefusedError, ReadingRefusedError
from oracle.verification import BatchVerifier


def refused(code: str, gateway: int = 1, index: int | None = None) -> Any:
    def fits(error: BatchRefusedError) -> bool:
        return (error.code, error.gateway, getattr(error, "index", None)) == (code, gateway, index)

    return pytest.raises(BatchRefusedError, check=fits)


def with_readings(scene: Any, batch: SignedBatch, readings: list[Reading], **options: Any) -> Any:
    """Let the gateway's own keys sign other readings than its devices counted."""
    key = options.get("key", scene.ed25519_keys[batch.attestation.gateway])
    entries = tuple(
        SignedReadingEntry(sign_reading(key, reading, reading.interval.end), bytes([index]) * 16)
        for index, reading in enumerate(readings)
    )
    return scene.resigned(
        SignedBatch(batch.attestation, batch.signature, entries),
        root=MerkleTree([entry.leaf for entry in entries]).root,
        count=len(entries),
        imported=sum(reading.imported for reading in readings),
        exported=sum(reading.exported for reading in readings),
    )


def test_a_true_batch_is_taken_once(scene: Any) -> None:
    batch = scene.batch(1)
    assert scene.ingest.receive(batch)
    assert not scene.ingest.receive(batch)
    assert scene.ingest.metered(scene.interval()) == {
        Account(1): Metered(WattHours(127), WattHours(7)),
        Account(2): Metered(WattHours(128), WattHours(8)),
    }


def test_an_accounts_meters_behind_several_gateways_are_added_up(scene: Any) -> None:
    scene.ingest.receive(scene.batch(1))
    scene.ingest.receive(scene.batch(2))
    metered = scene.ingest.metered(scene.interval())
    assert metered[Account(1)] == Metered(WattHours(127 + 129), WattHours(16))
    assert scene.ingest.metered(scene.interval(1)) == {}


def test_devices_are_looked_up_once(scene: Any) -> None:
    for slot in range(3):
        scene.ingest.receive(scene.batch(1, slot))
    assert scene.registry.device_lookups == 2


def test_an_unknown_gateway_is_refused(scene: Any) -> None:
    batch = scene.batch(1)
    del scene.registry.gateways[1]
    with refused("gateway-unknown"):
        scene.ingest.receive(batch)


@pytest.mark.parametrize(
    ("field", "seconds"), [("valid_from", 1), ("valid_until", 899), ("valid_until", 0)]
)
def test_keys_must_be_valid_throughout_the_interval(scene: Any, field: str, seconds: int) -> None:
    batch = scene.batch(1)
    start = scene.interval().start
    scene.registry.gateways[1] = replace(scene.registry.gateways[1], **{field: start + seconds})
    with refused("gateway-not-valid"):
        scene.ingest.receive(batch)


def test_keys_that_end_with_the_interval_count(scene: Any) -> None:
    batch = scene.batch(1)
    scene.registry.revoke(1, scene.interval().end)
    assert scene.ingest.receive(batch)


def test_another_keys_attestation_is_refused(scene: Any) -> None:
    batch = scene.batch(1)
    stranger = EvmKey.from_secret(b"\x33" * 32)
    signature = stranger.sign(attestation_digest(scene.domain, batch.attestation))
    with refused("attestation-signature"):
        scene.ingest.receive(replace(batch, signature=signature))


def test_an_attestation_for_another_chain_is_refused(scene: Any) -> None:
    batch = scene.batch(1)
    elsewhere = metering_domain(1, "0x" + "ab" * 20)
    signature = scene.evm_keys[1].sign(attestation_digest(elsewhere, batch.attestation))
    with refused("attestation-signature"):
        scene.ingest.receive(replace(batch, signature=signature))


@given(bit=st.integers(0, 65 * 8 - 1))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
def test_any_flipped_bit_of_the_signature_is_refused(scene: Any, bit: int) -> None:
    batch = scene.batch(1)
    signature = bytearray(batch.signature)
    signature[bit // 8] ^= 1 << bit % 8
    with refused("attestation-signature"):
        scene.ingest.receive(replace(batch, signature=bytes(signature)))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"root": bytes(31) + b"\x01"}, "merkle-root"),
        ({"count": 1}, "reading-count"),
        ({"count": 3}, "reading-count"),
        ({"imported": 254}, "reading-totals"),
        ({"exported": 16}, "reading-totals"),
    ],
)
def test_an_attestation_that_its_readings_contradict_is_refused(
    scene: Any, changes: dict[str, Any], code: str
) -> None:
    with refused(code):
        scene.ingest.receive(scene.resigned(scene.batch(1), **changes))


def test_another_salt_is_refused(scene: Any) -> None:
    batch = scene.batch(1)
    first, *others = batch.readings
    changed = SignedReadingEntry(first.document, bytes(16))
    with refused("merkle-root"):
        scene.ingest.receive(replace(batch, readings=(changed, *others)))


def test_a_changed_reading_is_named(scene: Any) -> None:
    batch = scene.batch(1)
    first, second = batch.readings
    forged = {**second.document, "importedWh": 0}
    changed = replace(batch, readings=(first, SignedReadingEntry(forged, second.salt)))
    with refused("reading-invalid", index=1):
        scene.ingest.receive(changed)


@pytest.mark.parametrize("document", [{}, {"type": "MeterReading"}, {"proof": {"x": float("nan")}}])
def test_a_document_of_another_form_is_named(scene: Any, document: dict[str, Any]) -> None:
    batch = scene.batch(1)
    entry = SignedReadingEntry(document, bytes(16))
    with refused("reading-invalid", index=0):
        scene.ingest.receive(replace(batch, readings=(entry, batch.readings[1])))


def test_a_reading_with_a_broken_proof_is_named(scene: Any) -> None:
    batch = scene.batch(1)
    first, second = batch.readings
    proof = {**first.document["proof"], "proofValue": multibase(bytes(64))}
    changed = SignedReadingEntry({**first.document, "proof": proof}, first.salt)
    with refused("reading-invalid", index=0):
        scene.ingest.receive(replace(batch, readings=(changed, second)))


def test_a_reading_signed_by_another_gateway_is_refused(scene: Any) -> None:
    batch = with_readings(
        scene, scene.batch(1), [scene.reading(7)], key=Ed25519Key.from_seed(b"\x02" * 32)
    )
    with refused("reading-signer", index=0):
        scene.ingest.receive(batch)


@pytest.mark.parametrize(
    ("interval", "device", "code"),
    [
        (Interval(1, 1_743_465_600 + 900), 7, "reading-interval"),
        (Interval(2, 1_743_465_600), 7, "reading-interval"),
        (Interval(1, 1_743_465_600, 300), 7, "reading-interval"),
        (Interval(1, 1_743_465_600), 9, "device-gateway"),
        (Interval(1, 1_743_465_600), 99, "device-unknown"),
        (Interval(1, 1_743_465_600), 8, "device-twice"),
    ],
)
def test_a_reading_that_does_not_belong_is_refused(
    scene: Any, interval: Interval, device: int, code: str
) -> None:
    stray = Reading(interval, device, WattHours(1), WattHours(0))
    batch = with_readings(scene, scene.batch(1), [scene.reading(8), stray])
    with refused(code, index=1):
        scene.ingest.receive(batch)


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [("community", 2, "device-community"), ("valid_from", 1_743_465_601, "device-not-valid")],
)
def test_a_device_of_another_community_or_time_is_refused(
    scene: Any, field: str, value: int, code: str
) -> None:
    scene.registry.devices[8] = replace(scene.registry.devices[8], **{field: value})
    with refused(code, index=1):
        scene.ingest.receive(scene.batch(1))


def test_an_interval_that_is_not_over_is_refused(scene: Any) -> None:
    batch = scene.batch(1)
    early = scene.resigned(batch, interval=scene.interval(1), sequence=2)
    with refused("interval-open"):
        scene.ingest.receive(early)


def test_a_second_batch_of_an_interval_is_refused(scene: Any) -> None:
    batch = scene.batch(1)
    scene.ingest.receive(batch)
    with refused("interval-taken"):
        scene.ingest.receive(scene.resigned(batch, sequence=2))


def test_a_number_is_used_once(scene: Any) -> None:
    first, second = scene.batch(1), scene.batch(1, 1)
    scene.ingest.receive(first)
    with refused("sequence-taken"):
        scene.ingest.receive(scene.resigned(second, sequence=1))


def test_a_replayed_reading_under_a_new_number_is_refused(scene: Any) -> None:
    old = scene.batch(1)
    scene.clock.move_to(scene.interval(1).end)
    replayed = scene.resigned(old, interval=scene.interval(1), sequence=2)
    with refused("reading-interval", index=0):
        scene.ingest.receive(replayed)


def test_batches_may_arrive_out_of_order(scene: Any) -> None:
    batches = [scene.batch(1, slot) for slot in range(3)]
    for batch in (batches[2], batches[0], batches[1]):
        assert scene.ingest.receive(batch)
    assert all(scene.ingest.metered(scene.interval(slot)) for slot in range(3))


def test_numbers_rise_with_time(scene: Any) -> None:
    first, second = scene.batch(1), scene.batch(1, 1)
    scene.ingest.receive(scene.resigned(first, sequence=5))
    with refused("sequence-out-of-order"):
        scene.ingest.receive(scene.resigned(second, sequence=4))


def test_numbers_of_earlier_intervals_are_lower(scene: Any) -> None:
    first, second = scene.batch(1), scene.batch(1, 1)
    scene.ingest.receive(second)
    with refused("sequence-out-of-order"):
        scene.ingest.receive(scene.resigned(first, sequence=9))


def test_a_batch_older_than_an_attested_one_is_refused(scene: Any) -> None:
    first, second = scene.batch(1), scene.batch(1, 1)
    scene.ingest.receive(second)
    scene.ingest.attest(scene.interval(1))
    with refused("sequence-out-of-order"):
        scene.ingest.receive(first)


def test_a_refused_batch_leaves_nothing_behind(scene: Any) -> None:
    batch = scene.batch(1)
    with pytest.raises(ReadingRefusedError):
        scene.ingest.receive(with_readings(scene, batch, [scene.reading(99)]))
    assert scene.ingest.metered(scene.interval()) == {}
    assert scene.ingest.receive(batch)


def test_the_reason_names_gateway_and_reading(scene: Any) -> None:
    batch = with_readings(scene, scene.batch(1), [scene.reading(7), scene.reading(99)])
    verifier = BatchVerifier(scene.registry, scene.domain)
    with pytest.raises(ReadingRefusedError, match=r"gateway 1: reading 1: device 99 is not in"):
        verifier.verify(batch)


def test_a_salt_of_another_length_is_no_leaf(scene: Any) -> None:
    entry = scene.batch(1).readings[0]
    with pytest.raises(InvalidValueError, match="salt"):
        _ = SignedReadingEntry(entry.document, b"").leaf
