"""Consortia on a chain: members, devices, shares, and who may change them."""

from __future__ import annotations

import pytest

from chain.contracts import ConsortiumMember, ParticipantRole
from chain.errors import DeviceTaken, LastMember, UnknownConsortium
from chain.events import (
    AgreementReplaced,
    ConsortiumCreated,
    ConsortiumDeviceAdded,
    ConsortiumDeviceRemoved,
    MemberRemoved,
    MemberSet,
    read_events,
)
from domain.apportionment import largest_remainder
from domain.units import Account

pytestmark = pytest.mark.chain

ALICE, BOB, CAROL = Account(1), Account(2), Account(3)


@pytest.fixture
def consortia(contracts, keys, send):
    """Alice and Bob own device 1 in common, 2 to 1; device 2 is nobody's but Alice's."""
    registry = contracts.registry
    for key in (keys.alice, keys.bob, keys.carol):
        call = registry.register_participant(key.address, bytes(32), ParticipantRole.PROSUMER)
        send(keys.registrar, call)
    send(keys.registrar, registry.register_gateway(keys.gateway.address, b"\2" * 32, 0, 2**40))
    for _ in range(2):
        send(keys.registrar, registry.register_device(9, ALICE, 1, bytes(32), 0))
    members = [ConsortiumMember(ALICE, 2), ConsortiumMember(BOB, 1)]
    send(keys.registrar, contracts.consortia.create_consortium(b"\1" * 32, members, [1]))
    return contracts.consortia


def test_what_was_created(consortia) -> None:
    entry = consortia.consortium(1)
    assert entry is not None
    assert (entry.agreement_hash, entry.total_weight) == (b"\1" * 32, 3)
    assert consortia.members_of(1) == [ConsortiumMember(ALICE, 2), ConsortiumMember(BOB, 1)]
    assert consortia.devices_of(1) == [1]
    assert (consortia.consortium_of(1), consortia.consortium_of(2)) == (1, None)
    assert (consortia.weight_of(1, ALICE), consortia.weight_of(1, CAROL)) == (2, 0)
    assert (consortia.consortium_count(), consortia.consortium(2)) == (1, None)
    assert (consortia.max_members(), consortia.max_devices()) == (100, 100)


def test_members_and_devices_come_and_go(consortia, contracts, keys, send) -> None:
    send(keys.registrar, consortia.add_member(1, CAROL, 4))
    send(keys.registrar, consortia.set_weight(1, ALICE, 5))
    send(keys.bob, consortia.remove_member(1, BOB))
    send(keys.registrar, consortia.add_device(1, 2))
    send(keys.registrar, consortia.remove_device(1, 1))
    send(keys.registrar, consortia.replace_agreement(1, b"\2" * 32))
    assert {member.account: member.weight for member in consortia.members_of(1)} == {1: 5, 3: 4}
    assert consortia.consortium(1).total_weight == 9
    assert consortia.devices_of(1) == [2]

    found = read_events(contracts.chain, contracts.deployment)
    kinds = [ConsortiumCreated, MemberSet, MemberRemoved, ConsortiumDeviceAdded]
    kinds += [ConsortiumDeviceRemoved, AgreementReplaced]
    counts = [sum(isinstance(event, kind) for event in found) for kind in kinds]
    assert counts == [1, 4, 1, 2, 1, 1]


def test_refusals(consortia, keys, send) -> None:
    alone = [ConsortiumMember(CAROL, 1)]
    with pytest.raises(DeviceTaken) as refusal:
        send(keys.registrar, consortia.create_consortium(bytes(32), alone, [1]))
    assert refusal.value.arguments == {"device": 1, "consortium": 1}
    send(keys.registrar, consortia.create_consortium(bytes(32), alone, []))
    with pytest.raises(LastMember):
        send(keys.carol, consortia.remove_member(2, CAROL))
    with pytest.raises(UnknownConsortium):
        consortia.shares_of(3, 1)


@pytest.mark.parametrize("amount", [0, 1, 2, 7, 10**8 + 1, 6 * 10**8 - 1])
def test_shares_are_those_of_the_market(consortia, keys, send, amount: int) -> None:
    """The same rule as the rationing of orders, which shares no more than the weights add up to."""
    weights = {ALICE: 3 * 10**8, BOB: 2 * 10**8, CAROL: 10**8}
    send(keys.registrar, consortia.add_member(1, CAROL, weights[CAROL]))
    send(keys.registrar, consortia.set_weight(1, ALICE, weights[ALICE]))
    send(keys.registrar, consortia.set_weight(1, BOB, weights[BOB]))
    places = [account.to_bytes(4, "big") for account in weights]
    expected = largest_remainder(amount, list(weights.values()), places)
    assert consortia.shares_of(1, amount) == dict(zip(weights, expected, strict=True))
