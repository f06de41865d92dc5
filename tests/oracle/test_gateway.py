from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from domain.clock import ManualClock
from domain.errors import InvalidValueError, RefusedError
from domain.interval import Interval
from domain.reading import Reading
from domain.units import WattHours
from identity.keys import Ed25519Key, EvmKey, recover
from identity.merkle import reading_leaf, verify_proof
from identity.signed_reading import document_hash, verify_signed_reading
from identity.typed_data import attestation_digest, metering_domain
from oracle.gateway import Gateway

START = 1_743_465_600
INTERVAL = Interval(1, START)
DOMAIN = metering_domain(31337, "0x" + "ab" * 20)
EVM_KEY = EvmKey.from_secret(b"\x01" * 32)
ED25519_KEY = Ed25519Key.from_seed(b"\x01" * 32)


def reading(device: int, imported: int = 100, interval: Interval = INTERVAL) -> Reading:
    return Reading(interval, device, WattHours(imported), WattHours(device))


def open_gateway(store: Path | str, **options: Any) -> Gateway:
    return Gateway(
        3,
        ED25519_KEY,
        EVM_KEY,
        domain=DOMAIN,
        devices=range(1, 21),
        store=store,
        **{"clock": ManualClock(START + 86400), **options},
    )


def refused(code: str) -> Any:
    return pytest.raises(RefusedError, check=lambda error: error.code == code)


def test_a_closed_interval_is_one_signed_root_over_all_readings() -> None:
    with open_gateway(":memory:") as gateway:
        gateway.record(reading(9), reading(2, 50))
        gateway.record(reading(5, 0))
        batch = gateway.close(INTERVAL)
    attestation = batch.attestation
    assert (attestation.interval, attestation.gateway, attestation.sequence) == (INTERVAL, 3, 1)
    assert (attestation.count, attestation.imported, attestation.exported) == (3, 150, 16)
    assert recover(attestation_digest(DOMAIN, attestation), batch.signature) == EVM_KEY.address
    devices = []
    for index, entry in enumerate(batch.readings):
        leaf = reading_leaf(entry.salt, document_hash(entry.document))
        assert verify_proof(attestation.root, leaf, batch.tree.proof(index))
        devices.append(verify_signed_reading(entry.document)[0].device)
    assert devices == [2, 5, 9]


def test_every_reading_has_a_salt_of_its_own() -> None:
    with open_gateway(":memory:") as gateway:
        gateway.record(*(reading(device) for device in range(1, 21)))
        salts = [entry.salt for entry in gateway.close(INTERVAL).readings]
    assert len(set(salts)) == 20
    assert {len(salt) for salt in salts} == {16}


def test_closing_again_gives_the_same_batch(tmp_path: Path) -> None:
    with open_gateway(tmp_path / "gateway.sqlite") as gateway:
        gateway.record(reading(1), reading(2))
        batch = gateway.close(INTERVAL)
        assert gateway.close(INTERVAL) == batch
    with open_gateway(tmp_path / "gateway.sqlite") as gateway:
        assert gateway.close(INTERVAL) == batch
        assert gateway.pending() == [batch]


def test_batches_stay_pending_until_they_are_acknowledged(tmp_path: Path) -> None:
    path = tmp_path / "gateway.sqlite"
    with open_gateway(path) as gateway:
        for slot in range(3):
            interval = Interval(1, START + slot * 900)
            gateway.record(reading(1, interval=interval))
            gateway.close(interval)
        assert [batch.attestation.sequence for batch in gateway.pending()] == [1, 2, 3]
        gateway.acknowledge(2)
        gateway.acknowledge(2)
    with open_gateway(path) as gateway:
        assert [batch.attestation.sequence for batch in gateway.pending()] == [1, 3]


def test_what_was_never_sent_cannot_be_acknowledged() -> None:
    with open_gateway(":memory:") as gateway, pytest.raises(InvalidValueError, match="sequence"):
        gateway.acknowledge(1)


def test_a_gateway_that_lost_its_store_goes_on_counting() -> None:
    with open_gateway(":memory:", after_sequence=41) as gateway:
        gateway.record(reading(1))
        assert gateway.close(INTERVAL).attestation.sequence == 42


def test_the_same_reading_again_changes_nothing() -> None:
    with open_gateway(":memory:") as gateway:
        one = reading(1)
        gateway.record(one, one)
        gateway.record(reading(1))
        batch = gateway.close(INTERVAL)
        gateway.record(reading(1))
        assert batch.attestation.count == 1
        assert gateway.close(INTERVAL) == batch


def test_another_reading_of_the_same_device_is_refused() -> None:
    with open_gateway(":memory:") as gateway:
        gateway.record(reading(1, 100))
        with refused("reading-differs"):
            gateway.record(reading(1, 101))
        assert gateway.close(INTERVAL).attestation.imported == 100


def test_nothing_is_added_to_a_closed_interval() -> None:
    with open_gateway(":memory:") as gateway:
        gateway.record(reading(1))
        gateway.close(INTERVAL)
        with refused("interval-closed"):
            gateway.record(reading(2))


def test_a_strangers_device_is_refused_with_all_that_came_along() -> None:
    with open_gateway(":memory:") as gateway:
        with refused("device-unknown"):
            gateway.record(reading(1), reading(21))
        with refused("nothing-recorded"):
            gateway.close(INTERVAL)


def test_an_interval_is_read_when_it_is_over() -> None:
    clock = ManualClock(INTERVAL.end - 1)
    with open_gateway(":memory:", clock=clock) as gateway:
        with refused("interval-open"):
            gateway.record(reading(1))
        clock.move_to(INTERVAL.end)
        gateway.record(reading(1))
        proof = gateway.close(INTERVAL).readings[0].document["proof"]
    assert proof["created"] == "2025-04-01T00:15:00Z"
