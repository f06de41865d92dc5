"""``commonwatt scenario``: the communities that can be run."""

from __future__ import annotations

import json
import shlex
import sys
from collections import Counter
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from domain.errors import CommonwattError
from node.commands.exit_codes import BAD_USAGE
from node.commands.invocation import command, shown_path
from node.scenarios.flows import ParticipantDay, expected_and_actual
from node.scenarios.loading import load_scenario, scenario_names
from node.scenarios.scenario import Participant, Scenario
from node.scenarios.simbench_data import SimbenchMissingError
from node.scenarios.simbench_grid import import_grid
from node.scenarios.tariffs import tariffs_of_day
from node.scenarios.writing import write_scenario

MILLICENT_PER_CENT = 1000
DEFAULT_DAY = datetime(2025, 4, 1)  # noqa: DTZ001  a calendar day, in the scenario's own zone

app = typer.Typer(
    name="scenario",
    help="List, show and import scenarios: communities whose day can be run.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)

Json = Annotated[bool, typer.Option("--json", help="Print JSON for a program.")]


@app.command("list", epilog="Example: commonwatt scenario list")
def list_scenarios(as_json: Json = False) -> None:
    """List the scenarios that come with the package."""
    scenarios = [load_scenario(name) for name in scenario_names()]
    if as_json:
        typer.echo(json.dumps([_summary(scenario) for scenario in scenarios]))
        return
    table = Table("Name", "Community", "Day", "Participants", box=None, header_style="bold")
    for scenario in scenarios:
        members = f"{len(scenario.participants)}"
        table.add_row(scenario.name, scenario.title, f"{scenario.day}", members)
    Console().print(table)


@app.command("show", epilog="Example: commonwatt scenario show benetutti")
def show_scenario(
    scenario: Annotated[
        str, typer.Argument(metavar="SCENARIO", help="A scenario's name, or the path of its file.")
    ],
    as_json: Json = False,
) -> None:
    """Show who takes part and what their day's energy is."""
    chosen = _loaded(scenario)
    days = expected_and_actual(chosen, seed="show")
    if as_json:
        members = [_member(day) for day in days]
        typer.echo(json.dumps(_summary(chosen) | {"members": members}, ensure_ascii=False))
        return
    _print_scenario(Console(), chosen, days)


@app.command(
    "import",
    epilog="Example: commonwatt scenario import 1-LV-rural1--1-sw, "
    "then: commonwatt demo --scenario 1-lv-rural1--1-sw.toml",
)
def import_scenario(
    grid: Annotated[
        str, typer.Argument(metavar="GRID", help="Code of a SimBench low-voltage grid.")
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The .toml file to write.")
    ] = None,
    day: Annotated[
        datetime,
        typer.Option(
            "--day", formats=["%Y-%m-%d"], help="The day to run.", show_default="2025-04-01"
        ),
    ] = DEFAULT_DAY,
    as_json: Json = False,
) -> None:
    """Make a scenario of a SimBench grid. Needs SimBench: the extra "scenario" of the package."""
    path = output or Path(f"{grid.lower()}.toml")
    if path.suffix != ".toml" or not path.parent.is_dir():
        expected = "a path ending in .toml in a folder that exists"
        raise _usage_error(f"--output: expected {expected}, got {path}")
    scenario = _imported(grid, day.date())
    table = write_scenario(scenario, path)
    if as_json:
        files = {"scenario": str(path), "profiles": str(table)}
        typer.echo(json.dumps(_summary(scenario) | {"files": files}))
        return
    typer.echo(f"{path}: {len(scenario.participants)} participants, shapes in {table.name}")
    typer.echo(f"Run its day: {command('demo', '--scenario', path)}")


def _loaded(name: str) -> Scenario:
    try:
        return load_scenario(name)
    except CommonwattError as error:
        raise _usage_error(str(error)) from error


def _imported(grid: str, day: date) -> Scenario:
    try:
        return import_grid(grid, day, load_scenario("benetutti"))
    except SimbenchMissingError as error:
        python = shlex.quote(shown_path(Path(sys.executable)))
        raise _usage_error(
            f"{error}\nFor this environment: {python} -m pip install simbench"
        ) from error
    except CommonwattError as error:
        raise _usage_error(str(error)) from error


def _usage_error(message: str) -> typer.Exit:
    typer.echo(message, err=True)
    return typer.Exit(BAD_USAGE)


def _summary(scenario: Scenario) -> dict[str, Any]:
    return {
        "name": scenario.name,
        "title": scenario.title,
        "day": scenario.day.isoformat(),
        "time_zone": scenario.time_zone,
        "community": scenario.community,
        "mechanism": scenario.market.mechanism,
        "participants": len(scenario.participants),
        "intervals": len(scenario.intervals()),
    }


def _member(day: ParticipantDay) -> dict[str, Any]:
    participant = day.participant
    return {
        "key": participant.key,
        "name": participant.name,
        "kind": participant.kind.value,
        "pv_peak_w": participant.pv.peak_w if participant.pv else 0,
        "battery_wh": participant.battery.capacity_wh if participant.battery else 0,
        "load_wh": sum(flow.load for flow in day.actual),
        "generated_wh": sum(flow.generated for flow in day.actual),
        "imported_wh": sum(flow.imported for flow in day.actual),
        "exported_wh": sum(flow.exported for flow in day.actual),
    }


def _print_scenario(console: Console, scenario: Scenario, days: tuple[ParticipantDay, ...]) -> None:
    kinds = Counter(participant.kind.value for participant in scenario.participants)
    console.print(f"[bold]{scenario.title}[/], {scenario.day}, {scenario.time_zone}")
    console.print(scenario.description, style="dim")
    console.print(", ".join(f"{count} {kind}" for kind, count in kinds.most_common()))
    console.print(_members_table(days))
    console.print(f"Mechanism: {scenario.market.mechanism}")
    console.print(_tariff(scenario))
    for source in scenario.attributions():
        console.print(f"{source.title} ({source.holder}): {source.licence}", style="dim")


def _tariff(scenario: Scenario) -> str:
    tariffs = tariffs_of_day(scenario)
    feed_in = [tariff.feed_in / MILLICENT_PER_CENT for tariff in tariffs]
    retail = [tariff.retail / MILLICENT_PER_CENT for tariff in tariffs]
    return (
        f"Grid prices, {scenario.tariff.choice.value}: feed-in {min(feed_in):.2f} to "
        f"{max(feed_in):.2f}, retail {min(retail):.2f} to {max(retail):.2f} ct/kWh"
    )


def _members_table(days: tuple[ParticipantDay, ...]) -> Table:
    table = Table(
        "Participant",
        box=None,
        header_style="bold",
        caption="Load to Exported: kWh of the day",
        caption_justify="left",
    )
    for title in ("PV kW", "Battery kWh", "Load", "Generated", "Imported", "Exported"):
        table.add_column(title, justify="right")
    for day in days:
        member = _member(day)
        energies = ("load_wh", "generated_wh", "imported_wh", "exported_wh")
        table.add_row(
            day.participant.name,
            _pv(day.participant),
            _battery(day.participant),
            *(f"{member[name] / 1000:.1f}" for name in energies),
        )
    return table


def _pv(participant: Participant) -> str:
    return f"{participant.pv.peak_w / 1000:.1f}" if participant.pv else "-"


def _battery(participant: Participant) -> str:
    return f"{participant.battery.capacity_wh / 1000:.1f}" if participant.battery else "-"
