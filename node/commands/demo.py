"""``commonwatt demo``: one community's day, from nothing to an audited report."""

from __future__ import annotations

import json
import threading
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.markup import escape

from domain.errors import CommonwattError
from market.clearing import PER_MILLE
from market.mechanisms import PROVEN, provable_mechanism
from node.commands.exit_codes import BAD_USAGE, CHECK_FAILED, INTERRUPTED
from node.commands.invocation import command, program, shown_path
from node.logs import logging_to
from node.publication import Publication
from node.report.data import ReportData
from node.report.page import write_report
from node.report.summary import print_summary
from node.report.totals import totals
from node.run_folder import RunFolder
from node.scenarios.loading import load_scenario
from node.scenarios.scenario import Scenario
from node.simulation.figures import report_data
from node.simulation.progress import Listener, progress_bar
from node.simulation.simulation import Simulation
from settlement.audit import Verdict, audit_stored_run

RUNS: Final = Path("runs")

EXAMPLE: Final = "Example: commonwatt demo --scenario benetutti --keep"
"""Shown below the command's help."""


@dataclass(frozen=True, slots=True)
class Simulated:
    """What to run, and where to keep it."""

    scenario: Scenario
    folder: RunFolder
    seed: str


@dataclass(frozen=True, slots=True)
class _Finished:
    """A day that was run and audited."""

    folder: RunFolder
    data: ReportData
    verdict: Verdict
    seconds: float


def demo(
    scenario: Annotated[
        str,
        typer.Option(help="A scenario's name (see 'scenario list'), or the path of its file."),
    ] = "benetutti",
    mechanism_name: Annotated[
        str | None,
        typer.Option(
            "--mechanism",
            help=f"How books are cleared, instead of what the scenario says: {PROVEN}.",
        ),
    ] = None,
    k: Annotated[
        int | None,
        typer.Option(
            "--k",
            help=f"Where a price lies between two limits, in per mille (0 to {PER_MILLE}), for "
            "mechanisms that take it; by default the mechanism's own.",
        ),
    ] = None,
    seed: Annotated[
        str,
        typer.Option(help="Decides forecasts and limit prices: the same seed, the same orders."),
    ] = "1",
    output: Annotated[
        Path | None,
        typer.Option(help="Folder for the run, new or empty; by default a new one in 'runs'."),
    ] = None,
    keep: Annotated[
        bool,
        typer.Option("--keep", help="Leave the wallet API running after the day, until Ctrl-C."),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the figures as JSON on one line, for a program.")
    ] = False,
) -> None:
    """Run one day of one community and say where its report lies.

    Starts a chain of its own, founds the community on it, and takes every interval through
    orders, commitment, clearing, proof, price broadcast, metering, settlement and statements.
    Then audits the day from the chain and the published files alone.
    """
    console = Console(stderr=as_json)
    try:
        chosen = _with_market(load_scenario(scenario), mechanism_name, k)
        folder = RunFolder.create(output) if output else RunFolder.create_in(RUNS, chosen.name)
        passed = _run(console, Simulated(chosen, folder, seed), keep=keep, as_json=as_json)
    except CommonwattError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(BAD_USAGE) from error
    except KeyboardInterrupt as error:
        typer.echo("Stopped; nothing is left running.", err=True)
        raise typer.Exit(INTERRUPTED) from error
    raise typer.Exit(0 if passed else CHECK_FAILED)


def _with_market(scenario: Scenario, name: str | None, k: int | None) -> Scenario:
    """Let the options speak before the scenario; a mechanism of theirs brings its own point."""
    if name is None and k is None:
        return scenario
    chosen, _ = provable_mechanism(name or scenario.market.mechanism, "--mechanism")
    chosen.require_k(k, "--k")
    return replace(scenario, market=replace(scenario.market, mechanism=chosen.name, k=k))


def _run(console: Console, simulated: Simulated, *, keep: bool, as_json: bool) -> bool:
    with ExitStack() as stack:
        stack.enter_context(logging_to(simulated.folder.log))
        with progress_bar(console) as bar:
            simulation = stack.enter_context(
                Simulation(simulated.scenario, simulated.folder, seed=simulated.seed, listener=bar)
            )
            finished = _finish(simulation, bar)
        _show(console, finished, as_json=as_json)
        if keep:
            _look_around(console, simulation)
    return finished.verdict.passed


def _finish(simulation: Simulation, listener: Listener) -> _Finished:
    begin = monotonic()
    simulation.run()
    seconds = monotonic() - begin
    folder = simulation.folder
    listener.begin("Publishing")
    simulation.keep_chain()
    issuer = simulation.authority.issuer.public
    Publication(folder, simulation.scenario, simulation.node, simulation.founded).write(issuer)
    verdict = _audit(folder, listener)
    listener.begin("Writing the report")
    data = report_data(simulation, shown_path(folder.path), verdict)
    data = replace(data, program=program())
    write_report(data, folder.report)
    return _Finished(folder, data, verdict, seconds)


def _audit(folder: RunFolder, listener: Listener) -> Verdict:
    begun = False

    def report(name: str, _done: int, steps: int) -> None:
        nonlocal begun
        if not begun:
            listener.begin("Auditing the day", total=steps)
            begun = True
        listener.step(name)

    return audit_stored_run(folder.path, progress=report)


def _show(console: Console, finished: _Finished, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(_as_json(finished), separators=(",", ":")))
        return
    print_summary(console, finished.data)
    check = command("audit", shown_path(finished.folder.path))
    console.print(f"\nThe day took {finished.seconds:.0f} s. Look at it and check it:")
    console.print(f"  report   {escape(shown_path(finished.folder.report))}", soft_wrap=True)
    console.print(f"  audit    {escape(check)}", soft_wrap=True)


def _look_around(console: Console, simulation: Simulation) -> None:
    """Leave the API up until the person has seen enough."""
    member, participant = next(
        (one, one.participant) for one in simulation.founded.members if one.participant is not None
    )
    wallet = simulation.wallets[participant.key]
    console.print(f"\nThe wallet API runs at {simulation.api_url}")
    console.print(f"  try it   [bold]{simulation.api_url}/docs[/]", soft_wrap=True)
    console.print(
        f"  account  {member.account}, {escape(participant.name)}", soft_wrap=True, highlight=False
    )
    console.print(f"  token    {wallet.token}", soft_wrap=True, highlight=False)
    console.print(
        f"  key      0x{wallet.key.export_secret().hex()}", soft_wrap=True, highlight=False
    )
    console.print(
        "The token goes under Authorize, the key signs in anew (docs/wallet-api.md); both are a "
        "simulated participant's, and void when this ends. The market's clock stands still after "
        "the day: everything can be read, no interval takes orders. Ctrl-C ends it."
    )
    with suppress(KeyboardInterrupt):
        threading.Event().wait()


def _as_json(finished: _Finished) -> dict[str, Any]:
    data, day = finished.data, totals(finished.data)
    return {
        "run": str(finished.folder.path),
        "report": str(finished.folder.report),
        "seconds": round(finished.seconds, 1),
        "mechanism": data.mechanism,
        "k": data.k,
        "intervals": len(data.intervals),
        "traded_wh": day.traded,
        "from_grid_wh": day.from_grid,
        "fed_in_wh": day.fed_in,
        "consumed_wh": day.consumed,
        "generated_wh": day.generated,
        "saved": day.saved,
        "participants": [
            {"account": member.account, "paid": member.paid, "saved": member.saved}
            for member in data.participants
        ],
        "gas": {
            "per_order": data.gas.per_order,
            "per_reading": data.gas.per_reading,
            "per_position": data.gas.per_position,
        },
        "audit": {
            "passed": finished.verdict.passed,
            "values": finished.verdict.count,
            "wrong": finished.verdict.failures,
        },
    }
