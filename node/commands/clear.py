"""``commonwatt clear``: one book of a file, cleared without a chain."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from domain.errors import CommonwattError, InvalidValueError
from domain.instant import parse_instant
from domain.interval import DEFAULT_DURATION, DURATIONS
from domain.tariff import Tariff
from domain.units import MAX_PRICE, MIN_PRICE, MillicentPerKilowattHour, require_range
from market.clearing import PER_MILLE, Outcome, TradeList
from market.mechanisms import MECHANISMS, UNIFORM_PRICE, Cleared, Mechanism, Request, mechanism
from market.orders_file import OrdersFile, read_orders
from market.table_file import Table, read_table
from node.commands.exit_codes import BAD_USAGE
from node.commands.options import Json

STANDARD_INPUT: Final = "-"

EXAMPLE: Final = "Example: commonwatt clear orders.csv --feed-in 8000 --retail 30000"
"""Shown below the command's help."""


def clear(
    orders: Annotated[
        str,
        typer.Argument(
            metavar="ORDERS",
            help="CSV (.csv) or JSON Lines (.jsonl) with order_id, participant, side (bid or "
            "offer), quantity_wh and price (integers; price in millicent per kWh), and further "
            "columns that some mechanisms take; .gz as well; - reads standard input.",
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
            help=f"Where a price lies between two limits, in per mille (0 to {PER_MILLE}), for "
            "mechanisms that take it, such as uniform-price. By default one half.",
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
    lines: Annotated[
        Path | None, typer.Option("--lines", help="Table of lines (network-constrained, zonal).")
    ] = None,
    borders: Annotated[
        Path | None, typer.Option("--borders", help="Table of price-taking borders (zonal).")
    ] = None,
    restrictions: Annotated[
        Path | None,
        typer.Option(
            "--restrictions", help="Table of temporary limits of lines (network-constrained)."
        ),
    ] = None,
    preferences: Annotated[
        Path | None,
        typer.Option("--preferences", help="Table of premiums and refusals (p2p-preferences)."),
    ] = None,
    fees: Annotated[
        Path | None, typer.Option("--fees", help="Table of network fees (p2p-preferences).")
    ] = None,
    lem_prices: Annotated[
        Path | None, typer.Option("--lem-prices", help="Table of LEM prices in time (continuous).")
    ] = None,
    start: Annotated[
        str | None,
        typer.Option(
            "--start",
            help="Start of the interval, such as 2025-04-06T10:00:00Z (network-constrained).",
        ),
    ] = None,
    duration: Annotated[
        int | None,
        typer.Option(
            "--duration",
            help="Seconds of the interval: 300, 900 (the default) or 3600 (network-constrained).",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Clear a file of orders and print price, volume and who trades, as JSON.

    Payments are in 10^-8 EUR: positive is paid, negative is received. The fills are those of the
    orders that trade, in the sequence of their ids; the result does not depend on the sequence of
    the rows. A price is null where there are several. Mechanisms that pair parties list their
    trades; those whose payments need not add up to zero print the surplus, negative where the
    operator has to bring money. A participant may stand on both sides. What each mechanism reads
    and prints beside this: `commonwatt mechanisms NAME`.
    """
    files = {
        "lines": lines,
        "borders": borders,
        "restrictions": restrictions,
        "preferences": preferences,
        "fees": fees,
        "lem-prices": lem_prices,
    }
    try:
        chosen = mechanism(mechanism_name, "--mechanism")
        chosen.require_k(k, "--k")
        request = Request(
            tariff=_tariff(chosen, feed_in, retail),
            k=k,
            tables=_tables(chosen, files),
            start=_start(chosen, start),
            duration=_duration(chosen, duration),
            book=read_orders(_content(orders), orders, chosen.columns),
        )
        result = _result(chosen, request.book, _fulfilled(chosen, request))
    except CommonwattError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(BAD_USAGE) from error
    typer.echo(_written(result, as_json))


def _fulfilled(chosen: Mechanism, request: Request) -> Cleared:
    """Clear; what the mechanism calls by the name of an option is named as on the command line."""
    options = {table.option for table in chosen.tables} | {"start"}
    try:
        return chosen.fulfil(request)
    except InvalidValueError as error:
        if error.field not in options:
            raise
        raise InvalidValueError(f"--{error.field}", error.expected, error.got) from error


def _content(orders: str) -> bytes:
    if orders == STANDARD_INPUT:
        return sys.stdin.buffer.read()
    return _read(Path(orders))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InvalidValueError(str(path), "a file that can be read", error.strerror) from error


def _tables(chosen: Mechanism, files: Mapping[str, Path | None]) -> dict[str, Table]:
    """Read the files that the mechanism takes; refuse others, and the lack of one it needs."""
    taken = {table.option: table for table in chosen.tables}
    tables: dict[str, Table] = {}
    for option, path in files.items():
        table = taken.get(option)
        if path is None:
            if table is not None and table.required:
                expected = f"a file of {', '.join(table.columns)} for {chosen.name}"
                raise InvalidValueError(f"--{option}", expected, "none")
        elif table is None:
            expected = f"no file, for {chosen.name} takes none"
            raise InvalidValueError(f"--{option}", expected, str(path))
        else:
            tables[option] = read_table(_read(path), str(path), table.columns, table.optional)
    return tables


def _start(chosen: Mechanism, start: str | None) -> int | None:
    if start is None:
        return None
    if not chosen.takes_start:
        raise InvalidValueError("--start", f"no instant, for {chosen.name} takes none", start)
    return parse_instant(start, "--start")


def _duration(chosen: Mechanism, duration: int | None) -> int:
    if duration is None:
        return DEFAULT_DURATION
    if not chosen.takes_start:
        raise InvalidValueError("--duration", f"no length, for {chosen.name} takes none", duration)
    if duration not in DURATIONS:
        expected = f"one of {', '.join(map(str, DURATIONS))} seconds"
        raise InvalidValueError("--duration", expected, duration)
    return duration


def _tariff(chosen: Mechanism, feed_in: int | None, retail: int | None) -> Tariff | None:
    if chosen.needs_tariff:
        for option, price in (("--feed-in", feed_in), ("--retail", retail)):
            if price is None:
                expected = f"a price in millicent per kWh, for {chosen.name} prices by it"
                raise InvalidValueError(option, expected, "none")
    if feed_in is None and retail is None:
        return None
    low = MIN_PRICE if feed_in is None else feed_in
    high = MAX_PRICE if retail is None else retail
    require_range("--feed-in", low, MIN_PRICE, MAX_PRICE)
    require_range("--retail", high, MIN_PRICE, MAX_PRICE)
    if low > high:
        raise InvalidValueError("--feed-in", f"at most the retail price {high}", low)
    return Tariff(MillicentPerKilowattHour(low), MillicentPerKilowattHour(high))


def _result(chosen: Mechanism, book: OrdersFile, cleared: Cleared) -> dict[str, Any]:
    outcome = cleared.outcome
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
    return {**result, **cleared.figures}


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
            "price": lowest if quantity and lowest == highest else None,
            "payment": payment,
        }
        for order_id, quantity, lowest, highest, payment in sorted(rows)
        if quantity or payment
    ]


def _trades(book: OrdersFile, trades: TradeList) -> list[dict[str, Any]]:
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
