"""Arrays of integers that somebody hands over."""

from __future__ import annotations

from typing import Any, TypeVar, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from domain.errors import InvalidValueError

_Number = TypeVar("_Number", bound=np.integer[Any])


@overload
def checked_integers(field: str, values: ArrayLike, low: int, high: int) -> NDArray[np.int64]: ...
@overload
def checked_integers(
    field: str, values: ArrayLike, low: int, high: int, dtype: type[_Number], kinds: str = ...
) -> NDArray[_Number]: ...
def checked_integers(
    field: str,
    values: ArrayLike,
    low: int,
    high: int,
    dtype: type[np.integer[Any]] = np.int64,
    kinds: str = "iu",
) -> NDArray[Any]:
    """Return values as an array of one dimension, each within a range.

    Args:
        field: what they are called in errors.
        values: of any integer type; an empty list may be of any type.
        low: least value.
        high: greatest value.
        dtype: of the result, which shares the values' memory where they have it already.
        kinds: of types that are taken, as numpy abbreviates them.

    Raises:
        InvalidValueError: naming the field, and the index of the first value at fault.
    """
    array = np.asarray(values)
    if array.ndim != 1:
        raise InvalidValueError(field, "an array of one dimension", f"shape {array.shape}")
    if array.size == 0:
        return np.zeros(0, dtype)
    if array.dtype.kind not in kinds:
        raise InvalidValueError(field, "integers", f"{array.dtype.name} values")
    if array.min() < low or array.max() > high:
        index = int(np.flatnonzero((array < low) | (array > high))[0])
        expected = f"an integer from {low} to {high}"
        raise InvalidValueError(f"{field}[{index}]", expected, int(array[index]))
    return np.ascontiguousarray(array, dtype)
