"""Large arrays, worked on part by part and with the fewest passes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

_Value = TypeVar("_Value", bound=np.generic)

BLOCK: Final = 1 << 16
"""So many numbers that what is computed between lies in the processor's cache, and takes no new
memory, whose pages can cost more than the arithmetic."""


def blocks(size: int, length: int | None = None) -> Iterator[slice]:
    """Cut an array into parts.

    Args:
        size: of the array.
        length: of each part but the last.
    """
    step = length or BLOCK
    return (slice(start, min(size, start + step)) for start in range(0, size, step))


def gather(
    values: NDArray[_Value], places: NDArray[np.int64], out: NDArray[_Value] | None = None
) -> NDArray[_Value]:
    """Return the values at some places, three times as fast as where each place is checked.

    Args:
        values: shape ``(n,)``.
        places: 0 to n - 1; one beyond counts as the nearest within.
        out: where they go; by default into a new array.
    """
    found: NDArray[Any] = values.take(places, out=out, mode="clip")
    return found


def differences(values: NDArray[np.int64], before: int = 0) -> NDArray[np.int64]:
    """Return by how much each value exceeds the one before it.

    Args:
        values: shape ``(n,)``.
        before: what stands before the first one.
    """
    found = np.empty_like(values)
    np.subtract(values[1:], values[:-1], out=found[1:])
    found[:1] = values[:1] - before
    return found
