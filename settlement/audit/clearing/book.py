"""A closed book as every rule reads it, and what a rule makes of it.

Limits are first clamped to the tariff, because the grid serves any bid at retail and takes any
offer at feed-in.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from domain.apportionment import largest_remainder
from domain.order import Order, Side
from domain.tariff import Tariff


@dataclass(frozen=True, slots=True)
class BookOrder:
    """One order of a closed book.

    Attributes:
        digest: EIP-712 digest, 32 bytes, which orders equal remainders and equal limits.
        order: what was signed.
    """

    digest: bytes
    order: Order


@dataclass(frozen=True, slots=True)
class Clearing:
    """What a book comes to.

    Attributes:
        volume: Wh that trade; 0 where nothing can.
        price: recorded price in millicent per kWh, None where nothing trades.
        low: lowest price at which the volume clears; None where nothing trades or the rule has no
            such range.
        high: highest such price, likewise.
        filled: Wh of each order that trade, in the sequence of the book.
        payments: 10^-8 EUR of each order, positive where it pays, in the sequence of the book.
        is_allocated: whether payments do not follow from the price, so that the chain records what
            each account trades and pays.
    """

    volume: int
    price: int | None
    low: int | None
    high: int | None
    filled: tuple[int, ...]
    payments: tuple[int, ...]
    is_allocated: bool = False


@dataclass(frozen=True, slots=True)
class Ranked:
    """An order with its clamped limit and its place in the book."""

    at: int
    digest: bytes
    quantity: int
    limit: int


def no_trade(book: Sequence[BookOrder]) -> Clearing:
    """Return the clearing of a book that trades nothing."""
    nothing = (0,) * len(book)
    return Clearing(0, None, None, None, nothing, nothing)


def at_one_price(
    book: Sequence[BookOrder], price: int, filled: Sequence[int], low: int | None, high: int | None
) -> Clearing:
    """Return a clearing in which everybody pays or receives one price for what it trades."""
    payments = [
        price * (wh if entry.order.side is Side.BID else -wh)
        for entry, wh in zip(book, filled, strict=True)
    ]
    return Clearing(sum(filled) // 2, price, low, high, tuple(filled), tuple(payments))


def clamped(book: Sequence[BookOrder], side: Side, tariff: Tariff) -> list[Ranked]:
    """Return the orders of one side with their clamped limits, in the sequence of the book."""
    return [
        Ranked(at, entry.digest, entry.order.quantity, _limit(entry.order, tariff))
        for at, entry in enumerate(book)
        if entry.order.side is side
    ]


def energy(orders: Iterable[Ranked]) -> int:
    """Return the Wh of some orders."""
    return sum(entry.quantity for entry in orders)


def share_out(total: int, orders: Sequence[Ranked], filled: list[int]) -> None:
    """Fill orders in proportion to their quantities, by largest remainders, ties by digest."""
    shares = largest_remainder(
        total, [entry.quantity for entry in orders], [entry.digest for entry in orders]
    )
    for entry, share in zip(orders, shares, strict=True):
        filled[entry.at] = share


def _limit(order: Order, tariff: Tariff) -> int:
    if order.side is Side.BID:
        return min(order.price, tariff.retail)
    return max(order.price, tariff.feed_in)
