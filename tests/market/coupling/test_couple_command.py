"""``commonwatt couple`` as a user meets it."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from node.commands.couple import EXAMPLE, couple_files

EXAMPLES = Path(__file__).parent / "example"
ZONES = "HILL,TOWN,BAY"
PRICES = """delivery_day,period,zone,price_eur_per_mwh
2025-04-01,1,HILL,40.0
2025-04-01,1,TOWN,70.0
2025-04-01,1,BAY,65.0
"""
FLOWS = """delivery_day,period,from_zone,to_zone,flow_mwh
2025-04-01,1,HILL,TOWN,30.0
2025-04-01,1,TOWN,BAY,0.0
2025-04-01,1,GRID,TOWN,10.0
"""


@pytest.fixture
def run():
    app = typer.Typer()
    app.command(epilog=EXAMPLE)(couple_files)
    runner = CliRunner()
    return lambda *arguments: runner.invoke(app, list(arguments))


@pytest.fixture
def files(tmp_path):
    """Copies of the example's tables that a test may change, and the options that name them."""

    class Files:
        def path(self, name):
            return tmp_path / f"{name}.csv"

        def lines(self, name):
            return self.path(name).read_text().splitlines()

        def write(self, name, lines):
            self.path(name).write_text("\n".join(lines) + "\n")

        def add(self, name, *lines):
            self.write(name, [*self.lines(name), *lines])

        def options(self, zones=ZONES):
            names = ("curves", "capacities", "borders")
            return [part for name in names for part in (f"--{name}", str(self.path(name)))] + [
                "--zones",
                zones,
            ]

    found = Files()
    for name in ("curves", "capacities", "borders"):
        found.path(name).write_bytes((EXAMPLES / f"{name}.csv").read_bytes())
    return found


def test_the_example_of_the_docs(run, files, tmp_path):
    prices, flows = tmp_path / "prices.csv", tmp_path / "flows.csv"
    result = run(*files.options(), "-o", str(prices), "--flows", str(flows), "--json")
    assert result.exit_code == 0, result.stderr
    assert prices.read_text() == PRICES
    assert flows.read_text() == FLOWS
    summary = {"periods": 1, "zones": 3, "prices": 3, "open_intervals": 1}
    assert json.loads(result.stdout) == summary


def test_prints_without_an_output_file(run, files):
    assert run(*files.options()).stdout == PRICES


def test_reads_gzip_whatever_the_name(run, files):
    for name in ("curves", "capacities", "borders"):
        files.path(name).write_bytes(gzip.compress(files.path(name).read_bytes()))
    assert run(*files.options()).stdout == PRICES


def test_sequence_of_rows_and_columns_does_not_matter(run, files):
    for seed in range(5):
        for name in ("curves", "capacities"):
            header, *rows = files.lines(name)
            mixed = random.Random(seed)
            order = mixed.sample(range(header.count(",") + 1), header.count(",") + 1)
            lines = [header, *mixed.sample(rows, len(rows))]
            files.write(name, [",".join(line.split(",")[at] for at in order) for line in lines])
        assert run(*files.options()).stdout == PRICES


def test_zones_that_are_not_asked_for_take_their_published_price(run, files):
    files.add("borders", "2025-04-01,1,HILL,45.12345", "2025-04-01,1,TOWN,1.0")
    files.write("capacities", [line for line in files.lines("capacities") if "BAY" not in line])
    files.write("curves", [line for line in files.lines("curves") if "BAY" not in line])
    assert run(*files.options("TOWN")).stdout.splitlines()[1:] == ["2025-04-01,1,TOWN,70.0"]
    files.write("curves", [*files.lines("curves"), "2025-04-01,1,TOWN,supply,40,45"])
    assert run(*files.options("TOWN")).stdout.splitlines()[1:] == ["2025-04-01,1,TOWN,45.12345"]


def test_prices_that_play_no_part_are_not_read(run, files):
    files.add("borders", "2025-04-01,1,TOWN,", "2025-04-01,1,MEAN,93.802691234", "x,y,FAR,NaN")
    assert run(*files.options()).stdout == PRICES


def test_days_of_23_and_25_hours_and_quarters(run, files):
    for name in ("curves", "capacities", "borders"):
        header, *rows = files.lines(name)
        times = [("2025-03-30", 23), ("2025-10-26", 25), ("2025-10-27", 96)]
        files.write(
            name,
            [header]
            + [
                row.replace("2025-04-01,1", f"{day},{number}")
                for day, last in times
                for number in range(last, 0, -1)
                for row in rows
            ],
        )
    rows = run(*files.options()).stdout.splitlines()[1:]
    assert len(rows) == 3 * (23 + 25 + 96)
    assert [row.split(",")[1] for row in rows[:69:3]] == [str(number) for number in range(1, 24)]
    assert {row.split(",", 2)[2] for row in rows} == {"HILL,40.0", "TOWN,70.0", "BAY,65.0"}


def test_a_zone_may_lack_its_curve(run, files):
    files.write("curves", [line for line in files.lines("curves") if "HILL" not in line])
    assert "TOWN,90.0" in run(*files.options()).stdout


def test_a_neighbour_without_a_price_passes_energy_on(run, files):
    files.add("borders", "2025-04-01,2,FAR,3", "2025-04-01,1,FARTHER,5")
    files.add("capacities", "2025-04-01,1,FAR,HILL,-15,15", "2025-04-01,1,FARTHER,FAR,-60,60")
    result = run(*files.options())
    assert "HILL,20.0" in result.stdout
    assert "FAR has no border price in 1 periods" in result.stderr


def test_fees_are_charged(run, files):
    header, *rows = files.lines("capacities")
    files.write("capacities", [header + ",fee_eur_per_mwh", *(row + ",12.5" for row in rows)])
    assert "TOWN,70.0" in run(*files.options()).stdout
    files.write("curves", [line.replace("70,40", "75,40") for line in files.lines("curves")])
    assert "TOWN,75.0" in run(*files.options()).stdout


def test_quantities_of_zero_and_noise_of_floats_are_read(run, files):
    lines = [line.replace(",90,60", ",90,60.00000000000001") for line in files.lines("curves")]
    files.write("curves", [*lines, "2025-04-01,1,TOWN,supply,1,0.0", ""])
    assert run(*files.options()).stdout == PRICES


@pytest.mark.parametrize(
    ("table", "row", "words"),
    [
        ("curves", "2025-04-01,1,VALE,supply,1,1", ("line 9: zone", "VALE")),
        ("curves", "2025-04-01,1,HILL,offer,1,1", ("line 9: side", "offer")),
        ("curves", "2025-04-01,1,HILL,supply,cheap,1", ("line 9: price_eur_per_mwh", "cheap")),
        ("curves", "2025-04-01,1,HILL,supply,nan,1", ("line 9: price_eur_per_mwh", "nan")),
        ("curves", "2025-04-01,1,HILL,supply,,1", ("line 9: price_eur_per_mwh", "''")),
        ("curves", "2025-04-01,1,HILL,supply,0.000001,1", ("line 9: price", "5 decimals")),
        ("curves", "2025-04-01,1,HILL,supply,1,inf", ("line 9: quantity_mwh", "inf")),
        ("curves", "2025-04-01,1,HILL,supply,1,-1", ("line 9: quantity_mwh", "-1")),
        ("curves", "2025-04-31,1,HILL,supply,1,1", ("line 9: delivery_day", "2025-04-31")),
        ("curves", "2025-04-01,0,HILL,supply,1,1", ("line 9: period", "'0'")),
        ("curves", "2025-04-01,1,HILL,supply,1", ("line 9", "6 fields", "5 fields")),
        ("curves", "2025-04-02,1,HILL,supply,1,1", ("2025-04-02 period 1", "none")),
        ("curves", '2025-04-01,1,HILL,"supply', ("curves.csv line 9", "CSV")),
        ("capacities", "2025-04-01,1,HILL,VALE,-1,1", ("line 5: to_zone", "VALE")),
        ("capacities", "2025-04-01,1,HILL,HILL,-1,1", ("line 5: to_zone", "HILL")),
        ("capacities", "2025-04-01,1,TOWN,HILL,-1,1", ("line 5: from_zone", "one row a line")),
        ("capacities", "2025-04-01,1,HILL,BAY,2,1", ("line 5: max_flow_mwh", "'1'")),
        ("capacities", "2025-04-01,1,HILL,BAY,20,30", ("2025-04-01 period 1: low",)),
        ("borders", "2025-04-01,1,GRID,61", ("line 3: zone", "one price", "GRID")),
        ("borders", "2025-04-01,2,GRID,NaN", ("line 3: price_eur_per_mwh", "NaN")),
    ],
)
def test_bad_rows_are_named(run, files, table, row, words):
    files.add(table, row)
    result = run(*files.options())
    assert result.exit_code == 2, result.stdout
    assert result.stdout == ""
    assert all(word in result.stderr for word in words), result.stderr
    if "line" in words[0]:
        assert str(files.path(table)) in result.stderr


@pytest.mark.parametrize("table", ["curves", "capacities", "borders"])
def test_missing_columns_and_files_are_named(run, files, table):
    header, *rows = files.lines(table)
    files.write(table, [header.replace("period", "hour"), *rows])
    result = run(*files.options())
    assert result.exit_code == 2
    assert f"{files.path(table)} line 1: period" in result.stderr
    files.path(table).write_bytes(b"")
    assert run(*files.options()).exit_code == 2
    files.path(table).write_bytes(b"\x1f\x8bnot gzip")
    assert "gzip" in run(*files.options()).stderr
    files.path(table).unlink()
    assert str(files.path(table)) in run(*files.options()).stderr


@pytest.mark.parametrize(
    ("zones", "word"),
    [("HILL,TOWN,BAY,VALE", "VALE"), ("HILL,HILL", "HILL"), ("HILL,", "names"), ("", "names")],
)
def test_bad_zones_are_named(run, files, zones, word):
    result = run(*files.options(zones))
    assert result.exit_code == 2
    assert "zones" in result.stderr
    assert word in result.stderr


def test_a_zone_without_a_line_is_named(run, files):
    files.write("capacities", [line for line in files.lines("capacities") if "BAY" not in line])
    result = run(*files.options())
    assert result.exit_code == 2
    assert "a line to or from BAY" in result.stderr


def test_help_shows_an_example(run):
    result = run("--help")
    assert result.exit_code == 0
    assert "Example: commonwatt couple" in result.stdout
