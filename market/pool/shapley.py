"""The Shapley value of participants in a pool: exact for few, sampled with a bound for many.

A coalition's worth is the most that its members can gain by trading among themselves. By duality
(Shapley and Shubik 1971, *The assignment game I*) that is the least over all prices of what the
members would gain if each traded all it likes at that price; the least is found at a limit of
somebody. So one row of gains a participant gives the worth of every coalition by addition.

A participant's Shapley value is its mean marginal worth over all sequences in which the coalition
can form (Shapley 1953). It is estimated over a sample of sequences (Castro, Gomez and Tejada 2009).
A marginal worth is never negative nor above what the participant's energy is worth at the tariff's
span, so that Hoeffding's inequality bounds the error (Maleki et al. 2013).
"""

from __future__ import annotations

from math import ceil, factorial, log, sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from domain.errors import InvalidValueError
from domain.tariff import Tariff
from domain.units import require_range

Integers = NDArray[np.int64]

MOST_EXACT: Final = 16
"""Participants beyond whom counting all coalitions is refused."""

_PER_MILLE: Final = 1000
_CELLS: Final = 1 << 24


def gains_at_limits(net: Integers, limit: Integers) -> Integers:
    """Return what each participant gains by trading all it likes at each price.

    Args:
        net: Wh of each participant: positive takes, negative gives, shape ``(n,)``.
        limit: millicent per kWh of each.

    Returns:
        10^-8 EUR, shape ``(n, prices)``, for the different limits in ascending order.
    """
    prices = np.unique(limit)
    better = np.where(net[:, None] > 0, limit[:, None] - prices, prices - limit[:, None])
    gains: Integers = np.abs(net)[:, None] * np.maximum(better, 0)
    return gains


def worth_of_coalitions(gains: Integers) -> Integers:
    """Return the worth of every coalition.

    Args:
        gains: of each participant at each price, shape ``(n, prices)``.

    Returns:
        10^-8 EUR, shape ``(2^n,)``; bit ``i`` of the index says whether participant ``i`` is in.

    Raises:
        InvalidValueError: for more than ``MOST_EXACT`` participants.
    """
    if len(gains) > MOST_EXACT:
        raise InvalidValueError("participants", f"at most {MOST_EXACT}", len(gains))
    sums = np.zeros((1, gains.shape[1]), np.int64)
    for row in gains:
        sums = np.concatenate([sums, sums + row])
    worth: Integers = sums.min(axis=1)
    return worth


def shapley_exactly(worth: Integers) -> tuple[list[int], int]:
    """Return the Shapley value of each participant of any game, as exact fractions.

    Args:
        worth: of every coalition, shape ``(2^n,)``, 0 for the empty one.

    Returns:
        Numerators, one a participant, and their common denominator ``n!``.
    """
    count = worth.size.bit_length() - 1
    coalitions = np.arange(worth.size)
    sizes = sum((coalitions >> i) & 1 for i in range(count)) + np.zeros_like(coalitions)
    numerators = []
    for i in range(count):
        without = coalitions[(coalitions >> i) & 1 == 0]
        marginal = worth[without | (1 << i)] - worth[without]
        sums = (_total(marginal, sizes[without], size) for size in range(count))
        numerators.append(
            sum(
                factorial(size) * factorial(count - 1 - size) * total
                for size, total in enumerate(sums)
            )
        )
    return numerators, factorial(count)


def shapley_by_sampling(gains: Integers, permutations: int, seed: int) -> Integers:
    """Return the sum of each participant's marginal worth over sampled sequences.

    The sequences follow from the raw words of numpy's Philox generator, whose stream is the same
    in every version (NEP 19), so that anybody can repeat the sample.

    Args:
        gains: of each participant at each price, shape ``(n, prices)``; the worth of all, times
            ``permutations``, is below 2^62.
        permutations: sequences to sample, at least 1.
        seed: 0 to 2^128 - 1.

    Returns:
        10^-8 EUR, shape ``(n,)``, adding up to ``permutations`` times the worth of all.
    """
    generator = np.random.Philox(key=seed)
    sums = np.zeros(len(gains), np.int64)
    for _ in range(permutations):
        sequence = np.argsort(generator.random_raw(len(gains)), kind="stable")
        sums[sequence] += np.diff(_worth_of_growing(gains, sequence), prepend=0)
    return sums


def shapley_error(
    tariff: Tariff, participants: int, permutations: int, confidence: int = 950
) -> int:
    """Return how far sampled Shapley values may be off, for each Wh of a participant's energy.

    With at least the given confidence, the values of all participants together are within this
    many 10^-8 EUR (that is, millicent per kWh) times their energy in Wh, rounding to a unit apart:
    ``span * sqrt(ln(2 n / (1 - confidence)) / (2 m))``, rounded up.

    Args:
        tariff: the grid's prices; their span bounds a marginal worth.
        participants: ``n``, at least 1.
        permutations: ``m``, at least 1.
        confidence: in per mille, 1 to 999.

    Raises:
        InvalidValueError: naming the argument.
    """
    require_range("participants", participants, 1, 2**53)
    require_range("permutations", permutations, 1, 2**53)
    require_range("confidence", confidence, 1, _PER_MILLE - 1)
    risk = (_PER_MILLE - confidence) / _PER_MILLE
    span = tariff.retail - tariff.feed_in
    return min(span, ceil(span * sqrt(log(2 * participants / risk) / (2 * permutations))))


def _total(marginal: Integers, sizes: Integers, size: int) -> int:
    return sum(marginal[sizes == size].tolist())


def _worth_of_growing(gains: Integers, sequence: NDArray[np.intp]) -> Integers:
    """Return the worth of the first, the first two, ... of a sequence, piece by piece."""
    worth = np.empty(sequence.size, np.int64)
    before = np.zeros(gains.shape[1], np.int64)
    step = max(1, _CELLS // gains.shape[1])
    for start in range(0, sequence.size, step):
        sums = gains[sequence[start : start + step]].cumsum(axis=0) + before
        worth[start : start + step] = sums.min(axis=1)
        before = sums[-1]
    return worth
