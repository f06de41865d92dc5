"""A value that changes in time, and what it was when."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from typing import Any, Generic, TypeVar

_W = TypeVar("_W", bound=Any)
_V = TypeVar("_V")


class Timeline(Generic[_W, _V]):
    """Values, each of which holds from its moment on until the next one does.

    Moments are anything that sorts: UTC seconds, or places on a chain.
    """

    def __init__(self) -> None:
        """Begin with no value."""
        self._moments: list[_W] = []
        self._values: list[_V] = []

    def note(self, since: _W, value: _V) -> None:
        """Add a value that holds from a moment on, no earlier than that of any other."""
        self._moments.append(since)
        self._values.append(value)

    def drop_after(self, moment: _W) -> None:
        """Forget values that would hold only after a moment."""
        kept = bisect_right(self._moments, moment)
        del self._moments[kept:], self._values[kept:]

    def at(self, moment: _W) -> _V | None:
        """Return the value that holds at a moment, or None before the first one."""
        place = bisect_right(self._moments, moment)
        return self._values[place - 1] if place else None

    def between(self, first: _W, last: _W) -> list[_V]:
        """Return the values that hold at any moment from ``first`` to ``last``, both included."""
        begin = max(bisect_right(self._moments, first) - 1, 0)
        return self._values[begin : bisect_right(self._moments, last)]

    def __iter__(self) -> Iterator[tuple[_W, _V]]:
        """Go through moments and values in sequence."""
        return iter(zip(self._moments, self._values, strict=True))
