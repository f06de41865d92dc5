"""Two runs at once, as two people on one machine would start them."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from node.scenarios.loading import load_scenario
from node.scenarios.writing import write_scenario

pytestmark = [pytest.mark.chain, pytest.mark.day]


def start(folder: Path, scenario: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", "from node.cli import main; main()", "demo", "--json"]
    return subprocess.Popen(
        [*command, "--scenario", str(scenario)],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_two_runs_at_once_do_not_collide(tmp_path: Path) -> None:
    whole = load_scenario("benetutti")
    small = replace(whole, participants=whole.participants[:3], duration_s=3600)
    scenario = tmp_path / "small.toml"
    write_scenario(small, scenario)

    processes = [start(tmp_path, scenario) for _ in range(2)]
    ended = [process.communicate(timeout=300) for process in processes]

    assert [process.returncode for process in processes] == [0, 0], ended
    folders = {json.loads(output)["run"] for output, _ in ended}
    assert len(folders) == 2
    latest = tmp_path / "runs" / "latest"
    assert latest.resolve() in {(tmp_path / folder).resolve() for folder in folders}
    figures = [json.loads(output) for output, _ in ended]
    assert figures[0]["traded_wh"] == figures[1]["traded_wh"]
    assert figures[0]["saved"] == pytest.approx(figures[1]["saved"], rel=1e-3)
