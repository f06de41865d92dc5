"""Creating the contracts of a market, and where they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Final

from chain.calls import Call
from chain.connection import Chain
from chain.creation import create, created_address, role_grant
from chain.deployment_members import read_members, write_members
from chain.governance import Governance, directory_entries, hand_over, pausable_contracts
from chain.roles import (
    ARBITER_ROLE,
    AUDITOR_ROLE,
    ENTRY_ROLE,
    MINTER_ROLE,
    OPERATOR_ROLE,
    PAUSER_ROLE,
    PAYER_ROLE,
    RECONCILER_ROLE,
    REGISTRAR_ROLE,
    REWARDER_ROLE,
    SETTLEMENT_ROLE,
    TARIFF_ROLE,
    VOUCHER_ROLE,
)
from chain.sender import Sender
from domain.errors import InvalidValueError
from identity.keys import EvmKey

_OPTIONAL: Final = ("timelock",)


@dataclass(frozen=True, slots=True)
class Roles:
    """Who gets which role when a market is deployed.

    Attributes:
        registrar: address that registers participants, gateways, devices and consortia.
        operator: address that commits books and posts settlements.
        tariff_oracle: address that posts tariffs.
        minter: address that credits deposits.
        payer: address that confirms pay-outs; None for nobody yet.
        pauser: address that can pause contracts in an emergency; None for nobody yet.
        arbiter: address that decides disputes; None for nobody yet.
        auditor: address that challenges books without being a participant; None for nobody yet.
    """

    registrar: str
    operator: str
    tariff_oracle: str
    minter: str
    payer: str | None = None
    pauser: str | None = None
    arbiter: str | None = None
    auditor: str | None = None


@dataclass(frozen=True, slots=True)
class RewardRoles:
    """Who gets which role when reward points are deployed.

    Attributes:
        rewarder: address that gives points, and takes back what was given.
        voucher_issuer: address that issues vouchers for points.
        pauser: address that can pause them.
    """

    rewarder: str
    voucher_issuer: str
    pauser: str


@dataclass(frozen=True, slots=True)
class OnChain:
    """What lies on one chain.

    Attributes:
        chain_id: number of the chain.
    """

    chain_id: int

    def require_chain(self, chain: Chain) -> None:
        """Check that a chain is the one that the contracts are on.

        Raises:
            InvalidValueError: where it is another.
        """
        if chain.chain_id != self.chain_id:
            raise InvalidValueError("chain_id", str(self.chain_id), chain.chain_id)


@dataclass(frozen=True, slots=True)
class Deployment(OnChain):
    """Where a market's contracts are.

    Attributes:
        registry: address, as all of these in the mixed case of EIP-55.
        market: address.
        metering: address.
        settlement: address.
        currency: address.
        energy: address.
        consortia: address.
        directory: address.
        timelock: address, or None where the key that deployed them stays the admin.
        agents: address.
        order_entry: address.
        disputes: address.
        block: number of the block that holds the first of them; no event is earlier.
    """

    registry: str
    market: str
    metering: str
    settlement: str
    currency: str
    energy: str
    consortia: str
    directory: str
    timelock: str | None
    agents: str
    order_entry: str
    disputes: str
    block: int

    @property
    def names(self) -> dict[str, str]:
        """The contracts' names (``Market``) by their addresses."""
        names = {
            self.registry: "Registry",
            self.market: "Market",
            self.metering: "Metering",
            self.settlement: "Settlement",
            self.currency: "CurrencyToken",
            self.energy: "EnergyToken",
            self.consortia: "Consortia",
            self.directory: "Directory",
            self.agents: "Agents",
            self.order_entry: "OrderEntry",
            self.disputes: "Disputes",
        }
        return names if self.timelock is None else {**names, self.timelock: "Timelock"}

    def to_json(self) -> dict[str, Any]:
        """Return the members of a JSON object: whole numbers, addresses in lower case, null."""
        return write_members(asdict(self))

    @classmethod
    def from_json(cls, members: Mapping[str, Any]) -> Deployment:
        """Read what ``to_json`` returns.

        Raises:
            InvalidValueError: naming the member that is missing, unknown or wrong.
        """
        names = [field.name for field in fields(cls)]
        return cls(**read_members("deployment", names, members, _OPTIONAL))


@dataclass(frozen=True, slots=True)
class SingleContract(OnChain):
    """Where a contract is that was deployed by itself, beside a market's.

    Attributes:
        name: the contract's name (``RewardPoints``).
        address: where it lies, in the mixed case of EIP-55.
        block: number of the block that holds it; no event of it is earlier.
    """

    name: str
    address: str
    block: int

    @property
    def names(self) -> dict[str, str]:
        """The contract's name by its address."""
        return {self.address: self.name}


def deploy(
    chain: Chain, admin: EvmKey, roles: Roles, governance: Governance | None = None
) -> Deployment:
    """Create a market's contracts, grant the roles and enter all of them in the directory.

    The admin gets no role but the admin's; the settlement contract gets what it needs on the tokens
    and on metering. With governance, the admin announces the timelock as the next admin; it becomes
    that once a proposer scheduled ``chain.operations.acceptance`` and somebody executed it.

    Args:
        chain: where to.
        admin: sends the transactions; the contracts' admin, with governance for the set-up only.
        roles: who gets the other roles.
        governance: who governs afterwards; by default the admin.

    Raises:
        MissingArtifactError: where the contracts were not compiled.
        ContractRefusedError: ``InvalidDelay``, where the timelock's is out of bounds, or
            ``ProposerMissing``.
    """
    sender = Sender(chain, admin)
    owner = admin.address
    registry = create(sender, "Registry", owner)
    market = create(sender, "Market", owner, created_address(registry))
    metering = create(sender, "Metering", owner, created_address(registry))
    currency = create(sender, "CurrencyToken", owner)
    energy = create(sender, "EnergyToken", owner)
    parts = [created_address(part) for part in (registry, market, metering, currency, energy)]
    agents = create(sender, "Agents", parts[0])
    order_entry = create(sender, "OrderEntry", parts[0], parts[1], created_address(agents))
    books = (parts[0], parts[1], created_address(agents), created_address(order_entry))
    disputes = create(sender, "Disputes", owner, *books)
    settlement = create(sender, "Settlement", owner, *parts, created_address(disputes))
    consortia = create(sender, "Consortia", owner, created_address(registry))
    directory = create(sender, "Directory", owner)
    deployment = Deployment(
        chain_id=chain.chain_id,
        registry=parts[0],
        market=parts[1],
        metering=parts[2],
        settlement=created_address(settlement),
        currency=parts[3],
        energy=parts[4],
        consortia=created_address(consortia),
        directory=created_address(directory),
        timelock=None if governance is None else _create_timelock(sender, governance),
        agents=created_address(agents),
        order_entry=created_address(order_entry),
        disputes=created_address(disputes),
        block=registry.block_number,
    )
    calls = [
        *role_grants(deployment, roles),
        *directory_entries(deployment.names, deployment.directory),
    ]
    if deployment.timelock is not None:
        calls += hand_over(deployment.names, deployment.timelock)
    for call in calls:
        sender.send(call)
    return deployment


def role_grants(deployment: Deployment, roles: Roles) -> list[Call]:
    """Return the calls by which the admin gives everybody the role it needs, and no more."""
    settlement, currency = deployment.settlement, deployment.currency
    pausable = pausable_contracts(deployment.names) if roles.pauser else {}
    judges = ((ARBITER_ROLE, roles.arbiter), (AUDITOR_ROLE, roles.auditor))
    return [
        role_grant("Registry", deployment.registry, REGISTRAR_ROLE, roles.registrar),
        role_grant("Consortia", deployment.consortia, REGISTRAR_ROLE, roles.registrar),
        role_grant("Market", deployment.market, OPERATOR_ROLE, roles.operator),
        role_grant("Market", deployment.market, TARIFF_ROLE, roles.tariff_oracle),
        role_grant("Settlement", settlement, OPERATOR_ROLE, roles.operator),
        role_grant("CurrencyToken", deployment.currency, MINTER_ROLE, roles.minter),
        role_grant("CurrencyToken", deployment.currency, SETTLEMENT_ROLE, settlement),
        role_grant("EnergyToken", deployment.energy, SETTLEMENT_ROLE, settlement),
        role_grant("Metering", deployment.metering, SETTLEMENT_ROLE, settlement),
        role_grant("Market", deployment.market, ENTRY_ROLE, deployment.order_entry),
        *(role_grant("CurrencyToken", currency, PAYER_ROLE, who) for who in (roles.payer,) if who),
        *(
            role_grant(contract, address, PAUSER_ROLE, roles.pauser)
            for address, contract in pausable.items()
            if roles.pauser
        ),
        *(role_grant("Disputes", deployment.disputes, role, who) for role, who in judges if who),
    ]


def deploy_rewards(chain: Chain, admin: EvmKey, roles: RewardRoles) -> SingleContract:
    """Create the reward points, which belong to no one market, and grant their roles.

    Args:
        chain: where to.
        admin: sends the transactions, and stays the contract's admin.
        roles: who gets the other roles.

    Raises:
        MissingArtifactError: where the contract was not compiled.
    """
    grants = (
        (REWARDER_ROLE, roles.rewarder),
        (VOUCHER_ROLE, roles.voucher_issuer),
        (PAUSER_ROLE, roles.pauser),
    )
    return _deploy_single(Sender(chain, admin), "RewardPoints", (admin.address,), grants)


def deploy_reconciliation(
    chain: Chain, admin: EvmKey, deployment: Deployment, reconciler: str
) -> SingleContract:
    """Create the comparison of a market's settlements with the grid operator's invoices.

    Args:
        chain: where to.
        admin: sends the transactions, and stays the contract's admin.
        deployment: of the market.
        reconciler: address that records invoices and compares them.

    Raises:
        InvalidValueError: where the market is on another chain.
        MissingArtifactError: where the contract was not compiled.
    """
    deployment.require_chain(chain)
    arguments = (admin.address, deployment.settlement)
    grants = ((RECONCILER_ROLE, reconciler),)
    return _deploy_single(Sender(chain, admin), "GridReconciliation", arguments, grants)


def _deploy_single(
    sender: Sender, name: str, arguments: tuple[str, ...], grants: Iterable[tuple[bytes, str]]
) -> SingleContract:
    created = create(sender, name, *arguments)
    address = created_address(created)
    for role, account in grants:
        sender.send(role_grant(name, address, role, account))
    return SingleContract(sender.chain.chain_id, name, address, created.block_number)


def _create_timelock(sender: Sender, governance: Governance) -> str:
    return created_address(create(sender, "Timelock", governance.delay, list(governance.proposers)))
