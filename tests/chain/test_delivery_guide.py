"""docs/delivery.md: its Python runs as it stands, and prints what the page says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.chain

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "delivery.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE)


def test_the_examples_print_what_the_page_says(tmp_path: Path) -> None:
    program = tmp_path / "stored_energy.py"
    program.write_text("\n".join(blocks("python")))
    done = subprocess.run(
        [sys.executable, program],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "".join(blocks("text"))


def test_a_part_for_each_scenario() -> None:
    assert re.findall(r"^## Scenario (\d)", GUIDE, re.MULTILINE) == ["1", "2", "3"]
    assert len(blocks("text")) == 3
