"""Orders that come in time, and the LEM price over time, as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NoReturn

import numpy as np
from numpy.typing import ArrayLike, NDArray

from domain.errors import InvalidValueError
from domain.units import MAX_PRICE, MAX_QUANTITY, MIN_PRICE
from market.clearing.orders import OrderArrays, key_words
from market.continuous.limit_order import MAX_TIME

Integers = NDArray[np.int64]

NEVER: Final = MAX_TIME + 1
"""The instant of what does not happen."""


class RowError(InvalidValueError):
    """One row of several is at fault.

    Attributes:
        index: which.
        name: of its field.
    """

    def __init__(self, index: int, name: str, expected: str, got: object) -> None:
        super().__init__(f"{name}[{index}]", expected, got)
        self.index = index
        self.name = name


@dataclass(frozen=True, slots=True, eq=False)
class TimedOrders:
    """One interval's orders with the times and conditions of each, in any sequence.

    All times are integers on one clock, 0 to 2^53 - 1; an order is valid from its entry up to, not
    with, its expiry or cancellation.

    Attributes:
        orders: side, price, quantity and key.
        entered: when each comes, shape ``(n,)``, like all others.
        expires: later than that; ``NEVER`` where it does not.
        cancelled: when what is left is withdrawn, later than entered; ``NEVER`` where it is not.
        minimum: Wh that each trade of an offer has at least, 1 to its quantity; 1 for bids.
        lem_low: lowest LEM price at which each may trade.
        lem_high: highest such price; all prices are no condition.

    Raises:
        RowError: naming the field and the index of the first order at fault.
        InvalidValueError: for arrays of another length, shape or type.
    """

    orders: OrderArrays
    entered: Integers
    expires: Integers
    cancelled: Integers
    minimum: Integers
    lem_low: Integers
    lem_high: Integers

    def __post_init__(self) -> None:
        for name, low, high in (
            ("entered", 0, MAX_TIME),
            ("expires", 0, NEVER),
            ("cancelled", 0, NEVER),
            ("minimum", 1, MAX_QUANTITY),
            ("lem_low", MIN_PRICE, MAX_PRICE),
            ("lem_high", MIN_PRICE, MAX_PRICE),
        ):
            array = _integers(name, getattr(self, name), len(self.orders), low, high)
            object.__setattr__(self, name, array)
        self._require_later("expires", self.expires)
        self._require_later("cancelled", self.cancelled)
        self._require_minimum()
        wrong = np.flatnonzero(self.lem_high < self.lem_low)
        if wrong.size:
            at = int(wrong[0])
            _fail(at, "lem_high", f"at least lem_low, {self.lem_low[at]}", self.lem_high)

    @classmethod
    def of(
        cls,
        orders: OrderArrays,
        entered: ArrayLike,
        *,
        expires: ArrayLike | None = None,
        cancelled: ArrayLike | None = None,
        minimum: ArrayLike | None = None,
        lem_low: ArrayLike | None = None,
        lem_high: ArrayLike | None = None,
    ) -> TimedOrders:
        """Take arrays, with no such condition on any order in place of each that is not given.

        Raises:
            RowError: naming the field and the index of the first order at fault.
            InvalidValueError: for arrays of another length, shape or type.
        """

        def given(values: ArrayLike | None, default: int) -> Integers:
            return np.full(len(orders), default) if values is None else np.asarray(values)

        return cls(
            orders=orders,
            entered=np.asarray(entered),
            expires=given(expires, NEVER),
            cancelled=given(cancelled, NEVER),
            minimum=given(minimum, 1),
            lem_low=given(lem_low, MIN_PRICE),
            lem_high=given(lem_high, MAX_PRICE),
        )

    def __len__(self) -> int:
        """Return the number of orders."""
        return len(self.orders)

    @property
    def follow_lem_price(self) -> NDArray[np.bool_]:
        """Which orders may not trade at some LEM prices."""
        return (self.lem_low > MIN_PRICE) | (self.lem_high < MAX_PRICE)

    def by_time_and_key(self) -> Integers:
        """Return which order comes first, second and so on: by time, then by smallest key.

        Keys are asked for only where orders come together.
        """
        sequence = np.argsort(self.entered, kind="stable")
        entered = self.entered[sequence]
        together = np.zeros(len(self) + 1, np.bool_)
        together[1:-1] = entered[1:] == entered[:-1]
        tied = np.flatnonzero(together[1:] | together[:-1])
        if tied.size:
            words = key_words(self.orders.keys.rows(sequence[tied]))
            sequence[tied] = sequence[tied][np.lexsort((*words.T[::-1], entered[tied]))]
        return sequence

    def _require_later(self, name: str, times: Integers) -> None:
        wrong = np.flatnonzero(times <= self.entered)
        if wrong.size:
            at = int(wrong[0])
            _fail(at, name, f"later than entered, {self.entered[at]}", times)

    def _require_minimum(self) -> None:
        most = np.where(self.orders.is_offer, self.orders.quantity, 1)
        wrong = np.flatnonzero(self.minimum > most)
        if wrong.size:
            at = int(wrong[0])
            if self.orders.is_offer[at]:
                _fail(at, "minimum", f"at most the offer's {most[at]} Wh", self.minimum)
            _fail(at, "minimum", "none, for bids have no minimum sale", self.minimum)


@dataclass(frozen=True, slots=True, eq=False)
class LemPrices:
    """The LEM price as a step function of time: each holds from its time up to the next.

    Attributes:
        time: when each begins to hold, in any sequence, all different; held ascending. Before the
            first there is no LEM price.
        price: millicent per kWh, signed 32-bit numbers.

    Raises:
        RowError: naming the field and the index, for a time or price out of range, or a time
            that another row has.
        InvalidValueError: for arrays of another length, shape or type.
    """

    time: Integers
    price: Integers

    def __post_init__(self) -> None:
        size = np.size(self.time)
        time = _integers("time", self.time, size, 0, MAX_TIME)
        price = _integers("price", self.price, size, MIN_PRICE, MAX_PRICE)
        sequence = np.argsort(time, kind="stable")
        ascending = time[sequence]
        twice = np.flatnonzero(ascending[1:] == ascending[:-1])
        if twice.size:
            at = int(sequence[twice + 1].min())
            _fail(at, "time", "an instant that no other row has", time)
        object.__setattr__(self, "time", ascending)
        object.__setattr__(self, "price", price[sequence])


def _fail(index: int, name: str, expected: str, values: Integers) -> NoReturn:
    raise RowError(index, name, expected, int(values[index]))


def _integers(name: str, values: ArrayLike, size: int, low: int, high: int) -> Integers:
    array = np.asarray(values)
    if array.shape != (size,):
        raise InvalidValueError(name, f"{size} values in one dimension", f"shape {array.shape}")
    if array.size == 0:
        return np.zeros(0, np.int64)
    if array.dtype.kind not in "iu":
        raise InvalidValueError(name, "integers", f"{array.dtype.name} values")
    wrong = np.flatnonzero((array < low) | (array > high))
    if wrong.size:
        _fail(int(wrong[0]), name, f"an integer from {low} to {high}", array)
    return array.astype(np.int64, copy=False)
