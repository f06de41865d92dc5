"""What clearing with preferences gives back."""

from __future__ import annotations

from dataclasses import dataclass

from market.clearing.outcome import Outcome
from market.preferences.inputs import Integers


@dataclass(frozen=True, slots=True, eq=False)
class Bilateral:
    """Bilateral trades with the greatest welfare, at stable prices.

    Attributes:
        outcome: fills, payments and trades. A trade's price is what the seller receives; a bid's
            payment includes the network's fees.
        fee: millicent per kWh of each trade, which the buyer pays beside the price.
        lowest: the price of each trade in the stable outcome that is best for buyers.
        highest: the price of each trade in the stable outcome that is best for sellers.
        gain: millicent per kWh that a Wh of each order gains beyond its limit and preferences, one
            an order of the book; 0 where it is not filled whole. No pair that may trade could gain
            more together.
        welfare: what all gain, in 10^-8 EUR; the fees are taken off already.
    """

    outcome: Outcome
    fee: Integers
    lowest: Integers
    highest: Integers
    gain: Integers
    welfare: int

    @property
    def network_fees(self) -> int:
        """What the network receives, in 10^-8 EUR: the payments of all orders together."""
        return self.outcome.surplus
