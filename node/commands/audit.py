"""``commonwatt audit``: a run recomputed from the chain and its published files alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, tzinfo
from itertools import chain as chained
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn
from rich.table import Table

from chain.anvil import find_anvil
from chain.connection import Chain
from domain.errors import CommonwattError
from node.commands.exit_codes import BAD_USAGE, CHECK_FAILED
from node.commands.options import Json, RunChain
from settlement.audit import Finding, Verdict, audit_run, audit_stored_run
from settlement.audit import Progress as Report

SHOWN_FINDINGS: Final = 100

EXAMPLE: Final = "Example: commonwatt audit runs/latest"
"""Shown below the command's help."""


def audit(
    run: Annotated[
        Path,
        typer.Argument(
            metavar="RUN", help="Folder of a run: manifest.json and the folder published."
        ),
    ],
    rpc: RunChain = None,
    receipts: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Receipts that participants kept, to find orders that were dropped after all.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Recompute a whole run from the chain and the published files alone.

    Every signature, commitment, price, allocation, reading, settlement and balance is computed
    again with code of the auditor's own. The exit code is 0 where all of it holds, 1 where
    something does not, 2 where there is no run to audit.
    """
    try:
        verdict = _verdict(run, rpc, receipts, quiet=as_json)
    except CommonwattError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(BAD_USAGE) from error
    if as_json:
        typer.echo(json.dumps(_as_json(verdict), separators=(",", ":")))
    else:
        _print(Console(), run, verdict)
    raise typer.Exit(0 if verdict.passed else CHECK_FAILED)


def _verdict(run: Path, rpc: str | None, receipts: Path | None, *, quiet: bool) -> Verdict:
    with _progress_bar(quiet=quiet) as report:
        if rpc is None:
            find_anvil()
            return audit_stored_run(run, receipts=receipts, progress=report)
        with closing(Chain(rpc)) as chain:
            return audit_run(run, chain, receipts=receipts, progress=report)


@contextmanager
def _progress_bar(*, quiet: bool) -> Iterator[Report]:
    columns = TextColumn("{task.description:<16}"), BarColumn(), TaskProgressColumn()
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=quiet) as bar:
        task = bar.add_task("audit", total=None)

        def report(name: str, done: int, steps: int) -> None:
            bar.update(task, description=name, completed=done, total=steps)

        yield report


def _print(console: Console, run: Path, verdict: Verdict) -> None:
    console.print(_title(run, verdict), highlight=False)
    console.print(_table(verdict))
    shown = _spread(verdict)
    for number, finding in enumerate(shown, start=1):
        _print_finding(console, number, finding, _zone(verdict))
    if len(shown) < verdict.failures:
        console.print(f"... and {verdict.failures - len(shown):,} more.", highlight=False)
    if verdict.failures > 1:
        console.print("Start with the first: later findings may only follow from earlier ones.")
    console.print(_closing(verdict), highlight=False)


def _title(run: Path, verdict: Verdict) -> str:
    manifest = verdict.manifest
    if manifest is None:
        return f"Audit of {escape(str(run))}, whose manifest cannot be read"
    return (
        f"Audit of {escape(str(run))}: community [bold]{escape(manifest.name)}[/], {manifest.day} "
        f"({manifest.time_zone.key}), {manifest.intervals} intervals, "
        f"chain {manifest.chain.chain_id}"
    )


def _table(verdict: Verdict) -> Table:
    table = Table(header_style="bold", box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("check", no_wrap=True)
    table.add_column("what is compared")
    table.add_column("values", justify="right", no_wrap=True)
    table.add_column("wrong", justify="right", no_wrap=True)
    for check in verdict.checks:
        wrong = f"[bold red]{check.failures:,}[/]" if check.failures else "[green]0[/]"
        table.add_row(check.name, check.about, f"{check.count:,}", wrong)
    return table


def _spread(verdict: Verdict) -> list[Finding]:
    """Choose the findings to show, so that one check with many does not hide another's."""
    failed = [check.findings for check in verdict.checks if check.findings]
    share = max(SHOWN_FINDINGS // len(failed), 1) if failed else 0
    return list(chained.from_iterable(findings[:share] for findings in failed))


def _print_finding(console: Console, number: int, finding: Finding, zone: tzinfo) -> None:
    place = finding.file if finding.line is None else f"{finding.file} line {finding.line}"
    when = "" if finding.interval is None else f", interval {_local(finding.interval, zone)}"
    console.print(
        f"[red]{number:>3}.[/] [bold]{escape(place)}[/]{when}: {escape(finding.item)}",
        highlight=False,
        soft_wrap=True,
    )
    console.print(
        f"     expected {escape(finding.expected)}\n"
        f"     got      {escape(finding.got)}   [dim]({finding.check})[/]",
        highlight=False,
        soft_wrap=True,
    )


def _closing(verdict: Verdict) -> str:
    values = f"{verdict.count:,} values compared"
    if verdict.passed:
        return f"[bold green]PASSED[/]: {values}, all of them hold."
    wrong = [check.name for check in verdict.checks if check.failures]
    return f"[bold red]FAILED[/]: {values}, {verdict.failures:,} wrong, in {', '.join(wrong)}."


def _as_json(verdict: Verdict) -> dict[str, Any]:
    zone = _zone(verdict)
    return {
        "passed": verdict.passed,
        "values": verdict.count,
        "wrong": verdict.failures,
        "checks": [
            {
                "name": check.name,
                "about": check.about,
                "values": check.count,
                "wrong": check.failures,
            }
            for check in verdict.checks
        ],
        "findings": [
            {**asdict(finding), "time": _iso(finding.interval, zone)}
            for finding in verdict.findings
        ],
    }


def _zone(verdict: Verdict) -> tzinfo:
    return UTC if verdict.manifest is None else verdict.manifest.time_zone


def _local(second: int, zone: tzinfo) -> str:
    moment = _moment(second, zone)
    return f"{second}" if moment is None else f"{moment:%Y-%m-%d %H:%M %Z} ({second})"


def _iso(second: int | None, zone: tzinfo) -> str | None:
    moment = None if second is None else _moment(second, zone)
    return None if moment is None else moment.isoformat()


def _moment(second: int, zone: tzinfo) -> datetime | None:
    """Return a moment, or None for a number that a damaged line calls one."""
    try:
        return datetime.fromtimestamp(second, zone)
    except (ValueError, OverflowError, OSError):
        return None
