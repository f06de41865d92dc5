"""The examples worked by hand in docs/mechanisms are what the command prints."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from market.mechanisms import MECHANISMS
from node.commands.clear import clear

_PAGES = Path(__file__).resolve().parents[2] / "docs" / "mechanisms"
_NAMES = ("uniform-price", "pay-as-bid", "trade-reduction", "vcg")
_TABLE = re.compile(r"(?:^\|.*\|\n)+", re.MULTILINE)


@pytest.fixture
def printed(tmp_path):
    """Run the command on a table of orders."""

    def run(name, rows, *arguments):
        path = tmp_path / "orders.csv"
        lines = [",".join(rows[0]), *(",".join(row.values()) for row in rows)]
        path.write_text("\n".join(lines) + "\n")
        app = typer.Typer()
        app.command()(clear)
        done = CliRunner().invoke(app, [str(path), "--mechanism", name, "--json", *arguments])
        assert done.exit_code == 0, done.stderr
        return json.loads(done.stdout)

    return run


def _tables(name):
    """Return a page's tables as rows of texts by column, under each table's first column."""
    tables = {}
    for text in _TABLE.findall((_PAGES / f"{name}.md").read_text() + "\n"):
        lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.split("\n")]
        header = lines[0]
        rows = [dict(zip(header, line, strict=True)) for line in lines[2:] if line != [""]]
        tables["orders" if "side" in header else header[0]] = rows
    return tables


def _texts(rows, columns):
    return [
        {
            column: row[column] if isinstance(row[column], str) else json.dumps(row[column])
            for column in columns
        }
        for row in rows
    ]


@pytest.mark.parametrize("name", _NAMES)
def test_the_worked_example(name, printed):
    tables = _tables(name)
    outcome = printed(name, tables["orders"])
    fills = tables["order_id"]
    assert _texts(outcome["fills"], fills[0]) == fills
    if name == "pay-as-bid":
        assert _texts(outcome["trades"], tables["bid"][0]) == tables["bid"]
    assert ("trades" in outcome) == (name == "pay-as-bid")
    if MECHANISMS[name].balanced:
        assert "surplus" not in outcome
    else:
        assert [{"surplus": json.dumps(outcome["surplus"])}] == tables["surplus"]
        assert outcome["surplus"] == sum(fill["payment"] for fill in outcome["fills"])


def test_pages_share_one_book():
    assert len({json.dumps(_tables(name)["orders"]) for name in _NAMES}) == 1


def test_the_overview_repeats_the_results(printed):
    rows = {next(iter(row.values())): row for row in _tables("README")[""]}
    for name in _NAMES:
        outcome = printed(name, _tables(name)["orders"])
        paid = {fill["order_id"]: abs(fill["payment"]) for fill in outcome["fills"]}
        found = [outcome["volume_wh"], *(paid.get(one, 0) for one in ("b1", "b2", "s1", "s2"))]
        found.append(outcome.get("surplus", 0))
        assert [int(row[f"`{name}`"].replace(",", "")) for row in rows.values()] == found


def test_the_point_of_the_uniform_price_example(printed):
    assert printed("uniform-price", _tables("uniform-price")["orders"], "--k", "250")["price"] == (
        21_000
    )


def test_every_mechanism_has_a_page():
    overview = (_PAGES / "README.md").read_text()
    for name in MECHANISMS:
        page = "cooperative" if name == "cooperative-shapley" else name
        assert f"({page}.md)" in overview
        assert f"`{name}`" in overview
        assert f"`{name}`" in (_PAGES / f"{page}.md").read_text()
