"""Readings and tariffs all the way to real contracts on a development chain."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker

import chain.outbox
from chain.anvil import Anvil
from chain.commitments import mechanism_id
from chain.connection import Chain
from chain.contracts import Contracts
from chain.deployment import Roles, deploy
from chain.errors import ContractRefusedError
from chain.outbox import Outbox
from chain.sender import Sender
from domain.clock import ManualClock
from domain.interval import Interval
from domain.reading import Reading
from domain.tariff import Tariff
from domain.units import MillicentPerKilowattHour, WattHours
from identity.attestation import CorrectionReason
from identity.keys import Ed25519Key, EvmKey
from identity.signed_reading import document_hash
from identity.typed_data import metering_domain
from oracle.gateway import Gateway
from oracle.ingest import MeterIngest
from oracle.records import MeterRecords
from oracle.tables import Base
from oracle.tariff_oracle import TariffOracle

MIDNIGHT = 1_743_465_600
INTERVAL = Interval(1, MIDNIGHT)
OPERATOR = EvmKey.from_secret(b"\x11" * 32)
EVM_KEYS = {number: EvmKey.from_secret(bytes([number]) * 32) for number in (1, 2)}
ED25519_KEYS = {number: Ed25519Key.from_seed(bytes([number]) * 32) for number in (1, 2)}


class Node:
    """A deployed market with two prosumers, a grid operator and two gateways of a device each."""

    def __init__(self, url: str, database: Path) -> None:
        address = OPERATOR.address
        self.chain = Chain(url)
        self.sender = Sender(self.chain, OPERATOR)
        deployment = deploy(self.chain, OPERATOR, Roles(address, address, address, address))
        self.contracts = Contracts(self.chain, deployment)
        self._register()
        self.engine = create_engine(f"sqlite:///{database}")
        Base.metadata.create_all(self.engine)
        chain.outbox.metadata.create_all(self.engine)
        sessions = sessionmaker(self.engine)
        outbox = Outbox(self.engine, self.sender)
        self.domain = metering_domain(self.chain.chain_id, deployment.metering)
        self.clock = ManualClock(MIDNIGHT + 1800)
        self.ingest = MeterIngest(
            sessions,
            self.contracts.registry,
            self.contracts.metering,
            outbox,
            domain=self.domain,
            clock=self.clock,
        )
        self.records = MeterRecords(sessions)
        self.tariffs = TariffOracle(self.contracts.market, outbox)

    def _register(self) -> None:
        registry, send = self.contracts.registry, self.sender.send
        for secret, role in ((b"\x21", 1), (b"\x22", 1), (b"\x23", 3)):
            wallet = EvmKey.from_secret(secret * 32).address
            send(registry.register_participant(wallet, bytes(32), role))
        for number in (1, 2):
            ed25519_key = ED25519_KEYS[number].public
            address = EVM_KEYS[number].address
            send(registry.register_gateway(address, ed25519_key, MIDNIGHT, MIDNIGHT + 86400))
            send(registry.register_device(1, number, number, bytes(32), MIDNIGHT))
        rules = (900, 300, 3, mechanism_id("uniform-price"), 500)
        send(self.contracts.market.create_community(1, *rules))

    def gateway(self, number: int) -> Gateway:
        return Gateway(
            number,
            ED25519_KEYS[number],
            EVM_KEYS[number],
            domain=self.domain,
            devices=[number],
            store=":memory:",
            clock=self.clock,
        )

    def batch(self, number: int) -> Any:
        with self.gateway(number) as gateway:
            gateway.record(Reading(INTERVAL, number, WattHours(100 * number), WattHours(number)))
            return gateway.close(INTERVAL)

    def close(self) -> None:
        self.engine.dispose()
        self.chain.rpc.close()


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with Anvil(timestamp=MIDNIGHT + 1200) as anvil:
        node = Node(anvil.url, tmp_path / "node.sqlite")
        yield node
        node.close()


@pytest.mark.chain
def test_readings_are_attested_and_provable_on_chain(node: Node) -> None:
    for number in (2, 1):
        assert node.ingest.receive(node.batch(number))
    (receipt,) = node.ingest.attest(INTERVAL)
    assert node.ingest.attest(INTERVAL) == [receipt]
    totals = node.contracts.metering.totals(INTERVAL)
    assert (totals.imported, totals.exported) == (300, 3)
    assert (totals.readings, totals.gateways) == (2, 2)
    for entry in node.records.entries(INTERVAL):
        arguments = INTERVAL, entry.gateway, entry.salt, document_hash(entry.document)
        assert node.contracts.metering.verify_reading(*arguments, entry.proof)
        assert not node.contracts.metering.verify_reading(*arguments, [bytes(32)])


@pytest.mark.chain
def test_a_correction_supersedes_on_chain_what_it_corrects(node: Node) -> None:
    with node.gateway(1) as gateway:
        gateway.record(Reading(INTERVAL, 1, WattHours(100), WattHours(1)))
        batch = gateway.close(INTERVAL)
        node.ingest.receive(batch)
        node.ingest.attest(INTERVAL)
        gateway.acknowledge(batch.attestation.sequence)
        reading = Reading(INTERVAL, 1, WattHours(90), WattHours(1))
        assert node.ingest.receive(
            gateway.correct(INTERVAL, CorrectionReason.SUBSTITUTES_REPLACED, [reading])
        )
    (ended,) = node.ingest.correct()
    receipt = ended.receipt
    assert receipt.gas_used < 120_000
    metering = node.contracts.metering
    assert metering.totals(INTERVAL).imported == 90
    (metered,) = node.ingest.metered(INTERVAL).values()
    assert metered.imported == 90
    entries = node.records.entries(INTERVAL)
    assert [entry.revision for entry in entries] == [0, 1]
    for entry in entries:
        arguments = entry.salt, document_hash(entry.document), entry.proof
        assert metering.verify_reading_at(INTERVAL, 1, entry.revision, *arguments)
        assert metering.verify_reading(INTERVAL, 1, *arguments) == (entry.revision == 1)


@pytest.mark.chain
def test_relayed_and_revoked_gateways_do_not_hold_an_interval_up(node: Node) -> None:
    batches = {number: node.batch(number) for number in (1, 2)}
    for batch in batches.values():
        node.ingest.receive(batch)
    relayed = batches[1]
    call = node.contracts.metering.attest([relayed.attestation], [relayed.signature])
    Sender(node.chain, EvmKey.from_secret(b"\x44" * 32)).send(call)
    node.sender.send(node.contracts.registry.revoke_gateway(2, MIDNIGHT + 60))
    assert node.ingest.attest(INTERVAL) == []
    totals = node.contracts.metering.totals(INTERVAL)
    metered = node.ingest.metered(INTERVAL).values()
    assert totals.imported == sum(one.imported for one in metered) == 100


@pytest.mark.chain
def test_a_day_of_tariffs_is_posted_once(node: Node) -> None:
    tariff = Tariff(MillicentPerKilowattHour(8_000), MillicentPerKilowattHour(25_000))
    first = Interval(1, MIDNIGHT + 3600)
    receipt = node.tariffs.post(first, [tariff] * 92)
    assert node.tariffs.post(first, [tariff] * 92) == receipt
    last = Interval(1, first.start + 91 * 900)
    assert node.contracts.market.tariff(last) == tariff
    assert node.contracts.market.tariff(Interval(1, last.end)) is None
    with pytest.raises(ContractRefusedError):
        node.tariffs.post(last, [tariff])
