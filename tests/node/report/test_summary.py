"""The terminal's summary says what the day was."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from node.report.data import AuditCheck, ReportData
from node.report.summary import print_summary


def printed(report: ReportData, width: int = 100) -> str:
    console = Console(file=io.StringIO(), width=width, color_system=None)
    print_summary(console, report)
    file = console.file
    assert isinstance(file, io.StringIO)
    return file.getvalue()


def test_it_says_energy_savings_gas_and_verdict(report: ReportData) -> None:
    lines = [" ".join(line.split()) for line in printed(report).splitlines()]
    for line in (
        "Oak & <Ash>, Sunday, 26 October 2025",
        "Traded locally 3.0 kWh in 2 of 100 intervals",
        "From the grid 50.0 kWh at the retail price",
        "Self-sufficiency 38% of consumption; 25% without the local market",
        "Saved 1.40 EUR by all, against the grid alone",
        "per order, committed and verified 401 6",
        "per reading, attested 500 200",
        "per participant and interval, settled 10,001 200",
        "Audit passed: 106 values in 2 checks.",
    ):
        assert line in lines


def test_participants_are_ranked_by_what_they_saved(report: ReportData) -> None:
    text = printed(report, width=120)
    assert text.index("Nursery #2") < text.index("</script><b>Home</b> #3")
    assert "Nursery #2 1.5 1.5 2.50 1.00 1.50" in " ".join(text.split())
    assert "#3 1.5 1.5 0.80 0.90 -0.10" in " ".join(text.split())


def test_bars_are_in_proportion_to_what_was_saved(report: ReportData) -> None:
    one = report.participants[0]
    members = tuple(
        replace(one, account=account, name=f"Home {account}", paid=one.grid_only - saved)
        for account, saved in ((2, 800), (3, 410), (4, 10), (5, 0))
    )
    lines = printed(replace(report, participants=members)).splitlines()
    bars = [line.split()[-1] for line in lines if line.strip().startswith("Home")]
    assert bars == ["█" * 10, "█" * 5 + "▏", "▏", "0.00"]


def test_names_are_no_markup(report: ReportData) -> None:
    member = replace(report.participants[0], name="[red]Home[/red]")
    text = printed(replace(report, participants=(member,)))
    assert "[red]Home[/red] #2" in text


@pytest.mark.parametrize(
    ("audit", "verdict"),
    [
        ((), "Not audited yet."),
        ((AuditCheck("Prices", 96, 2), AuditCheck("Fills", 9, 0)), "Audit FAILED: Prices (2)"),
    ],
)
def test_the_verdict_is_the_audits(
    report: ReportData, audit: tuple[AuditCheck, ...], verdict: str
) -> None:
    assert verdict in printed(replace(report, audit=audit))


def test_it_fits_a_narrow_terminal(report: ReportData) -> None:
    assert max(map(len, printed(report, width=80).splitlines())) <= 80
