"""What a Wh of each order is worth beyond its limit: the duals of the plan.

A plan is optimal exactly when each bid ``i`` can be given ``u[i]`` and each offer ``j`` ``v[j]``,
0 or more, such that no pair gains more than ``u[i] + v[j]``, a pair that trades gains exactly that,
and what is not filled whole gets 0. Such ``u`` and ``v`` are the stable outcomes (Shapley and
Shubik 1971 for single units, Owen 1975 for quantities): nobody could do better together. They form
a lattice with one end that is best for all bids and one that is best for all offers.

With ``-u`` in place of ``u`` these are bounds on differences of two numbers, all bounds whole. So a
point between the two ends keeps them, and keeps them still when it is rounded down.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from market.clearing.point import PER_MILLE
from market.preferences.inputs import Integers, Mask
from market.preferences.plan import Plan

_UNKNOWN: Final = -(2**60)


@dataclass(frozen=True, slots=True, eq=False)
class Worth:
    """The offers' worth of a Wh, in millicent per kWh, at three stable points.

    Attributes:
        low: best for the bids.
        high: best for the offers.
        chosen: in between.
    """

    low: Integers
    high: Integers
    chosen: Integers


def stable_worth(gain: Integers, plan: Plan, asked: Integers, offered: Integers, k: int) -> Worth:
    """Return the ends of the lattice and the point ``low + floor((high - low) * k / 1000)``.

    Args:
        gain: of each pair, shape ``(bids, offers)``.
        plan: an optimal one.
        asked: Wh of each bid.
        offered: Wh of each offer.
        k: per mille of the way from the bids' best to the offers' best.
    """
    open_bids, open_offers = plan.bought < asked, plan.sold < offered
    low = _least(gain, plan.bid, plan.offer, open_bids)
    bids_least = _least(gain.T, plan.offer, plan.bid, open_offers)
    high = np.zeros_like(low)
    high[plan.offer] = gain[plan.bid, plan.offer] - bids_least[plan.bid]
    return Worth(low, high, low + (high - low) * k // PER_MILLE)


def _least(gain: Integers, row: Integers, column: Integers, open_rows: Mask) -> Integers:
    """Return the least worth of the columns in any stable outcome.

    What an open row, or a row that trades, would pay raises it, until nothing changes: longest
    paths (Bellman 1958), which end because the plan is optimal.

    Args:
        gain: of each pair.
        row: of each trade.
        column: of each trade.
        open_rows: rows that are not filled whole, whose own worth is 0.
    """
    least = np.zeros(gain.shape[1], np.int64)
    negated = np.where(open_rows, 0, _UNKNOWN)
    raised = np.flatnonzero(open_rows)
    while True:
        if raised.size:
            would_pay = (gain[raised] + negated[raised, None]).max(axis=0)
            least = np.maximum(least, would_pay)
        before = negated.copy()
        np.maximum.at(negated, row, least[column] - gain[row, column])
        raised = np.flatnonzero(negated > before)
        if not raised.size:
            return least
