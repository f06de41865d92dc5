"""Prices and payments of the trades."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from market.clearing.orders import OrderArrays
from market.clearing.outcome import Outcome, PriceRanges, Trades
from market.preferences.inputs import Integers
from market.preferences.kinds import Kinds
from market.preferences.outcome import Bilateral
from market.preferences.pairing import Pairs
from market.preferences.plan import Plan
from market.preferences.worth import Worth


@dataclass(frozen=True, slots=True, eq=False)
class Charges:
    """What each trade costs at least, in millicent per kWh, one entry a trade.

    Attributes:
        asked: the least that the seller takes from this buyer.
        fee: what the network takes.
    """

    asked: Integers
    fee: Integers


def settle(
    orders: OrderArrays, kinds: Kinds, plan: Plan, worth: Worth, pairs: Pairs, charges: Charges
) -> Bilateral:
    """Let each seller receive what it asks and its worth, and each buyer pay that and the fee.

    Args:
        orders: one interval's orders.
        kinds: the orders by kind.
        plan: between kinds.
        worth: of the kinds of offers.
        pairs: trades between orders.
        charges: of the trades.
    """
    sold = kinds.offers.kind[pairs.offer]
    price = charges.asked + worth.chosen[sold]
    buyer, seller = kinds.bids.orders[pairs.bid], kinds.offers.orders[pairs.offer]
    filled, payments = np.zeros_like(orders.quantity), np.zeros_like(orders.quantity)
    filled[kinds.bids.orders], filled[kinds.offers.orders] = pairs.bought, pairs.sold
    paid = price + charges.fee
    np.add.at(payments, buyer, pairs.quantity * paid)
    np.subtract.at(payments, seller, pairs.quantity * price)
    trades = Trades(buyer, seller, pairs.quantity, price)
    outcome = Outcome(
        volume=int(pairs.quantity.sum()),
        filled=filled,
        payments=payments,
        trades=trades,
        ranges=_ranges(len(orders), (buyer, paid), (seller, price)),
    )
    return Bilateral(
        outcome=outcome,
        fee=charges.fee,
        lowest=charges.asked + worth.low[sold],
        highest=charges.asked + worth.high[sold],
        gain=_gains(orders, kinds, plan, worth),
        welfare=_welfare(kinds.gain, plan),
    )


def _ranges(orders: int, *sides: tuple[Integers, Integers]) -> PriceRanges:
    widest = np.iinfo(np.int64)
    lowest, highest = np.full(orders, widest.max), np.full(orders, widest.min)
    for party, price in sides:
        np.minimum.at(lowest, party, price)
        np.maximum.at(highest, party, price)
    return PriceRanges(lowest, highest)


def _gains(orders: OrderArrays, kinds: Kinds, plan: Plan, worth: Worth) -> Integers:
    """Return what a Wh of each order gains beyond its limit and preferences."""
    bids = np.zeros(kinds.bids.kinds, np.int64)
    bids[plan.bid] = kinds.gain[plan.bid, plan.offer] - worth.chosen[plan.offer]
    gain = np.zeros_like(orders.quantity)
    gain[kinds.bids.orders] = bids[kinds.bids.kind]
    gain[kinds.offers.orders] = worth.chosen[kinds.offers.kind]
    return gain


def _welfare(gain: Integers, plan: Plan) -> int:
    each = gain[plan.bid, plan.offer].tolist()
    return sum(wh * value for wh, value in zip(plan.quantity.tolist(), each, strict=True))
