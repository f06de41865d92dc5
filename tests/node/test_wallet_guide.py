"""docs/wallet-api.md: its Python runs as it stands, its refusals are the API's."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from node.run_folder import RunFolder
from node.scenarios.loading import load_scenario
from node.scenarios.tariffs import tariffs_of_day
from node.simulation.progress import Silent
from node.simulation.simulation import Simulation

pytestmark = pytest.mark.chain

GUIDE = Path(__file__).parents[2] / "docs" / "wallet-api.md"


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulation]:
    """A community before its day, whose gates are all still open once it has tariffs."""
    whole = load_scenario("benetutti")
    small = replace(whole, participants=whole.participants[:2])
    folder = RunFolder.create(tmp_path_factory.mktemp("guide") / "run")
    with Simulation(small, folder, seed="1", listener=Silent()) as simulation:
        yield simulation


def run_guide(market: Simulation, folder: Path) -> list[str]:
    """Run all Python of the guide as one file, as it tells its reader to."""
    blocks = re.findall(r"^```python\n(.*?)^```", GUIDE.read_text(), re.DOTALL | re.MULTILINE)
    script = folder / "order.py"
    script.write_text("\n".join(blocks))
    secret = next(iter(market.wallets.values())).key.export_secret()
    done = subprocess.run(
        [sys.executable, script],
        env=os.environ | {"URL": market.api_url, "KEY": "0x" + secret.hex()},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_where_no_gate_is_open_the_order_is_refused(market: Simulation, tmp_path: Path) -> None:
    signed_in, answer = run_guide(market, tmp_path)
    assert signed_in == "signed in as account 2"
    assert answer.startswith("409 ")
    assert "'gate-closed'" in answer


def test_an_open_interval_takes_the_order_and_gives_the_receipt(
    market: Simulation, tmp_path: Path
) -> None:
    first = market.scenario.intervals()[0]
    market.node.tariffs.post(first, tariffs_of_day(market.scenario))
    market._time.move_to(first.start - market.scenario.gate_lead_s - 120)
    signed_in, answer, receipt, withdrawn = run_guide(market, tmp_path)
    assert signed_in == "signed in as account 2"
    assert answer.startswith("201 ")
    assert receipt == "the receipt is the operator's: True"
    assert withdrawn.startswith("200 ")
    assert "'withdrawn_at'" in withdrawn
    wallet = next(iter(market.wallets.values()))
    (placed,) = wallet.get("/v1/orders")["items"]
    assert (placed["side"], placed["quantity_wh"], placed["price"]) == ("bid", 500, 15_000)
    assert placed["cancelled"] is True


def test_every_path_of_the_guide_answers(market: Simulation) -> None:
    paths = set(re.findall(r'\$URL(/[^"`\s]*)', GUIDE.read_text()))
    assert len(paths) > 7
    headers = {"authorization": f"Bearer {next(iter(market.wallets.values())).token}"}
    for path in paths:
        assert httpx.get(market.api_url + path, headers=headers).status_code == 200, path


def test_every_refusal_of_the_guide_exists(market: Simulation) -> None:
    problems = httpx.get(f"{market.api_url}/problems").json()
    known = {(str(one["status"]), one["code"]) for one in problems}
    named = set(re.findall(r"\b(4\d\d)[ `]+([a-z]+(?:-[a-z]+)+)`", GUIDE.read_text()))
    assert len(named) > 4
    assert named <= known
