"""Typed clients of the deployed contracts."""

from __future__ import annotations

from chain.calls import Call
from chain.connection import Chain
from chain.contracts.agents import AgentsClient, Mandate, Sides
from chain.contracts.client import PendingAdmin, PendingDelay
from chain.contracts.consortia import ConsortiaClient, Consortium, ConsortiumMember
from chain.contracts.disputes import (
    Challenge,
    ChallengeKind,
    ChallengeStatus,
    Dispute,
    DisputesClient,
    DisputeStatus,
    OrderProof,
)
from chain.contracts.governance import (
    ContractVersion,
    DirectoryClient,
    OperationState,
    TimelockClient,
)
from chain.contracts.market import (
    NO_ORDER,
    RANKED_ORDER_BYTES,
    Book,
    ChosenMechanism,
    Community,
    MarketClient,
    PayAsBidResult,
    pack_ranked,
    unpack_ranked,
)
from chain.contracts.metering import MeteredTotals, MeteringClient
from chain.contracts.order_entry import OrderEntryClient
from chain.contracts.reconciliation import GridInvoice, ReconciliationClient
from chain.contracts.registry import (
    DeviceRelation,
    Participant,
    ParticipantRole,
    RegisteredDevice,
    RegisteredGateway,
    RegistryClient,
    WalletRecord,
)
from chain.contracts.rewards import Redemption, RedemptionStatus, Reward, RewardsClient
from chain.contracts.settlement import SettlementClient, SettlementRecord, SettlementStatement
from chain.contracts.tokens import (
    CurrencyClient,
    Deposit,
    EnergyClient,
    Ledger,
    Payout,
    PayoutStatus,
)
from chain.deployment import Deployment

__all__ = [
    "NO_ORDER",
    "RANKED_ORDER_BYTES",
    "AgentsClient",
    "Book",
    "Call",
    "Challenge",
    "ChallengeKind",
    "ChallengeStatus",
    "ChosenMechanism",
    "Community",
    "ConsortiaClient",
    "Consortium",
    "ConsortiumMember",
    "ContractVersion",
    "Contracts",
    "CurrencyClient",
    "Deposit",
    "DeviceRelation",
    "DirectoryClient",
    "Dispute",
    "DisputeStatus",
    "DisputesClient",
    "EnergyClient",
    "GridInvoice",
    "Ledger",
    "Mandate",
    "MarketClient",
    "MeteredTotals",
    "MeteringClient",
    "OperationState",
    "OrderEntryClient",
    "OrderProof",
    "Participant",
    "ParticipantRole",
    "PayAsBidResult",
    "Payout",
    "PayoutStatus",
    "PendingAdmin",
    "PendingDelay",
    "ReconciliationClient",
    "Redemption",
    "RedemptionStatus",
    "RegisteredDevice",
    "RegisteredGateway",
    "RegistryClient",
    "Reward",
    "RewardsClient",
    "SettlementClient",
    "SettlementRecord",
    "SettlementStatement",
    "Sides",
    "TimelockClient",
    "WalletRecord",
    "pack_ranked",
    "unpack_ranked",
]


class Contracts:
    """All contracts of one market."""

    def __init__(self, chain: Chain, deployment: Deployment) -> None:
        """Use the contracts of a deployment.

        Raises:
            InvalidValueError: where the deployment is on another chain.
        """
        deployment.require_chain(chain)
        self.chain = chain
        self.deployment = deployment
        self.registry = RegistryClient(chain, deployment.registry)
        self.market = MarketClient(chain, deployment.market)
        self.metering = MeteringClient(chain, deployment.metering)
        self.settlement = SettlementClient(chain, deployment.settlement)
        self.currency = CurrencyClient(chain, deployment.currency)
        self.energy = EnergyClient(chain, deployment.energy)
        self.consortia = ConsortiaClient(chain, deployment.consortia)
        self.directory = DirectoryClient(chain, deployment.directory)
        self.timelock = TimelockClient(chain, deployment.timelock) if deployment.timelock else None
        self.agents = AgentsClient(chain, deployment.agents)
        self.order_entry = OrderEntryClient(chain, deployment.order_entry)
        self.disputes = DisputesClient(chain, deployment.disputes)
