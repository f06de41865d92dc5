"""Sharing units between levels: different weights, and how many hold each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]


def quotients(
    total: int, weights: Integers, count: Integers | None
) -> tuple[Integers, NDArray[np.intp], int]:
    """Divide ``total * weight / capacity`` and give the larger remainders one unit more.

    The quotient is estimated in floating point, at most one off, and put right by its remainder,
    which is exact although the products wrap: it is known to fit 64 bits.

    Args:
        total: units, 0 or more.
        weights: 1 to 2^32 - 1 each, adding up to less than 2^61.
        count: how many holders have each weight, or None for one each.

    Returns:
        Units of each weight; where the weights with the last remainder are that not all holders
        get a unit for; and how many of those holders do.
    """
    capacity = int(weights.sum()) if count is None else int(np.dot(weights, count))
    whole, part = divmod(total, capacity)
    quotients = (weights * (part / capacity)).astype(np.int64)
    remainders = weights * part - quotients * capacity
    low, high = remainders < 0, remainders >= capacity
    quotients += high
    quotients -= low
    remainders += capacity * (low.astype(np.int64) - high)
    left = part - int(quotients.sum() if count is None else np.dot(quotients, count))
    units = quotients + whole * weights
    if not left:
        return units, np.zeros(0, np.intp), 0
    threshold = _last_served(remainders, count, left)
    above = remainders > threshold
    tied = np.flatnonzero(remainders == threshold)
    units += above
    left -= int(above.sum() if count is None else count[above].sum())
    if left == (tied.size if count is None else int(count[tied].sum())):
        units[tied] += 1
        return units, tied[:0], 0
    return units, tied, left


def _last_served(remainders: Integers, count: Integers | None, served: int) -> int:
    """Return the remainder of the ``served``-th holder, the largest first."""
    if count is None:
        at = remainders.size - served
        return int(np.partition(remainders, at)[at])
    ranking = np.argsort(-remainders)
    through = np.cumsum(count[ranking])
    return int(remainders[ranking[np.searchsorted(through, served)]])
