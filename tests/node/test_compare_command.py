"""``commonwatt compare`` as a user meets it, and the page that shows what it prints."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from market.mechanisms import MECHANISMS
from node.commands.compare import HEADINGS, compare, rows
from node.comparison.day import compare_day
from node.scenarios.loading import load_scenario

PAGE = Path(__file__).parents[2] / "docs" / "mechanisms" / "comparison.md"


@pytest.fixture
def run():
    app = typer.Typer()
    app.command()(compare)
    runner = CliRunner()
    return lambda *arguments, columns=200: runner.invoke(
        app, arguments, env={"COLUMNS": str(columns)}
    )


def test_prints_a_row_a_mechanism(run):
    done = run("--mechanisms", "uniform-price,pay-as-bid")
    assert done.exit_code == 0
    *heading, first, second = done.stdout.rstrip().split("\n")
    assert sorted(" ".join(heading).split()) == sorted(" ".join(HEADINGS).split())
    assert (first.split()[0], second.split()[0]) == ("uniform-price", "pay-as-bid")


def test_a_narrow_terminal_cuts_nothing_off(run):
    done = run("--mechanisms", "network-constrained", columns=40)
    wide, narrow = run("--mechanisms", "network-constrained").stdout, done.stdout
    assert "…" not in narrow
    assert sorted(narrow.split()) == sorted(wide.split())


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


def _table():
    """Return the comparison's rows as lines of Markdown."""
    compared = compare_day(load_scenario("benetutti"), list(MECHANISMS.values()), "1")
    lines = [HEADINGS, ["---"] + ["---:"] * (len(HEADINGS) - 1), *rows(compared)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def test_the_page_shows_what_is_printed():
    page = PAGE.read_text()
    shown = page.partition("<!-- commonwatt compare -->\n")[2].partition("<!-- end -->")[0]
    assert shown == _table()
