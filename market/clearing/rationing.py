"""Sharing scarce energy between the orders at the margin, to the last watt-hour."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from market.clearing.orders import TieBreakers, key_words

Integers = NDArray[np.int64]

_WEIGHT_BITS: Final = 32
_WORDS: Final = 4
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
    shares, remainders = _divide(total, weights, capacity)
    left_over = total - int(shares.sum())
    if left_over:
        shares[_largest(remainders, left_over, keys, indices)] += 1
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
        shares[open_ones[smallest_keys(keys, indices[open_ones], left_over)]] += 1
    return shares


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
        tied = tied[smallest_keys(keys, indices[tied], wanted)]
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
        threshold = np.partition(word, count - 1)[count - 1]
        chosen.append(contested[word < threshold])
        count -= chosen[-1].size
        tied = word == threshold
        contested = contested[tied]
        if column == _WORDS or count == contested.size:
            break
        words = key_words(keys.rows(indices[contested])) if words is None else words[tied]
        word = words[:, column].astype(np.uint64)
    return np.concatenate([*chosen, contested[:count]])
