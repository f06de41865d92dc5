"""``commonwatt``: the command line."""

from __future__ import annotations

import json
import platform
from importlib.metadata import version as installed_version
from typing import Annotated, Final

import typer

from node.commands.loading import Entry, group_of

COMMANDS: Final = (
    Entry("demo", "Run one day of one community and say where its report lies.", "demo"),
    Entry("audit", "Recompute a whole run from the chain and the published files alone.", "audit"),
    Entry(
        "clear",
        "Clear a file of orders and print price, volume and who trades, as JSON.",
        "clear",
    ),
    Entry(
        "compare",
        "Clear one community's day with every mechanism and say who gains what.",
        "compare",
    ),
    Entry(
        "mechanisms",
        "List the clearing mechanisms, or say what one of them reads.",
        "mechanisms",
    ),
    Entry(
        "couple",
        "Clear zones with transfer limits together and write their prices.",
        "couple_files",
    ),
    Entry(
        "governance",
        "Show who governs a market: admins, pauses, and what its timelock is about to do.",
        "governance",
    ),
    Entry("bench", "Measure how long clearing takes."),
    Entry("prices", "Import, fetch and show wholesale prices, for tariffs that follow them."),
    Entry("scenario", "List, show and import scenarios: communities whose day can be run."),
)
"""Those that take long to import."""

app = typer.Typer(
    name="commonwatt",
    cls=group_of(COMMANDS),
    help="A local energy market that a community can run and nobody has to trust.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)


@app.callback()
def commonwatt() -> None:
    """Make this a group, although one command alone is here from the start."""


@app.command("version", epilog="Example: commonwatt version --json")
def version(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program.")] = False,
) -> None:
    """Print the version."""
    number = installed_version("commonwatt")
    if as_json:
        typer.echo(json.dumps({"commonwatt": number, "python": platform.python_version()}))
    else:
        typer.echo(f"commonwatt {number} (Python {platform.python_version()})")


def main() -> None:
    """Run the command line."""
    app()
