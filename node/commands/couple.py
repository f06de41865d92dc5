"""``commonwatt couple``: zones of tables cleared together, without a chain."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from domain.errors import CommonwattError, InvalidValueError
from market.coupling import Coupling, couple
from market.coupling.inputs import PRICE_PER_EURO, WATT_HOURS_PER_MEGAWATT_HOUR
from market.coupling.tables import (
    BORDER_COLUMNS,
    CAPACITY_COLUMNS,
    CURVE_COLUMNS,
    FEE_COLUMN,
    CouplingFiles,
    PeriodInput,
    periods,
    read_coupling,
)
from market.table_file import Table, read_table
from node.commands.exit_codes import BAD_USAGE

PRICE_HEADER: Final = ("delivery_day", "period", "zone", "price_eur_per_mwh")
FLOW_HEADER: Final = ("delivery_day", "period", "from_zone", "to_zone", "flow_mwh")

EXAMPLE: Final = (
    "Example: commonwatt couple --curves bid-curves.csv.gz --capacities transfer-capacities.csv.gz "
    "--borders published-prices.csv.gz --zones NORD,SARD -o prices.csv"
)
"""Shown below the command's help."""


@dataclass(frozen=True, slots=True)
class _Solved:
    given: PeriodInput
    coupling: Coupling


def couple_files(
    curves: Annotated[
        Path,
        typer.Option(
            "--curves",
            help="Table (.csv, .csv.gz) of simple orders: delivery_day, period, zone, side (demand "
            "or supply), price_eur_per_mwh, quantity_mwh.",
        ),
    ],
    capacities: Annotated[
        Path,
        typer.Option(
            "--capacities",
            help="Table of limits: delivery_day, period, from_zone, to_zone, min_flow_mwh, "
            "max_flow_mwh, and where lines charge fee_eur_per_mwh.",
        ),
    ],
    zones: Annotated[
        str, typer.Option("--zones", metavar="A,B,..", help="The zones to clear together.")
    ],
    borders: Annotated[
        Path | None,
        typer.Option(
            "--borders",
            help="Table of prices: delivery_day, period, zone, price_eur_per_mwh. Zones that are "
            "not in --zones take any amount at these prices; rows of the others are not used.",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="CSV file of prices; by default standard output."),
    ] = None,
    flows: Annotated[
        Path | None, typer.Option("--flows", help="CSV file to write the lines' flows to.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print a summary as JSON on one line. Needs --output.")
    ] = False,
) -> None:
    """Clear zones with transfer limits together and write their prices.

    The greatest welfare decides; prices are its duals, and where several would do, the midpoint of
    each zone's interval. Prices are exact to 10^-5 EUR/MWh and do not depend on the sequence of the
    rows.
    """
    try:
        if as_json and output is None:
            raise InvalidValueError("--output", "a file, beside --json", "none")
        files = _read(curves, capacities, borders, zones)
        solved = _solve(files, quiet=as_json)
        _write(output, PRICE_HEADER, _price_rows(files.zones, solved))
        if flows is not None:
            _write(flows, FLOW_HEADER, _flow_rows(solved))
    except CommonwattError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(BAD_USAGE) from error
    _warn(solved)
    if as_json:
        typer.echo(json.dumps(_summary(files, solved), separators=(",", ":")))


def _read(curves: Path, capacities: Path, borders: Path | None, zones: str) -> CouplingFiles:
    return read_coupling(
        [zone.strip() for zone in zones.split(",")],
        _table(curves, CURVE_COLUMNS),
        _table(capacities, CAPACITY_COLUMNS, FEE_COLUMN),
        None if borders is None else _table(borders, BORDER_COLUMNS),
    )


def _table(path: Path, needed: Sequence[str], *optional: str) -> Table:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InvalidValueError(str(path), "a file that can be read", error.strerror) from error
    return read_table(content, str(path), needed, optional)


def _solve(files: CouplingFiles, *, quiet: bool) -> list[_Solved]:
    solved: list[_Solved] = []
    with _progress_bar(len(files.curves), quiet=quiet) as bar:
        for given in periods(files):
            solved.append(_Solved(given, _coupled(given)))
            bar.advance(bar.task_ids[0])
    return solved


def _coupled(given: PeriodInput) -> Coupling:
    try:
        return couple(given.orders, given.network)
    except InvalidValueError as error:
        day, number = given.period
        field = f"{day} period {number}: {error.field}"
        raise InvalidValueError(field, error.expected, error.got) from error


@contextmanager
def _progress_bar(total: int, *, quiet: bool) -> Iterator[Progress]:
    console = Console(stderr=True)
    columns = TextColumn("coupling"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    hidden = quiet or not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=hidden) as bar:
        bar.add_task("coupling", total=total)
        yield bar


def _price_rows(zones: Sequence[str], solved: Sequence[_Solved]) -> Iterator[Sequence[Any]]:
    for one in solved:
        prices = one.coupling.price[: len(zones)].tolist()
        for zone, price in zip(zones, prices, strict=True):
            yield *one.given.period, zone, _decimal(price, PRICE_PER_EURO)


def _flow_rows(solved: Sequence[_Solved]) -> Iterator[Sequence[Any]]:
    for one in solved:
        flows = one.coupling.flow.tolist()
        for ends, flow in zip(one.given.lines, flows, strict=True):
            yield *one.given.period, *ends, _decimal(flow, WATT_HOURS_PER_MEGAWATT_HOUR)


def _decimal(units: int, scale: int) -> str:
    """Write a fraction of a power of ten with all its digits and at least one decimal."""
    whole, rest = divmod(abs(units), scale)
    decimals = f"{rest:0{len(str(scale)) - 1}d}".rstrip("0") or "0"
    return f"{'-' if units < 0 else ''}{whole}.{decimals}"


def _write(path: Path | None, header: Sequence[str], rows: Iterator[Sequence[Any]]) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    if path is None:
        sys.stdout.write(text.getvalue())
        return
    try:
        path.write_text(text.getvalue(), encoding="utf-8", newline="")
    except OSError as error:
        raise InvalidValueError(str(path), "a file that can be written", error.strerror) from error


def _warn(solved: Sequence[_Solved]) -> None:
    counts = Counter(zone for one in solved for zone in one.given.passing)
    for zone, count in sorted(counts.items()):
        typer.echo(
            f"{zone} has no border price in {count} periods: there it only passes energy on",
            err=True,
        )


def _summary(files: CouplingFiles, solved: Sequence[_Solved]) -> dict[str, Any]:
    zones = len(files.zones)
    return {
        "periods": len(solved),
        "zones": zones,
        "prices": len(solved) * zones,
        "open_intervals": sum(
            int((one.coupling.low[:zones] < one.coupling.high[:zones]).sum()) for one in solved
        ),
    }
