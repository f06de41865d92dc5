"""Supply functions and blocks, as a mechanism."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from domain.errors import InvalidValueError
from domain.units import MAX_PRICE, MIN_PRICE
from market.clearing import PER_MILLE
from market.mechanisms.model import Cleared, Mechanism, Request
from market.orders_file import Column, OrdersFile
from market.supply_function import (
    MAX_INTERVAL,
    NO_BLOCK,
    BlockStatus,
    BlockTerms,
    PlaceError,
    SupplyClearing,
    SupplyOrders,
    clear_supply_function,
)

Integers = NDArray[np.int64]

_STEP: Final = "step"
_LINEAR: Final = "linear"
_BLOCK: Final = "block"
_KINDS: Final = (_STEP, _LINEAR, _BLOCK)
_COLUMNS: Final = {"quantity": "quantity_wh", "minimum": "minimum_per_mille", "parent": "linked_to"}
"""What fields are called in a file, where that differs."""


def _clear(request: Request) -> Cleared:
    names, orders = _orders(request.book)
    found = clear_supply_function(orders, request.tariff)
    return Cleared(found.outcome(orders), _figures(found, names))


def _orders(book: OrdersFile) -> tuple[Sequence[str], SupplyOrders]:
    """Return the blocks' names and the orders."""
    _require_kinds(book)
    names = sorted({name for name in book.columns["block"] if name is not None})
    number = {name: place for place, name in enumerate(names)}
    minimum, parent = _terms(book, number)
    linear = zip(book.columns["price_to"], book.arrays.price.tolist(), strict=True)
    try:
        return names, SupplyOrders(
            basic=book.arrays,
            interval=_integers(book.columns["interval"]),
            price_to=_integers([first if last is None else last for last, first in linear]),
            block=_integers([number.get(name, NO_BLOCK) for name in book.columns["block"]]),
            terms=BlockTerms(minimum, parent),
        )
    except PlaceError as error:
        column = _COLUMNS.get(error.name, error.name)
        where = f"{error.each} {(names if error.each == 'block' else book.ids)[error.index]}"
        got = error.got
        if error.name == "parent" and isinstance(got, int):
            got = names[got]
        raise InvalidValueError(f"{where}: {column}", error.expected, got) from error


def _integers(values: Sequence[int]) -> Integers:
    return np.array(values, np.int64)


def _require_kinds(book: OrdersFile) -> None:
    """Refuse unknown kinds, and columns that an order's kind lacks or does not have."""
    columns = book.columns
    rows = zip(book.ids, columns["kind"], columns["price_to"], columns["block"], strict=True)
    for order_id, kind, price_to, block in rows:
        where = f"order {order_id}"
        if kind not in _KINDS:
            raise InvalidValueError(f"{where}: kind", f"one of: {', '.join(_KINDS)}", kind)
        for column, value, owner, needed in (
            ("price_to", price_to, _LINEAR, "the price of its last Wh"),
            ("block", block, _BLOCK, "the name of its block"),
        ):
            if kind == owner and value is None:
                raise InvalidValueError(f"{where}: {column}", needed, "nothing")
            if kind != owner and value is not None:
                expected = f"nothing, for the order is of kind {kind}"
                raise InvalidValueError(f"{where}: {column}", expected, value)
    for column in ("minimum_per_mille", "linked_to"):
        for order_id, kind, value in zip(book.ids, columns["kind"], columns[column], strict=True):
            if kind != _BLOCK and value is not None:
                expected = f"nothing, for the order is of kind {kind}"
                raise InvalidValueError(f"order {order_id}: {column}", expected, value)


def _terms(book: OrdersFile, number: Mapping[str, int]) -> tuple[Integers, Integers]:
    """Return the blocks' minimum and parent; it is enough that one order of a block tells them."""
    minimum = np.zeros(len(number), np.int64)
    parent = np.full(len(number), NO_BLOCK, np.int64)
    for name, value in _told(book, "minimum_per_mille").items():
        minimum[number[name]] = value
    for name, value in _told(book, "linked_to").items():
        if value not in number:
            raise InvalidValueError(f"block {name}: linked_to", "a block of this file", value)
        parent[number[name]] = number[value]
    return minimum, parent


def _told(book: OrdersFile, column: str) -> dict[str, Any]:
    """Return what a block's orders say, by block; they must not contradict each other."""
    found: dict[str, Any] = {}
    rows = zip(book.ids, book.columns["block"], book.columns[column], strict=True)
    for order_id, block, value in rows:
        if value is None:
            continue
        if found.setdefault(block, value) != value:
            expected = f"{found[block]}, as in block {block}"
            raise InvalidValueError(f"order {order_id}: {column}", expected, value)
    return found


def _figures(found: SupplyClearing, names: Sequence[str]) -> dict[str, Any]:
    blocks = list(zip(names, found.blocks, strict=True))
    return {
        "prices": [
            {
                "interval": one.interval,
                "price": one.price,
                "price_interval": None if one.price_interval is None else list(one.price_interval),
                "volume_wh": one.volume,
            }
            for one in found.intervals
        ],
        "blocks": [
            {
                "block": name,
                "accepted_per_mille": PER_MILLE * one.level // one.size,
                "surplus": one.surplus,
                "status": one.status.value,
            }
            for name, one in blocks
        ],
        "paradoxically_rejected": [
            name for name, one in blocks if one.status is BlockStatus.PARADOXICALLY_REJECTED
        ],
        "welfare": found.welfare,
        "bound": found.bound,
        "gap": found.gap,
        "rounds": found.rounds,
    }


SUPPLY_FUNCTION: Final = Mechanism(
    name="supply-function",
    about="steps, linear orders and blocks of several intervals at one price an interval",
    rule=_clear,
    columns=(
        Column("interval", "number of its interval", "integer", 0, MAX_INTERVAL, 0),
        Column("kind", "step, linear or block", default=_STEP),
        Column("price_to", "limit of a linear order's last Wh", "integer", MIN_PRICE, MAX_PRICE),
        Column("block", "name of its block: one ratio of acceptance for all its orders"),
        Column(
            "minimum_per_mille",
            "least acceptance of its block; 0 by default",
            "integer",
            0,
            PER_MILLE,
        ),
        Column("linked_to", "block without which its block is not accepted"),
    ),
)
