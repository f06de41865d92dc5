"""The gas figures of contracts/README.md: each is one of the committed snapshots."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

CONTRACTS = Path(__file__).parents[2] / "contracts"
# A whole transaction takes at least its 21,000; smaller figures in the tables are quotients.
LEAST = 21_000


def measured() -> set[int]:
    snapshots = sorted((CONTRACTS / "snapshots").glob("*.json"))
    return {int(gas) for path in snapshots for gas in json.loads(path.read_text()).values()}


def stated() -> list[tuple[str, int]]:
    page = (CONTRACTS / "README.md").read_text().split("\n## Gas\n", 1)[1].split("\n## ", 1)[0]
    rows = [line.split("|") for line in page.splitlines() if line.startswith("| ")]
    figures = [
        (step.strip(), int(figure.replace(",", "")))
        for _, step, gas, *_ in rows
        for figure in re.findall(r"\d[\d,]*\d", gas)
    ]
    return [(step, gas) for step, gas in figures if gas >= LEAST]


@pytest.mark.parametrize(("step", "gas"), stated())
def test_stated_gas_was_measured(step: str, gas: int) -> None:
    assert gas in measured(), f"no snapshot says {gas:,} for: {step}"


def test_page_states_figures() -> None:
    assert len(stated()) > 20
