"""Batches around a change in the registry: keys, devices and gateways are those of the interval."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from domain.interval import Interval
from domain.reading import Reading
from domain.units import WattHours
from identity.keys import Ed25519Key, EvmKey
from identity.merkle import MerkleTree
from identity.signed_reading import sign_reading
from identity.typed_data import attestation_digest
from oracle.batch import SignedBatch, SignedReadingEntry
from oracle.errors import BatchRefusedError, ReadingRefusedError

MIDNIGHT = 1_743_465_600
HOUR = MIDNIGHT + 3_600
NEW_EVM_KEY = EvmKey.from_secret(b"\x41" * 32)
NEW_READER = Ed25519Key.from_seed(b"\x42" * 32)


@contextmanager
def refused(code: str) -> Iterator[None]:
    with pytest.raises((BatchRefusedError, ReadingRefusedError)) as error:
        yield
    assert error.value.code == code


def batch(
    scene: Any,
    slot: int,
    evm_key: EvmKey,
    reader: Ed25519Key,
    devices: tuple[int, ...] = (7, 8),
    gateway: int = 1,
) -> SignedBatch:
    """Make a gateway's batch of an interval with any keys."""
    interval = Interval(1, MIDNIGHT + slot * 900)
    scene.clock.move_to(max(scene.clock.now(), interval.end))
    readings = [Reading(interval, device, WattHours(5), WattHours(1)) for device in devices]
    entries = tuple(
        SignedReadingEntry(sign_reading(reader, reading, interval.end), bytes([at]) * 16)
        for at, reading in enumerate(readings)
    )
    attestation = replace(
        scene.batch(gateway, slot).attestation,
        root=MerkleTree([entry.leaf for entry in entries]).root,
        count=len(entries),
        imported=5 * len(entries),
        exported=len(entries),
    )
    signature = evm_key.sign(attestation_digest(scene.domain, attestation))
    return SignedBatch(attestation, signature, entries)


@pytest.fixture
def rotated(scene: Any) -> Any:
    """Gateway 1 has new keys from the second hour on."""
    old = scene.registry.gateways[1]
    scene.registry.former[1] = replace(old, valid_until=HOUR)
    scene.registry.gateways[1] = replace(
        old, evm_key=NEW_EVM_KEY.address, ed25519_key=NEW_READER.public, valid_from=HOUR
    )
    return scene


def test_both_keys_in_their_time(rotated: Any) -> None:
    old_key, old_reader = rotated.evm_keys[1], rotated.ed25519_keys[1]
    assert rotated.ingest.receive(batch(rotated, 3, old_key, old_reader))
    assert rotated.ingest.receive(batch(rotated, 4, NEW_EVM_KEY, NEW_READER))


def test_the_old_keys_after_their_time(rotated: Any) -> None:
    old_key, old_reader = rotated.evm_keys[1], rotated.ed25519_keys[1]
    with refused("attestation-signature"):
        rotated.ingest.receive(batch(rotated, 4, old_key, old_reader))
    with refused("reading-signer"):
        rotated.ingest.receive(batch(rotated, 5, NEW_EVM_KEY, old_reader))


def test_the_new_keys_before_their_time(rotated: Any) -> None:
    with refused("attestation-signature"):
        rotated.ingest.receive(batch(rotated, 3, NEW_EVM_KEY, NEW_READER))
    with refused("reading-signer"):
        rotated.ingest.receive(batch(rotated, 2, rotated.evm_keys[1], NEW_READER))


def test_a_device_that_moves_is_its_gateways_then(scene: Any) -> None:
    """The old gateway reads it in the first hour, the new one in the second."""
    own = [(scene.evm_keys[gateway], scene.ed25519_keys[gateway]) for gateway in (1, 2)]
    assert scene.ingest.receive(batch(scene, 3, *own[0]))
    scene.registry.moves[8] = (HOUR, 2)
    with refused("device-gateway"):
        scene.ingest.receive(batch(scene, 4, *own[0]))
    assert scene.ingest.receive(batch(scene, 4, *own[1], devices=(8, 9), gateway=2))
    assert scene.ingest.receive(batch(scene, 5, *own[0], devices=(7,)))


def test_a_device_may_sign_itself(scene: Any) -> None:
    own = Ed25519Key.from_seed(b"\x43" * 32)
    scene.registry.own_keys[7] = own.public
    assert scene.ingest.receive(batch(scene, 0, scene.evm_keys[1], own, devices=(7,)))
    assert scene.ingest.receive(
        batch(scene, 1, scene.evm_keys[1], scene.ed25519_keys[1], devices=(7,))
    )
    with refused("reading-signer"):
        scene.ingest.receive(batch(scene, 2, scene.evm_keys[1], own, devices=(8,)))
