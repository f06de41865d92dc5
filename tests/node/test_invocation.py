"""A command that is shown can be pasted."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest

from node.commands.invocation import command, program


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program in an environment below the current folder, none on the path."""
    path = tmp_path / ".venv" / "bin" / "commonwatt"
    path.parent.mkdir(parents=True)
    path.touch(mode=0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    return path


@pytest.mark.parametrize(
    ("called", "shown"),
    [
        (".venv/bin/commonwatt", ".venv/bin/commonwatt"),
        ("{folder}/.venv/bin/commonwatt", ".venv/bin/commonwatt"),
        ("/opt/its own/commonwatt", "'/opt/its own/commonwatt'"),
        ("-c", "commonwatt"),
        ("/usr/lib/python3/pytest/__main__.py", "commonwatt"),
    ],
)
def test_a_program_is_shown_as_it_was_called(
    installed: Path, monkeypatch: pytest.MonkeyPatch, called: str, shown: str
) -> None:
    folder = installed.parents[2]
    monkeypatch.setattr(sys, "argv", [called.format(folder=folder)])
    assert program() == shown


def test_a_program_that_the_shell_finds_is_shown_by_its_name(
    installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(installed.parent))
    monkeypatch.setattr(sys, "argv", [str(installed)])
    assert program() == "commonwatt"


def test_a_relative_call_stays_relative_whatever_make_puts_on_the_path(
    installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(installed.parent))
    monkeypatch.setattr(sys, "argv", [".venv/bin/commonwatt"])
    assert program() == ".venv/bin/commonwatt"


def test_arguments_are_quoted_for_a_shell(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", [str(installed)])
    line = command("audit", Path("my runs/day"))
    assert shlex.split(line) == [".venv/bin/commonwatt", "audit", "my runs/day"]
