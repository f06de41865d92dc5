"""Who governs a market now: admins, those announced as the next, and pauses."""

from __future__ import annotations

from dataclasses import dataclass

from chain.contracts import Contracts, PendingAdmin
from chain.contracts.client import AdminRulesClient, PausableClient


@dataclass(frozen=True, slots=True)
class ContractGovernance:
    """Who governs one contract.

    Attributes:
        contract: its name.
        address: where it lies.
        admin: address of its admin; the zero address where it has none any more.
        next_admin: who was announced as the next, or None.
        is_paused: whether it is paused; None where it cannot be.
    """

    contract: str
    address: str
    admin: str
    next_admin: PendingAdmin | None
    is_paused: bool | None


def governors(contracts: Contracts) -> list[ContractGovernance]:
    """Return who governs each contract of a market that has an admin.

    Args:
        contracts: of the market.

    Raises:
        ChainError: where the node does not answer.
    """
    clients = vars(contracts).values()
    return [_governance(client) for client in clients if isinstance(client, AdminRulesClient)]


def _governance(client: AdminRulesClient) -> ContractGovernance:
    return ContractGovernance(
        contract=client.contract,
        address=client.address,
        admin=client.default_admin(),
        next_admin=client.pending_default_admin(),
        is_paused=client.paused() if isinstance(client, PausableClient) else None,
    )
