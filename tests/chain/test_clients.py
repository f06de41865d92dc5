"""The typed clients and event classes against the ABIs: nothing missing, nothing invented."""

from __future__ import annotations

from dataclasses import fields
from types import SimpleNamespace

import pytest

from chain import events
from chain.abi import contract_abi, snake_case
from chain.artifacts import CONTRACT_NAMES
from chain.contracts import (
    AgentsClient,
    ConsortiaClient,
    Contracts,
    CurrencyClient,
    DirectoryClient,
    DisputesClient,
    EnergyClient,
    MarketClient,
    MeteringClient,
    OrderEntryClient,
    ParticipantRole,
    ReconciliationClient,
    RegistryClient,
    RewardsClient,
    SettlementClient,
    TimelockClient,
)
from chain.contracts.delivery import (
    ConsumptionClient,
    DeliveryContracts,
    DeliveryRecordClient,
    SaleClient,
    StoredEnergyClient,
)
from chain.errors import ContractRefusedError, GatewayNotValid, UnknownAccount
from chain.events.reader import event_field
from chain.roles import ROLE_NAMES
from domain.errors import InvalidValueError
from domain.interval import Interval
from identity.typed_data import market_domain, order_digest

CLIENTS = (
    RegistryClient,
    MarketClient,
    MeteringClient,
    SettlementClient,
    CurrencyClient,
    EnergyClient,
    ConsortiaClient,
    RewardsClient,
    ReconciliationClient,
    StoredEnergyClient,
    DeliveryRecordClient,
    ConsumptionClient,
    SaleClient,
    DirectoryClient,
    TimelockClient,
    AgentsClient,
    OrderEntryClient,
    DisputesClient,
)

TOKEN_CALLBACKS = {"onERC721Received", "onERC1155Received", "onERC1155BatchReceived"}
"""What tokens call on the timelock that receives them; nobody else does."""


@pytest.mark.parametrize("client", CLIENTS)
def test_a_method_for_each_function_and_no_other(client) -> None:
    methods = {name for name in dir(client) if not name.startswith("_") and name != "contract"}
    functions = contract_abi(client.contract).functions.keys() - TOKEN_CALLBACKS
    assert methods == {snake_case(name) for name in functions}


def test_a_client_for_each_contract() -> None:
    assert {client.contract for client in CLIENTS} == set(CONTRACT_NAMES)


def test_a_class_for_each_event_with_its_fields_and_no_other() -> None:
    common = {field.name for field in fields(events.ContractEvent)}
    announced = {
        event.name: {event_field(parameter.name) for parameter in event.inputs}
        for contract in CONTRACT_NAMES
        for event in contract_abi(contract).events.values()
    }
    classes = {
        name: {field.name for field in fields(getattr(events, name))} - common
        for name in events.__all__
        if name not in ("ContractEvent", "read_events")
    }
    assert classes == announced


def test_no_contract_overloads_a_name() -> None:
    for contract in CONTRACT_NAMES:
        abi = contract_abi(contract)
        selectors = {function.selector for function in abi.functions.values()}
        assert len(selectors) == len(abi.functions)


@pytest.mark.chain
def test_registering_and_looking_up(contracts: Contracts, keys: SimpleNamespace, send) -> None:
    registry = contracts.registry
    alice, gateway = keys.alice.address, keys.gateway.address
    send(keys.registrar, registry.register_participant(alice, b"\1" * 32, ParticipantRole.PROSUMER))
    send(keys.registrar, registry.register_gateway(gateway, b"\2" * 32, 100, 200))
    send(keys.registrar, registry.register_device(9, 1, 1, b"\3" * 32, 150))

    participant = registry.participant(1)
    assert participant is not None
    assert (participant.wallet, participant.credential_hash) == (alice, b"\1" * 32)
    assert (participant.role, participant.active) == (ParticipantRole.PROSUMER, True)
    assert registry.account_of(alice) == 1
    assert registry.wallets_of([1, 1]) == [alice, alice]

    entry = registry.gateway(1)
    assert entry is not None
    assert (entry.evm_key, entry.ed25519_key) == (gateway, b"\2" * 32)
    assert [entry.is_valid_at(second) for second in (99, 100, 199, 200)] == [
        False,
        True,
        True,
        False,
    ]
    assert registry.gateway_key_at(1, 199) == gateway

    device = registry.device(1)
    assert device is not None
    assert (device.community, device.account, device.gateway, device.valid_from) == (9, 1, 1, 150)
    assert registry.devices_behind(1, 9) == 1
    counts = registry.participant_count(), registry.gateway_count(), registry.device_count()
    assert counts == (1, 1, 1)

    send(keys.registrar, registry.revoke_gateway(1, 150))
    with pytest.raises(GatewayNotValid) as refusal:
        registry.gateway_key_at(1, 150)
    assert refusal.value.arguments == {"gateway": 1, "time": 150}
    send(keys.registrar, registry.set_participant_active(1, False))
    assert not registry.participant(1).active


@pytest.mark.chain
def test_what_is_not_there(contracts: Contracts, keys: SimpleNamespace) -> None:
    registry, interval = contracts.registry, Interval(1, 900)
    assert registry.participant(1) is registry.gateway(1) is registry.device(1) is None
    assert registry.account_of(keys.stranger.address) is None
    assert contracts.market.community(1) is contracts.market.tariff(interval) is None
    assert contracts.settlement.record(interval) is None
    assert contracts.metering.attestation_root(interval, 1) is None
    with pytest.raises(UnknownAccount):
        registry.wallets_of([1])


@pytest.mark.chain
def test_tokens(contracts: Contracts, keys: SimpleNamespace, send) -> None:
    currency, energy = contracts.currency, contracts.energy
    assert (currency.symbol(), currency.decimals()) == ("cwEUR", 8)
    assert (energy.symbol(), energy.decimals()) == ("cwKWH", 3)
    alice, bob = keys.alice.address, keys.bob.address
    send(keys.minter, currency.mint(alice, 100, b"\1" * 32))
    send(keys.alice, currency.transfer(bob, 30))
    send(keys.bob, currency.approve(keys.carol.address, 20))
    assert currency.allowance(bob, keys.carol.address) == 20
    send(keys.carol, currency.transfer_from(bob, alice, 5))
    assert (currency.balance_of(alice), currency.balance_of(bob)) == (75, 25)
    assert currency.total_supply() == 100


@pytest.mark.chain
def test_role_names_and_domains_are_the_contracts(
    contracts: Contracts,
    rewards: RewardsClient,
    reconciliation: ReconciliationClient,
    delivery: DeliveryContracts,
    governed: Contracts,
) -> None:
    timelock = governed.timelock
    asked = {
        "REGISTRAR_ROLE": contracts.registry.registrar_role(),
        "OPERATOR_ROLE": contracts.settlement.operator_role(),
        "TARIFF_ROLE": contracts.market.tariff_role(),
        "ENTRY_ROLE": contracts.market.entry_role(),
        "MINTER_ROLE": contracts.currency.minter_role(),
        "SETTLEMENT_ROLE": contracts.metering.settlement_role(),
        "PAYER_ROLE": contracts.currency.payer_role(),
        "PAUSER_ROLE": contracts.currency.pauser_role(),
        "ESCROW_ROLE": contracts.currency.escrow_role(),
        "REWARDER_ROLE": rewards.rewarder_role(),
        "VOUCHER_ROLE": rewards.voucher_role(),
        "RECONCILER_ROLE": reconciliation.reconciler_role(),
        "AUDITOR_ROLE": contracts.disputes.auditor_role(),
        "ARBITER_ROLE": contracts.disputes.arbiter_role(),
        "DEFAULT_ADMIN_ROLE": contracts.energy.default_admin_role(),
        "ISSUER_ROLE": delivery.claims.issuer_role(),
        "VALIDATOR_ROLE": delivery.record.validator_role(),
        "PROPOSER_ROLE": timelock.proposer_role(),
        "CANCELLER_ROLE": timelock.canceller_role(),
        "EXECUTOR_ROLE": timelock.executor_role(),
    }
    assert {role: name for name, role in asked.items()} == ROLE_NAMES
    assert rewards.pauser_role() == contracts.currency.pauser_role()
    assert delivery.sales.pauser_role() == contracts.currency.pauser_role()
    assert delivery.claims.escrow_role() == contracts.currency.escrow_role()
    assert contracts.market.pauser_role() == contracts.currency.pauser_role()
    chain_id, market = contracts.chain.chain_id, contracts.market.address
    assert contracts.market.eip712_domain()[1:5] == ("Commonwatt Market", "1", chain_id, market)
    entry = contracts.order_entry
    domain = ("Commonwatt Order Entry", "1", chain_id, entry.address)
    assert entry.eip712_domain()[1:5] == domain


@pytest.mark.chain
def test_order_digests_are_the_contracts(neighbourhood) -> None:
    market = neighbourhood.contracts.market
    domain = market_domain(neighbourhood.chain.chain_id, market.address)
    for order in (
        neighbourhood.bid(2, 2**32 - 1, -(2**31), salt=2**128 - 1),
        neighbourhood.offer(3, 1, 2**31 - 1, salt=0),
    ):
        assert market.order_digest(order) == order_digest(domain, order)


@pytest.mark.chain
def test_arguments_that_do_not_fit_are_named(contracts: Contracts) -> None:
    with pytest.raises(InvalidValueError, match="arguments of mint"):
        contracts.currency.mint("nobody", 1, bytes(32))
    with pytest.raises(InvalidValueError, match="arguments of commitOrders"):
        contracts.market.commit_orders(Interval(1, 900), bytes(33), 1)


def test_a_refusal_class_is_an_ordinary_exception() -> None:
    assert issubclass(UnknownAccount, ContractRefusedError)
    assert UnknownAccount.__name__ == "UnknownAccount"
