"""What clearing gives to an order, and the price it records."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from domain.interval import Interval
from domain.tariff import Tariff
from domain.units import Account, MillicentPerKilowattHour, Money, WattHours

NO_ALLOCATION: Final = bytes(32)
"""Stands for the hash of an allocation where one price says it all."""


@dataclass(frozen=True, slots=True)
class Fill:
    """The part of an order that trades.

    Attributes:
        digest: EIP-712 digest of the order, 32 bytes.
        account: whose order it is.
        bought: Wh, 0 for an offer.
        sold: Wh, 0 for a bid.
        payment: 10^-8 EUR, positive where the participant pays.
    """

    digest: bytes
    account: Account
    bought: WattHours
    sold: WattHours
    payment: Money


class ClearingStatus(IntEnum):
    """How far an interval's clearing has come. The numbers are the contracts'."""

    OPEN = 0
    CLEARED = 1
    NO_TRADE = 2
    ABANDONED = 3
    """Nobody cleared it in time: nothing traded, whatever was ordered."""


@dataclass(frozen=True, slots=True)
class PriceRecord:
    """The recorded outcome of one interval, as the chain holds it.

    Attributes:
        interval: which interval.
        status: whether energy traded.
        price: LEM price in millicent per kWh, at which everybody trades, or, where each pair has a
            price of its own, the uniform price that proves the volume; 0 and without meaning where
            nothing traded.
        volume: Wh bought, which equals Wh sold.
        tariff: the bounds that held.
        price_hash: what settlements refer to, 32 bytes.
        allocation_hash: Keccak-256 of what each account trades and pays (``domain.allocation``), 32
            bytes; ``NO_ALLOCATION`` where all of it follows from the price.
    """

    interval: Interval
    status: ClearingStatus
    price: MillicentPerKilowattHour
    volume: WattHours
    tariff: Tariff
    price_hash: bytes
    allocation_hash: bytes = NO_ALLOCATION

    @property
    def is_allocated(self) -> bool:
        """Whether payments follow from the recorded allocation, and not from the price."""
        return self.allocation_hash != NO_ALLOCATION
