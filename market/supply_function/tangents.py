"""The curves of the intervals as tangents and lines, for a program that is linear."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from market.supply_function.envelope import Line, price_lines
from market.supply_function.interval_market import IntervalMarket, Point
from market.supply_function.ranges import Range, Ranges

_STRETCHES: Final = 16
"""Into which an interval's injections are cut for the first tangents."""


class Tangents:
    """The points at which curves are touched, which grow more, and the lines around prices."""

    def __init__(self, markets: Mapping[int, IntervalMarket], ranges: Ranges) -> None:
        """Touch each curve from its least to its greatest injection, and where there is none.

        Args:
            markets: intervals by their place.
            ranges: of the same intervals.
        """
        self.ranges = ranges
        self.lines: Mapping[int, tuple[Line, ...]] = {
            at: price_lines(markets[at], limits) for at, limits in ranges.items()
        }
        self._markets = markets
        self._points: dict[int, dict[int, Point]] = {at: {} for at in ranges}
        for at, limits in ranges.items():
            self._touch(at, [0, *_spread(limits)])

    def at(self, place: int) -> Iterable[Point]:
        """Return the points of an interval."""
        return self._points[place].values()

    def refine(self, at: int, injection: int, price: int) -> None:
        """Touch a curve at an injection, and where a price clears."""
        limits = self.ranges[at]
        inside = max(limits.low, min(limits.high, price))
        self._touch(at, [injection, self._markets[at].at_price(inside)])

    def _touch(self, at: int, injections: Iterable[int]) -> None:
        limits = self.ranges[at]
        for injection in injections:
            inside = max(limits.least, min(limits.most, injection))
            if inside not in self._points[at]:
                self._points[at][inside] = self._markets[at].at(inside)


def _spread(limits: Range) -> list[int]:
    width = limits.most - limits.least
    stretches = max(1, min(width, _STRETCHES))
    return [limits.least + width * number // stretches for number in range(stretches + 1)]
