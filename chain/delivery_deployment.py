"""The contracts of stored energy: an optional part beside a market's deployment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Final

from chain.calls import Call
from chain.connection import Chain
from chain.creation import create, created_address, role_grant
from chain.deployment import Deployment, OnChain
from chain.deployment_members import read_members, write_members
from chain.governance import hand_over
from chain.roles import ESCROW_ROLE, ISSUER_ROLE, PAUSER_ROLE, VALIDATOR_ROLE
from chain.sender import Sender
from identity.keys import EvmKey

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
class DeliveryDeployment(OnChain):
    """Where the contracts of stored energy are.

    Attributes:
        claims: address of the token of claims, as all of these in the mixed case of EIP-55.
        record: address of the delivery record.
        consumption: address of the consumption escrow.
        sales: address of the sale escrow.
        block: number of the block that holds the first of them; no event is earlier.
    """

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
        return write_members(asdict(self))

    @classmethod
    def from_json(cls, members: Mapping[str, Any]) -> DeliveryDeployment:
        """Read what ``to_json`` returns.

        Raises:
            InvalidValueError: naming the member that is missing, unknown or wrong.
        """
        names = [field.name for field in fields(cls)]
        return cls(**read_members("delivery deployment", names, members))


def deploy_delivery(
    chain: Chain, admin: EvmKey, market: Deployment, roles: DeliveryRoles
) -> DeliveryDeployment:
    """Create the contracts of stored energy for a market, and grant the roles.

    The delivery record and the sale escrow get to give out claims, the two escrows to hold them.
    The sale escrow gets to give money back while the currency token is paused, for which the admin
    must still be the token's, too. Where the market has a timelock, the admin announces it as the
    next admin; it becomes that by an operation of ``chain.governance.acceptances``.

    Args:
        chain: where to.
        admin: sends the transactions; the contracts' admin, with a timelock for the set-up only.
        market: whose registry, prices and money count, and whose timelock governs.
        roles: who gets the other roles.

    Raises:
        MissingArtifactError: where the contracts were not compiled.
        InvalidValueError: where the market is on another chain.
        ContractRefusedError: where the currency token has another admin; nothing is created then.
    """
    market.require_chain(chain)
    _require_admin(chain, admin, market.currency)
    sender = Sender(chain, admin)
    owner, registry = admin.address, market.registry
    token = create(sender, _CLAIMS, owner)
    claims = created_address(token)
    record = create(sender, "DeliveryRecord", owner, registry, market.market, claims)
    consumption = create(sender, "ConsumptionEscrow", owner, registry, claims)
    parts = (registry, market.market, claims, market.currency)
    sales = create(sender, "SaleEscrow", owner, *parts)
    deployment = DeliveryDeployment(
        chain_id=chain.chain_id,
        claims=claims,
        record=created_address(record),
        consumption=created_address(consumption),
        sales=created_address(sales),
        block=token.block_number,
    )
    calls = delivery_role_grants(deployment, market.currency, roles)
    if market.timelock is not None:
        calls += hand_over(deployment.names, market.timelock)
    for call in calls:
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
        role_grant(_CLAIMS, deployment.claims, ISSUER_ROLE, record),
        role_grant(_CLAIMS, deployment.claims, ISSUER_ROLE, sales),
        role_grant(_CLAIMS, deployment.claims, ESCROW_ROLE, consumption),
        role_grant(_CLAIMS, deployment.claims, ESCROW_ROLE, sales),
        role_grant("CurrencyToken", currency, ESCROW_ROLE, sales),
        *(role_grant(name, at, VALIDATOR_ROLE, roles.validator) for name, at in processes.items()),
        *(role_grant(name, at, PAUSER_ROLE, roles.pauser) for name, at in processes.items()),
    ]


def _require_admin(chain: Chain, admin: EvmKey, currency: str) -> None:
    # Asked and not sent: what the token would say to the grant that the sale escrow needs.
    grant = role_grant("CurrencyToken", currency, ESCROW_ROLE, admin.address)
    chain.call(currency, grant.data, sender=admin.address)
