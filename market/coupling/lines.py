"""A line between two zones: what it earns at a price difference, and what may flow at it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """A line that carries ``low`` to ``high`` Wh from origin to destination at a fee per Wh."""

    origin: int
    destination: int
    low: int
    high: int
    fee: int

    def other_end(self, node: int) -> int:
        """Return the end that is not this one."""
        return self.origin + self.destination - node

    def surplus(self, difference: int) -> int:
        """Return the most the line can earn when the destination is dearer by ``difference``."""
        if difference > self.fee:
            return self.high * difference - self.fee * abs(self.high)
        if difference < -self.fee:
            return self.low * difference - self.fee * abs(self.low)
        if self.low <= 0 <= self.high:
            return 0
        forced = self.low if self.low > 0 else self.high
        return forced * difference - self.fee * abs(forced)

    def flows(self, difference: int) -> tuple[int, int]:
        """Return the least and the greatest of the flows that earn the most."""
        idle = min(max(0, self.low), self.high)
        if difference > self.fee:
            return self.high, self.high
        if difference < -self.fee:
            return self.low, self.low
        least = self.low if difference == -self.fee else idle
        most = self.high if difference == self.fee else idle
        return least, most

    def differences(self, flow: int) -> tuple[int | None, int | None]:
        """Return the least and the greatest difference at which a flow earns the most.

        None stands for no limit: a line at its limit does not hold the prices together.
        """
        least = None if flow == self.low else (self.fee if flow > 0 else -self.fee)
        most = None if flow == self.high else (self.fee if flow >= 0 else -self.fee)
        return least, most
