"""The events of stored energy, one class each, under the names of the contracts.

Fields are the event's, named as Python does. What a field means stands at the event in the
contract's interface.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from chain.contracts.delivery.consumption import RequestStatus
from chain.contracts.delivery.sale import DealStatus
from chain.events.types import ContractEvent
from domain.interval import Interval

DOMAIN_TYPES: Final[Mapping[tuple[str, str], Callable[[Any], Any]]] = {
    ("reason", "uint8"): RequestStatus,
    ("failure", "uint8"): DealStatus,
}
"""What turns the events' values into the clients' types, by name and ABI type of a parameter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferSingle(ContractEvent):
    """Claims on one battery moved (ERC-1155); from the zero address they were given out."""

    operator: str
    from_: str
    to: str
    id: int
    value: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferBatch(ContractEvent):
    """Claims on several batteries moved (ERC-1155)."""

    operator: str
    from_: str
    to: str
    ids: tuple[int, ...]
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalForAll(ContractEvent):
    """A holder let an address move all its claims, or no more (ERC-1155)."""

    account: str
    operator: str
    approved: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class URI(ContractEvent):
    """A token's description moved (ERC-1155)."""

    value: str
    id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimsMinted(ContractEvent):
    """Energy was confirmed usable in a battery, and somebody received the claim on it."""

    battery: int
    holder: str
    amount: int
    process: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimsBurned(ContractEvent):
    """Claims ended, since their energy left the battery."""

    battery: int
    holder: str
    amount: int
    process: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryConfirmed(ContractEvent):
    """The source stated what it delivered, for whom."""

    delivery: bytes
    source: int
    battery: int
    interval: Interval
    round: int
    delivered: int
    accounts: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceptionConfirmed(ContractEvent):
    """The battery stated what it received."""

    delivery: bytes
    source: int
    battery: int
    interval: Interval
    round: int
    received: int
    usable: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRecorded(ContractEvent):
    """Statements agree with the meters, and claims on the usable energy were given out."""

    delivery: bytes
    source: int
    battery: int
    interval: Interval
    delivered: int
    received: int
    usable: int
    accounts: tuple[int, ...]
    validator: str
    process: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRejected(ContractEvent):
    """The statements of a round are void."""

    delivery: bytes
    round: int
    validator: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumptionRequested(ContractEvent):
    """Claims went into escrow for energy from a battery."""

    request: int
    account: int
    battery: int
    dwelling: int
    amount: int
    until: int
    process: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumptionApproved(ContractEvent):
    """A validator approved: the battery shall supply."""

    request: int
    battery: int
    validator: str
    process: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplyConfirmed(ContractEvent):
    """The battery stated what it supplied."""

    request: int
    battery: int
    supplied: int
    process: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplyReceived(ContractEvent):
    """The dwelling stated what it received."""

    request: int
    dwelling: int
    received: int
    process: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumptionSettled(ContractEvent):
    """Claims on what was supplied ended, the others went back."""

    request: int
    burned: int
    refunded: int
    validator: str
    process: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumptionEnded(ContractEvent):
    """A request ended without burning anything."""

    request: int
    reason: RequestStatus
    refunded: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleOffered(ContractEvent):
    """Claims were offered for sale."""

    offer: int
    account: int
    battery: int
    quantity: int
    minimum: int
    low: int
    high: int
    expiry: int
    fee_rate: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleOfferClosed(ContractEvent):
    """An offer meets no order any more."""

    offer: int
    returned: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseOrdered(ContractEvent):
    """Somebody wishes to buy stored energy."""

    order: int
    account: int
    battery: int
    quantity: int
    max_price: int
    deadline: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseOrderClosed(ContractEvent):
    """An order meets no offer any more."""

    order: int
    refund: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleMatched(ContractEvent):
    """An offer met an order: the seller's battery shall send."""

    deal: int
    offer: int
    order: int
    interval: Interval
    quantity: int
    price: int
    price_hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleSent(ContractEvent):
    """The seller's battery stated what it sent."""

    deal: int
    battery: int
    sent: int
    process: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleReceived(ContractEvent):
    """The buyer's battery stated what it received."""

    deal: int
    battery: int
    usable: int
    process: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleSettled(ContractEvent):
    """Claims and money changed hands."""

    deal: int
    sent: int
    usable: int
    payment: int
    fee: int
    refund: int
    validator: str
    process: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleFailed(ContractEvent):
    """A deal ended without a sale."""

    deal: int
    failure: DealStatus
    refund: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleFeeSet(ContractEvent):
    """Later offers pay another fee, or fees go to another account."""

    rate: int
    account: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SurplusRecovered(ContractEvent):
    """Money that belonged to no order or deal left the escrow."""

    to: str
    amount: int
