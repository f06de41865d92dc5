from __future__ import annotations

from collections.abc import Callable
from typing import Any

from domain.units import Account
from identity.keys import recover
from identity.merkle import reading_leaf, verify_proof
from identity.signed_reading import document_hash, verify_signed_reading
from identity.typed_data import attestation_digest


def test_entries_prove_themselves_against_the_attested_roots(scene: Any) -> None:
    for gateway in (2, 1):
        scene.ingest.receive(scene.batch(gateway))
    entries = scene.records.entries(scene.interval())
    assert [(one.gateway, one.index) for one in entries] == [(1, 0), (1, 1), (2, 0)]
    attestations = scene.records.attestations(scene.interval())
    roots = {one.attestation.gateway: one.attestation.recorded_root for one in attestations}
    for entry in entries:
        leaf = reading_leaf(entry.salt, document_hash(entry.document))
        assert verify_proof(roots[entry.gateway], leaf, entry.proof)


def test_documents_and_attestations_come_back_as_they_came(
    scene: Any, as_canonical: Callable[[object], bytes]
) -> None:
    batch = scene.batch(1)
    scene.ingest.receive(batch)
    stored = [as_canonical(one.document) for one in scene.records.entries(scene.interval())]
    assert stored == [as_canonical(entry.document) for entry in batch.readings]
    (one,) = scene.records.attestations(scene.interval())
    assert (one.attestation, one.signature) == (batch.attestation, batch.signature)
    signer = recover(attestation_digest(scene.domain, one.attestation), one.signature)
    assert signer == scene.evm_keys[1].address


def test_readings_of_an_account_are_its_own_in_half_open_time(scene: Any) -> None:
    for slot in range(3):
        for gateway in (1, 2):
            scene.ingest.receive(scene.batch(gateway, slot))
    first, last = scene.interval(1).start, scene.interval(2).start
    readings = scene.records.readings_of(Account(1), first, last)
    assert [(one.reading.device, one.gateway) for one in readings] == [(7, 1), (9, 2)]
    assert {one.reading.interval for one in readings} == {scene.interval(1)}
    for one in readings:
        assert verify_signed_reading(one.document)[0] == one.reading
    assert len(scene.records.readings_of(Account(1), first - 900, last + 900)) == 6
    page = scene.records.readings_of(Account(1), first - 900, last + 900, (first, 7), 2)
    assert [(one.reading.interval.start, one.reading.device) for one in page] == [
        (first, 9),
        (last, 7),
    ]
    assert scene.records.readings_of(Account(3), 0, last) == []


def test_a_reading_of_ones_own_proves_itself_against_the_attested_root(scene: Any) -> None:
    for gateway in (1, 2):
        scene.ingest.receive(scene.batch(gateway))
    attestations = scene.records.attestations(scene.interval())
    roots = {one.attestation.gateway: one.attestation.recorded_root for one in attestations}
    readings = scene.records.readings_of(Account(1), 0, 2**40)
    assert [one.gateway for one in readings] == [1, 2]
    for one in readings:
        leaf = reading_leaf(one.salt, document_hash(one.document))
        assert verify_proof(roots[one.gateway], leaf, one.proof)
