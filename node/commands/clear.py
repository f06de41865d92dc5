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
from market.clearing import PER_MILLE, Outcome, Trades
from market.mechanisms import MECHANISMS, UNIFORM_PRICE, Mechanism, mechanism
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
        str,
        typer.Option("--mechanism", help=f"How to clear: {', '.join(sorted(MECHANISMS))}."),
    ] = UNIFORM_PRICE,
    k: Annotated[
        int | None,
        typer.Option(
            "--k",
            help=f"Where a price lies between two limits, in per mille (0 to {PER_MILLE}): of "
            "uniform-price within the clearing interval, of pay-as-bid between the pair's offer "
            "and bid. By default one half.",
        ),
    ] = None,
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
    the rows. A price is null where there are several. Mechanisms that pair parties list their
    trades; those whose payments need not add up to zero print the surplus, negative where the
    operator has to bring money. A participant may stand on both sides.
    """
    try:
        chosen = mechanism(mechanism_name, "--mechanism")
        chosen.require_k(k, "--k")
        tariff = _tariff(feed_in, retail)
        book = read_orders(_content(orders), orders)
        outcome = chosen.clear(book.arrays, tariff, k)
    except CommonwattError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(BAD_USAGE) from error
    typer.echo(_written(_result(chosen, book, outcome), as_json))


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


def _result(chosen: Mechanism, book: OrdersFile, outcome: Outcome) -> dict[str, Any]:
    result: dict[str, Any] = {
        "mechanism": chosen.name,
        "price": outcome.price,
        "price_interval": None if outcome.interval is None else list(outcome.interval),
        "volume_wh": outcome.volume,
        "fills": _fills(book, outcome),
    }
    if outcome.trades is not None:
        result["trades"] = _trades(book, outcome.trades)
    if not chosen.balanced:
        result["surplus"] = outcome.surplus
    return result


def _fills(book: OrdersFile, outcome: Outcome) -> list[dict[str, Any]]:
    ranges = outcome.price_ranges(book.arrays)
    rows = zip(
        book.ids,
        outcome.filled.tolist(),
        ranges.lowest.tolist(),
        ranges.highest.tolist(),
        outcome.payments.tolist(),
        strict=True,
    )
    return [
        {
            "order_id": order_id,
            "quantity_wh": quantity,
            "price": lowest if lowest == highest else None,
            "payment": payment,
        }
        for order_id, quantity, lowest, highest, payment in sorted(rows)
        if quantity
    ]


def _trades(book: OrdersFile, trades: Trades) -> list[dict[str, Any]]:
    """Return the trades in the sequence in which the rule makes them."""
    rows = zip(
        trades.buyer.tolist(),
        trades.seller.tolist(),
        trades.quantity.tolist(),
        trades.price.tolist(),
        trades.payments.tolist(),
        strict=True,
    )
    return [
        {
            "bid": book.ids[buyer],
            "offer": book.ids[seller],
            "buyer": book.participants[buyer],
            "seller": book.participants[seller],
            "quantity_wh": quantity,
            "price": price,
            "payment": payment,
        }
        for buyer, seller, quantity, price, payment in rows
    ]


def _written(result: dict[str, Any], as_json: bool) -> str:
    if as_json:
        return json.dumps(result, separators=(",", ":"))
    return json.dumps(result, indent=2)
