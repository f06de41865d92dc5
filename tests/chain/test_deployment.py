"""What a deployment is, and who may do what in it."""

from __future__ import annotations

import json

import pytest

from chain import errors
from chain.contracts import Contracts
from chain.deployment import Deployment
from chain.events import RoleGranted, read_events
from chain.roles import (
    DEFAULT_ADMIN_ROLE,
    ENTRY_ROLE,
    MINTER_ROLE,
    OPERATOR_ROLE,
    REGISTRAR_ROLE,
    SETTLEMENT_ROLE,
    TARIFF_ROLE,
)
from domain.errors import InvalidValueError

pytestmark = pytest.mark.chain


def test_everybody_has_the_role_it_needs_and_no_other(deployment, chain, keys) -> None:
    granted = {
        (event.contract, event.role, event.account)
        for event in read_events(chain, deployment)
        if isinstance(event, RoleGranted)
    }
    operator, settlement = keys.operator.address, deployment.settlement
    administered = set(deployment.names.values()) - {"Agents", "OrderEntry"}
    assert granted == {
        *((name, DEFAULT_ADMIN_ROLE, keys.admin.address) for name in administered),
        ("Registry", REGISTRAR_ROLE, keys.registrar.address),
        ("Consortia", REGISTRAR_ROLE, keys.registrar.address),
        ("Market", OPERATOR_ROLE, operator),
        ("Market", TARIFF_ROLE, keys.tariff_oracle.address),
        ("Market", ENTRY_ROLE, deployment.order_entry),
        ("Settlement", OPERATOR_ROLE, operator),
        ("CurrencyToken", MINTER_ROLE, keys.minter.address),
        ("CurrencyToken", SETTLEMENT_ROLE, settlement),
        ("EnergyToken", SETTLEMENT_ROLE, settlement),
        ("Metering", SETTLEMENT_ROLE, settlement),
    }


def test_roles_can_be_read_revoked_and_renounced(contracts, keys, send) -> None:
    registry, admin = contracts.registry, keys.admin
    assert registry.has_role(REGISTRAR_ROLE, keys.registrar.address)
    assert not registry.has_role(REGISTRAR_ROLE, admin.address)
    assert registry.get_role_admin(REGISTRAR_ROLE) == DEFAULT_ADMIN_ROLE
    assert registry.supports_interface(bytes.fromhex("01ffc9a7"))
    send(admin, registry.revoke_role(REGISTRAR_ROLE, keys.registrar.address))
    assert not registry.has_role(REGISTRAR_ROLE, keys.registrar.address)
    send(keys.operator, contracts.settlement.renounce_role(OPERATOR_ROLE, keys.operator.address))
    assert not contracts.settlement.has_role(OPERATOR_ROLE, keys.operator.address)
    with pytest.raises(errors.AccessControlEnforcedDefaultAdminDelay):
        send(admin, registry.renounce_role(DEFAULT_ADMIN_ROLE, admin.address))
    with pytest.raises(errors.AccessControlEnforcedDefaultAdminRules):
        send(admin, registry.grant_role(DEFAULT_ADMIN_ROLE, keys.operator.address))
    assert registry.default_admin() == admin.address


def test_json_there_and_back(deployment, chain) -> None:
    members = deployment.to_json()
    assert set(members) == {
        "chain_id",
        "registry",
        "market",
        "metering",
        "settlement",
        "currency",
        "energy",
        "consortia",
        "directory",
        "timelock",
        "agents",
        "order_entry",
        "disputes",
        "block",
    }
    assert members["market"] == deployment.market.lower()
    assert members["chain_id"] == chain.chain_id
    assert Deployment.from_json(json.loads(json.dumps(members))) == deployment


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"market": "0x12"}, "market"),
        ({"market": 12}, "market"),
        ({"block": "12"}, "block"),
        ({"chain_id": True}, "chain_id"),
        ({"surplus": 1}, "deployment"),
        ({"timelock": 1}, "timelock"),
        ({"directory": None}, "directory"),
    ],
)
def test_json_that_is_none(deployment, change, field) -> None:
    with pytest.raises(InvalidValueError) as error:
        Deployment.from_json({**deployment.to_json(), **change})
    assert error.value.field == field


def test_json_with_a_timelock(deployment) -> None:
    members = {**deployment.to_json(), "timelock": deployment.market.lower()}
    assert Deployment.from_json(members).timelock == deployment.market


def test_json_with_a_member_missing(deployment) -> None:
    members = deployment.to_json()
    del members["energy"]
    with pytest.raises(InvalidValueError):
        Deployment.from_json(members)


def test_another_chain_is_refused(deployment, chain) -> None:
    elsewhere = Deployment.from_json({**deployment.to_json(), "chain_id": 1})
    with pytest.raises(InvalidValueError, match="chain_id"):
        Contracts(chain, elsewhere)
    with pytest.raises(InvalidValueError, match="chain_id"):
        read_events(chain, elsewhere)
