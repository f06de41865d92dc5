"""``commonwatt``: commands are imported when they are called, and listed without."""

from __future__ import annotations

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from node.cli import COMMANDS, app

RUNNER = CliRunner()
HEAVY = {"numpy", "sqlalchemy", "web3", "fastapi", "market", "chain", "settlement"}
CALL = """
import sys
from node.cli import app
app(sys.argv[1:], standalone_mode=False)
print(",".join(sys.modules), file=sys.stderr)
"""


@pytest.mark.parametrize("arguments", [["--help"], ["version"]])
def test_help_and_version_import_no_command(arguments):
    call = [sys.executable, "-c", CALL, *arguments]
    done = subprocess.run(call, capture_output=True, text=True, check=True)
    assert not HEAVY & set(done.stderr.strip().split(","))


@pytest.mark.parametrize("entry", COMMANDS, ids=lambda entry: entry.name)
def test_a_line_in_the_list_is_the_command_s_own(entry):
    loaded = entry.load()
    assert loaded.name == entry.name
    assert loaded.help.split("\n\n")[0].replace("\n", " ") == entry.about


@pytest.mark.parametrize("entry", COMMANDS, ids=lambda entry: entry.name)
def test_a_command_is_imported_with_its_options(entry):
    done = RUNNER.invoke(app, [entry.name, "--help"])
    assert done.exit_code == 0, done.stderr
    assert f"Usage: commonwatt {entry.name}" in done.stdout
    assert "Commands" in done.stdout if entry.function is None else "Example" in done.stdout


def test_all_commands_are_listed_in_sequence():
    listed = RUNNER.invoke(app, ["--help"]).stdout
    places = [listed.index(f"│ {entry.name} ") for entry in COMMANDS]
    assert places == sorted(places)
    assert "│ version " in listed


def test_an_unknown_command_is_refused():
    done = RUNNER.invoke(app, ["cleer"])
    assert done.exit_code == 2
    assert "No such command 'cleer'" in done.stderr
    assert "Did you mean 'clear'" in done.stderr
