"""The cooperative pool: the greatest welfare first, then the gain is shared.

A Wh of local energy is worth the retail price to who needs it and costs the feed-in price of who
has it, or their limit prices where these are given and lie within the tariff. The community trades
where that gains most; the gain against the grid alone is then shared, to the unit:

* ``equal``: the same for everybody who trades, but to nobody more than brings its price to the
  other end of the tariff (the uniform rule, Sprumont 1991; constrained equal awards): what is over
  goes to the others, equally.
* ``shapley``: to each its mean marginal worth. Exact for few participants, sampled for many;
  participants with the same net energy and limit get the mean of their estimates.

Units that are left over go to the largest remainders, then to the smallest keys.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from domain.errors import InvalidValueError
from domain.order import Side
from domain.tariff import Tariff
from domain.units import require_range
from market.clearing.blocks import blocks, gather
from market.clearing.orders import OrderArrays, key_words
from market.clearing.rationing import share_evenly
from market.clearing.uniform_price import clear_uniform_price
from market.pool.outcome import PoolOutcome
from market.pool.participants import Pool
from market.pool.shapley import (
    gains_at_limits,
    shapley_by_sampling,
    shapley_exactly,
    worth_of_coalitions,
)
from market.pool.sharing import Levels

Integers = NDArray[np.int64]

EXACT_UP_TO: Final = 10
"""Participants up to whom the Shapley value is exact."""

_MAX_PERMUTATIONS: Final = 2**31 - 1
_MAX_SEED: Final = 2**128 - 1
_MONEY_LIMIT: Final = 2**62


class Sharing(Enum):
    """How a cooperative shares what it gains."""

    EQUAL = "equal"
    SHAPLEY = "shapley"


@dataclass(frozen=True, slots=True)
class Sampling:
    """How Shapley values are estimated.

    Attributes:
        permutations: sequences that are sampled.
        seed: of the sample, 0 to 2^128 - 1; best drawn after the gate closes, so that nobody can
            shape an order by it.
        exact_up_to: participants up to whom all sequences count instead, at most 16.
    """

    permutations: int = 1000
    seed: int = 0
    exact_up_to: int = EXACT_UP_TO

    def __post_init__(self) -> None:
        require_range("permutations", self.permutations, 1, _MAX_PERMUTATIONS)
        require_range("seed", self.seed, 0, _MAX_SEED)
        require_range("exact_up_to", self.exact_up_to, 0, 16)


def clear_cooperative(
    pool: Pool,
    tariff: Tariff,
    sharing: Sharing = Sharing.EQUAL,
    sampling: Sampling | None = None,
) -> PoolOutcome:
    """Maximise the community's welfare and share the gain.

    Args:
        pool: the participants.
        tariff: the grid's prices.
        sharing: the rule.
        sampling: how Shapley values are estimated.

    Returns:
        Fills with the greatest welfare, and payments that add up to 0.

    Raises:
        InvalidValueError: where the money would not fit 64 bits, or ``permutations`` times it.
    """
    pool.require_countable(tariff)
    filled = _efficient_fills(pool, tariff)
    volume = int(filled.sum()) // 2
    if not volume:
        return PoolOutcome.nothing(pool, tariff)
    limit = pool.limits_within(tariff)
    worth = pool.signed(filled)
    worth *= limit
    gain = int(worth.sum())
    if sharing is Sharing.EQUAL:
        gains = _equal_gains(pool, tariff, limit, filled, gain)
    else:
        gains = _shapley_gains(pool, tariff, limit, gain, sampling or Sampling())
    worth -= gains
    return PoolOutcome(pool, tariff, volume, filled, worth, None)


def _efficient_fills(pool: Pool, tariff: Tariff) -> Integers:
    if not len(pool):
        return np.zeros_like(pool.net)
    if pool.limit is not None:
        side = np.where(pool.net > 0, Side.BID, Side.OFFER).astype(np.uint8)
        orders = OrderArrays(side, pool.limit, np.abs(pool.net), pool.keys)
        return clear_uniform_price(orders, tariff).filled
    volume = min(pool.energy)
    levels = Levels.of(pool.net, pool.span)
    return levels.spread_shares(levels.share(volume, volume, pool.keys))


def _equal_gains(
    pool: Pool, tariff: Tariff, limit: Integers, filled: Integers, gain: int
) -> Integers:
    """Share the gain equally, within what the tariff leaves each.

    Without limits, that is counted on all energy, so that the same energy gains the same.

    Args:
        pool: the participants.
        tariff: the grid's prices.
        limit: of each participant, within the tariff; lost here.
        filled: Wh that each trades locally.
        gain: 10^-8 EUR to share.
    """
    if pool.limit is None:
        levels = Levels.of(pool.net, pool.span)
        most = np.abs(levels.value) * (tariff.retail - tariff.feed_in)
        return levels.spread_shares(levels.share_evenly(gain, most, pool.keys))
    most = limit
    for block in blocks(most.size):
        # From the limit to the tariff's other end: down to feed-in for who takes, up to retail.
        takes = pool.net[block] > 0
        most[block] -= np.where(takes, tariff.feed_in, tariff.retail)
        np.abs(most[block], out=most[block])
        most[block] *= filled[block]
    trading = np.flatnonzero(filled)
    shares = share_evenly(gain, gather(most, trading), pool.keys, trading)
    gains = most
    gains.fill(0)
    gains[trading] = shares
    return gains


def _shapley_gains(
    pool: Pool, tariff: Tariff, limit: Integers, gain: int, sampling: Sampling
) -> Integers:
    canonical = np.lexsort(key_words(pool.keys.rows(np.arange(len(pool)))).T[::-1])
    net, limit = pool.net[canonical], limit[canonical]
    # Who would not trade within the tariff gains nothing at its ends either, and stays countable.
    table = gains_at_limits(net, np.clip(limit, tariff.feed_in, tariff.retail))
    if len(pool) <= sampling.exact_up_to:
        values, parts = shapley_exactly(worth_of_coalitions(table))
    else:
        _require_summable(gain, sampling.permutations)
        sums = shapley_by_sampling(table, sampling.permutations, sampling.seed)
        values, parts = sums.tolist(), sampling.permutations
    gains = np.zeros_like(net)
    gains[canonical] = _alike_for_equals(values, parts, gain, np.stack([net, limit], axis=1))
    return gains


def _require_summable(gain: int, permutations: int) -> None:
    if gain * permutations >= _MONEY_LIMIT:
        most = (_MONEY_LIMIT - 1) // gain
        raise InvalidValueError("permutations", f"at most {most} at this gain", permutations)


def _alike_for_equals(values: list[int], parts: int, gain: int, kinds: Integers) -> Integers:
    """Round values to units, the same up to one unit for participants of the same kind.

    Args:
        values: numerators, in the sequence of the keys, adding up to ``gain * parts``.
        parts: their denominator.
        gain: units to share.
        kinds: rows that are equal for equals.
    """
    _, first, kind = np.unique(kinds, axis=0, return_index=True, return_inverse=True)
    kind = kind.reshape(-1)
    totals = [0] * first.size
    for at, value in zip(kind.tolist(), values, strict=True):
        totals[at] += value
    units = [total // parts for total in totals]
    ranking = sorted(range(len(totals)), key=lambda k: (-(totals[k] % parts), int(first[k])))
    for k in ranking[: gain - sum(units)]:
        units[k] += 1
    count = np.bincount(kind)
    each, left = np.divmod(np.array(units, np.int64), count)
    return each[kind] + (_place_within(kind, count) < left[kind])


def _place_within(kind: NDArray[np.intp], count: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return each one's place among its kind, counted from 0."""
    ranking = np.argsort(kind, kind="stable")
    place = np.empty_like(ranking)
    place[ranking] = np.arange(kind.size) - np.repeat(np.cumsum(count) - count, count)
    return place
