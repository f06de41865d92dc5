"""``commonwatt compare``: one community's day under every mechanism, without a chain."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Annotated, Any, Final, Literal

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from domain.errors import CommonwattError
from domain.units import MONEY_PER_EURO
from market.mechanisms import MECHANISMS, Mechanism, mechanism
from node.commands.exit_codes import BAD_USAGE
from node.commands.options import Json
from node.comparison.day import compare_day
from node.comparison.figures import Comparison, MechanismDay
from node.scenarios.loading import load_scenario

EXAMPLE: Final = "Example: commonwatt compare --scenario benetutti"
"""Shown below the command's help."""

HEADINGS: Final = (
    "mechanism",
    "traded kWh",
    "welfare EUR",
    "buyers pay ct/kWh",
    "sellers receive ct/kWh",
    "saved EUR",
    "by net importers",
    "by net exporters",
    "worse off",
    "operator EUR",
)
_MILLICENT_PER_CENT: Final = 1000
_PADDING: Final = 2
"""Characters around each cell of a table."""


def compare(
    scenario: Annotated[
        str, typer.Option(help="A scenario's name, or the path of its file.")
    ] = "benetutti",
    chosen: Annotated[
        str | None,
        typer.Option("--mechanisms", metavar="A,B,..", help="Which to compare; by default all."),
    ] = None,
    seed: Annotated[str, typer.Option(help="Decides forecasts and limit prices.")] = "1",
    as_json: Json = False,
) -> None:
    """Clear one community's day with every mechanism and say who gains what.

    The same orders every time, settled against the same meters; no chain is involved. Mechanisms
    that ask where participants are get an assumed feeder of three branches.
    """
    try:
        mechanisms = _chosen(chosen)
        community = load_scenario(scenario)
        with _progress(len(mechanisms) * len(community.intervals()), hidden=as_json) as bar:
            step = partial(bar.advance, bar.task_ids[0])
            compared = compare_day(community, mechanisms, seed, step)
    except CommonwattError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(BAD_USAGE) from error
    if as_json:
        typer.echo(json.dumps(_described(compared), separators=(",", ":")))
    else:
        _print_whole(_table(compared))


def rows(compared: Comparison) -> list[tuple[str, ...]]:
    """Return the figures as texts, one row a mechanism, in the sequence of ``HEADINGS``."""
    return [_row(compared, day) for day in compared.days]


def _row(compared: Comparison, day: MechanismDay) -> tuple[str, ...]:
    return (
        day.name,
        f"{day.volume / 1000:.2f}",
        _euro(day.welfare),
        _cents(day.buying_price),
        _cents(day.selling_price),
        _euro(sum(day.saved.values())),
        _euro(compared.saved_by(day, exporters=False)),
        _euro(compared.saved_by(day, exporters=True)),
        str(compared.worse_off(day)),
        _euro(day.surplus),
    )


def _euro(money: int) -> str:
    return f"{money / MONEY_PER_EURO:.2f}"


def _cents(price: float | None) -> str:
    return "-" if price is None else f"{price / _MILLICENT_PER_CENT:.2f}"


def _chosen(names: str | None) -> Sequence[Mechanism]:
    if names is None:
        return list(MECHANISMS.values())
    return [mechanism(name.strip(), "--mechanisms") for name in names.split(",")]


@contextmanager
def _progress(total: int, *, hidden: bool) -> Iterator[Progress]:
    console = Console(stderr=True)
    columns = TextColumn("clearing"), BarColumn(), MofNCompleteColumn()
    disable = hidden or not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=disable) as bar:
        bar.add_task("clearing", total=total)
        yield bar


def _table(compared: Comparison) -> Table:
    lines = rows(compared)
    table = Table(box=None)
    for heading, *cells in zip(HEADINGS, *lines, strict=True):
        longest = max(len(word) for text in (heading, *cells) for word in text.split())
        justify: Literal["left", "right"] = "left" if heading == HEADINGS[0] else "right"
        table.add_column(heading, justify=justify, width=longest)
    for line in lines:
        table.add_row(*line)
    return table


def _print_whole(table: Table) -> None:
    """Print a table beyond the terminal's width rather than cut its words off."""
    console = Console()
    whole = sum((column.width or 0) + _PADDING for column in table.columns)
    console.width = max(console.width, whole)
    console.print(table)


def _described(compared: Comparison) -> list[dict[str, Any]]:
    return [
        {
            "mechanism": day.name,
            "volume_wh": day.volume,
            "welfare": day.welfare,
            "paid": day.paid,
            "received": day.received,
            "surplus": day.surplus,
            "saved": sum(day.saved.values()),
            "saved_by_importers": compared.saved_by(day, exporters=False),
            "saved_by_exporters": compared.saved_by(day, exporters=True),
            "worse_off": compared.worse_off(day),
            "participants": [
                {"participant": key, "alone": compared.alone[key], "saved": money}
                for key, money in day.saved.items()
            ],
            "prices": [
                {"start": price.start, "buying": price.buying, "selling": price.selling}
                for price in day.prices
            ],
        }
        for day in compared.days
    ]
