"""The rules that a community may have, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from domain.tariff import Tariff
from settlement.audit.clearing.book import BookOrder, Clearing
from settlement.audit.clearing.pay_as_bid import clear_pay_as_bid
from settlement.audit.clearing.pools import (
    clear_bill_sharing,
    clear_mid_market_rate,
    clear_supply_demand_ratio,
)
from settlement.audit.clearing.uniform_price import clear_uniform_price


@dataclass(frozen=True, slots=True)
class Rule:
    """One mechanism's rule.

    Attributes:
        clear: from a book, the tariff and the point in per mille to what the book comes to.
        has_point: whether a community chooses a point; without one it is 0 and has no effect.
    """

    clear: Callable[[Sequence[BookOrder], Tariff, int], Clearing]
    has_point: bool = False


RULES: Final[Mapping[str, Rule]] = MappingProxyType(
    {
        "uniform-price": Rule(clear_uniform_price, has_point=True),
        "pay-as-bid": Rule(clear_pay_as_bid, has_point=True),
        "mid-market-rate": Rule(clear_mid_market_rate),
        "supply-demand-ratio": Rule(clear_supply_demand_ratio),
        "bill-sharing": Rule(clear_bill_sharing),
    }
)
