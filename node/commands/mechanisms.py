"""``commonwatt mechanisms``: what there is to clear with, and what each mechanism reads."""

from __future__ import annotations

import json
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.table import Table

from domain.errors import InvalidValueError
from market.mechanisms import MECHANISMS, Mechanism, mechanism
from market.orders_file import REQUIRED
from node.commands.exit_codes import BAD_USAGE
from node.commands.options import Json

EXAMPLE: Final = "Example: commonwatt mechanisms network-constrained"
"""Shown below the command's help."""


def mechanisms(
    name: Annotated[str | None, typer.Argument(help="One mechanism; by default all.")] = None,
    as_json: Json = False,
) -> None:
    """List the clearing mechanisms, or say what one of them reads.

    A community runs with those that the contract proves; `commonwatt clear` knows all of them.
    """
    try:
        chosen = list(MECHANISMS.values()) if name is None else [mechanism(name, "NAME")]
    except InvalidValueError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(BAD_USAGE) from error
    if as_json:
        listed = [_described(one) for one in chosen]
        typer.echo(json.dumps(listed if name is None else listed[0], separators=(",", ":")))
    elif name is None:
        Console().print(_overview(chosen))
    else:
        typer.echo("\n".join(_page(chosen[0])))


def _described(one: Mechanism) -> dict[str, Any]:
    return {
        "name": one.name,
        "about": one.about,
        "runs_a_community": one.provable is not None,
        "takes_k": one.takes_k,
        "takes_start": one.takes_start,
        "needs_tariff": one.needs_tariff,
        "balanced": one.balanced,
        "columns": [
            {
                "name": column.name,
                "about": column.about,
                "kind": column.kind,
                "required": column.default is REQUIRED,
            }
            for column in one.columns
        ],
        "tables": [
            {
                "option": f"--{table.option}",
                "about": table.about,
                "columns": list(table.columns),
                "optional": list(table.optional),
                "required": table.required,
            }
            for table in one.tables
        ],
    }


def _overview(chosen: list[Mechanism]) -> Table:
    table = Table("name", "rule", "runs a community", "needs beside orders", box=None)
    for one in chosen:
        table.add_row(one.name, one.about, "yes" if one.provable else "no", _needs(one))
    return table


def _needs(one: Mechanism) -> str:
    needed = ["--feed-in, --retail"] if one.needs_tariff else []
    needed += [f"--{table.option}" for table in one.tables if table.required]
    needed += [f"column {column.name}" for column in one.columns if column.default is REQUIRED]
    return ", ".join(needed) or "-"


def _page(one: Mechanism) -> list[str]:
    lines = [f"{one.name}: {one.about}.", ""]
    if one.needs_tariff:
        lines.append("Needs --feed-in and --retail.")
    if one.takes_k:
        lines.append("Takes --k, a point between two limits in per mille.")
    if one.takes_start:
        lines.append("Takes --start and --duration, when the interval starts and how long it is.")
    lines.append("Columns beside order_id, participant, side, quantity_wh, price:")
    for column in one.columns:
        need = "required" if column.default is REQUIRED else "optional"
        lines.append(f"  {column.name} ({column.kind}, {need}): {column.about}")
    if not one.columns:
        lines.append("  none")
    for table in one.tables:
        lines.append(f"--{table.option} ({'required' if table.required else 'optional'})")
        lines.append(
            f"  {table.about}: {', '.join([*table.columns, *map(_bracketed, table.optional)])}"
        )
    return lines


def _bracketed(column: str) -> str:
    return f"[{column}]"
