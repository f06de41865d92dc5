"""Creating the contracts of a market, and where they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Final

from chain.abi import contract_abi, creation_code
from chain.calls import Call
from chain.connection import Chain
from chain.roles import (
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
from chain.sender import Receipt, Sender
from domain.errors import InvalidValueError
from domain.units import require_range
from identity.address import address_bytes, checksum_address
from identity.keys import EvmKey

_NUMBERS: Final = ("chain_id", "block")
_MAX_NUMBER: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Roles:
    """Who gets which role when a market is deployed.

    Attributes:
        registrar: address that registers participants, gateways, devices and consortia.
        operator: address that commits books and posts settlements.
        tariff_oracle: address that posts tariffs.
        minter: address that credits deposits.
        payer: address that confirms pay-outs; None for nobody yet.
        pauser: address that can pause the currency token; None for nobody yet.
    """

    registrar: str
    operator: str
    tariff_oracle: str
    minter: str
    payer: str | None = None
    pauser: str | None = None


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
class Deployment:
    """Where a market's contracts are.

    Attributes:
        chain_id: number of the chain.
        registry: address, as all of these in the mixed case of EIP-55.
        market: address.
        metering: address.
        settlement: address.
        currency: address.
        energy: address.
        consortia: address.
        block: number of the block that holds the first of them; no event is earlier.
    """

    chain_id: int
    registry: str
    market: str
    metering: str
    settlement: str
    currency: str
    energy: str
    consortia: str
    block: int

    @property
    def names(self) -> dict[str, str]:
        """The contracts' names (``Market``) by their addresses."""
        return {
            self.registry: "Registry",
            self.market: "Market",
            self.metering: "Metering",
            self.settlement: "Settlement",
            self.currency: "CurrencyToken",
            self.energy: "EnergyToken",
            self.consortia: "Consortia",
        }

    def to_json(self) -> dict[str, Any]:
        """Return the members of a JSON object: whole numbers, and addresses in lower case."""
        return {
            name: value if name in _NUMBERS else value.lower()
            for name, value in asdict(self).items()
        }

    @classmethod
    def from_json(cls, members: Mapping[str, Any]) -> Deployment:
        """Read what ``to_json`` returns.

        Raises:
            InvalidValueError: naming the member that is missing, unknown or wrong.
        """
        names = [field.name for field in fields(cls)]
        if set(members) != set(names):
            raise InvalidValueError("deployment", f"the members {', '.join(names)}", list(members))
        values = {name: _read_member(name, members[name]) for name in names}
        return cls(**values)

    def require_chain(self, chain: Chain) -> None:
        """Check that a chain is the one that the contracts are on.

        Raises:
            InvalidValueError: where it is another.
        """
        if chain.chain_id != self.chain_id:
            raise InvalidValueError("chain_id", str(self.chain_id), chain.chain_id)


@dataclass(frozen=True, slots=True)
class SingleContract:
    """Where a contract is that was deployed by itself, beside a market's.

    Attributes:
        chain_id: number of the chain.
        name: the contract's name (``RewardPoints``).
        address: where it lies, in the mixed case of EIP-55.
        block: number of the block that holds it; no event of it is earlier.
    """

    chain_id: int
    name: str
    address: str
    block: int

    @property
    def names(self) -> dict[str, str]:
        """The contract's name by its address."""
        return {self.address: self.name}

    def require_chain(self, chain: Chain) -> None:
        """Check that a chain is the one that the contract is on.

        Raises:
            InvalidValueError: where it is another.
        """
        if chain.chain_id != self.chain_id:
            raise InvalidValueError("chain_id", str(self.chain_id), chain.chain_id)


def deploy(chain: Chain, admin: EvmKey, roles: Roles) -> Deployment:
    """Create a market's contracts and grant the roles.

    The admin gets no role but the admin's; the settlement contract gets what it needs on the tokens
    and on metering.

    Args:
        chain: where to.
        admin: sends the transactions, and stays the contracts' admin.
        roles: who gets the other roles.

    Raises:
        MissingArtifactError: where the contracts were not compiled.
    """
    sender = Sender(chain, admin)
    owner = admin.address
    registry = _create(sender, "Registry", owner)
    market = _create(sender, "Market", owner, _address(registry))
    metering = _create(sender, "Metering", owner, _address(registry))
    currency = _create(sender, "CurrencyToken", owner)
    energy = _create(sender, "EnergyToken", owner)
    parts = [_address(part) for part in (registry, market, metering, currency, energy)]
    settlement = _create(sender, "Settlement", owner, *parts)
    consortia = _create(sender, "Consortia", owner, _address(registry))
    deployment = Deployment(
        chain_id=chain.chain_id,
        registry=parts[0],
        market=parts[1],
        metering=parts[2],
        settlement=_address(settlement),
        currency=parts[3],
        energy=parts[4],
        consortia=_address(consortia),
        block=registry.block_number,
    )
    for call in role_grants(deployment, roles):
        sender.send(call)
    return deployment


def role_grants(deployment: Deployment, roles: Roles) -> list[Call]:
    """Return the calls by which the admin gives everybody the role it needs, and no more."""
    settlement, currency = deployment.settlement, deployment.currency
    optional = ((PAYER_ROLE, roles.payer), (PAUSER_ROLE, roles.pauser))
    return [
        _grant("Registry", deployment.registry, REGISTRAR_ROLE, roles.registrar),
        _grant("Consortia", deployment.consortia, REGISTRAR_ROLE, roles.registrar),
        _grant("Market", deployment.market, OPERATOR_ROLE, roles.operator),
        _grant("Market", deployment.market, TARIFF_ROLE, roles.tariff_oracle),
        _grant("Settlement", settlement, OPERATOR_ROLE, roles.operator),
        _grant("CurrencyToken", deployment.currency, MINTER_ROLE, roles.minter),
        _grant("CurrencyToken", deployment.currency, SETTLEMENT_ROLE, settlement),
        _grant("EnergyToken", deployment.energy, SETTLEMENT_ROLE, settlement),
        _grant("Metering", deployment.metering, SETTLEMENT_ROLE, settlement),
        *(_grant("CurrencyToken", currency, role, who) for role, who in optional if who),
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
    created = _create(sender, name, *arguments)
    address = _address(created)
    for role, account in grants:
        sender.send(_grant(name, address, role, account))
    return SingleContract(sender.chain.chain_id, name, address, created.block_number)


def _grant(contract: str, address: str, role: bytes, account: str) -> Call:
    data = contract_abi(contract).functions["grantRole"].encode(role, account)
    return Call(address, data, f"{contract}.grantRole")


def _create(sender: Sender, contract: str, *arguments: Any) -> Receipt:
    return sender.send(Call(None, creation_code(contract, *arguments), f"create {contract}"))


def _address(created: Receipt) -> str:
    if created.contract is None:
        raise InvalidValueError("receipt", "one of a contract's creation", created)
    return created.contract


def _read_member(name: str, value: Any) -> Any:
    if name in _NUMBERS:
        require_range(name, value, 0, _MAX_NUMBER)
        return value
    if not isinstance(value, str):
        raise InvalidValueError(name, "an address", value)
    return checksum_address(address_bytes(value, name))
