"""What the contracts announced: ``read_events`` and one class for each event."""

from __future__ import annotations

from chain.events.reader import read_events
from chain.events.types import (
    Approval,
    CommunityCreated,
    ContractEvent,
    DeviceRegistered,
    EIP712DomainChanged,
    GatewayRegistered,
    GatewayRevoked,
    IntervalCleared,
    IntervalSettled,
    Minted,
    OrdersCommitted,
    OrderSubmitted,
    ParticipantActivitySet,
    ParticipantRegistered,
    ReadingsAttested,
    Retired,
    RoleAdminChanged,
    RoleGranted,
    RoleRevoked,
    TariffPosted,
    Transfer,
)

__all__ = [
    "Approval",
    "CommunityCreated",
    "ContractEvent",
    "DeviceRegistered",
    "EIP712DomainChanged",
    "GatewayRegistered",
    "GatewayRevoked",
    "IntervalCleared",
    "IntervalSettled",
    "Minted",
    "OrderSubmitted",
    "OrdersCommitted",
    "ParticipantActivitySet",
    "ParticipantRegistered",
    "ReadingsAttested",
    "Retired",
    "RoleAdminChanged",
    "RoleGranted",
    "RoleRevoked",
    "TariffPosted",
    "Transfer",
    "read_events",
]
