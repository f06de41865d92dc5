"""``commonwatt``: the command line."""

from __future__ import annotations

import json
import platform
from importlib.metadata import version as installed_version
from typing import Annotated

import typer

from node.commands import audit, bench, clear, compare, couple, demo, mechanisms, prices, scenario

app = typer.Typer(
    name="commonwatt",
    help="A local energy market that a community can run and nobody has to trust.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)
app.command("demo", epilog=demo.EXAMPLE)(demo.demo)
app.command("audit", epilog=audit.EXAMPLE)(audit.audit)
app.command("clear", epilog=clear.EXAMPLE)(clear.clear)
app.command("compare", epilog=compare.EXAMPLE)(compare.compare)
app.command("mechanisms", epilog=mechanisms.EXAMPLE)(mechanisms.mechanisms)
app.command("couple", epilog=couple.EXAMPLE)(couple.couple_files)
app.add_typer(bench.app, name="bench")
app.add_typer(prices.app, name="prices")
app.add_typer(scenario.app, name="scenario")


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
