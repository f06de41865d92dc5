"""What a pool mechanism gives back."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from domain.tariff import Tariff
from market.pool.participants import Pool

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class PoolOutcome:
    """One interval of a pool: local trade, and the rest with the grid at its tariff.

    Attributes:
        pool: the participants.
        tariff: the grid's prices.
        volume: Wh traded locally.
        filled: Wh that each participant trades locally, on its own side, shape ``(n,)``.
        payments: 10^-8 EUR of each participant for local trade: positive pays, negative receives;
            the sum is 0.
        price: exact local price in millicent per kWh, or None where nothing trades or there is no
            one price.
    """

    pool: Pool
    tariff: Tariff
    volume: int
    filled: Integers
    payments: Integers
    price: Fraction | None

    @property
    def residual(self) -> Integers:
        """Wh of each participant with the grid: positive from it, negative into it."""
        return self.pool.net - self.pool.signed(self.filled)

    @property
    def grid_payments(self) -> Integers:
        """10^-8 EUR of each participant to the grid, at retail; negative from it, at feed-in."""
        residual = self.residual
        return residual * np.where(residual > 0, self.tariff.retail, self.tariff.feed_in)

    @property
    def bills(self) -> Integers:
        """10^-8 EUR of each participant in all: local trade and grid."""
        return self.payments + self.grid_payments

    @property
    def alone(self) -> Integers:
        """10^-8 EUR that each participant would pay with the grid alone."""
        net = self.pool.net
        return net * np.where(net > 0, self.tariff.retail, self.tariff.feed_in)

    @property
    def grid_import(self) -> int:
        """Wh that participants take from the grid."""
        return self.pool.energy[0] - self.volume

    @property
    def grid_export(self) -> int:
        """Wh that participants feed into the grid."""
        return self.pool.energy[1] - self.volume

    @property
    def grid_income(self) -> int:
        """10^-8 EUR that the grid receives, less what it pays."""
        return self.grid_import * self.tariff.retail - self.grid_export * self.tariff.feed_in

    @property
    def buying_price(self) -> Fraction | None:
        """Mean price of a Wh needed, grid included, as Long and Liu publish it; or None."""
        return self._mean_price(self.grid_import, self.tariff.retail)

    @property
    def selling_price(self) -> Fraction | None:
        """Mean price of a Wh of surplus, grid included; or None."""
        return self._mean_price(self.grid_export, self.tariff.feed_in)

    def _mean_price(self, grid: int, tariff_price: int) -> Fraction | None:
        if self.price is None:
            return None
        return (self.price * self.volume + grid * tariff_price) / (self.volume + grid)

    @classmethod
    def nothing(cls, pool: Pool, tariff: Tariff) -> PoolOutcome:
        """Trade nothing locally."""
        return cls(pool, tariff, 0, np.zeros_like(pool.net), np.zeros_like(pool.net), None)
