"""A neighbourhood of three participants and a grid, ready to trade."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import SimpleNamespace

import pytest

from chain.calls import Call
from chain.commitments import batch_commitment, digests_hash, mechanism_id
from chain.connection import Chain
from chain.contracts import Contracts, ParticipantRole, ReconciliationClient, RewardsClient
from chain.deployment import (
    Deployment,
    RewardRoles,
    Roles,
    SingleContract,
    deploy,
    deploy_reconciliation,
    deploy_rewards,
)
from chain.development import advance_to
from chain.governance import Governance
from chain.sender import Receipt
from domain.interval import Interval
from domain.order import Order, Side, pack_orders
from domain.position import Position
from domain.tariff import Tariff
from domain.units import Account, MillicentPerKilowattHour, WattHours
from identity.attestation import Attestation, Correction
from identity.hashing import keccak256
from identity.keys import EvmKey
from identity.merkle import MerkleTree, reading_leaf
from identity.typed_data import (
    attestation_digest,
    correction_digest,
    market_domain,
    metering_domain,
    order_digest,
)

COMMUNITY = 7
GATE_LEAD = 60
GRID, ALICE, BOB, CAROL = 1, 2, 3, 4
GATEWAY = 1
DEPOSIT = 10**8
FAR_FUTURE = 2**40


@dataclass
class Neighbourhood:
    """One community with everything registered, and one interval with a tariff.

    Attributes:
        contracts: of its own.
        interval: the next whole quarter of an hour that leaves time to trade.
        tariff: of that interval.
        documents: salts and document hashes of the three readings, in sequence of accounts.
    """

    contracts: Contracts
    chain: Chain
    keys: SimpleNamespace
    send: Callable[[EvmKey, Call], Receipt]
    interval: Interval
    tariff: Tariff
    documents: list[tuple[bytes, bytes]]

    def order(self, account: int, side: Side, quantity: int, price: int, salt: int = 1) -> Order:
        return Order(
            self.interval,
            Account(account),
            side,
            WattHours(quantity),
            MillicentPerKilowattHour(price),
            salt,
        )

    def bid(self, account: int, quantity: int, price: int, salt: int = 1) -> Order:
        return self.order(account, Side.BID, quantity, price, salt)

    def offer(self, account: int, quantity: int, price: int, salt: int = 1) -> Order:
        return self.order(account, Side.OFFER, quantity, price, salt)

    def digests_hash(self, orders: Sequence[Order]) -> bytes:
        domain = market_domain(self.chain.chain_id, self.contracts.market.address)
        return digests_hash(order_digest(domain, order) for order in orders)

    def commit(self, orders: Sequence[Order]) -> Receipt:
        commitment = batch_commitment(pack_orders(orders), self.digests_hash(orders))
        call = self.contracts.market.commit_orders(self.interval, commitment, len(orders))
        return self.send(self.keys.operator, call)

    def close_gate(self) -> None:
        advance_to(self.chain, self.interval.start - GATE_LEAD)

    def clearing(self, batches: Sequence[Sequence[Order]], price: int, volume: int) -> Call:
        return self.contracts.market.clear(
            self.interval,
            [pack_orders(orders) for orders in batches],
            [self.digests_hash(orders) for orders in batches],
            price,
            volume,
        )

    def end_interval(self) -> None:
        advance_to(self.chain, self.interval.end)

    def readings(self) -> MerkleTree:
        return MerkleTree([reading_leaf(salt, document) for salt, document in self.documents])

    def attestation(self, imported: int, exported: int, sequence: int = 1) -> Attestation:
        return Attestation(
            self.interval,
            GATEWAY,
            sequence,
            self.readings().root,
            len(self.documents),
            imported,
            exported,
        )

    def signature(self, attestation: Attestation, key: EvmKey | None = None) -> bytes:
        domain = metering_domain(self.chain.chain_id, self.contracts.metering.address)
        return (key or self.keys.gateway).sign(attestation_digest(domain, attestation))

    def attest(self, attestation: Attestation) -> Receipt:
        signatures = [self.signature(attestation)]
        call = self.contracts.metering.attest([attestation], signatures)
        return self.send(self.keys.stranger, call)

    def correct(self, *corrections: Correction) -> Receipt:
        domain = metering_domain(self.chain.chain_id, self.contracts.metering.address)
        signatures = [
            self.keys.gateway.sign(correction_digest(domain, correction))
            for correction in corrections
        ]
        call = self.contracts.metering.correct(corrections, signatures)
        return self.send(self.keys.stranger, call)

    def position(
        self, account: int, bought: int, sold: int, imported: int, exported: int, certificates: int
    ) -> Position:
        return Position(
            Account(account),
            WattHours(bought),
            WattHours(sold),
            WattHours(imported),
            WattHours(exported),
            WattHours(certificates),
        )


@pytest.fixture
def mechanism_name() -> str:
    """How the neighbourhood's books are cleared; a test may choose another mechanism."""
    return "uniform-price"


@pytest.fixture
def neighbourhood(
    contracts: Contracts,
    chain: Chain,
    keys: SimpleNamespace,
    send: Callable[[EvmKey, Call], Receipt],
    mechanism_name: str,
) -> Neighbourhood:
    registry = contracts.registry
    members = (
        (keys.grid, ParticipantRole.GRID),
        (keys.alice, ParticipantRole.PROSUMER),
        (keys.bob, ParticipantRole.PROSUMER),
        (keys.carol, ParticipantRole.PROSUMER),
    )
    for key, role in members:
        send(keys.registrar, registry.register_participant(key.address, bytes(32), role))
        send(
            keys.minter,
            contracts.currency.mint(key.address, DEPOSIT, keccak256(key.address.encode())),
        )
    send(
        keys.registrar,
        registry.register_gateway(keys.gateway.address, b"\x05" * 32, 0, FAR_FUTURE),
    )
    for account in (ALICE, BOB, CAROL):
        device = registry.register_device(COMMUNITY, account, GATEWAY, bytes([account]) * 32, 0)
        send(keys.registrar, device)
    rules = (900, GATE_LEAD, GRID, mechanism_id(mechanism_name), 500)
    send(keys.admin, contracts.market.create_community(COMMUNITY, *rules))
    interval = Interval(COMMUNITY, (chain.block_time() // 900 + 2) * 900)
    tariff = Tariff(MillicentPerKilowattHour(8_000), MillicentPerKilowattHour(25_000))
    send(keys.tariff_oracle, contracts.market.post_tariffs(interval, [tariff]))
    documents = [(bytes([n]) * 16, bytes([n]) * 32) for n in (ALICE, BOB, CAROL)]
    return Neighbourhood(contracts, chain, keys, send, interval, tariff, documents)


@pytest.fixture
def rewards_deployment(chain: Chain, keys: SimpleNamespace) -> SingleContract:
    """Reward points: the registrar rewards, the operator issues vouchers and can pause."""
    operator = keys.operator.address
    return deploy_rewards(
        chain, keys.admin, RewardRoles(keys.registrar.address, operator, operator)
    )


@pytest.fixture
def rewards(chain: Chain, rewards_deployment: SingleContract) -> RewardsClient:
    return RewardsClient(chain, rewards_deployment.address)


@pytest.fixture
def reconciliation_deployment(
    chain: Chain, keys: SimpleNamespace, deployment: Deployment
) -> SingleContract:
    """The comparison of the grid's invoices, which the operator makes."""
    return deploy_reconciliation(chain, keys.admin, deployment, keys.operator.address)


@pytest.fixture
def reconciliation(chain: Chain, reconciliation_deployment: SingleContract) -> ReconciliationClient:
    return ReconciliationClient(chain, reconciliation_deployment.address)


@pytest.fixture
def governed(chain: Chain, keys: SimpleNamespace) -> Contracts:
    """Contracts that are about to be handed over to a timelock of a day; nobody trades there."""
    registrar, operator = keys.registrar.address, keys.operator.address
    roles = Roles(registrar, operator, operator, operator, pauser=keys.pauser.address)
    governance = Governance((keys.proposer.address,), delay=86_400)
    return Contracts(chain, deploy(chain, keys.admin, roles, governance))
