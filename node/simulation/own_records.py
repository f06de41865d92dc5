"""What each participant does in the evening: read its own records back and see that they agree."""

from __future__ import annotations

from dataclasses import dataclass

from domain.errors import RefusedError
from domain.units import Money
from node.simulation.wallet import Wallet


class RecordsDisagreeError(RefusedError):
    """What the API tells a participant does not fit what it did."""

    def __init__(self, what: str, expected: object, got: object) -> None:
        super().__init__("records-disagree", f"{what}: expected {expected}, got {got}")


@dataclass(frozen=True, slots=True)
class OwnRecords:
    """A participant's day as the API tells it.

    Attributes:
        orders: number of orders with a receipt.
        traded: Wh bought and sold.
        paid: 10^-8 EUR, negative where received.
    """

    orders: int
    traded: int
    paid: Money


def read_back(wallet: Wallet, deposit: Money, first: int, last: int) -> OwnRecords:
    """Read a participant's orders, trades, statement and balances, and compare them.

    Args:
        wallet: the participant's, signed in.
        deposit: what it had paid in before ``first``.
        first: UTC second.
        last: UTC second, not included.

    Raises:
        RecordsDisagreeError: where an order is missing, trades or their payments do not add up to
            the statement, or the balance is not the deposit less what the statement says.
    """
    orders = {order["digest"]: order for order in wallet.all("/v1/orders", first, last)}
    _require("orders", {"0x" + digest.hex() for digest in wallet.placed}, set(orders))
    trades = list(wallet.all("/v1/trades", first, last))
    traded = sum(trade["quantity_wh"] for trade in trades)
    _require("traded Wh of all orders", sum(o["filled_wh"] for o in orders.values()), traded)
    totals = wallet.get("/v1/statements", **{"from": first, "to": last})["totals"]
    _require("traded Wh of the statement", traded, totals["bought_wh"] + totals["sold_wh"])
    paid = sum(trade["payment"] for trade in trades)
    _require("payments of all trades", paid, totals["trade_payment"])
    balances = wallet.get("/v1/balances")
    _require("balance", deposit - totals["payment"], balances["currency"])
    return OwnRecords(len(orders), traded, Money(totals["payment"]))


def _require(what: str, expected: object, got: object) -> None:
    if expected != got:
        raise RecordsDisagreeError(what, expected, got)
