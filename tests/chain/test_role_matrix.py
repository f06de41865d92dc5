"""Every function that changes a contract's state against every role: the table ``roles.toml``."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import pytest

from chain.abi import Function, contract_abi
from chain.anvil import Anvil
from chain.artifacts import CONTRACT_NAMES
from chain.calls import Call
from chain.connection import Chain
from chain.contracts import ConsortiumMember, Contracts, ParticipantRole, RewardsClient
from chain.delivery_deployment import DeliveryDeployment, DeliveryRoles, deploy_delivery
from chain.deployment import (
    Deployment,
    RewardRoles,
    Roles,
    SingleContract,
    deploy,
    deploy_reconciliation,
    deploy_rewards,
)
from chain.errors import ContractRefusedError
from chain.governance import Governance
from chain.roles import DEFAULT_ADMIN_ROLE, ROLE_NAMES
from chain.sender import Sender
from domain.units import Account
from identity.address import checksum_address
from identity.hashing import keccak256

pytestmark = pytest.mark.chain

UNAUTHORIZED: Final = "AccessControlUnauthorizedAccount"
ANYBODY: Final = "anybody"
ADMIN: Final = "DEFAULT_ADMIN_ROLE"
ROLES: Final = {name: role for role, name in ROLE_NAMES.items()}
_TABLE: Final = tomllib.loads((Path(__file__).parent / "roles.toml").read_text("utf-8"))


@dataclass(frozen=True)
class Row:
    """Who may call a function.

    Attributes:
        role: name of the role that may, or None.
        refusal: error by which everybody else is refused; None where nobody is.
        arguments: by which it is called, or None for made-up ones.
    """

    role: str | None
    refusal: str | None
    arguments: list[Any] | None = None


def read_row(value: str | Mapping[str, Any]) -> Row:
    if value == ANYBODY:
        return Row(None, None)
    if isinstance(value, str):
        return Row(value, UNAUTHORIZED)
    return Row(value.get("role"), value.get("refusal", UNAUTHORIZED), value.get("arguments"))


def rows_of(contract: str) -> dict[str, Row]:
    table = dict(_TABLE[contract])
    merged: dict[str, Any] = {}
    for group in table.pop("like", ()):
        merged |= _TABLE["groups"][group]
    return {function: read_row(value) for function, value in (merged | table).items()}


def changing(contract: str) -> dict[str, Function]:
    functions = contract_abi(contract).functions
    return {name: function for name, function in functions.items() if function.changes_state}


def roles_of(contract: str) -> list[str]:
    """Return the names of the roles that a contract knows by a constant."""
    return [name for name in contract_abi(contract).functions if name.endswith("_ROLE")]


def address_of(name: str) -> str:
    """Return the address of nobody's key that stands for the holder of a role."""
    return checksum_address(keccak256(name.encode())[-20:])


WITH_ROLES: Final = [name for name in CONTRACT_NAMES if roles_of(name)]
CALLERS: Final = {name: address_of(name) for name in ROLES if name != ADMIN}
OUTSIDER: Final = address_of("nobody's role")
OTHER: Final = address_of("another")


@dataclass(frozen=True)
class World:
    """All contracts, each of whose roles is held by the address that stands for it.

    Attributes:
        chain: where they are.
        addresses: by the contracts' names.
        admin: address that set them up.
    """

    chain: Chain
    addresses: Mapping[str, str]
    admin: str

    @property
    def callers(self) -> dict[str, str]:
        return {**CALLERS, ADMIN: self.admin, "no role": OUTSIDER}

    def holds(self, contract: str, role: str, account: str) -> bool:
        function = contract_abi(contract).functions["hasRole"]
        asked = self.chain.call(self.addresses[contract], function.encode(ROLES[role], account))
        return bool(function.decode(asked)[0])

    def refusal(
        self, contract: str, function: Function, arguments: Iterable[Any], caller: str
    ) -> ContractRefusedError | None:
        """Return the error by which a call is refused, or None."""
        data = function.encode(*arguments)
        try:
            self.chain.call(self.addresses[contract], data, sender=caller)
        except ContractRefusedError as error:
            return error
        return None


@pytest.fixture(scope="module")
def world(anvil: Anvil, keys: SimpleNamespace) -> Iterator[World]:
    chain = Chain(anvil.url)
    deployment, others = deploy_all(chain, keys)
    names = dict(deployment.names)
    for other in others:
        names |= other.names
    addresses = {name: address for address, name in names.items()}
    made = World(chain, addresses, keys.admin.address)
    give_roles(made, keys)
    register(Contracts(chain, deployment), keys)
    reward(chain, RewardsClient(chain, addresses["RewardPoints"]), keys)
    yield made
    chain.close()


def deploy_all(
    chain: Chain, keys: SimpleNamespace
) -> tuple[Deployment, list[SingleContract | DeliveryDeployment]]:
    """Deploy every contract that there is; the proposer is the address that stands for it."""
    registrar, operator = keys.registrar.address, keys.operator.address
    roles = Roles(registrar, operator, operator, operator)
    governance = Governance((CALLERS["PROPOSER_ROLE"],))
    deployment = deploy(chain, keys.admin, roles, governance)
    others = [
        deploy_rewards(chain, keys.admin, RewardRoles(registrar, operator, operator)),
        deploy_reconciliation(chain, keys.admin, deployment, operator),
        deploy_delivery(chain, keys.admin, deployment, DeliveryRoles(operator, operator)),
    ]
    return deployment, others


def give_roles(world: World, keys: SimpleNamespace) -> None:
    """Give each role at each contract to the address that stands for it."""
    sender = Sender(world.chain, keys.admin)
    for contract in WITH_ROLES:
        grant = contract_abi(contract).functions["grantRole"]
        for role in sorted(set(roles_of(contract)) - {ADMIN}):
            # The timelock's are given when it is created.
            if contract != "Timelock":
                data = grant.encode(ROLES[role], CALLERS[role])
                sender.send(Call(world.addresses[contract], data, f"{contract}.grantRole"))


def register(contracts: Contracts, keys: SimpleNamespace) -> None:
    """Register account 1 with a wallet that stands for no role, and a consortium of it."""
    sender = Sender(contracts.chain, keys.registrar)
    wallet, prosumer = keys.alice.address, ParticipantRole.PROSUMER
    sender.send(contracts.registry.register_participant(wallet, bytes(32), prosumer))
    members = [ConsortiumMember(Account(1), 1)]
    sender.send(contracts.consortia.create_consortium(bytes(32), members, []))


def reward(chain: Chain, points: RewardsClient, keys: SimpleNamespace) -> None:
    """Issue voucher 1, which only its holder confirms."""
    Sender(chain, keys.registrar).send(points.reward(keys.alice.address, 1, b"\1" * 32))
    Sender(chain, keys.alice).send(points.redeem(1, b"\1" * 32))
    Sender(chain, keys.operator).send(points.issue_voucher(1, b"\1" * 32))


def made_up(kind: str) -> Any:
    """Return a value of an ABI type: one, an empty list, or the address of somebody else."""
    if kind.endswith("[]") or kind.startswith("("):
        return [] if kind.endswith("[]") else tuple(made_up(one) for one in kind[1:-1].split(","))
    values = {"address": OTHER, "bool": True, "bytes": b"", "string": ""}
    if kind in values:
        return values[kind]
    sized = re.fullmatch(r"bytes(\d+)", kind)
    return b"\1" * int(sized[1]) if sized else 1


def test_the_table_has_every_contract() -> None:
    assert _TABLE.keys() - {"groups"} == set(CONTRACT_NAMES)


@pytest.mark.parametrize("contract", CONTRACT_NAMES)
def test_the_table_has_a_row_for_each_function_and_no_other(contract: str) -> None:
    assert rows_of(contract).keys() == changing(contract).keys()


@pytest.mark.parametrize("contract", CONTRACT_NAMES)
def test_rows_name_roles_that_the_contract_knows(contract: str) -> None:
    named = {row.role for row in rows_of(contract).values() if row.role}
    assert named <= {*roles_of(contract), ADMIN}


def test_every_contract_is_deployed(world: World) -> None:
    assert world.addresses.keys() == set(CONTRACT_NAMES)


@pytest.mark.parametrize("contract", CONTRACT_NAMES)
def test_only_those_in_the_table_may(world: World, contract: str) -> None:
    wrong = []
    for name, function in changing(contract).items():
        row = rows_of(contract)[name]
        arguments = row.arguments or [made_up(one.type) for one in function.inputs]
        for holder, caller in world.callers.items():
            error = world.refusal(contract, function, arguments, caller)
            may = row.refusal is None or (
                row.role is not None and world.holds(contract, row.role, caller)
            )
            if not agrees(row, error, caller, may=may):
                wrong.append(f"{name} by {holder}: {error}")
    assert not wrong


def agrees(row: Row, error: ContractRefusedError | None, caller: str, *, may: bool) -> bool:
    """Tell whether a caller was refused for who it is exactly where the table says so."""
    if not may:
        return error is not None and error.name == row.refusal and names_role(row, error)
    if error is None:
        return True
    return error.name != row.refusal and error.arguments.get("account") != caller


def names_role(row: Row, error: ContractRefusedError) -> bool:
    return row.refusal != UNAUTHORIZED or error.arguments["neededRole"] == ROLES[row.role or ADMIN]


@pytest.mark.parametrize("contract", WITH_ROLES)
def test_who_stands_for_a_role_holds_that_one_alone(world: World, contract: str) -> None:
    if contract == "Timelock":
        proposer = CALLERS["PROPOSER_ROLE"]
        held = {role for role in roles_of(contract) if world.holds(contract, role, proposer)}
        assert held == {"PROPOSER_ROLE", "CANCELLER_ROLE"}
        return
    for name, caller in world.callers.items():
        held = {role for role in roles_of(contract) if world.holds(contract, role, caller)}
        assert held == {name} & set(roles_of(contract))


@pytest.mark.parametrize("contract", WITH_ROLES)
def test_only_the_admin_gives_roles(world: World, contract: str) -> None:
    """No role administers another, so that nobody but the admin can pass one on."""
    function = contract_abi(contract).functions["getRoleAdmin"]
    for role in ROLES.values():
        answer = world.chain.call(world.addresses[contract], function.encode(role))
        assert function.decode(answer)[0] == DEFAULT_ADMIN_ROLE


@pytest.mark.parametrize(
    ("role", "contract", "function"),
    [
        ("OPERATOR_ROLE", "CurrencyToken", "mint"),
        ("OPERATOR_ROLE", "CurrencyToken", "settle"),
        ("OPERATOR_ROLE", "EnergyToken", "issue"),
        ("OPERATOR_ROLE", "Market", "postTariffs"),
        ("OPERATOR_ROLE", "Registry", "registerParticipant"),
        ("MINTER_ROLE", "Settlement", "settle"),
        ("MINTER_ROLE", "CurrencyToken", "settle"),
        ("MINTER_ROLE", "CurrencyToken", "confirmPayout"),
        ("PAYER_ROLE", "CurrencyToken", "mint"),
        ("REGISTRAR_ROLE", "Settlement", "settle"),
        ("REGISTRAR_ROLE", "CurrencyToken", "mint"),
        ("TARIFF_ROLE", "Market", "commitOrders"),
        ("SETTLEMENT_ROLE", "CurrencyToken", "mint"),
        ("PAUSER_ROLE", "CurrencyToken", "unpause"),
        ("PAUSER_ROLE", "Timelock", "cancel"),
        ("REWARDER_ROLE", "RewardPoints", "issueVoucher"),
        ("ISSUER_ROLE", "StoredEnergyToken", "escrowTransfer"),
        ("ESCROW_ROLE", "StoredEnergyToken", "mint"),
        ("VALIDATOR_ROLE", "StoredEnergyToken", "mint"),
        ("VALIDATOR_ROLE", "SaleEscrow", "setFee"),
        ("PAUSER_ROLE", "SaleEscrow", "unpause"),
        ("PAUSER_ROLE", "ConsumptionEscrow", "reject"),
        (ADMIN, "CurrencyToken", "mint"),
        (ADMIN, "Settlement", "settle"),
        (ADMIN, "StoredEnergyToken", "mint"),
        (ADMIN, "DeliveryRecord", "reject"),
    ],
)
def test_separation(world: World, role: str, contract: str, function: str) -> None:
    """What must stay apart, whatever the table says."""
    called = changing(contract)[function]
    arguments = [made_up(one.type) for one in called.inputs]
    error = world.refusal(contract, called, arguments, world.callers[role])
    assert error is not None
    assert error.name == UNAUTHORIZED
