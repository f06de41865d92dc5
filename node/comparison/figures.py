"""What a mechanism made of a day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PriceAt:
    """The prices of one interval.

    Attributes:
        start: of the interval, UTC second.
        buying: mean of what buyers pay, millicent per kWh, rounded down; None without trade.
        selling: mean of what sellers receive.
    """

    start: int
    buying: int | None
    selling: int | None


@dataclass(frozen=True, slots=True)
class MechanismDay:
    """One mechanism's day. Energy in Wh, money in 10^-8 EUR.

    Attributes:
        name: of the mechanism.
        volume: traded locally.
        welfare: what buyers would at most pay less what sellers at least ask for what they trade,
            both within the tariff.
        paid: by buyers for local energy.
        received: by sellers for local energy.
        saved: by each participant against the grid alone, by key, settled against the meters.
        prices: of every interval.
    """

    name: str
    volume: int
    welfare: int
    paid: int
    received: int
    saved: Mapping[str, int]
    prices: tuple[PriceAt, ...]

    @property
    def surplus(self) -> int:
        """What the operator keeps; negative where it has to bring money."""
        return self.paid - self.received

    @property
    def buying_price(self) -> float | None:
        """Mean price that buyers pay, millicent per kWh, or None without trade."""
        return self.paid / self.volume if self.volume else None

    @property
    def selling_price(self) -> float | None:
        """Mean price that sellers receive, millicent per kWh, or None without trade."""
        return self.received / self.volume if self.volume else None


@dataclass(frozen=True, slots=True)
class Comparison:
    """A day under several mechanisms.

    Attributes:
        days: one a mechanism, in the sequence asked for.
        alone: 10^-8 EUR that each participant pays with the grid alone, by key.
        exporters: keys of the participants whose meters counted more out than in that day.
    """

    days: tuple[MechanismDay, ...]
    alone: Mapping[str, int]
    exporters: frozenset[str]

    def saved_by(self, day: MechanismDay, *, exporters: bool) -> int:
        """Return what those saved who gave more than they took, or the others."""
        return sum(
            money for key, money in day.saved.items() if (key in self.exporters) is exporters
        )

    def worse_off(self, day: MechanismDay) -> int:
        """Return how many participants pay more than with the grid alone."""
        return sum(money < 0 for money in day.saved.values())
