"""The auctions: mechanisms on orders alone that are not pools."""

from __future__ import annotations

from typing import Final

from domain.tariff import Tariff
from market import proving
from market.clearing import (
    HALF,
    OrderArrays,
    Outcome,
    clear_pay_as_bid,
    clear_trade_reduction,
    clear_uniform_price,
    clear_vcg,
)
from market.mechanisms.model import Mechanism, of_orders


def _uniform_price(orders: OrderArrays, tariff: Tariff | None = None, k: int = HALF) -> Outcome:
    return clear_uniform_price(orders, tariff, k).outcome(orders)


UNIFORM_PRICE: Final = Mechanism(
    name="uniform-price",
    about="one price within the clearing interval",
    rule=of_orders(_uniform_price),
    takes_k=True,
    provable=proving.UNIFORM_PRICE,
)
PAY_AS_BID: Final = Mechanism(
    name="pay-as-bid",
    about="dearest bid with cheapest offer, each pair at a price of its own",
    rule=of_orders(clear_pay_as_bid),
    takes_k=True,
    provable=proving.PAY_AS_BID,
)
TRADE_REDUCTION: Final = Mechanism(
    name="trade-reduction",
    about="the marginal orders do not trade, and set the prices (McAfee)",
    rule=of_orders(clear_trade_reduction),
    balanced=False,
)
VCG: Final = Mechanism(
    name="vcg",
    about="everybody pays what the others lose by its order",
    rule=of_orders(clear_vcg),
    balanced=False,
)
