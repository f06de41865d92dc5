"""``commonwatt prices``: wholesale prices from outside, for tariffs that follow them."""

from __future__ import annotations

import gzip
import io
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from domain.errors import InvalidValueError
from node.commands.exit_codes import BAD_USAGE, NOT_GIVEN
from node.commands.price_summary import day_table, for_programs, line
from oracle.prices.archive import DocumentArchive
from oracle.prices.collection import MARKET_ZONE, CollectedDay, Collector
from oracle.prices.errors import PriceSourceError
from oracle.prices.files import FileChoice, read_price_file
from oracle.prices.publication import RESOLUTIONS
from oracle.prices.selection import COUPLED_AUCTION, Selection, select
from oracle.prices.table import write_price_table
from oracle.prices.token import TOKEN_VARIABLE, find_token
from oracle.prices.transparency import ADDRESS, TransparencyPlatform

MOST_DAYS: Final = 366
FIRST_DAY: Final = date(1971, 1, 1)
LAST_DAY: Final = date(9998, 12, 31)
"""Of those whose instants a price series can hold."""

DOCUMENTS: Final = Path("entsoe-documents")
UTC: Final = "UTC"

app = typer.Typer(
    name="prices",
    help="Import, fetch and show wholesale prices, for tariffs that follow them.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)


class Resolution(StrEnum):
    """For how long a published price holds."""

    QUARTER = "PT15M"
    HALF_HOUR = "PT30M"
    HOUR = "PT60M"


File = Annotated[
    Path,
    typer.Argument(
        metavar="FILE",
        help="An ENTSO-E document (.xml, .xml.gz, a .zip of them) or a table (.csv, .csv.gz).",
    ),
]
Zone = Annotated[
    str | None,
    typer.Option("--zone", help="Bidding zone, where the file has several: its EIC or name."),
]
TimeZone = Annotated[
    str | None,
    typer.Option(
        "--time-zone", help="Whose clock a table's days and its times without an offset follow."
    ),
]
Auction = Annotated[
    int | None,
    typer.Option(
        "--sequence",
        min=1,
        help=f"Auction, where a zone has several; by default {COUPLED_AUCTION}, the coupled one.",
    ),
]
ResolutionOption = Annotated[
    Resolution | None,
    typer.Option("--resolution", help="Resolution, where a document has several that disagree."),
]
Output = Annotated[
    Path | None,
    typer.Option(
        "--output", "-o", help="The .csv or .csv.gz file to write; by default standard output."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print a summary as JSON on one line.")]


@app.command(
    "import",
    epilog="Example: commonwatt prices import sardinia-day-ahead.csv -o prices.csv",
)
def import_file(
    file: File,
    zone: Zone = None,
    time_zone: TimeZone = None,
    sequence: Auction = None,
    resolution: ResolutionOption = None,
    output: Output = None,
    as_json: Json = False,
) -> None:
    """Turn a document or a table into a price table that a scenario may name.

    Its columns are start and end, in UTC, and price_eur_per_mwh with two decimals.
    """
    with _faults():
        _require_output(output, as_json)
        choice = FileChoice(zone, sequence, _seconds(resolution), _time_zone(time_zone))
        selection = read_price_file(file, choice)
        _hand_out(selection, output, as_json)


@app.command(
    "fetch",
    epilog="Example: commonwatt prices fetch --domain 10Y1001A1001A74G --from 2025-04-01 "
    "--to 2025-04-07 -o prices.csv",
)
def fetch(
    domain: Annotated[str, typer.Option("--domain", metavar="EIC", help="Bidding zone: its EIC.")],
    first: Annotated[
        datetime,
        typer.Option("--from", formats=["%Y-%m-%d"], help="First delivery day."),
    ],
    last: Annotated[
        datetime | None,
        typer.Option("--to", formats=["%Y-%m-%d"], help="Last delivery day; by default the first."),
    ] = None,
    sequence: Auction = None,
    resolution: ResolutionOption = None,
    documents: Annotated[
        Path,
        typer.Option(
            "--documents", help="Folder of documents; what is there is not asked for again."
        ),
    ] = DOCUMENTS,
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Ask again for documents that are there.")
    ] = False,
    token_file: Annotated[
        Path | None,
        typer.Option(
            "--token-file", help=f"File of the security token; by default ${TOKEN_VARIABLE}."
        ),
    ] = None,
    day_zone: Annotated[
        str, typer.Option("--time-zone", help="Whose midnights bound a delivery day.")
    ] = MARKET_ZONE.key,
    address: Annotated[str, typer.Option("--address", help="The interface to ask.")] = ADDRESS,
    output: Output = None,
    as_json: Json = False,
) -> None:
    """Fetch day-ahead prices from the ENTSO-E Transparency Platform.

    Needs a security token of the platform, which is free after registration. Every document is
    kept; a day whose prices are not all published ends the command with exit code 3, and the days
    before it are kept.
    """
    with _faults():
        _require_output(output, as_json)
        days = _days(first.date(), (last or first).date())
        token = find_token(os.environ, token_file)
        with TransparencyPlatform(token, address=address) as platform:
            collector = Collector(
                platform,
                DocumentArchive(documents),
                domain,
                sequence or COUPLED_AUCTION,
                _seconds(resolution),
                _known_zone(day_zone),
                refresh,
            )
            collected = _collect(collector, days, quiet=as_json)
        published = [series for one in collected for series in one.published]
        selection = select(published, collector.choice, f"{domain} {days[0]} to {days[-1]}")
        _hand_out(selection, output, as_json)


@app.command("show", epilog="Example: commonwatt prices show prices.csv --time-zone Europe/Rome")
def show(
    file: File,
    zone: Zone = None,
    time_zone: TimeZone = None,
    sequence: Auction = None,
    resolution: ResolutionOption = None,
    as_json: Json = False,
) -> None:
    """Show what prices a file holds, by day: of the time zone, or of UTC."""
    with _faults():
        clock = _time_zone(time_zone)
        choice = FileChoice(zone, sequence, _seconds(resolution), clock)
        selection = read_price_file(file, choice)
    _warn(selection)
    shown_in = clock or ZoneInfo(UTC)
    if as_json:
        typer.echo(json.dumps(for_programs(selection.prices, shown_in), separators=(",", ":")))
        return
    typer.echo(line(selection.prices))
    Console().print(day_table(selection.prices, shown_in))
    typer.echo("Prices in EUR/MWh")


@contextmanager
def _faults() -> Iterator[None]:
    """Tell people of what went wrong, and programs by the exit code."""
    try:
        yield
    except InvalidValueError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(BAD_USAGE) from error
    except PriceSourceError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(NOT_GIVEN) from error


def _require_output(output: Path | None, as_json: bool) -> None:
    if as_json and output is None:
        raise InvalidValueError("--output", "a file, beside --json", "none")


def _seconds(resolution: Resolution | None) -> int | None:
    return None if resolution is None else RESOLUTIONS[resolution]


def _time_zone(name: str | None) -> ZoneInfo | None:
    return None if name is None else _known_zone(name)


def _known_zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidValueError("--time-zone", "an IANA time zone", name) from error


def _days(first: date, last: date) -> list[date]:
    for option, day in (("--from", first), ("--to", last)):
        if not FIRST_DAY <= day <= LAST_DAY:
            raise InvalidValueError(option, f"a day from {FIRST_DAY} to {LAST_DAY}", f"{day}")
    count = (last - first).days + 1
    if not 1 <= count <= MOST_DAYS:
        raise InvalidValueError("--to", f"1 to {MOST_DAYS} days from {first} on", f"{last}")
    return [first + timedelta(days=place) for place in range(count)]


def _collect(collector: Collector, days: Sequence[date], *, quiet: bool) -> list[CollectedDay]:
    console = Console(stderr=True)
    columns = TextColumn("fetching"), BarColumn(), MofNCompleteColumn(), TextColumn("days")
    hidden = quiet or not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=hidden) as bar:
        return list(bar.track(collector.collect(days), total=len(days)))


def _hand_out(selection: Selection, output: Path | None, as_json: bool) -> None:
    _warn(selection)
    text = io.StringIO(newline="")
    write_price_table(selection.prices, text)
    if output is None:
        sys.stdout.write(text.getvalue())
        return
    try:
        output.write_bytes(_content(text.getvalue(), output))
    except OSError as error:
        expected = "a file that can be written"
        raise InvalidValueError(str(output), expected, error.strerror) from error
    if as_json:
        summary = for_programs(selection.prices, ZoneInfo(UTC))
        typer.echo(json.dumps({"file": str(output), **summary}, separators=(",", ":")))
    else:
        typer.echo(f"{output}: {line(selection.prices)}")


def _content(table: str, output: Path) -> bytes:
    """Return what to write: compressed where the name says so, alike for the same table."""
    content = table.encode()
    return gzip.compress(content, mtime=0) if output.suffix.lower() == ".gz" else content


def _warn(selection: Selection) -> None:
    for note in selection.left_out:
        typer.echo(f"not taken: {note}", err=True)
