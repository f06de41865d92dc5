"""Bilateral trades with preferences and network fees, at the greatest welfare.

A Wh that bid ``i`` buys from offer ``j`` is worth what the buyer would pay for it in all - its
limit and its premium for that offer, at most the retail price - less the network's fee and what the
seller asks of that buyer - its limit less its premium, at least the feed-in price. The plan with
the greatest worth is taken, and prices are its duals: stable, in that no buyer and seller could
both gain by trading with one another instead (Shapley and Shubik 1971). Product differentiation by
premiums follows Sorin, Bobo and Pinson (2019), network charges by pair Baroche, Pinson, Le Goff
Latimier and Ben Ahmed (2019). ``docs/mechanisms/p2p-preferences.md`` states the rule, with an
example worked by hand.
"""

from __future__ import annotations

import numpy as np

from domain.errors import InvalidValueError
from domain.tariff import Tariff
from market.clearing.orders import OrderArrays
from market.clearing.outcome import Outcome, Trades
from market.clearing.point import HALF, require_k
from market.preferences.inputs import Terms
from market.preferences.kinds import Kinds
from market.preferences.outcome import Bilateral
from market.preferences.pairing import pair_orders
from market.preferences.plan import best_plan
from market.preferences.profiles import profiles
from market.preferences.settling import Charges, settle
from market.preferences.values import pair_values
from market.preferences.worth import stable_worth


def clear_with_preferences(
    orders: OrderArrays,
    terms: Terms | None = None,
    tariff: Tariff | None = None,
    k: int = HALF,
) -> Bilateral:
    """Clear one interval's orders pair by pair at the greatest welfare.

    Of equally good plans, one with the largest volume is taken; orders that every partner values
    alike share in proportion to their quantities. The outcome does not depend on the sequence of
    orders or statements.

    Args:
        orders: one interval's orders.
        terms: traits of the orders, preferences and fees; without them, limits alone count.
        tariff: feed-in is the least that a seller receives, retail the most that a buyer pays, fee
            included; without it, the range of prices.
        k: per mille of the way from the stable outcome that is best for buyers to the one that is
            best for sellers; rounded down.

    Returns:
        Fills, trades, prices with their stable intervals, fees and welfare.

    Raises:
        InvalidValueError: for ``k`` outside 0 to 1000, for terms of other orders, and for more
            pairs of different bids and offers than ``values.MAX_PAIRS``.
    """
    require_k(k)
    terms = Terms.none(len(orders)) if terms is None else terms
    if len(terms.traits) != len(orders):
        raise InvalidValueError("terms", f"traits of {len(orders)} orders", len(terms.traits))
    bids, offers = profiles(orders, terms, tariff)
    if not len(bids) or not len(offers):
        return _nothing(orders)
    values = pair_values(bids, offers, terms, tariff)
    kinds = Kinds.of(orders, bids, offers, values.gain)
    asked, offered = kinds.bids.totals(), kinds.offers.totals()
    plan = best_plan(kinds.gain, asked.tolist(), offered.tolist())
    if not len(plan):
        return _nothing(orders)
    worth = stable_worth(kinds.gain, plan, asked, offered, k)
    pairs = pair_orders(plan, kinds.bids, kinds.offers, orders.keys)
    charges = Charges(
        asked=values.asked[bids.profile[pairs.bid], offers.profile[pairs.offer]],
        fee=terms.fees[offers.area_of(pairs.offer), bids.area_of(pairs.bid)],
    )
    return settle(orders, kinds, plan, worth, pairs, charges)


def _nothing(orders: OrderArrays) -> Bilateral:
    none = np.zeros(0, np.int64)
    outcome = Outcome.nothing(orders, Trades.none())
    return Bilateral(outcome, none, none, none, np.zeros_like(orders.quantity), 0)
