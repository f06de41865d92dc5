"""``commonwatt mechanisms`` as a user meets it."""

from __future__ import annotations

import json

import pytest
import typer
from typer.testing import CliRunner

from market.mechanisms import MECHANISMS
from node.commands import clear as clearing
from node.commands.mechanisms import mechanisms


@pytest.fixture
def run():
    app = typer.Typer()
    app.command()(mechanisms)
    runner = CliRunner()
    return lambda *arguments: runner.invoke(app, arguments)


def test_lists_every_mechanism(run):
    shown = run().stdout
    listed = json.loads(run("--json").stdout)
    assert [one["name"] for one in listed] == list(MECHANISMS)
    assert all(name in shown for name in MECHANISMS)


@pytest.mark.parametrize("name", MECHANISMS)
def test_says_what_one_reads(run, name):
    one = MECHANISMS[name]
    shown, told = run(name).stdout, json.loads(run(name, "--json").stdout)
    assert shown.startswith(f"{name}: {one.about}.")
    for column in one.columns:
        assert f"  {column.name} ({column.kind}," in shown
    for table in one.tables:
        assert f"--{table.option} (" in shown
    assert [column["name"] for column in told["columns"]] == [one.name for one in one.columns]
    assert told["runs_a_community"] == (one.provable is not None)


def test_an_unknown_name_is_refused(run):
    done = run("lottery")
    assert done.exit_code == 2
    assert "NAME: expected one of: bill-sharing" in done.stderr


def test_every_file_that_a_mechanism_reads_has_an_option_of_clear():
    app = typer.Typer()
    app.command()(clearing.clear)
    shown = CliRunner().invoke(app, ["--help"], terminal_width=200).stdout
    for one in MECHANISMS.values():
        for table in one.tables:
            assert f"--{table.option}" in shown
