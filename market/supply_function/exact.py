"""Sums of integers that may exceed 64 bits."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Naturals = NDArray[np.uint64]

_HALF_WORD: Final = 32
_LOW_WORD: Final = 2**_HALF_WORD - 1


def total(values: Integers | Naturals) -> int:
    """Add up fewer than 2^31 numbers exactly, whatever the sum."""
    kind = values.dtype.type
    high = int((values >> kind(_HALF_WORD)).sum())
    return (high << _HALF_WORD) + int((values & kind(_LOW_WORD)).sum())


def floor_sums(count: Naturals, divisor: Naturals, slope: Naturals, start: Naturals) -> Naturals:
    """Add up ``floor((slope * i + start) / divisor)`` over ``i`` from 0 to ``count - 1``, each row.

    A row takes as many steps as Euclid's algorithm on slope and divisor: the lattice points under a
    line are counted from the other axis, again and again (Graham, Knuth and Patashnik, Concrete
    Mathematics, section 3.5).

    Args:
        count: below 2^32.
        divisor: 1 to 2^32 - 1.
        slope: below 2^32.
        start: below 2^32.

    Returns:
        The sums, which must be below 2^64.
    """
    sums = np.zeros_like(count)
    at = np.arange(count.size)
    one = np.uint64(1)
    while at.size:
        pairs = count * (count - one) // np.uint64(2)
        sums[at] += pairs * (slope // divisor) + count * (start // divisor)
        slope, start = slope % divisor, start % divisor
        reached = slope * count + start
        more = reached >= divisor
        at, slope, divisor, reached = at[more], slope[more], divisor[more], reached[more]
        count, start = reached // divisor, reached % divisor
        slope, divisor = divisor, slope
    return sums
