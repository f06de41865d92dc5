"""``commonwatt clear`` as a user meets it."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from node.commands.clear import EXAMPLE, clear

_ROWS = [
    "b2,bo,bid,500,24000",
    "b1,ada,bid,500,30000",
    "s1,cy,offer,600,12000",
    "s2,di,offer,100,29000",
]


@pytest.fixture
def run():
    app = typer.Typer()
    app.command(epilog=EXAMPLE)(clear)
    runner = CliRunner()
    return lambda *arguments, **options: runner.invoke(app, arguments, **options)


@pytest.fixture
def orders(tmp_path):
    def write(*rows, header="order_id,participant,side,quantity_wh,price", name="orders.csv"):
        path = tmp_path / name
        path.write_text("\n".join([header, *rows]) + "\n")
        return str(path)

    return write


def test_prints_the_outcome(run, orders):
    result = run("--json", orders(*_ROWS))
    assert result.exit_code == 0
    assert json.loads(result.stdout) == {
        "mechanism": "uniform-price",
        "price": 24_000,
        "price_interval": [24_000, 24_000],
        "volume_wh": 600,
        "fills": [
            {"order_id": "b1", "quantity_wh": 500, "price": 24_000, "payment": 12_000_000},
            {"order_id": "b2", "quantity_wh": 100, "price": 24_000, "payment": 2_400_000},
            {"order_id": "s1", "quantity_wh": 600, "price": 24_000, "payment": -14_400_000},
        ],
    }
    assert result.stdout.count("\n") == 1


def test_output_does_not_depend_on_the_sequence_of_rows(run, orders):
    wanted = run(orders(*_ROWS)).stdout
    for seed in range(5):
        assert run(orders(*random.Random(seed).sample(_ROWS, 4))).stdout == wanted


def test_pretty_and_compact_output_say_the_same(run, orders):
    path = orders(*_ROWS)
    pretty, compact = run(path), run(path, "--json")
    assert json.loads(pretty.stdout) == json.loads(compact.stdout)
    assert pretty.stdout.count("\n") > 10


def test_reads_standard_input(run):
    lines = [
        {"order_id": "b", "participant": "x", "side": "bid", "quantity_wh": 3, "price": -2},
        {"order_id": "s", "participant": "y", "side": "offer", "quantity_wh": 3, "price": -5},
    ]
    result = run("-", "--json", input="\n".join(map(json.dumps, lines)))
    outcome = json.loads(result.stdout)
    assert outcome["price_interval"] == [-5, -2]
    assert [fill["payment"] for fill in outcome["fills"]] == [-12, 12]


def test_nothing_to_trade_gives_nulls(run, orders):
    outcome = json.loads(run(orders("b,x,bid,5,10", "s,y,offer,5,11")).stdout)
    assert outcome["price"] is None
    assert outcome["price_interval"] is None
    assert outcome["volume_wh"] == 0
    assert outcome["fills"] == []


@pytest.mark.parametrize(
    ("bounds", "interval"),
    [
        ((), [5, 50]),
        (("--feed-in", "9"), [9, 50]),
        (("--retail", "20"), [5, 20]),
        (("--feed-in", "9", "--retail", "20"), [9, 20]),
        (("--feed-in", "-7", "--retail", "-7"), None),
    ],
)
def test_price_stays_within_the_bounds_given(run, orders, bounds, interval):
    path = orders("b,x,bid,5,50", "s,y,offer,5,5")
    assert json.loads(run(path, *bounds).stdout)["price_interval"] == interval


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--feed-in", "30", "--retail", "20"), ("--feed-in", "20", "30")),
        (("--retail", "99999999999"), ("--retail", "99999999999")),
        (("--mechanism", "lottery"), ("--mechanism", "uniform-price", "lottery")),
        (("--k", "1001"), ("--k", "1000", "1001")),
        (("--mechanism", "vcg", "--k", "500"), ("--k", "vcg", "500")),
    ],
)
def test_bad_options_are_named(run, orders, arguments, words):
    result = run(orders(*_ROWS), *arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert all(word in result.stderr for word in words)


def test_bad_rows_are_named_on_standard_error(run, orders):
    result = run(orders(*_ROWS, "b9,eve,bid,zero,24000"))
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "line 6: quantity_wh" in result.stderr
    assert "'zero'" in result.stderr


def test_missing_files_are_named(run, tmp_path):
    for path in (tmp_path / "none.csv", tmp_path):
        result = run(str(path))
        assert result.exit_code == 2
        assert str(path) in result.stderr


def test_help_shows_an_example(run):
    result = run("--help", env={"COLUMNS": "200"})
    assert result.exit_code == 0
    assert EXAMPLE in result.stdout


def test_pairs_are_listed_with_their_parties(run, orders):
    result = run(orders(*_ROWS), "--json", "--mechanism", "pay-as-bid", "--k", "1000")
    outcome = json.loads(result.stdout)
    assert outcome["price"] is None
    assert outcome["price_interval"] == [24_000, 24_000]
    assert [fill["price"] for fill in outcome["fills"]] == [30_000, 24_000, None]
    first = outcome["trades"][0]
    assert (first["bid"], first["offer"], first["buyer"], first["seller"]) == (
        "b1",
        "s1",
        "ada",
        "cy",
    )
    assert (first["quantity_wh"], first["price"], first["payment"]) == (500, 30_000, 15_000_000)


@pytest.mark.parametrize("name", ["trade-reduction", "vcg"])
def test_a_surplus_is_printed_where_money_need_not_balance(run, orders, name):
    outcome = json.loads(run(orders("b,x,bid,5,10", "s,y,offer,5,11"), "--mechanism", name).stdout)
    assert (outcome["surplus"], outcome["volume_wh"], outcome["fills"]) == (0, 0, [])
    assert "trades" not in outcome


def test_what_a_mechanism_lacks_is_named_as_an_option(run, orders, tmp_path):
    header = "order_id,participant,side,quantity_wh,price"
    ranged = orders("o,cy,offer,5,10,4,9", header=f"{header},entered,lem_low")
    result = run(ranged, "--mechanism", "continuous")
    assert result.exit_code == 2
    assert result.stderr.startswith("--lem-prices: expected a file of time, price")
    lines, restrictions = tmp_path / "lines.csv", tmp_path / "restrictions.csv"
    lines.write_text("from_node,to_node,limit_w\na,b,5\n")
    restrictions.write_text("from_node,to_node,start,end,limit_w\n")
    placed = orders("o,cy,offer,5,10,a", header=f"{header},node", name="placed.csv")
    files = ("--lines", str(lines), "--restrictions", str(restrictions))
    result = run(placed, "--mechanism", "network-constrained", *files)
    assert result.exit_code == 2
    assert result.stderr.startswith("--start: expected the start of the interval")


def test_a_compressed_book_is_cleared_alike(run, orders, tmp_path):
    plain = orders(*_ROWS)
    compressed = tmp_path / "orders.csv.gz"
    compressed.write_bytes(gzip.compress(Path(plain).read_bytes()))
    result = run(str(compressed))
    assert (result.exit_code, result.stdout) == (0, run(plain).stdout)
