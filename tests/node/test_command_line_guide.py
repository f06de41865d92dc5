"""docs/command-line.md: its example of ``clear`` and its keys are the program's."""

from __future__ import annotations

import json
import re
from pathlib import Path

from typer.testing import CliRunner

from node.cli import app

GUIDE = (Path(__file__).parents[2] / "docs" / "command-line.md").read_text()
RUNNER = CliRunner()


def block(language: str) -> str:
    found = re.search(rf"^```{language}\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE)
    assert found is not None
    return found[1]


def test_the_example_of_clear_gives_what_it_says() -> None:
    done = RUNNER.invoke(app, ["clear", "-", "--json"], input=block("csv"))
    assert done.exit_code == 0
    assert json.loads(done.stdout) == json.loads(block("json"))


def test_the_example_of_a_fault_is_real() -> None:
    done = RUNNER.invoke(
        app, ["clear", "-"], input=block("csv").replace("b2,bob,bid", "b2,bob,buy")
    )
    assert done.exit_code == 2
    assert done.stderr.strip() in GUIDE


def test_scenarios_have_the_keys_that_are_named() -> None:
    listed = json.loads(RUNNER.invoke(app, ["scenario", "list", "--json"]).stdout)
    shown = json.loads(RUNNER.invoke(app, ["scenario", "show", "benetutti", "--json"]).stdout)
    assert listed[0].keys() == shown.keys() - {"members"}
    for keys in (listed[0], shown["members"][0]):
        assert "{" + ", ".join(f"`{key}`" for key in keys) + "}" in GUIDE


def test_every_command_and_link_of_the_readme_exists() -> None:
    root = Path(__file__).parents[2]
    for page in (root / "README.md", *sorted((root / "docs").rglob("*.md"))):
        for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text()):
            if not link.startswith("https://"):
                assert (page.parent / link).exists(), f"{page.name}: {link}"
    for line in re.findall(r"`\.venv/bin/commonwatt ([^`]+)`", (root / "README.md").read_text()):
        words = [word for word in line.split() if not word.startswith("-")][:2]
        assert RUNNER.invoke(app, [*words, "--help"]).exit_code == 0, line
