"""The command: what a person and a program see of an audit."""

from __future__ import annotations

import json
import re

import pytest
import typer
from typer.testing import CliRunner

from node.commands.audit import EXAMPLE, audit

pytestmark = pytest.mark.chain


@pytest.fixture
def command():
    """Run the command with arguments, on a terminal of 100 columns."""
    app = typer.Typer()
    app.command(epilog=EXAMPLE)(audit)
    runner = CliRunner()
    return lambda *arguments: runner.invoke(
        app, [str(argument) for argument in arguments], env={"COLUMNS": "100", "NO_COLOR": "1"}
    )


def test_a_right_run(command, spoilt) -> None:
    result = command(spoilt.folder)
    assert result.exit_code == 0, result.output
    assert "community tiny, 2025-04-01 (Europe/Rome), 4 intervals" in " ".join(
        result.output.split()
    )
    assert re.search(r"order signatures +each by its wallet or an agent of it +9 +0", result.output)
    assert re.search(r"PASSED: [0-9,]+ values compared, all of them hold\.\n$", result.output)


def test_a_right_run_against_a_live_node(command, spoilt) -> None:
    result = command(spoilt.folder, "--rpc", spoilt.chain.url, "--json")
    assert result.exit_code == 0, result.output
    verdict = json.loads(result.stdout)
    assert (verdict["passed"], verdict["wrong"], verdict["findings"]) == (True, 0, [])
    assert verdict["values"] == sum(check["values"] for check in verdict["checks"])


def test_a_wrong_run_names_interval_and_item(command, spoilt) -> None:
    spoilt.change("prices", 2, lambda line: line.update(volume_wh=5))
    result = command(spoilt.folder)
    assert result.exit_code == 1
    assert (
        "1. prices.jsonl line 2, interval 2025-04-01 00:15 CEST (1743459300): volume"
        in result.output
    )
    assert re.search(
        r"expected 0\n +got +5 +\(prices\)\nFAILED: .* 1 wrong, in prices\.", result.output
    )


def test_a_wrong_run_in_json(command, spoilt) -> None:
    spoilt.change("prices", 2, lambda line: line.update(volume_wh=5))
    result = command(spoilt.folder, "--json")
    assert result.exit_code == 1
    verdict = json.loads(result.stdout)
    assert verdict["findings"] == [
        {
            "check": "prices",
            "file": "prices.jsonl",
            "line": 2,
            "interval": 1743459300,
            "item": "volume",
            "expected": "0",
            "got": "5",
            "time": "2025-04-01T00:15:00+02:00",
        }
    ]


def test_text_of_a_file_is_shown_as_it_is(command, spoilt) -> None:
    spoilt.change("prices", 2, lambda line: line.update({"[bold]x[/nonsense]": "[red]"}))
    result = command(spoilt.folder)
    assert result.exit_code == 1
    assert "[bold]x[/nonsense]" in result.output


def test_a_number_that_is_no_time_is_shown_as_it_is(command, spoilt) -> None:
    spoilt.change("prices", 2, lambda line: line.update(interval_start=9_007_199_254_740_991))
    result = command(spoilt.folder)
    assert result.exit_code == 1
    assert "interval 9007199254740991" in result.output


def test_many_findings_of_one_check_do_not_hide_those_of_another(command, spoilt) -> None:
    spoilt.path("readings").write_bytes(b"x\n" * 500)
    spoilt.change("balances", 1, lambda line: line.update(currency=0))
    result = command(spoilt.folder)
    assert result.exit_code == 1
    assert "currency of account 1" in result.output
    assert re.search(r"\.\.\. and [0-9,]+ more\.", result.output)


def test_a_manifest_that_cannot_be_read(command, spoilt) -> None:
    (spoilt.folder / "manifest.json").write_bytes(b"{}\n")
    result = command(spoilt.folder)
    assert result.exit_code == 1
    assert "whose manifest cannot be read" in " ".join(result.output.split())


@pytest.mark.parametrize("where", ["nowhere", "."])
def test_no_run_is_bad_usage(command, tmp_path, where: str) -> None:
    result = command(tmp_path / where)
    assert result.exit_code == 2
    assert "run: expected a folder with" in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "ftp://nowhere"])
def test_no_node_is_bad_usage(command, spoilt, url: str) -> None:
    result = command(spoilt.folder, "--rpc", url)
    assert result.exit_code == 2
    assert result.stdout == ""


def test_help_shows_an_example(command) -> None:
    result = command("--help")
    assert result.exit_code == 0
    assert EXAMPLE in result.output
