"""Sales of stored energy from one battery to another."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import ClassVar

from chain.calls import Call
from chain.contracts.delivery.process import BY_SENDER, DeliveryProcessClient
from domain.interval import Interval
from domain.units import Account, MillicentPerKilowattHour, Money, WattHours


class DealStatus(IntEnum):
    """How far a deal has come. The numbers are the contract's."""

    NONE = 0
    MATCHED = 1
    SETTLED = 2
    REJECTED = 3
    EXPIRED = 4


@dataclass(frozen=True, slots=True)
class SaleOffer:
    """Stored energy for sale.

    Attributes:
        account: the seller.
        battery: device number of the battery that holds the energy.
        low: lowest market price at which it is for sale, millicent per kWh.
        high: highest such price.
        remaining: Wh that no deal has taken.
        minimum: least Wh that a deal takes.
        expiry: first UTC second in which it meets no order any more.
        fee_rate: what the seller pays of the price, millicent per kWh.
        open: whether it can meet orders.
    """

    account: Account
    battery: int
    low: MillicentPerKilowattHour
    high: MillicentPerKilowattHour
    remaining: WattHours
    minimum: WattHours
    expiry: int
    fee_rate: MillicentPerKilowattHour
    open: bool


@dataclass(frozen=True, slots=True)
class PurchaseOrder:
    """A wish to buy stored energy.

    Attributes:
        account: the buyer.
        battery: device number of the battery that shall receive the energy.
        max_price: highest market price, millicent per kWh.
        community: community of the battery.
        remaining: Wh that no deal has taken.
        deadline: first UTC second in which it meets no offer any more.
        open: whether it can meet offers.
    """

    account: Account
    battery: int
    max_price: MillicentPerKilowattHour
    community: int
    remaining: WattHours
    deadline: int
    open: bool


@dataclass(frozen=True, slots=True)
class Deal:
    """An offer that met an order.

    Attributes:
        offer: number of the offer.
        order: number of the order.
        quantity: Wh to be sent.
        price: recorded market price, millicent per kWh.
        sent: Wh that the seller's battery says left it.
        usable: Wh that the buyer's battery says it can give back.
        matched_at: UTC second in which the deal was made.
        status: how far it has come.
        sent_confirmed: whether the seller's battery has spoken.
        received_confirmed: whether the buyer's battery has.
    """

    offer: int
    order: int
    quantity: WattHours
    price: MillicentPerKilowattHour
    sent: WattHours
    usable: WattHours
    matched_at: int
    status: DealStatus
    sent_confirmed: bool
    received_confirmed: bool


class SaleClient(DeliveryProcessClient):
    """The sale escrow."""

    contract: ClassVar[str] = "SaleEscrow"

    def offer(
        self, battery: int, quantity: int, minimum: int, low: int, high: int, expiry: int
    ) -> Call:
        """Put claims up for sale and into escrow; gets the next offer number.

        Args:
            battery: device number of the battery that holds the energy.
            quantity: Wh.
            minimum: least Wh to sell at once.
            low: lowest market price at which to sell, millicent per kWh.
            high: highest market price at which to sell.
            expiry: first UTC second in which it is for sale no more.
        """
        return self._call("offer", battery, quantity, minimum, low, high, expiry)

    def close_offer(self, offer: int) -> Call:
        """Close an offer and return what no deal has taken. Its seller; anybody when run out."""
        return self._call("closeOffer", offer)

    def order(self, battery: int, quantity: int, max_price: int, deadline: int) -> Call:
        """Order stored energy, its money into escrow; gets the next order number.

        Args:
            battery: device number of the battery that shall receive the energy.
            quantity: Wh.
            max_price: highest market price, millicent per kWh.
            deadline: first UTC second in which it is wanted no more.
        """
        return self._call("order", battery, quantity, max_price, deadline)

    def close_order(self, order: int) -> Call:
        """Close an order and return its money. Its buyer; anybody when it has run out."""
        return self._call("closeOrder", order)

    def match_order(self, offer: int, order: int, interval: Interval, price_hash: bytes) -> Call:
        """Make a deal of an offer and an order; gets the next deal number. Anybody.

        Args:
            offer: number of the offer.
            order: number of the order.
            interval: the interval of the seller's community that runs now.
            price_hash: the market's hash of its price, 32 bytes.
        """
        return self._call("matchOrder", offer, order, interval.packed, price_hash)

    def confirm_sent(self, deal: int, sent: int, signature: bytes) -> Call:
        """State what left the seller's battery. Anybody may relay it, once.

        Args:
            deal: number of the deal.
            sent: Wh.
            signature: of ``sent_digest``, by the gateway of the seller's battery.
        """
        return self._call("confirmSent", deal, sent, signature)

    def confirm_received(self, deal: int, usable: int, signature: bytes) -> Call:
        """State what is usable in the buyer's battery. Anybody may relay it, once.

        Args:
            deal: number of the deal.
            usable: Wh.
            signature: of ``sale_received_digest``, by the gateway of the buyer's battery.
        """
        return self._call("confirmReceived", deal, usable, signature)

    def settle(self, deal: int, signature: bytes = BY_SENDER) -> Call:
        """Exchange claims and money. By a validator or with its signature.

        Args:
            deal: number of the deal.
            signature: of ``sale_validation_digest``; none where the validator sends.
        """
        return self._call("settle", deal, signature)

    def reject(self, deal: int) -> Call:
        """End a deal without a sale. Only a validator."""
        return self._call("reject", deal)

    def expire(self, deal: int) -> Call:
        """End a deal that was not settled in time. Anybody."""
        return self._call("expire", deal)

    def set_fee(self, rate: int, account: int) -> Call:
        """Set the fee of later offers, millicent per kWh, and who receives fees. The admin."""
        return self._call("setFee", rate, account)

    def recover_surplus(self, to: str) -> Call:
        """Move money out that somebody sent to the escrow by mistake. Only the admin."""
        return self._call("recoverSurplus", to)

    def offers(self, offer: int) -> SaleOffer | None:
        """Return an offer, or None where there is none."""
        found = SaleOffer(*self._read_one("offers", offer))
        return found if found.account else None

    def orders(self, order: int) -> PurchaseOrder | None:
        """Return an order, or None where there is none."""
        found = PurchaseOrder(*self._read_one("orders", order))
        return found if found.account else None

    def deals(self, deal: int) -> Deal | None:
        """Return a deal, or None where there is none."""
        found = Deal(*self._read_one("deals", deal))
        return replace(found, status=DealStatus(found.status)) if found.status else None

    def offer_count(self) -> int:
        """Return how many offers were ever made: the last one's number."""
        return int(self._read_one("offerCount"))

    def order_count(self) -> int:
        """Return how many orders were ever placed: the last one's number."""
        return int(self._read_one("orderCount"))

    def deal_count(self) -> int:
        """Return how many deals were ever made: the last one's number."""
        return int(self._read_one("dealCount"))

    def escrowed_money(self) -> Money:
        """Return what open orders and deals hold."""
        return Money(self._read_one("escrowedMoney"))

    def fee_rate(self) -> MillicentPerKilowattHour:
        """Return the fee of offers made now."""
        return MillicentPerKilowattHour(self._read_one("feeRate"))

    def fee_account(self) -> Account | None:
        """Return who receives fees, or None where that was never set."""
        account: int = self._read_one("feeAccount")
        return Account(account) if account else None

    def fee_limit(self) -> MillicentPerKilowattHour:
        """Return the highest fee."""
        return MillicentPerKilowattHour(self._read_one("FEE_LIMIT"))

    def delivery_period(self) -> int:
        """Return the seconds after a deal within which it is settled."""
        return int(self._read_one("DELIVERY_PERIOD"))
