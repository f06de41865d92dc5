"""What a clearing mechanism takes, gives back, and says of itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from domain.errors import InvalidValueError
from domain.interval import DEFAULT_DURATION
from domain.tariff import Tariff
from market.clearing import OrderArrays, Outcome
from market.clearing.point import HALF, require_k
from market.orders_file import REQUIRED, Column, OrdersFile
from market.proving import Provable
from market.table_file import Table


@dataclass(frozen=True, slots=True)
class TableSpec:
    """A file that a mechanism reads beside the orders.

    Attributes:
        option: of the command line, without dashes.
        about: what it holds, in a few words.
        columns: those that it must have.
        optional: those that it may have.
        required: whether the mechanism cannot do without it.
    """

    option: str
    about: str
    columns: tuple[str, ...]
    optional: tuple[str, ...] = ()
    required: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Request:
    """What is to be cleared.

    Attributes:
        book: the orders with their ids, participants and further columns.
        tariff: bounds of the prices; without it, the range of prices.
        k: point between two limits, in per mille; None takes the mechanism's own.
        tables: further files by the name of their option.
        start: of the interval, in seconds since 1970 UTC, where the mechanism asks for it.
        duration: of the interval, in seconds.
    """

    book: OrdersFile
    tariff: Tariff | None = None
    k: int | None = None
    tables: Mapping[str, Table] = field(default_factory=dict)
    start: int | None = None
    duration: int = DEFAULT_DURATION

    @property
    def orders(self) -> OrderArrays:
        """The orders as arrays."""
        return self.book.arrays


@dataclass(frozen=True, slots=True, eq=False)
class Cleared:
    """What a mechanism makes of a request.

    Attributes:
        outcome: fills, payments and prices of the orders.
        figures: what the mechanism tells beyond them, as JSON values by name.
    """

    outcome: Outcome
    figures: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Mechanism:
    """A clearing mechanism: a pure function from one interval's orders to their outcome.

    Attributes:
        name: what it is chosen by.
        about: its rule in one line.
        rule: the function.
        columns: columns of the orders file beside the five that each has.
        tables: files that it reads beside the orders.
        takes_k: whether a point between two limits can be chosen.
        takes_start: whether it wants to know when the interval starts and how long it is.
        needs_tariff: whether it prices by the grid's tariff and cannot do without one.
        balanced: whether what is paid always equals what is received.
        provable: how the contract proves its results, or None where it cannot. Only a mechanism
            that it can prove may run a community.
    """

    name: str
    about: str
    rule: Callable[[Request], Cleared]
    columns: tuple[Column, ...] = ()
    tables: tuple[TableSpec, ...] = ()
    takes_k: bool = False
    takes_start: bool = False
    needs_tariff: bool = False
    balanced: bool = True
    provable: Provable | None = None

    @property
    def takes_orders_alone(self) -> bool:
        """Whether the five basic columns, and perhaps a tariff, are enough for it."""
        return not (self.columns or self.tables or self.takes_start)

    def clear(
        self, orders: OrderArrays, tariff: Tariff | None = None, k: int | None = None
    ) -> Outcome:
        """Clear orders that have nothing but the basic fields.

        Args:
            orders: one interval's orders.
            tariff: bounds of the prices; without it, the range of prices.
            k: point between two limits, in per mille; None takes the mechanism's own.

        Raises:
            InvalidValueError: for a point that the mechanism does not take, and where it needs
                more than that.
        """
        for column in self.columns:
            if column.default is REQUIRED:
                expected = f"a value for each order, which {self.name} asks for"
                raise InvalidValueError(column.name, expected, "none")
        names = [str(number) for number in range(len(orders))]
        columns = {one.name: [one.default] * len(orders) for one in self.columns}
        book = OrdersFile(names, names, orders, columns)
        return self.fulfil(Request(book, tariff, k)).outcome

    def fulfil(self, request: Request) -> Cleared:
        """Clear a request.

        Raises:
            InvalidValueError: where something is missing or too much, or the mechanism refuses it.
        """
        self.require_k(request.k)
        if self.needs_tariff and request.tariff is None:
            raise InvalidValueError("tariff", f"feed-in and retail price for {self.name}", None)
        for table in self.tables:
            if table.required and table.option not in request.tables:
                expected = f"a file of {', '.join(table.columns)} for {self.name}"
                raise InvalidValueError(table.option, expected, "none")
        return self.rule(request)

    def chain_k(self, k: int | None) -> int:
        """Return the point that a community's contract holds: 0 where the mechanism takes none.

        Args:
            k: point between two limits, in per mille; None takes the mechanism's own.

        Raises:
            InvalidValueError: for a point that the mechanism does not take.
        """
        self.require_k(k)
        if not self.takes_k:
            return 0
        return HALF if k is None else k

    def require_k(self, k: int | None, name: str = "k") -> None:
        """Refuse a point outside 0 to 1000, or any where the mechanism takes none.

        Args:
            k: point between two limits, in per mille, or None.
            name: how the one who gave it calls it.

        Raises:
            InvalidValueError: naming the mechanism where it takes none.
        """
        if k is None:
            return
        if not self.takes_k:
            raise InvalidValueError(name, f"no value, for {self.name} takes none", k)
        require_k(k, name)


def of_orders(rule: Callable[..., Outcome]) -> Callable[[Request], Cleared]:
    """Make a rule on orders and tariff, and perhaps a point, one on requests."""

    def on_request(request: Request) -> Cleared:
        given = (request.orders, request.tariff)
        return Cleared(rule(*given) if request.k is None else rule(*given, request.k))

    return on_request
