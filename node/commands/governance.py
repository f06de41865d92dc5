"""``commonwatt governance``: who governs a market, and what was scheduled for it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from chain.anvil import Anvil
from chain.connection import Chain
from chain.contracts import Contracts
from chain.deployment import Deployment
from chain.governors import ContractGovernance, governors
from chain.operations import (
    DescribedCall,
    ScheduledOperation,
    describe,
    scheduled_operations,
)
from chain.roles import ROLE_NAMES
from domain.errors import CommonwattError, InvalidValueError
from node.commands.exit_codes import BAD_USAGE
from node.commands.options import Json, RunChain
from node.run_folder import RunFolder

EXAMPLE: Final = "Example: commonwatt governance runs/latest"
"""Shown below the command's help."""


def governance(
    run: Annotated[
        Path, typer.Argument(metavar="RUN", help="Folder of a run: its manifest.json is read.")
    ],
    rpc: RunChain = None,
    as_json: Json = False,
) -> None:
    """Show who governs a market: admins, pauses, and what its timelock is about to do.

    What was scheduled lies open until its time comes; nothing of it has to be taken on trust, since
    the calls are shown as the contracts read them.
    """
    try:
        folder = RunFolder(run)
        deployment = _deployment(folder.manifest)
        with _connected(folder.chain_state, rpc) as chain:
            contracts = Contracts(chain, deployment)
            found = governors(contracts)
            scheduled = scheduled_operations(chain, deployment)
    except CommonwattError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(BAD_USAGE) from error
    if as_json:
        typer.echo(json.dumps(_as_json(deployment, found, scheduled), separators=(",", ":")))
    else:
        _print(Console(), deployment, found, scheduled)


def _deployment(manifest: Path) -> Deployment:
    try:
        members = json.loads(manifest.read_text("utf-8"))["chain"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidValueError("run", f"a folder with {manifest.name}", str(manifest)) from error
    if not isinstance(members, dict):
        raise InvalidValueError("chain", "an object", members)
    return Deployment.from_json(members)


@contextmanager
def _connected(state: Path, rpc: str | None) -> Iterator[Chain]:
    with ExitStack() as opened:
        if rpc is None:
            if not state.is_file():
                raise InvalidValueError("run", f"a folder with {state.name}, or --rpc", str(state))
            rpc = opened.enter_context(Anvil(load_state=state)).url
        yield opened.enter_context(closing(Chain(rpc)))


def _print(
    console: Console,
    deployment: Deployment,
    found: list[ContractGovernance],
    scheduled: list[ScheduledOperation],
) -> None:
    console.print(_contracts_table(deployment, found))
    if deployment.timelock is None:
        console.print("No timelock: what the admin does takes effect at once.")
        return
    if not scheduled:
        console.print("Nothing was ever scheduled in the timelock.")
    for one in scheduled:
        when = f"{one.stage}, from {_iso(one.ready_at)} on"
        console.print(f"0x{one.operation.id.hex()}  {when}", highlight=False)
        for call in describe(one.operation, deployment.names):
            console.print(f"    {escape(_words(call))}", highlight=False, soft_wrap=True)


def _contracts_table(deployment: Deployment, found: list[ContractGovernance]) -> Table:
    table = Table(header_style="bold", box=SIMPLE_HEAD, pad_edge=False)
    for column in ("contract", "admin", "next admin", "paused"):
        table.add_column(column, no_wrap=True)
    for one in found:
        pending = one.next_admin
        announced = "" if pending is None else _who(deployment, pending.address)
        paused = {None: "cannot be", True: "[bold red]yes[/]", False: "no"}[one.is_paused]
        table.add_row(one.contract, _who(deployment, one.admin), announced, paused)
    return table


def _who(deployment: Deployment, address: str) -> str:
    return "Timelock" if address == deployment.timelock else address


def _words(call: DescribedCall) -> str:
    arguments = ", ".join(f"{name}={_shown(value)}" for name, value in call.arguments.items())
    return f"{call.contract}.{call.function}({arguments})"


def _shown(value: Any) -> str:
    if isinstance(value, bytes):
        return ROLE_NAMES.get(value, "0x" + value.hex())
    return str(value)


def _as_json(
    deployment: Deployment, found: list[ContractGovernance], scheduled: list[ScheduledOperation]
) -> dict[str, Any]:
    return {
        "timelock": deployment.timelock,
        "contracts": [
            {
                "contract": one.contract,
                "address": one.address,
                "admin": one.admin,
                "next_admin": None if one.next_admin is None else one.next_admin.address,
                "accept_after": None if one.next_admin is None else one.next_admin.accept_after,
                "paused": one.is_paused,
            }
            for one in found
        ],
        "operations": [
            {
                "id": "0x" + one.operation.id.hex(),
                "stage": str(one.stage),
                "scheduled_at": one.scheduled_at,
                "ready_at": one.ready_at,
                "calls": [_words(call) for call in describe(one.operation, deployment.names)],
            }
            for one in scheduled
        ],
    }


def _iso(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).isoformat()
