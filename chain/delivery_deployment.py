"""The contracts of stored energy: an optional part beside a market's deployment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Final

from chain.abi import contract_abi, creation_code
from chain.calls import Call
from chain.connection import Chain
from chain.deployment import Deployment
from chain.roles import ESCROW_ROLE, ISSUER_ROLE, PAUSER_ROLE, VALIDATOR_ROLE
from chain.sender import Receipt, Sender
from domain.errors import InvalidValueError
from domain.units import require_range
from identity.address import address_bytes, checksum_address
from identity.keys import EvmKey

_NUMBERS: Final = ("chain_id", "block")
_MAX_NUMBER: Final = 2**63 - 1
_CLAIMS: Final = "StoredEnergyToken"


@dataclass(frozen=True, slots=True)
class DeliveryRoles:
    """Who gets which role when the contracts of stored energy are deployed.

    Attributes:
        validator: address that compares statements with meters.
        pauser: address that can stop what is new.
    """

    validator: str
    pauser: str


@dataclass(frozen=True, slots=True)
class DeliveryDeployment:
    """Where the contracts of stored energy are.

    Attributes:
        chain_id: number of the chain.
        claims: address of the token of claims, as all of these in the mixed case of EIP-55.
        record: address of the delivery record.
        consumption: address of the consumption escrow.
        sales: address of the sale escrow.
        block: number of the block that holds the first of them; no event is earlier.
    """

    chain_id: int
    claims: str
    record: str
    consumption: str
    sales: str
    block: int

    @property
    def names(self) -> dict[str, str]:
        """The contracts' names (``SaleEscrow``) by their addresses."""
        return {
            self.claims: _CLAIMS,
            self.record: "DeliveryRecord",
            self.consumption: "ConsumptionEscrow",
            self.sales: "SaleEscrow",
        }

    def to_json(self) -> dict[str, Any]:
        """Return the members of a JSON object: whole numbers, and addresses in lower case."""
        return {
            name: value if name in _NUMBERS else value.lower()
            for name, value in asdict(self).items()
        }

    @classmethod
    def from_json(cls, members: Mapping[str, Any]) -> DeliveryDeployment:
        """Read what ``to_json`` returns.

        Raises:
            InvalidValueError: naming the member that is missing, unknown or wrong.
        """
        names = [field.name for field in fields(cls)]
        if set(members) != set(names):
            expected = f"the members {', '.join(names)}"
            raise InvalidValueError("delivery deployment", expected, list(members))
        return cls(**{name: _read_member(name, members[name]) for name in names})

    def require_chain(self, chain: Chain) -> None:
        """Check that a chain is the one that the contracts are on.

        Raises:
            InvalidValueError: where it is another.
        """
        if chain.chain_id != self.chain_id:
            raise InvalidValueError("chain_id", str(self.chain_id), chain.chain_id)


def deploy_delivery(
    chain: Chain, admin: EvmKey, market: Deployment, roles: DeliveryRoles
) -> DeliveryDeployment:
    """Create the contracts of stored energy for a market, and grant the roles.

    The delivery record and the sale escrow get to give out claims, the two escrows to hold them.
    The sale escrow gets to give money back while the currency token is paused, for which the admin
    must be the token's, too.

    Args:
        chain: where to.
        admin: sends the transactions, and stays the contracts' admin.
        market: whose registry, prices and money count.
        roles: who gets the other roles.

    Raises:
        MissingArtifactError: where the contracts were not compiled.
        InvalidValueError: where the market is on another chain.
    """
    market.require_chain(chain)
    sender = Sender(chain, admin)
    owner, registry = admin.address, market.registry
    token = _create(sender, _CLAIMS, owner)
    claims = _address(token)
    record = _create(sender, "DeliveryRecord", owner, registry, market.market, claims)
    consumption = _create(sender, "ConsumptionEscrow", owner, registry, claims)
    parts = (registry, market.market, claims, market.currency)
    sales = _create(sender, "SaleEscrow", owner, *parts)
    deployment = DeliveryDeployment(
        chain_id=chain.chain_id,
        claims=claims,
        record=_address(record),
        consumption=_address(consumption),
        sales=_address(sales),
        block=token.block_number,
    )
    for call in delivery_role_grants(deployment, market.currency, roles):
        sender.send(call)
    return deployment


def delivery_role_grants(
    deployment: DeliveryDeployment, currency: str, roles: DeliveryRoles
) -> list[Call]:
    """Return the calls by which the admin gives everybody the role it needs, and no more."""
    record, consumption, sales = deployment.record, deployment.consumption, deployment.sales
    processes = {
        "DeliveryRecord": record,
        "ConsumptionEscrow": consumption,
        "SaleEscrow": sales,
    }
    return [
        _grant(_CLAIMS, deployment.claims, ISSUER_ROLE, record),
        _grant(_CLAIMS, deployment.claims, ISSUER_ROLE, sales),
        _grant(_CLAIMS, deployment.claims, ESCROW_ROLE, consumption),
        _grant(_CLAIMS, deployment.claims, ESCROW_ROLE, sales),
        _grant("CurrencyToken", currency, ESCROW_ROLE, sales),
        *(_grant(name, at, VALIDATOR_ROLE, roles.validator) for name, at in processes.items()),
        *(_grant(name, at, PAUSER_ROLE, roles.pauser) for name, at in processes.items()),
    ]


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
