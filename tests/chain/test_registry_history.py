"""What is exchanged in the registry, and what it says of the time before, on a chain."""

from __future__ import annotations

import pytest

from chain.contracts import DeviceRelation, ParticipantRole, WalletRecord
from chain.development import advance_to
from chain.errors import (
    DeviceOutOfService,
    GatewayNotInCommunity,
    InvalidChangeTime,
    InvalidWalletConsent,
    NotTheAccounts,
    WalletAlreadyRegistered,
)
from chain.events import (
    CredentialReplaced,
    CredentialRevoked,
    DeviceDecommissioned,
    DeviceKeySet,
    DeviceMoved,
    DeviceRelated,
    DeviceUnrelated,
    GatewayKeysRotated,
    WalletProposed,
    WalletRotated,
    read_events,
)
from identity.keys import EvmKey
from identity.wallet_rotation import registry_domain, wallet_rotation_digest

pytestmark = pytest.mark.chain

COMMUNITY = 9
NOBODY = "0x" + "00" * 20


@pytest.fixture
def registry(contracts, keys, send):
    """The registry with Alice as account 1 and device 1, behind gateway 1 of two."""
    client = contracts.registry
    alice = keys.alice.address
    send(keys.registrar, client.register_participant(alice, b"\1" * 32, ParticipantRole.PROSUMER))
    for key in (keys.gateway, keys.stranger):
        send(keys.registrar, client.register_gateway(key.address, b"\2" * 32, 0, 2**40))
    send(keys.registrar, client.register_device(COMMUNITY, 1, 1, b"\3" * 32, 0))
    return client


@pytest.fixture
def hour(chain) -> int:
    """A full hour that is still to come."""
    return (chain.block_time() // 3600 + 2) * 3600


def events(contracts, kind):
    found = read_events(contracts.chain, contracts.deployment)
    return [event for event in found if isinstance(event, kind)]


def consent(registry, chain, key: EvmKey, account: int, old: str, deadline: int) -> bytes:
    domain = registry_domain(chain.chain_id, registry.address)
    return key.sign(wallet_rotation_digest(domain, account, old, key.address, deadline))


def test_every_role_is_registered(registry, keys, send) -> None:
    send(
        keys.registrar,
        registry.register_participant(keys.bob.address, bytes(32), ParticipantRole.VALIDATOR),
    )
    assert registry.participant(2).role is ParticipantRole.VALIDATOR


def test_a_credential_is_replaced_and_revoked(registry, contracts, chain, keys, send) -> None:
    record = registry.wallet_record(keys.alice.address)
    assert record is not None
    advance_to(chain, record.since + 100)
    replaced = send(keys.registrar, registry.replace_credential(1, b"\4" * 32)).block_time
    advance_to(chain, replaced + 100)
    revoked = send(keys.registrar, registry.revoke_credential(1)).block_time
    times = (record.since - 1, record.since, replaced - 1, replaced, revoked - 1, revoked)
    first, second = b"\1" * 32, b"\4" * 32
    stood = [registry.credential_at(1, time) for time in times]
    assert stood == [None, first, first, second, second, None]
    assert not registry.participant(1).active
    (replacement,) = events(contracts, CredentialReplaced)
    (revocation,) = events(contracts, CredentialRevoked)
    assert (replacement.account, replacement.credential_hash) == (1, b"\4" * 32)
    assert (revocation.credential_hash, revocation.time) == (b"\4" * 32, revoked)


def test_a_wallet_is_exchanged_by_signature(registry, contracts, chain, keys, send) -> None:
    old, new = keys.alice.address, keys.bob.address
    deadline = chain.block_time() + 3600
    signed = consent(registry, chain, keys.bob, 1, old, deadline)
    with pytest.raises(NotTheAccounts):
        send(keys.stranger, registry.rotate_wallet(1, new, deadline, signed))
    with pytest.raises(InvalidWalletConsent) as refusal:
        send(keys.alice, registry.rotate_wallet(1, keys.carol.address, deadline, signed))
    assert refusal.value.arguments["expected"] == keys.carol.address

    before = registry.wallet_record(old)
    assert before is not None
    assert before.until is None
    advance_to(chain, before.since + 100)
    at = send(keys.alice, registry.rotate_wallet(1, new, deadline, signed)).block_time
    assert registry.account_of(old) is None
    assert registry.account_of(new) == 1
    assert registry.wallets_of([1]) == [new]
    assert registry.wallet_record(old) == WalletRecord(before.account, before.since, at)
    assert registry.wallet_record(new) == WalletRecord(before.account, at, None)
    assert registry.wallet_record(keys.carol.address) is None
    assert registry.wallet_at(1, before.since - 1) is None
    assert registry.wallet_at(1, at - 1) == old
    assert registry.wallet_at(1, at) == new
    (event,) = events(contracts, WalletRotated)
    assert (event.account, event.old_wallet, event.new_wallet) == (1, old, new)
    with pytest.raises(WalletAlreadyRegistered):
        send(keys.registrar, registry.register_participant(old, bytes(32), 1))


def test_a_wallet_is_exchanged_by_transaction(registry, contracts, keys, send) -> None:
    new = keys.bob.address
    assert registry.proposed_wallet(1) is None
    send(keys.registrar, registry.propose_wallet(1, keys.carol.address))
    send(keys.alice, registry.propose_wallet(1, new))
    assert registry.proposed_wallet(1) == new
    send(keys.bob, registry.accept_wallet(1))
    assert registry.participant(1).wallet == new
    assert registry.proposed_wallet(1) is None
    assert [one.wallet for one in events(contracts, WalletProposed)] == [keys.carol.address, new]
    send(keys.bob, registry.propose_wallet(1, NOBODY))
    assert registry.proposed_wallet(1) is None


def test_gateway_keys_follow_one_another(registry, contracts, chain, keys, send, hour) -> None:
    old, new = keys.gateway.address, keys.carol.address
    with pytest.raises(InvalidChangeTime):
        send(
            keys.registrar,
            registry.rotate_gateway_keys(1, new, b"\5" * 32, hour + 1, 2**41),
        )
    send(keys.registrar, registry.rotate_gateway_keys(1, new, b"\5" * 32, hour, 2**41))
    former, latest = registry.gateway_keys_at(1, hour - 1), registry.gateway_keys_at(1, hour)
    assert former is not None
    assert (former.evm_key, former.ed25519_key, former.valid_until) == (old, b"\2" * 32, hour)
    assert latest == registry.gateway(1)
    assert (latest.evm_key, latest.valid_from, latest.valid_until) == (new, hour, 2**41)
    assert registry.gateway_keys_at(1, 2**41) is None
    assert registry.attestation_key(1, COMMUNITY, hour - 900, hour) == old
    assert registry.attestation_key(1, COMMUNITY, hour, hour + 900) == new
    (event,) = events(contracts, GatewayKeysRotated)
    assert (event.gateway, event.evm_key, event.valid_from) == (1, new, hour)


def test_a_device_moves(registry, contracts, keys, send, hour) -> None:
    send(keys.registrar, registry.move_device(1, 2, hour))
    assert (registry.gateway_of(1, hour - 1), registry.gateway_of(1, hour)) == (1, 2)
    assert registry.device(1).gateway == 2
    assert [registry.devices_behind(gateway, COMMUNITY) for gateway in (1, 2)] == [0, 1]
    assert registry.attestation_key(1, COMMUNITY, hour - 900, hour) == keys.gateway.address
    with pytest.raises(GatewayNotInCommunity):
        registry.attestation_key(1, COMMUNITY, hour, hour + 900)
    (event,) = events(contracts, DeviceMoved)
    assert (event.device, event.gateway, event.since) == (1, 2, hour)


def test_a_device_has_a_key_and_relations_and_ends(registry, contracts, keys, send, hour) -> None:
    send(keys.registrar, registry.set_device_key(1, b"\6" * 32, hour))
    assert registry.device_key_at(1, hour - 1) is None
    assert registry.device_key_at(1, hour) == b"\6" * 32
    send(keys.registrar, registry.relate_device(1, 1, DeviceRelation.USER))
    assert registry.is_related(1, 1, DeviceRelation.USER)
    assert not registry.is_related(1, 1, DeviceRelation.CO_OWNER)
    assert registry.relation_count(1) == 1
    send(keys.registrar, registry.unrelate_device(1, 1, DeviceRelation.USER))
    assert registry.relation_count(1) == 0

    assert registry.device(1).decommissioned_from is None
    send(keys.registrar, registry.decommission_device(1, hour))
    assert registry.device(1).decommissioned_from == hour
    assert (registry.gateway_of(1, hour - 1), registry.gateway_of(1, hour)) == (1, None)
    with pytest.raises(DeviceOutOfService):
        send(keys.registrar, registry.relate_device(1, 1, DeviceRelation.USER))

    (keyed,) = events(contracts, DeviceKeySet)
    (related,) = events(contracts, DeviceRelated)
    (unrelated,) = events(contracts, DeviceUnrelated)
    (ended,) = events(contracts, DeviceDecommissioned)
    assert (keyed.ed25519_key, keyed.since) == (b"\6" * 32, hour)
    assert related.relation is unrelated.relation is DeviceRelation.USER
    assert (ended.device, ended.since) == (1, hour)
