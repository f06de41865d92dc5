"""Accepting orders of the participant that is signed in."""

from __future__ import annotations

from dataclasses import dataclass

from domain.errors import InvalidValueError, RefusedError
from domain.interval import Interval
from domain.order import Order, Side
from domain.units import Account, MillicentPerKilowattHour, WattHours
from identity.typed_data import TypedDomain, order_digest
from market.book import PlacedOrder
from wallet_api.fields import hexadecimal, unhexadecimal
from wallet_api.orders.schemas import (
    BatchItem,
    OrderOut,
    PlaceOrder,
    ReceiptOut,
    WithdrawalOut,
)
from wallet_api.ports import MarketQueries, OrderDesk
from wallet_api.problems.responses import refusal_problem
from wallet_api.services import CommunityTerms


@dataclass(frozen=True, slots=True)
class Orders:
    """Places orders at the desk of one community."""

    desk: OrderDesk
    market: MarketQueries
    community: CommunityTerms
    domain: TypedDomain

    def place(self, account: Account, body: PlaceOrder) -> tuple[ReceiptOut, bool]:
        """Place an order.

        Returns:
            The receipt, and whether the order is new.

        Raises:
            InvalidValueError: where it is not for this community's intervals.
            RefusedError: where the desk refuses it.
        """
        order = self._order(account, body)
        new = not self.market.is_known(order_digest(self.domain, order))
        accepted = self.desk.accept(order, unhexadecimal(body.signature))
        receipt = ReceiptOut(
            digest=hexadecimal(accepted.order_digest),
            received_at=accepted.received_at,
            receipt=hexadecimal(accepted.signature),
        )
        return receipt, new

    def withdraw(self, account: Account, digest: str, signature: str) -> WithdrawalOut:
        """Take back an order that is not committed yet.

        Raises:
            InvalidValueError: where the signature is malformed.
            RefusedError: where the desk refuses it.
        """
        withdrawn = self.desk.withdraw(account, unhexadecimal(digest), unhexadecimal(signature))
        return WithdrawalOut(
            digest=hexadecimal(withdrawn.order_digest),
            withdrawn_at=withdrawn.withdrawn_at,
            receipt=hexadecimal(withdrawn.signature),
        )

    def place_each(self, account: Account, body: PlaceOrder) -> BatchItem:
        """Place one order of a batch; a refusal is an outcome like any other."""
        try:
            receipt, new = self.place(account, body)
        except (InvalidValueError, RefusedError) as error:
            problem = refusal_problem(error)
            return BatchItem(status=problem.status, receipt=None, problem=problem)
        return BatchItem(status=201 if new else 200, receipt=receipt, problem=None)

    def _order(self, account: Account, body: PlaceOrder) -> Order:
        for field, expected, got in (
            ("community", self.community.number, body.community),
            ("duration_s", self.community.duration, body.duration_s),
        ):
            if got != expected:
                raise InvalidValueError(field, f"{expected}, this community's", got)
        if body.interval_start % body.duration_s:
            expected_start = f"a multiple of {body.duration_s} seconds"
            raise InvalidValueError("interval_start", expected_start, body.interval_start)
        return Order(
            interval=Interval(body.community, body.interval_start, body.duration_s),
            account=account,
            side=Side.parse(body.side),
            quantity=WattHours(body.quantity_wh),
            price=MillicentPerKilowattHour(body.price),
            salt=int(body.salt, 16),
        )


def show_order(placed: PlacedOrder) -> OrderOut:
    """Show a stored order."""
    order = placed.order
    return OrderOut(
        community=order.interval.community,
        interval_start=order.interval.start,
        duration_s=order.interval.duration,
        side=order.side.label,
        quantity_wh=order.quantity,
        price=order.price,
        salt=hexadecimal(order.salt.to_bytes(16, "big")),
        digest=hexadecimal(placed.digest),
        received_at=placed.received_at,
        receipt=None if placed.receipt is None else hexadecimal(placed.receipt),
        filled_wh=placed.filled,
        cancelled=placed.cancelled,
    )
