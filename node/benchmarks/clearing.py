"""Mechanisms against the time numpy takes to sort the same prices, and against other ways."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np

from domain.tariff import Tariff
from domain.units import MillicentPerKilowattHour
from market.clearing import OrderArrays, clear_pay_as_bid, clear_uniform_price
from market.mechanisms import MECHANISMS, UNIFORM_PRICE
from market.mechanisms.model import Request
from market.orders_file import OrdersFile
from node.benchmarks import linear_program, plain
from node.benchmarks.books import Book, Prices, make_book
from node.benchmarks.timing import Action, Timing, measure, peak_memory
from node.simulation.progress import Listener

SORT: Final = "numpy sorts both price arrays"
PAY_AS_BID: Final = "pay-as-bid"
TARIFF: Final = Tariff(MillicentPerKilowattHour(8_000), MillicentPerKilowattHour(30_000))
"""For mechanisms that need one."""
FILLS: Final = f"{UNIFORM_PRICE}, fills alone"
"""The uniform price with full allocation, before anybody's payment is worked out."""
LISTED: Final = f"{PAY_AS_BID}, trades listed"
"""Pay-as-bid with the list of all pairs, which is otherwise made when it is asked for."""
TRIAL_ORDERS: Final = 100
"""Orders a side of the book on which every mechanism is tried first."""
WALKED_ORDERS: Final = 100_000
"""Orders a side of the largest book that is walked in plain Python."""
PROGRAM_ORDERS: Final = 2_000
"""Orders a side of the largest book that the linear program is given."""

_TRIALS: Final = 1
_TOO_LONG: Final = 100
"""So many times longer than the uniform price, and a mechanism is left at its trial."""


@dataclass(frozen=True, slots=True)
class Figures:
    """How long mechanisms take on one book.

    Attributes:
        orders_a_side: number of bids, and of offers.
        prices: what they are multiples of.
        sort: numpy on both price arrays, one after the other.
        mechanisms: each one's time by name, payments included, ``FILLS`` and ``LISTED``.
        bytes_per_order: each one's peak memory beyond the orders, its result included.
    """

    orders_a_side: int
    prices: Prices
    sort: Timing
    mechanisms: Mapping[str, Timing]
    bytes_per_order: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class OtherWay:
    """How long another way to clear takes, beside the uniform price on the same book.

    Attributes:
        name: of the other way.
        orders_a_side: number of bids, and of offers.
        timing: of the other way.
        uniform_price: of the uniform price, payments included.
    """

    name: str
    orders_a_side: int
    timing: Timing
    uniform_price: Timing


def measurable() -> list[str]:
    """Return the mechanisms that need nothing but orders and perhaps a tariff."""
    return [one.name for one in MECHANISMS.values() if one.takes_orders_alone]


def measure_mechanisms(
    orders_a_side: int, prices: Prices, names: Sequence[str], repeats: int, listener: Listener
) -> Figures:
    """Measure sorting and mechanisms in turns on one book, and the memory of each.

    Args:
        orders_a_side: number of bids, and of offers.
        prices: what they are multiples of.
        names: of the mechanisms.
        repeats: runs of each.
        listener: is told how far it is.
    """
    title = f"{orders_a_side:,} + {orders_a_side:,}, {prices.label}"
    listener.begin(f"making {title}")
    book = make_book(orders_a_side, prices)
    actions: dict[str, Action] = {FILLS: partial(clear_uniform_price, book.orders)}
    actions |= {name: mechanism_on(name, book.orders) for name in names}
    if PAY_AS_BID in names:
        actions[LISTED] = partial(_list_trades, book.orders)
    listener.begin(title, (repeats + 1) * len(actions) + repeats)
    spent = measure({SORT: partial(sort_prices, book), **actions}, repeats, listener.step)
    memory = {}
    for name, action in actions.items():
        memory[name] = peak_memory(action) / len(book.orders)
        listener.step()
    return Figures(orders_a_side, prices, spent.pop(SORT), spent, memory)


def try_mechanisms(listener: Listener) -> Figures:
    """Measure every mechanism on a small book.

    Args:
        listener: is told how far it is.
    """
    return measure_mechanisms(TRIAL_ORDERS, Prices.TICK, measurable(), _TRIALS, listener)


def quick(trial: Figures) -> list[str]:
    """Return the mechanisms that clear large books in a time worth waiting for.

    Args:
        trial: what they take on a small book.
    """
    longest = _TOO_LONG * trial.mechanisms[UNIFORM_PRICE].least
    return [name for name in measurable() if trial.mechanisms[name].least <= longest]


def measure_other_ways(orders_a_side: int, repeats: int, listener: Listener) -> list[OtherWay]:
    """Measure a walk in plain Python and a linear program, on books that they can manage.

    Args:
        orders_a_side: number of bids, and of offers, that there may be at most.
        repeats: runs of each.
        listener: is told how far it is.
    """
    listener.begin("other ways to clear", 4 * repeats)
    walked = make_book(min(orders_a_side, WALKED_ORDERS), Prices.FLOAT).orders
    solved = make_book(min(orders_a_side, PROGRAM_ORDERS), Prices.FLOAT).orders
    ways: tuple[tuple[str, OrderArrays, Action], ...] = (
        ("merit order, plain Python", walked, partial(plain.walk, *plain.rows_of(walked))),
        ("linear program, HiGHS", solved, partial(linear_program.solve, solved)),
    )
    found = []
    for name, orders, action in ways:
        actions = {name: action, UNIFORM_PRICE: mechanism_on(UNIFORM_PRICE, orders)}
        spent = measure(actions, repeats, listener.step)
        found.append(OtherWay(name, len(orders) // 2, spent[name], spent[UNIFORM_PRICE]))
    return found


def mechanism_on(name: str, orders: OrderArrays) -> Action:
    """Return what clears orders with a mechanism.

    Args:
        name: of the mechanism.
        orders: one interval's orders.
    """
    one = MECHANISMS[name]
    # Who ordered plays no part in mechanisms on orders alone.
    nobody = [""] * len(orders)
    book = OrdersFile(nobody, nobody, orders)
    return partial(one.fulfil, Request(book, TARIFF if one.needs_tariff else None))


def _list_trades(orders: OrderArrays) -> object:
    outcome = clear_pay_as_bid(orders)
    return outcome, None if outcome.trades is None else outcome.trades.buyer


def sort_prices(book: Book) -> None:
    """Let numpy sort the bids' prices, and then the offers'.

    Args:
        book: whose.
    """
    np.sort(book.bid_prices)
    np.sort(book.offer_prices)
