"""Sharing scarce energy between the orders at the margin, to the last watt-hour."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from market.clearing.blocks import gather
from market.clearing.levels import quotients
from market.clearing.orders import TieBreakers, key_words

Integers = NDArray[np.int64]
Mask = NDArray[np.bool_]

_WEIGHT_BITS: Final = 32
_WORDS: Final = 4
_BITS: Final = 64
_LEADING_BITS: Final = 16
_COUNTED_FROM: Final = 1 << 14
_TABULATED_FROM: Final = 1 << 14
_TABLE: Final = 1 << 20
"""Widest range of weights, in Wh, for which there is a table."""
_SAMPLE: Final = 1 << 12
_LARGEST: Final = 1 << 5


def share(total: int, weights: Integers, keys: TieBreakers, indices: Integers) -> Integers:
    """Share ``total`` in proportion to ``weights`` by largest remainders.

    The same rule as ``domain.apportionment.largest_remainder``, for arrays. No floats: products
    that would not fit int64 are formed in pieces.

    Args:
        total: 0 to ``weights.sum()``, which is below 2^61.
        weights: 1 to 2^32 - 1 each.
        keys: tie-breakers of all orders.
        indices: which of them the weights belong to.

    Returns:
        One share a weight, none above its weight, adding up to ``total``.
    """
    capacity = int(weights.sum())
    if total in (0, capacity):
        return weights.copy() if total else np.zeros_like(weights)
    if weights.size > _TABULATED_FROM and int(weights.max()) < _TABLE:
        return _share_by_level(total, weights, keys, indices)
    shares, remainders = _divide(total, weights, capacity)
    left_over = total - int(shares.sum())
    if left_over:
        shares[_largest(remainders, left_over, keys, indices)] += 1
    return shares


def _share_by_level(
    total: int, weights: Integers, keys: TieBreakers, indices: Integers
) -> Integers:
    """Share as ``share`` does, dividing once for each weight that occurs."""
    count = np.bincount(weights)
    level = np.flatnonzero(count)
    units, tied, left = quotients(total, level, count[level])
    table = np.zeros(count.size, np.int64)
    table[level] = units
    shares = gather(table, weights)
    if left:
        is_tied = np.zeros(count.size, np.bool_)
        is_tied[level[tied]] = True
        members = np.flatnonzero(gather(is_tied, weights))
        shares[members[smallest_keys(keys, gather(indices, members), left)]] += 1
    return shares


def share_evenly(
    total: int, capacities: Integers, keys: TieBreakers, indices: Integers
) -> Integers:
    """Give everybody the same, but nobody more than its capacity (the uniform rule, Sprumont 1991).

    What is left of less than one Wh each goes to the smallest keys among those whose capacity is
    not reached. Asking for more than one wants never gets one more.

    Args:
        total: 0 to ``capacities.sum()``.
        capacities: 1 to 2^32 - 1 each.
        keys: tie-breakers of all orders.
        indices: which of them the capacities belong to.

    Returns:
        One share a capacity, adding up to ``total``.
    """
    open_ones, level = _not_served(total, capacities), 0
    rest = total - int(capacities.sum()) + int(capacities[open_ones].sum())
    while open_ones.size:
        level = rest // open_ones.size
        wanted = capacities[open_ones]
        served = wanted <= level
        if not served.any():
            break
        rest -= int(wanted[served].sum())
        open_ones = open_ones[~served]
    shares = capacities.copy()
    shares[open_ones] = level
    left_over = rest - level * open_ones.size
    if open_ones.size and left_over:
        shares[open_ones[smallest_keys(keys, gather(indices, open_ones), left_over)]] += 1
    return shares


def cut_evenly(excess: int, filled: Integers, chosen: Mask, keys: TieBreakers) -> None:
    """Take units from those of the chosen orders that have most, as ``share_evenly`` would.

    Only the largest lose anything. A sample guesses above which quantity they are; where those have
    too little above it, all are looked at.

    Args:
        excess: units to take, at most all.
        filled: units of each order; changed here.
        chosen: which orders share.
        keys: tie-breakers of all orders.
    """
    guess = _among_the_largest(filled, chosen)
    indices = np.flatnonzero((filled > guess) & chosen)
    if guess and int(filled[indices].sum()) - guess * indices.size < excess:
        indices = np.flatnonzero((filled > 0) & chosen)
    capacities = filled[indices]
    filled[indices] = share_evenly(int(capacities.sum()) - excess, capacities, keys, indices)


def _among_the_largest(filled: Integers, chosen: Mask) -> int:
    """Return a quantity that few of the chosen orders exceed."""
    sampled = slice(None, None, max(1, filled.size // _SAMPLE))
    sample = filled[sampled] * chosen[sampled]
    return int(np.partition(sample, -_LARGEST)[-_LARGEST]) if sample.size >= _LARGEST else 0


def _not_served(total: int, capacities: Integers) -> NDArray[np.intp]:
    """Return who may get less than its capacity: few, where a sample's guess serves the others."""
    if capacities.size < _SAMPLE:
        return np.arange(capacities.size)
    sample = capacities[:: capacities.size // _SAMPLE]
    guess = int(np.partition(sample, -_LARGEST)[-_LARGEST])
    if int(np.minimum(capacities, guess).sum()) > total:
        return np.arange(capacities.size)
    return np.flatnonzero(capacities > guess)


def _divide(total: int, weights: Integers, capacity: int) -> tuple[Integers, Integers]:
    """Return quotients and remainders of ``total * weights / capacity``, exactly.

    Long division: the weights' bits are brought down in the largest pieces whose products, below
    ``2 * capacity << piece``, fit int64.
    """
    piece = min(_WEIGHT_BITS, 62 - capacity.bit_length())
    quotients, remainders = np.zeros_like(weights), np.zeros_like(weights)
    at = _WEIGHT_BITS
    while at > 0:
        bits = min(piece, at)
        at -= bits
        digits = (weights >> at) & ((1 << bits) - 1)
        carried, remainders = np.divmod((remainders << bits) + total * digits, capacity)
        quotients = (quotients << bits) + carried
    return quotients, remainders


def _largest(
    remainders: Integers, count: int, keys: TieBreakers, indices: Integers
) -> NDArray[np.intp]:
    """Return where the ``count`` largest remainders are; equal ones by smallest key."""
    at = remainders.size - count
    threshold = np.partition(remainders, at)[at]
    above = np.flatnonzero(remainders > threshold)
    tied = np.flatnonzero(remainders == threshold)
    wanted = count - above.size
    if wanted < tied.size:
        tied = tied[smallest_keys(keys, gather(indices, tied), wanted)]
    return np.concatenate([above, tied])


def smallest_keys(keys: TieBreakers, indices: Integers, count: int) -> NDArray[np.intp]:
    """Return where among ``indices`` the ``count`` smallest 32-byte keys are.

    Word by word: what lies below the word of the last place is in, what shares it is decided by the
    next word. Keys that are equal throughout belong to copies of one order: the first ones are
    taken.

    Args:
        keys: tie-breakers of all orders.
        indices: the orders to choose from.
        count: 1 to ``indices.size``.
    """
    word = keys.heads(indices)
    contested = np.arange(indices.size)
    chosen: list[NDArray[np.intp]] = []
    words: NDArray[np.uint64] | None = None
    for column in range(1, _WORDS + 1):
        threshold = _ranked(word, count)
        chosen.append(gather(contested, np.flatnonzero(word < threshold)))
        count -= chosen[-1].size
        tied = np.flatnonzero(word == threshold)
        contested = gather(contested, tied)
        if column == _WORDS or count == contested.size:
            break
        words = key_words(keys.rows(indices[contested])) if words is None else words[tied]
        word = words[:, column].astype(np.uint64)
    return np.concatenate([*chosen, contested[:count]])


def _ranked(word: NDArray[np.uint64], rank: int) -> int:
    """Return the ``rank``-th smallest word, counted from 1.

    Leading bits tell how many are smaller. Those of digests spread evenly, so that few words are
    left to rank.
    """
    if word.size > _COUNTED_FROM:
        leading = (word >> np.uint64(_BITS - _LEADING_BITS)).view(np.int64)
        through = np.cumsum(np.bincount(leading))
        at = int(np.searchsorted(through, rank))
        word = gather(word, np.flatnonzero(leading == at))
        rank -= int(through[at]) - word.size
    return int(np.partition(word, rank - 1)[rank - 1])
