"""What a community's clearing says, and what proves it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from chain.contracts import PayAsBidResult
from domain.tariff import Tariff
from domain.trade import NO_ALLOCATION
from market.clearing import OrderArrays

Integers = NDArray[np.int64]

_POSTED_BYTES: Final = 120_000
"""Of the 128 kB that networks take as a transaction; the rest is for what frames each batch."""


@dataclass(frozen=True, slots=True)
class ClaimedPrice:
    """One price and one volume, which say it all where everybody trades at one price.

    Attributes:
        price: millicent per kWh, within the tariff; where nothing trades, one that shows it.
        volume: Wh.
    """

    price: int
    volume: int


Proof: TypeAlias = ClaimedPrice | PayAsBidResult
"""What the contract is given beside the book."""


@dataclass(frozen=True, slots=True, eq=False)
class Proposal:
    """A book's outcome as the contract is to record it, with all that follows from it.

    Attributes:
        price: what is recorded, in millicent per kWh: the price at which everybody trades, or,
            where each pair has its own, the uniform price that proves the volume. None where
            nothing trades.
        low: lowest price at which the same volume clears; None where nothing trades, or the
            mechanism knows no such range.
        high: highest such price, likewise.
        volume: Wh bought, which equals Wh sold.
        filled: Wh of each order that trade, in the sequence of the orders.
        payments: 10^-8 EUR of each order: positive pays, negative receives; the sum is 0.
        proof: what the contract is given beside the book.
    """

    price: int | None
    low: int | None
    high: int | None
    volume: int
    filled: Integers
    payments: Integers
    proof: Proof

    @property
    def allocation_hash(self) -> bytes:
        """What the contract records of each account's part; zeros where one price says it all."""
        if isinstance(self.proof, PayAsBidResult):
            return self.proof.allocation_hash
        return NO_ALLOCATION


ProvableRule: TypeAlias = Callable[[OrderArrays, Integers, Tariff, int], Proposal]
"""Clears a book and proves it, a pure function.

It takes the orders in the sequence in which they were committed, their digests as keys; whose each
of them is; the tariff; and the community's point between two limits in per mille, 0 without one.
"""


@dataclass(frozen=True, slots=True)
class Provable:
    """How the contract proves a mechanism.

    Attributes:
        rule: clears a book and proves it.
        order_bytes: what is posted for each order.
    """

    rule: ProvableRule
    order_bytes: int

    @property
    def book_limit(self) -> int:
        """Orders of an interval that one transaction carries with all that proves them."""
        return _POSTED_BYTES // self.order_bytes
