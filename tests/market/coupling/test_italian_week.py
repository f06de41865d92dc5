"""Every published Italian day-ahead price of 1-7 April 2025, from the public book."""

from __future__ import annotations

import csv
import gzip
from decimal import Decimal

import typer
from typer.testing import CliRunner

from node.commands.couple import couple_files

FOLDER = "data/gme-2025-04"
ZONES = ("CALA", "CNOR", "CSUD", "NORD", "SARD", "SICI", "SUD")


def _key(row):
    return row["delivery_day"], int(row["period"]), row["zone"]


def test_every_price_is_exact(shared_file, tmp_path):
    curves = shared_file(f"{FOLDER}/bid-curves.csv.gz")
    capacities = shared_file(f"{FOLDER}/transfer-capacities.csv.gz")
    published = shared_file(f"{FOLDER}/published-prices.csv.gz")
    output = tmp_path / "prices.csv"
    app = typer.Typer()
    app.command()(couple_files)
    options = ["--curves", curves, "--capacities", capacities, "--borders", published]
    arguments = [*map(str, options), "--zones", ",".join(ZONES), "-o", str(output)]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.stderr
    with gzip.open(published, "rt", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["zone"] in ZONES]
    wanted = {_key(row): Decimal(row["price_eur_per_mwh"]) for row in rows}
    with output.open(encoding="utf-8") as file:
        found = {_key(row): Decimal(row["price_eur_per_mwh"]) for row in csv.DictReader(file)}
    assert len(wanted) == 1_176
    assert found == wanted
