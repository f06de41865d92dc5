"""``commonwatt compare`` as a user meets it, and the page that shows what it prints."""

from __future__ import annotations

import json

import pytest
import typer
from typer.testing import CliRunner

from node.commands.compare import HEADINGS, compare


@pytest.fixture
def run():
    app = typer.Typer()
    app.command()(compare)
    runner = CliRunner()
    return lambda *arguments: runner.invoke(app, arguments, env={"COLUMNS": "200"})


def test_prints_a_row_a_mechanism(run):
    done = run("--mechanisms", "uniform-price,pay-as-bid")
    assert done.exit_code == 0
    heading, *rows = done.stdout.rstrip().split("\n")
    assert all(word in heading for word in HEADINGS)
    assert [row.split()[0] for row in rows] == ["uniform-price", "pay-as-bid"]


def test_json_adds_up(run):
    (day,) = json.loads(run("--mechanisms", "trade-reduction", "--json").stdout)
    assert day["mechanism"] == "trade-reduction"
    assert day["surplus"] == day["paid"] - day["received"] > 0
    assert day["saved"] == sum(one["saved"] for one in day["participants"])
    assert day["saved"] == day["saved_by_importers"] + day["saved_by_exporters"]
    assert len(day["prices"]) == 96


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--mechanisms", "lottery"), "--mechanisms: expected one of"),
        (("--scenario", "atlantis"), "scenario: expected one of"),
    ],
)
def test_what_is_unknown_is_refused(run, arguments, message):
    done = run(*arguments)
    assert done.exit_code == 2
    assert message in done.stderr
