"""``commonwatt bench`` as a user meets it."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from node.benchmarks.clearing import FILLS, LISTED, SORT, measurable
from node.benchmarks.peers import PEERS
from node.commands.bench import app


@pytest.fixture
def run():
    runner = CliRunner()
    return lambda *arguments: runner.invoke(app, arguments)


def test_clearing_as_json(run):
    done = run("clearing", "--orders", "200", "--repeats", "2", "--json")
    assert done.exit_code == 0, done.stderr
    told = json.loads(done.stdout)
    assert [book["prices"] for book in told["books"]] == ["tick", "float"]
    measured = set(told["trial"]["mechanisms"])
    assert measured == {FILLS, LISTED, *measurable()}
    for book in told["books"]:
        assert book["orders_a_side"] == 200
        assert set(book["mechanisms"]) <= measured
        uniform = book["mechanisms"]["uniform-price"]
        assert uniform["x_uniform_price"] == 1
        for one in book["mechanisms"].values():
            assert one["x_sort"] == one["least_ms"] / book["sort"]["least_ms"]
            assert one["x_uniform_price"] == one["least_ms"] / uniform["least_ms"]
            assert one["least_ms"] <= one["median_ms"]
    assert [way["orders_a_side"] for way in told["other_ways"]] == [200, 200]
    assert all(way["x_uniform_price"] > 0 for way in told["other_ways"])
    assert [one["name"] for one in told["peers"]["programs"]] == [peer.name for peer in PEERS]
    assert "not in this run" in told["peers"]["about"]


def test_peers_are_compared_on_a_book_of_their_size_only(run):
    programs = json.loads(run("clearing", "--orders", "20", "--repeats", "1", "--json").stdout)
    assert all(one["x_uniform_price"] == [None, None] for one in programs["peers"]["programs"])


def test_clearing_as_tables(run):
    done = run("clearing", "--orders", "50", "--repeats", "1")
    assert done.exit_code == 0, done.stderr
    shown = done.stdout
    assert shown.startswith("50 + 50; least processor time of 1 runs in turns, one thread")
    for text in ("tick prices", "float prices", SORT, *measurable(), *(one.name for one in PEERS)):
        assert text in shown
    assert "> 120" in shown
    assert not done.stderr


def test_a_book_of_one_bid_and_one_offer(run):
    assert run("clearing", "--orders", "1", "--repeats", "1").exit_code == 0


@pytest.mark.parametrize("as_json", [False, True])
def test_pools(run, as_json):
    arguments = ["pools", "--participants", "101", "--repeats", "1"]
    done = run(*arguments, *(["--json"] if as_json else []))
    assert done.exit_code == 0, done.stderr
    if not as_json:
        assert "bill-sharing" in done.stdout
        return
    narrow, wide = json.loads(done.stdout)["pools"]
    assert (narrow["energy"], wide["energy"]) == ("to 5 kWh", "to 67 MWh")
    rate = narrow["mechanisms"]["mid-market-rate"]
    assert rate["x_sort_tick"] == rate["least_ms"] / narrow["sort"]["tick"]["least_ms"]


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (("clearing", "--orders", "0"), "--orders: expected an integer from 1 to 10000000, got 0"),
        (("clearing", "--repeats", "0"), "--repeats: expected"),
        (("pools", "--participants", "-1"), "--participants: expected"),
        (("pools", "--repeats", "99999"), "--repeats: expected"),
    ],
)
def test_faults_are_named(run, arguments, fault):
    done = run(*arguments)
    assert done.exit_code == 2
    assert done.stderr.startswith(fault)
