from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session, sessionmaker

from chain.calls import Call
from chain.errors import ContractRefusedError
from chain.sender import Receipt
from domain.clock import ManualClock
from domain.errors import RefusedError
from domain.interval import Interval
from domain.reading import Reading
from domain.units import Account, WattHours
from identity.attestation import Attestation, Correction
from identity.canonical import canonical_bytes
from identity.keys import Ed25519Key, EvmKey
from identity.typed_data import (
    TypedDomain,
    attestation_digest,
    correction_digest,
    metering_domain,
)
from oracle.batch import SignedBatch
from oracle.gateway import Gateway
from oracle.ingest import MeterIngest
from oracle.records import MeterRecords
from oracle.tables import Base

MIDNIGHT = 1_743_465_600
"""2025-04-01T00:00:00Z."""
DOMAIN = metering_domain(31337, "0x" + "ab" * 20)
DEVICES = {7: (1, 1), 8: (2, 1), 9: (1, 2)}
"""Device to account and gateway: account 1 has meters behind two gateways."""


@dataclass(frozen=True)
class GatewayEntry:
    evm_key: str
    ed25519_key: bytes
    valid_from: int
    valid_until: int


@dataclass(frozen=True)
class DeviceEntry:
    community: int
    account: Account
    gateway: int
    valid_from: int


@dataclass
class MemoryRegistry:
    gateways: dict[int, GatewayEntry] = field(default_factory=dict)
    devices: dict[int, DeviceEntry] = field(default_factory=dict)
    former: dict[int, GatewayEntry] = field(default_factory=dict)
    moves: dict[int, tuple[int, int]] = field(default_factory=dict)
    own_keys: dict[int, bytes] = field(default_factory=dict)
    device_lookups: int = 0

    def gateway_keys_at(self, gateway: int, time: int) -> GatewayEntry | None:
        former, latest = self.former.get(gateway), self.gateways.get(gateway)
        for keys in (former, latest):
            if keys is not None and keys.valid_from <= time < keys.valid_until:
                return keys
        return None

    def gateway_of(self, device: int, time: int) -> int | None:
        entry = self.devices[device]
        since, gateway = self.moves.get(device, (2**48, 0))
        if time < entry.valid_from:
            return None
        return gateway if time >= since else entry.gateway

    def device_key_at(self, device: int, _time: int) -> bytes | None:
        return self.own_keys.get(device)

    def gateway(self, gateway: int) -> GatewayEntry | None:
        return self.gateways.get(gateway)

    def device(self, device: int) -> DeviceEntry | None:
        self.device_lookups += 1
        return self.devices.get(device)

    def revoke(self, gateway: int, at: int) -> None:
        self.gateways[gateway] = replace(self.gateways[gateway], valid_until=at)


@dataclass(frozen=True)
class Closed:
    closed: bool


@dataclass
class MemoryMetering:
    """A metering contract's rules about who attests what when, without a chain."""

    registry: MemoryRegistry
    roots: dict[tuple[Interval, int], bytes] = field(default_factory=dict)
    sequences: dict[int, int] = field(default_factory=dict)
    calls: dict[bytes, list[Attestation]] = field(default_factory=dict)
    corrections: dict[bytes, list[Correction]] = field(default_factory=dict)
    former: dict[tuple[Interval, int], list[bytes | None]] = field(default_factory=dict)
    settled: set[Interval] = field(default_factory=set)

    def correct(self, corrections: Sequence[Correction], signatures: Sequence[bytes]) -> Call:
        digests = [correction_digest(DOMAIN, one) for one in corrections]
        data = b"".join(a + b for a, b in zip(digests, signatures, strict=True))
        self.corrections[data] = list(corrections)
        return Call("0x" + "ab" * 20, data, "Metering.correct")

    def revision(self, interval: Interval, gateway: int) -> int:
        return len(self.former.get((interval, gateway), ()))

    def attestation_root_at(self, interval: Interval, gateway: int, revision: int) -> bytes | None:
        roots = [*self.former.get((interval, gateway), ()), self.roots.get((interval, gateway))]
        return roots[revision]

    def totals(self, interval: Interval) -> Closed:
        return Closed(interval in self.settled)

    def attest(self, attestations: Sequence[Attestation], signatures: Sequence[bytes]) -> Call:
        assert len(attestations) == len(signatures)
        digests = [attestation_digest(DOMAIN, one) for one in attestations]
        data = b"".join(a + b for a, b in zip(digests, signatures, strict=True))
        self.calls[data] = list(attestations)
        return Call("0x" + "ab" * 20, data, "Metering.attest")

    def attestation_root(self, interval: Interval, gateway: int) -> bytes | None:
        return self.roots.get((interval, gateway))

    def last_sequence(self, gateway: int) -> int:
        return self.sequences.get(gateway, 0)

    def execute(self, data: bytes) -> None:
        for correction in self.corrections.get(data, []):
            self.supersede(correction)
        attestations = self.calls.get(data, [])
        for one in attestations:
            entry = self.registry.gateways[one.gateway]
            if one.interval.end > entry.valid_until:
                raise ContractRefusedError({"gateway": one.gateway})
            if one.sequence <= self.last_sequence(one.gateway):
                raise ContractRefusedError({"sequence": one.sequence})
            if (one.interval, one.gateway) in self.roots:
                raise ContractRefusedError({"interval": one.interval})
        for one in attestations:
            self.relay(one)

    def supersede(self, correction: Correction) -> None:
        one = correction.statement
        key, recorded = (one.interval, one.gateway), self.roots.get((one.interval, one.gateway))
        if one.sequence <= self.last_sequence(one.gateway):
            raise ContractRefusedError({"sequence": one.sequence})
        if (recorded or bytes(32)) != correction.superseded_root:
            raise ContractRefusedError({"recorded": recorded})
        if recorded is None and one.interval not in self.settled:
            raise ContractRefusedError({"interval": one.interval})
        self.former.setdefault(key, []).append(recorded)
        self.relay(one)

    def relay(self, one: Attestation) -> None:
        self.roots[one.interval, one.gateway] = one.recorded_root
        self.sequences[one.gateway] = one.sequence


@dataclass
class MemoryOutbox:
    """Keeps the promise of the real one: a step is done once, and with one call only."""

    execute: Callable[[bytes], None]
    delivered: dict[tuple[int, int, str], tuple[Call, Receipt]] = field(default_factory=dict)
    failures: list[Exception] = field(default_factory=list)

    def deliver(self, community: int, start: int, step: str, call: Call) -> Receipt:
        if self.failures:
            raise self.failures.pop()
        key = (community, start, step)
        if key in self.delivered:
            known, receipt = self.delivered[key]
            if known != call:
                raise RefusedError("step-taken", f"{key} was made with another call")
            return receipt
        self.execute(call.data)
        number = len(self.delivered) + 1
        receipt = Receipt(number.to_bytes(32, "big"), number, start + 900, 21_000)
        self.delivered[key] = (call, receipt)
        return receipt


@dataclass
class Scene:
    """Two gateways, three devices, two accounts, one node."""

    clock: ManualClock
    registry: MemoryRegistry
    metering: MemoryMetering
    outbox: MemoryOutbox
    ingest: MeterIngest
    records: MeterRecords
    gateways: dict[int, Gateway]
    evm_keys: dict[int, EvmKey]
    ed25519_keys: dict[int, Ed25519Key]
    domain: TypedDomain = DOMAIN

    def interval(self, slot: int = 0) -> Interval:
        return Interval(1, MIDNIGHT + slot * 900)

    def reading(
        self, device: int, slot: int = 0, imported: int = 120, exported: int = 0
    ) -> Reading:
        return Reading(self.interval(slot), device, WattHours(imported), WattHours(exported))

    def batch(self, gateway: int, slot: int = 0, imported: int = 120) -> SignedBatch:
        """Record something for all of a gateway's devices and close the interval."""
        interval = self.interval(slot)
        if self.clock.now() < interval.end:
            self.clock.move_to(interval.end)
        devices = [device for device, (_, behind) in DEVICES.items() if behind == gateway]
        readings = [self.reading(device, slot, imported + device, device) for device in devices]
        self.gateways[gateway].record(*readings)
        return self.gateways[gateway].close(interval)

    def resigned(self, batch: SignedBatch, **changes: object) -> SignedBatch:
        """Change an attestation and sign it again with the gateway's own key."""
        attestation = replace(batch.attestation, **changes)  # type: ignore[arg-type]
        key = self.evm_keys[batch.attestation.gateway]
        signature = key.sign(attestation_digest(DOMAIN, attestation))
        return SignedBatch(attestation, signature, batch.readings)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[sessionmaker[Session]]:
    engine = create_engine(f"sqlite:///{tmp_path / 'node.sqlite'}")
    Base.metadata.create_all(engine)
    yield sessionmaker(engine)
    engine.dispose()


@pytest.fixture
def scene(database: sessionmaker[Session]) -> Iterator[Scene]:
    clock = ManualClock(MIDNIGHT)
    evm_keys = {number: EvmKey.from_secret(bytes([number]) * 32) for number in (1, 2)}
    ed25519_keys = {number: Ed25519Key.from_seed(bytes([number]) * 32) for number in (1, 2)}
    registry = MemoryRegistry(
        gateways={
            number: GatewayEntry(
                evm_keys[number].address.lower(),
                ed25519_keys[number].public,
                MIDNIGHT,
                MIDNIGHT + 86400,
            )
            for number in (1, 2)
        },
        devices={
            device: DeviceEntry(1, Account(account), gateway, MIDNIGHT)
            for device, (account, gateway) in DEVICES.items()
        },
    )
    metering = MemoryMetering(registry)
    outbox = MemoryOutbox(metering.execute)
    gateways = {
        number: Gateway(
            number,
            ed25519_keys[number],
            evm_keys[number],
            domain=DOMAIN,
            devices=[device for device, (_, behind) in DEVICES.items() if behind == number],
            store=":memory:",
            clock=clock,
        )
        for number in (1, 2)
    }
    yield Scene(
        clock=clock,
        registry=registry,
        metering=metering,
        outbox=outbox,
        ingest=MeterIngest(database, registry, metering, outbox, domain=DOMAIN, clock=clock),
        records=MeterRecords(database),
        gateways=gateways,
        evm_keys=evm_keys,
        ed25519_keys=ed25519_keys,
    )
    for gateway in gateways.values():
        gateway.dispose()


@pytest.fixture
def as_canonical() -> Callable[[object], bytes]:
    return canonical_bytes
