"""Typed clients of the contracts of stored energy."""

from __future__ import annotations

from chain.connection import Chain
from chain.contracts.delivery.consumption import (
    ConsumptionClient,
    ConsumptionRequest,
    RequestStatus,
)
from chain.contracts.delivery.process import BY_SENDER
from chain.contracts.delivery.record import Delivery, DeliveryRecordClient
from chain.contracts.delivery.sale import (
    Deal,
    DealStatus,
    PurchaseOrder,
    SaleClient,
    SaleOffer,
)
from chain.contracts.delivery.stored_energy import StoredEnergyClient
from chain.delivery_deployment import DeliveryDeployment

__all__ = [
    "BY_SENDER",
    "ConsumptionClient",
    "ConsumptionRequest",
    "Deal",
    "DealStatus",
    "Delivery",
    "DeliveryContracts",
    "DeliveryRecordClient",
    "PurchaseOrder",
    "RequestStatus",
    "SaleClient",
    "SaleOffer",
    "StoredEnergyClient",
]


class DeliveryContracts:
    """All contracts of stored energy of one market."""

    def __init__(self, chain: Chain, deployment: DeliveryDeployment) -> None:
        """Use the contracts of a deployment.

        Raises:
            InvalidValueError: where the deployment is on another chain.
        """
        deployment.require_chain(chain)
        self.chain = chain
        self.deployment = deployment
        self.claims = StoredEnergyClient(chain, deployment.claims)
        self.record = DeliveryRecordClient(chain, deployment.record)
        self.consumption = ConsumptionClient(chain, deployment.consumption)
        self.sales = SaleClient(chain, deployment.sales)
