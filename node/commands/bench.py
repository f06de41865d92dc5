"""``commonwatt bench``: how long clearing takes, as ratios measured in one run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Final

import typer
from rich.console import Console

from domain.errors import InvalidValueError
from domain.units import require_range
from node.benchmarks import clearing, pools
from node.benchmarks.books import Prices
from node.commands import bench_tables
from node.commands.exit_codes import BAD_USAGE
from node.commands.options import Json
from node.simulation.progress import Listener, Silent, progress_bar

MOST_ORDERS: Final = 10_000_000
MOST_REPEATS: Final = 10_000

_OTHER_WAYS_REPEATS: Final = 3

app = typer.Typer(
    name="bench",
    help="Measure how long clearing takes.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)

Repeats = Annotated[int, typer.Option("--repeats", metavar="R", help="Runs of each, in turns.")]


@app.command("clearing", epilog="Example: commonwatt bench clearing --orders 100000")
def bench_clearing(
    orders: Annotated[
        int, typer.Option("--orders", metavar="N", help="Bids, and as many offers.")
    ] = 1_000_000,
    repeats: Repeats = 7,
    as_json: Json = False,
) -> None:
    """Measure every mechanism on orders against sorting, and against other ways to clear.

    The yardstick is numpy, sorting the bids' prices and the offers' prices in the same process on
    one thread, so that ratios mean the same on any machine. Prices are seeded and triangular,
    multiples of 0.1 ct/kWh (tick) or of 0.001 ct/kWh (float). A mechanism that would take minutes
    is measured on a small book only.
    """
    _require("--orders", orders, MOST_ORDERS)
    _require("--repeats", repeats, MOST_REPEATS)
    with _listener(hidden=as_json) as listener:
        trial = clearing.try_mechanisms(listener)
        names = clearing.quick(trial)
        figures = [
            clearing.measure_mechanisms(orders, prices, names, repeats, listener)
            for prices in Prices
        ]
        ways = clearing.measure_other_ways(orders, min(repeats, _OTHER_WAYS_REPEATS), listener)
    if as_json:
        typer.echo(_written(bench_tables.clearing_described(trial, figures, ways, repeats)))
        return
    for part in bench_tables.clearing_shown(trial, figures, ways, repeats):
        Console().print(part)


@app.command("pools", epilog="Example: commonwatt bench pools --participants 100000")
def bench_pools(
    participants: Annotated[
        int, typer.Option("--participants", metavar="N", help="How many.")
    ] = 1_000_000,
    repeats: Repeats = 7,
    as_json: Json = False,
) -> None:
    """Measure the pools of ``market.pool``, without limit prices, against sorting as many prices.

    The yardstick is numpy, sorting one price a participant, in the same process on one thread.
    """
    _require("--participants", participants, MOST_ORDERS)
    _require("--repeats", repeats, MOST_REPEATS)
    with _listener(hidden=as_json) as listener:
        figures = [
            pools.measure_pools(participants, wide=wide, repeats=repeats, listener=listener)
            for wide in (False, True)
        ]
    if as_json:
        typer.echo(_written(bench_tables.pools_described(figures, repeats)))
        return
    for part in bench_tables.pools_shown(figures, repeats):
        Console().print(part)


def _require(option: str, value: int, most: int) -> None:
    try:
        require_range(option, value, 1, most)
    except InvalidValueError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(BAD_USAGE) from error


@contextmanager
def _listener(*, hidden: bool) -> Iterator[Listener]:
    """Show on a terminal how far it is."""
    console = Console(stderr=True)
    if hidden or not console.is_terminal:
        yield Silent()
        return
    with progress_bar(console) as bar:
        yield bar


def _written(result: object) -> str:
    return json.dumps(result, separators=(",", ":"))
