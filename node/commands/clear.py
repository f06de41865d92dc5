"""``commonwatt clear``: one book of a file, cleared without a chain."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from domain.errors import CommonwattError, InvalidValueError
from domain.tariff import Tariff
from domain.units import MAX_PRICE, MIN_PRICE, MillicentPerKilowattHour, require_range
from market.clearing import Clearing
from market.mechanisms import UNIFORM_PRICE, mechanism
from market.orders_file import OrdersFile, read_orders

BAD_USAGE: Final = 2
STANDARD_INPUT: Final = "-"

EXAMPLE: Final = "Example: commonwatt clear orders.csv --feed-in 8000 --retail 30000"
"""Shown below the command's help."""


def clear(
    orders: Annotated[
        str,
        typer.Argument(
            metavar="ORDERS",
            help="CSV (.csv) or JSON Lines (.jsonl) with order_id, participant, side (bid or "
            "offer), quantity_wh and price (integers; price in millicent per kWh); - reads "
            "standard input.",
        ),
    ],
    mechanism_name: Annotated[
        str, typer.Option("--mechanism", help="Name of the clearing mechanism.")
    ] = UNIFORM_PRICE,
    feed_in: Annotated[
        int | None,
        typer.Option("--feed-in", help="Lowest price, in millicent per kWh; by default none."),
    ] = None,
    retail: Annotated[
        int | None,
        typer.Option("--retail", help="Highest price, in millicent per kWh; by default none."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON on one line, for a program.")
    ] = False,
) -> None:
    """Clear a file of orders and print price, volume and who trades, as JSON.

    Payments are in 10^-8 EUR: positive is paid, negative is received. The fills are those of the
    orders that trade, in the sequence of their ids; the result does not depend on the sequence of
    the rows. A participant may stand on both sides.
    """
    try:
        chosen = mechanism(mechanism_name, "--mechanism")
        tariff = _tariff(feed_in, retail)
        book = read_orders(_content(orders), orders)
        clearing = chosen(book.arrays, tariff)
    except CommonwattError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(BAD_USAGE) from error
    typer.echo(_written(_result(mechanism_name, book, clearing), as_json))


def _content(orders: str) -> bytes:
    try:
        if orders == STANDARD_INPUT:
            return sys.stdin.buffer.read()
        return Path(orders).read_bytes()
    except OSError as error:
        raise InvalidValueError(orders, "a file that can be read", error.strerror) from error


def _tariff(feed_in: int | None, retail: int | None) -> Tariff | None:
    if feed_in is None and retail is None:
        return None
    low = MIN_PRICE if feed_in is None else feed_in
    high = MAX_PRICE if retail is None else retail
    require_range("--feed-in", low, MIN_PRICE, MAX_PRICE)
    require_range("--retail", high, MIN_PRICE, MAX_PRICE)
    if low > high:
        raise InvalidValueError("--feed-in", f"at most the retail price {high}", low)
    return Tariff(MillicentPerKilowattHour(low), MillicentPerKilowattHour(high))


def _result(mechanism_name: str, book: OrdersFile, clearing: Clearing) -> dict[str, Any]:
    traded = clearing.price is not None
    return {
        "mechanism": mechanism_name,
        "price": clearing.price,
        "price_interval": [clearing.low, clearing.high] if traded else None,
        "volume_wh": clearing.volume,
        "fills": _fills(book, clearing),
    }


def _fills(book: OrdersFile, clearing: Clearing) -> list[dict[str, Any]]:
    rows = zip(
        book.ids, clearing.filled.tolist(), clearing.payments(book.arrays).tolist(), strict=True
    )
    return [
        {
            "order_id": order_id,
            "quantity_wh": quantity,
            "price": clearing.price,
            "payment": payment,
        }
        for order_id, quantity, payment in sorted(rows)
        if quantity
    ]


def _written(result: dict[str, Any], as_json: bool) -> str:
    if as_json:
        return json.dumps(result, separators=(",", ":"))
    return json.dumps(result, indent=2)
