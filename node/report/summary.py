"""The summary of a day, for a terminal."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from node.report.data import AuditCheck, ParticipantFigures, ReportData
from node.report.totals import Totals, cents, euro_cents, kilowatt_hours, percent, totals

_BAR_WIDTH = 10
_EIGHTHS = ("", "▏", "▎", "▍", "▌", "▋", "▊", "▉")


def print_summary(console: Console, data: ReportData) -> None:
    """Print a day's figures: energy, who saved what, gas, and the auditor's verdict."""
    day = totals(data)
    console.print()
    console.print(
        Text(f"{data.title}, {data.day:%A}, {data.day.day} {data.day:%B %Y}", style="bold")
    )
    console.print(_energy(data, day))
    console.print(_participants(data.participants))
    console.print(_gas(data))
    console.print(_verdict(data.audit))


def _plain_table(*, title: str | None = None) -> Table:
    return Table(
        title=title, title_justify="left", title_style="bold", box=None, header_style="dim"
    )


def _energy(data: ReportData, day: Totals) -> Table:
    table = _plain_table()
    table.show_header = False
    table.add_column(style="dim")
    table.add_column(justify="right", style="bold")
    table.add_column()
    quarters = f"in {day.trading_intervals} of {len(data.intervals)} intervals"
    table.add_row("Traded locally", kilowatt_hours(day.traded), quarters)
    table.add_row("From the grid", kilowatt_hours(day.from_grid), "at the retail price")
    table.add_row("Fed into the grid", kilowatt_hours(day.fed_in), "at the feed-in price")
    table.add_row(
        "Self-sufficiency",
        percent(day.self_sufficiency),
        f"of consumption; {percent(day.self_sufficiency_alone)} without the local market",
    )
    table.add_row(
        "Self-consumption",
        percent(day.self_consumption),
        f"of generation; {percent(day.self_consumption_alone)} without the local market",
    )
    if day.mean_price is not None and day.mean_feed_in is not None and day.mean_retail is not None:
        bounds = f"feed-in {cents(day.mean_feed_in)}, retail {cents(day.mean_retail)}"
        table.add_row("Local price, mean", cents(day.mean_price), bounds)
    table.add_row("Saved", euro_cents(day.saved), "by all, against the grid alone")
    return table


def _participants(members: tuple[ParticipantFigures, ...]) -> Table:
    table = _plain_table(
        title="\nEUR that each pays with the grid alone, with the market, and saves"
    )
    table.add_column("Participant", no_wrap=True)
    for heading in ("Bought kWh", "Sold kWh", "Grid alone", "Market", "Saved"):
        table.add_column(heading, justify="right")
    table.add_column()
    largest = max((abs(member.saved) for member in members), default=0)
    for member in sorted(members, key=lambda member: (-member.saved, member.account)):
        amounts = (member.grid_only, member.paid, member.saved)
        table.add_row(
            Text.assemble(member.name, (f" #{member.account}", "dim")),
            *(
                kilowatt_hours(energy).removesuffix(" kWh")
                for energy in (member.bought, member.sold)
            ),
            *(euro_cents(amount).removesuffix(" EUR") for amount in amounts),
            _bar(member.saved, largest),
        )
    return table


def _bar(saved: int, largest: int) -> Text:
    eighths = round(8 * _BAR_WIDTH * abs(saved) / largest) if largest else 0
    whole, rest = divmod(eighths, 8)
    return Text("█" * whole + _EIGHTHS[rest], style="green" if saved >= 0 else "red")


def _gas(data: ReportData) -> Table:
    gas = data.gas
    table = _plain_table(title="\nOn chain")
    table.add_column("Gas")
    table.add_column("each", justify="right", style="bold")
    table.add_column("of", justify="right")
    table.add_row("per order, committed and verified", f"{gas.per_order:,}", f"{gas.orders:,}")
    table.add_row("per reading, attested", f"{gas.per_reading:,}", f"{gas.readings:,}")
    table.add_row(
        "per participant and interval, settled", f"{gas.per_position:,}", f"{gas.positions:,}"
    )
    return table


def _verdict(audit: tuple[AuditCheck, ...]) -> Text:
    if not audit:
        return Text("\nNot audited yet.", style="yellow")
    checked = sum(check.checked for check in audit)
    failures = [f"{check.name} ({check.failed:,})" for check in audit if check.failed]
    if failures:
        return Text(f"\nAudit FAILED: {', '.join(failures)}", style="bold red")
    return Text(f"\nAudit passed: {checked:,} values in {len(audit)} checks.", style="bold green")
