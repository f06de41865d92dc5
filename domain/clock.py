"""Time as a value that can be handed in, so that a past day can be run today."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Protocol


class Clock(Protocol):
    """Anything that knows the current second."""

    def now(self) -> int:
        """Return seconds since 1970-01-01 UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> int:
        """Return the machine's current second."""
        return int(time.time())


@dataclass(slots=True)
class ManualClock:
    """A clock that stands where it was put: simulations and tests move it."""

    current: int

    def now(self) -> int:
        """Return the second it was put at."""
        return self.current

    def move_to(self, second: int) -> None:
        """Put the clock at a later second.

        Raises:
            ValueError: where that would turn it back.
        """
        if second < self.current:
            raise ValueError(f"the clock stands at {self.current} and cannot go back to {second}")
        self.current = second
