"""What one interval's orders without blocks make of the energy that blocks bring."""

from __future__ import annotations

from dataclasses import dataclass

from market.supply_function.curve import Curve


@dataclass(frozen=True, slots=True)
class Point:
    """The optimum of one interval for a given injection.

    Attributes:
        injection: Wh that blocks sell more than they buy.
        low: lowest price that clears.
        high: highest such price.
        welfare: of the orders without blocks, in 10^-8 EUR.
    """

    injection: int
    low: int
    high: int
    welfare: int

    @property
    def middle(self) -> int:
        """The midpoint of the prices that clear, rounded down."""
        return (self.low + self.high) // 2


class IntervalMarket:
    """One interval's curve, and the points on it that have been looked at."""

    def __init__(self, curve: Curve, floor: int, cap: int) -> None:
        """Take a curve.

        Args:
            curve: of the orders without blocks.
            floor: lowest price where no order bounds it.
            cap: highest such price.
        """
        self._curve = curve
        self._floor = floor
        self._cap = cap
        self._points: dict[int, Point] = {}

    @property
    def reach(self) -> tuple[int, int]:
        """The least and the greatest injection that can be balanced."""
        return self._curve.reach

    def at(self, injection: int) -> Point:
        """Return the optimum for an injection within ``reach``."""
        point = self._points.get(injection)
        if point is None:
            low, high = self._curve.interval(injection)
            point = Point(
                injection,
                self._floor if low is None else low,
                self._cap if high is None else high,
                self._curve.welfare(injection, low),
            )
            self._points[injection] = point
        return point

    def at_price(self, price: int) -> int:
        """Return the least injection within ``reach`` at which a price is one that clears."""
        return max(self.reach[0], self._curve.demand - self._curve.up_to(price))

    def within(self, least: int, most: int) -> IntervalMarket:
        """Return the same market for injections from ``least`` to ``most`` only."""
        curve = self._curve
        low, high = curve.interval(most)[0], curve.interval(least)[1]
        narrow = curve.within(
            curve.lowest if low is None else low, curve.highest if high is None else high
        )
        return IntervalMarket(narrow, self._floor, self._cap)
