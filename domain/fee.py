"""What a community's buyers pay beside the price of what they buy from one another."""

from __future__ import annotations

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
