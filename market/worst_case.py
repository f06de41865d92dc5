"""What orders can cost at most, before they are cleared."""

from __future__ import annotations

from domain.fee import Fee
from domain.order import Side
from domain.units import Money, WattHours


def worst_case(side: Side, quantity: WattHours, at_limit: Money, fee: Fee) -> Money:
    """Return the most that an order's account pays, in 10^-8 EUR, 0 where it only receives.

    A bid pays its limit and the fee at most; an offer pays where its seller would pay to be rid of
    the energy. Several orders of one side may be taken together where all limits are 0 or more, or
    all are the same.

    Args:
        side: bid or offer.
        quantity: Wh.
        at_limit: 10^-8 EUR that the quantity costs at its limit.
        fee: of its interval, on what is bought.
    """
    if side is Side.BID:
        return Money(max(at_limit + fee.on(quantity), 0))
    return Money(max(-at_limit, 0))
