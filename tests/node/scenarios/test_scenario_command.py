"""``commonwatt scenario``: what it prints, and how it fails."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from node.commands import scenario as command
from node.scenarios import simbench_data
from node.scenarios.scenario import Scenario

RUNNER = CliRunner()


def run(*arguments: str) -> tuple[int, str, str]:
    result = RUNNER.invoke(command.app, list(arguments))
    return result.exit_code, result.stdout, result.stderr


def test_list_names_every_scenario() -> None:
    code, text, _ = run("list")
    assert code == 0
    assert "benetutti" in text
    code, text, _ = run("list", "--json")
    assert [each["name"] for each in json.loads(text)] == ["benetutti"]


def test_show_adds_the_day_up() -> None:
    code, text, _ = run("show", "benetutti")
    assert code == 0
    for words in ("Primary school", "SimBench", "GME", "18 household", "Grid prices, real-time"):
        assert words in text
    code, text, _ = run("show", "benetutti", "--json")
    shown = json.loads(text)
    assert shown["participants"] == len(shown["members"]) == 20
    for member in shown["members"]:
        if not member["battery_wh"]:
            net = member["load_wh"] - member["generated_wh"]
            assert member["imported_wh"] - member["exported_wh"] == net


def test_an_unknown_scenario_exits_with_2() -> None:
    code, text, problem = run("show", "atlantis")
    assert (code, text) == (2, "")
    assert "atlantis" in problem


def test_import_without_simbench_exits_with_2_and_names_the_extra(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(simbench_data, "find_spec", lambda name: None)
    code, _, problem = run("import", "1-LV-rural1--1-sw")
    assert code == 2
    assert "pip install 'commonwatt[scenario]'" in problem
    assert "-m pip install simbench" in problem


def test_import_writes_what_show_reads(
    monkeypatch: pytest.MonkeyPatch, benetutti: Scenario, tmp_path: Path
) -> None:
    asked = []

    def imported(grid: str, day: date, template: Scenario) -> Scenario:
        asked.append((grid, day))
        return replace(template, name=grid.lower(), day=day)

    monkeypatch.setattr(command, "import_grid", imported)
    path = tmp_path / "grid.toml"
    code, text, _ = run(
        "import", "1-LV-rural1--1-sw", "--day", "2025-10-26", "-o", str(path), "--json"
    )
    assert code == 0
    assert asked == [("1-LV-rural1--1-sw", date(2025, 10, 26))]
    assert json.loads(text)["intervals"] == 100
    assert json.loads(text)["files"]["scenario"] == str(path)
    code, text, _ = run("show", str(path), "--json")
    assert json.loads(text)["name"] == "1-lv-rural1--1-sw"


@pytest.mark.parametrize("path", ["grid.txt", "missing/grid.toml"])
def test_import_to_a_wrong_path_exits_with_2(tmp_path: Path, path: str) -> None:
    code, _, problem = run("import", "1-LV-rural1--1-sw", "-o", str(tmp_path / path))
    assert code == 2
    assert "--output" in problem


@pytest.mark.parametrize("name", ["list", "show", "import"])
def test_every_command_has_help_with_an_example(name: str) -> None:
    code, text, _ = run(name, "--help")
    assert code == 0
    assert "Example: commonwatt scenario" in text
