"""Sharing scarce energy between the orders at the margin, to the last watt-hour."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from market.clearing.orders import TieBreakers

Integers = NDArray[np.int64]

_WEIGHT_BITS: Final = 32
_WORDS: Final = 4


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
        tied = tied[_smallest_keys(keys.rows(indices[tied]), wanted)]
    return np.concatenate([above, tied])


def _smallest_keys(keys: NDArray[np.uint8], count: int) -> NDArray[np.intp]:
    """Return where the ``count`` smallest 32-byte keys are.

    Word by word: what lies below the word of the last place is in, what shares it is decided by the
    next word. Keys that are equal throughout belong to copies of one order: the first ones are
    taken.
    """
    words = np.ascontiguousarray(keys).view(">u8").astype(np.uint64)
    chosen: list[NDArray[np.intp]] = []
    contested = np.arange(len(keys))
    for column in range(_WORDS):
        word = words[contested, column]
        threshold = np.partition(word, count - 1)[count - 1]
        chosen.append(contested[word < threshold])
        contested = contested[word == threshold]
        count -= chosen[-1].size
    return np.concatenate([*chosen, contested[:count]])
