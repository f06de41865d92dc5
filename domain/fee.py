"""What a community's buyers pay beside the price of what they buy from one another."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from domain.units import Account, MillicentPerKilowattHour, Money, WattHours, payment


@dataclass(frozen=True, slots=True)
class Fee:
    """A fee on energy bought locally, as it holds for one interval.

    Attributes:
        account: who receives it; 0 where the rate is 0.
        rate: millicent per kWh bought, from 0.
    """

    account: Account
    rate: MillicentPerKilowattHour

    def on(self, bought: WattHours) -> Money:
        """Return what the buyer of so much energy pays, in 10^-8 EUR."""
        return payment(bought, self.rate)


NO_FEE: Final = Fee(Account(0), MillicentPerKilowattHour(0))
"""Where none was announced."""


@dataclass(frozen=True, slots=True)
class AnnouncedFee:
    """A fee and the time from which on it holds.

    Attributes:
        community: number of the community whose buyers pay it.
        valid_from: UTC second; intervals that start then or later pay it, until the next one holds.
        fee: how much, to whom.
    """

    community: int
    valid_from: int
    fee: Fee


@dataclass(frozen=True, slots=True)
class FeeSchedule:
    """The fees of communities, as far as they are announced.

    Attributes:
        announced: what holds or will, by time within each community.
    """

    announced: tuple[AnnouncedFee, ...] = ()

    def with_announcements(self, more: Iterable[AnnouncedFee]) -> FeeSchedule:
        """Return the schedule after more announcements, in their sequence.

        Each replaces those that would begin with it or later, as in the settlement contract.
        """
        announced = list(self.announced)
        for one in more:
            announced = [known for known in announced if not _replaces(one, known)]
            announced.append(one)
        return FeeSchedule(tuple(announced))

    def at(self, community: int, start: int) -> Fee:
        """Return the fee of a community's interval by its start; ``NO_FEE`` where there is none."""
        for one in reversed(self.announced):
            if one.community == community and one.valid_from <= start:
                return one.fee
        return NO_FEE

    def after(self, community: int, second: int) -> AnnouncedFee | None:
        """Return the next fee that begins after a UTC second, or None where none is announced."""
        return next(
            (
                one
                for one in self.announced
                if one.community == community and one.valid_from > second
            ),
            None,
        )


def _replaces(one: AnnouncedFee, known: AnnouncedFee) -> bool:
    return known.community == one.community and known.valid_from >= one.valid_from
