"""One interval's participants as arrays: what every pool mechanism takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from domain.errors import InvalidValueError
from domain.tariff import Tariff
from domain.units import MAX_PRICE, MAX_QUANTITY, MIN_PRICE
from market.clearing.integers import checked_integers
from market.clearing.limits import clamped
from market.clearing.orders import MAX_ORDERS, OrderArrays, TieBreakers

Integers = NDArray[np.int64]

_MONEY_LIMIT: Final = 2**62


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """What participants need and have left in one interval, in any sequence.

    A participant stands on one side: what it needs and what it has are netted behind its meter.

    Attributes:
        need: Wh that each takes, 0 to 2^32 - 1, shape ``(n,)``; held as int64.
        surplus: Wh that each gives, likewise; exactly one of both is positive.
        keys: 32-byte tie-breakers, distinct for distinct participants.
        limit: the price in millicent per kWh beyond which each does not trade locally, or None:
            then everybody trades at any price within the tariff.
        net: need less surplus.
        energy: Wh needed and Wh of surplus, in all.
        span: lowest and highest net energy that there can be.

    Raises:
        InvalidValueError: naming the field, and the index where one participant is at fault.
    """

    need: Integers
    surplus: Integers
    keys: TieBreakers
    limit: Integers | None = None
    net: Integers = field(init=False)
    energy: tuple[int, int] = field(init=False)
    span: tuple[int, int] = field(init=False)

    def __post_init__(self) -> None:
        for name in ("need", "surplus"):
            _require_few(name, getattr(self, name))
        need = checked_integers("need", self.need, 0, MAX_QUANTITY)
        surplus = checked_integers("surplus", self.surplus, 0, MAX_QUANTITY)
        _require_size("surplus", surplus.size, need.size)
        _require_size("keys", len(self.keys), need.size)
        _require_one_side(need, surplus)
        if self.limit is not None:
            limit = checked_integers("limit", self.limit, MIN_PRICE, MAX_PRICE)
            _require_size("limit", limit.size, need.size)
            object.__setattr__(self, "limit", limit)
        object.__setattr__(self, "need", need)
        object.__setattr__(self, "surplus", surplus)
        object.__setattr__(self, "net", need - surplus)
        object.__setattr__(self, "energy", (int(need.sum()), int(surplus.sum())))
        object.__setattr__(self, "span", (-_largest(surplus), _largest(need)))

    def __len__(self) -> int:
        """Return the number of participants."""
        return self.net.size

    @classmethod
    def of_orders(cls, orders: OrderArrays, *, with_limits: bool) -> Pool:
        """Take each order as a participant of its own.

        Args:
            orders: one interval's orders.
            with_limits: whether their limit prices are respected; otherwise only their
                quantities count, and all are treated alike.
        """
        return cls(
            need=np.where(orders.is_offer, 0, orders.quantity),
            surplus=np.where(orders.is_offer, orders.quantity, 0),
            keys=orders.keys,
            limit=orders.price if with_limits else None,
        )

    def signed(self, energy: Integers) -> Integers:
        """Return energy with each participant's sign: positive for who takes.

        Args:
            energy: Wh of each, 0 or more.
        """
        return np.multiply(energy, 1 - 2 * (self.net < 0).view(np.int8))

    def limits_within(self, tariff: Tariff) -> Integers:
        """Return each participant's limit: at most retail for needs, at least feed-in for surplus.

        The grid would serve them there (decision 0002). Without limits, needs are worth the retail
        price and surplus costs the feed-in price.

        Args:
            tariff: the grid's prices.
        """
        takes = self.net > 0
        if self.limit is None:
            limit = np.multiply(takes, tariff.retail - tariff.feed_in, dtype=np.int64)
            limit += tariff.feed_in
            return limit
        return clamped(self.limit, ~takes, tariff)

    def require_countable(self, tariff: Tariff) -> None:
        """Refuse energy that is worth more than 64-bit money can count.

        Args:
            tariff: the grid's prices.

        Raises:
            InvalidValueError: naming the side with more energy.
        """
        need, surplus = self.energy
        dearest = max(abs(tariff.feed_in), abs(tariff.retail), tariff.retail - tariff.feed_in, 1)
        if (need + surplus) * dearest >= _MONEY_LIMIT:
            most = (_MONEY_LIMIT - 1) // dearest
            side, energy = ("need", need) if need >= surplus else ("surplus", surplus)
            raise InvalidValueError(side, f"at most {most} Wh on both sides together", energy)


def _largest(energy: Integers) -> int:
    return int(energy.max()) if energy.size else 0


def _require_few(name: str, values: ArrayLike) -> None:
    if np.size(values) > MAX_ORDERS:
        raise InvalidValueError(name, f"at most {MAX_ORDERS} values", np.size(values))


def _require_size(name: str, size: int, expected: int) -> None:
    if size != expected:
        raise InvalidValueError(name, f"{expected} values, one a participant", size)


def _require_one_side(need: Integers, surplus: Integers) -> None:
    takes, gives = need > 0, surplus > 0
    wrong = takes == gives
    if not wrong.any():
        return
    index = int(np.flatnonzero(wrong)[0])
    if takes[index]:
        raise InvalidValueError(f"surplus[{index}]", "0 beside a need", int(surplus[index]))
    raise InvalidValueError(f"need[{index}]", "1 Wh or more where there is no surplus", 0)
