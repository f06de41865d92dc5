"""``commonwatt demo`` and ``audit`` as a person runs them: real processes, a real day."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from node.commands import demo
from node.scenarios.loading import load_scenario
from node.scenarios.scenario import MarketPlan
from node.scenarios.writing import write_scenario

pytestmark = [pytest.mark.chain, pytest.mark.day]

COMMAND = [sys.executable, "-c", "from node.cli import main; main()"]
FILES = (
    "participants",
    "orders",
    "prices",
    "fills",
    "readings",
    "attestations",
    "settlements",
    "balances",
)


def commonwatt(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [*COMMAND, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)


@pytest.fixture(scope="module")
def scenario_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Benetutti with its school, its nursery and four homes, one of them with the battery."""
    whole = load_scenario("benetutti")
    with_battery = [one for one in whole.participants if one.battery]
    others = [one for one in whole.participants if not one.battery]
    small = replace(whole, participants=(*with_battery, *others[:5]))
    path = tmp_path_factory.mktemp("scenario") / "small.toml"
    write_scenario(small, path)
    return path


@pytest.fixture(scope="module")
def finished(
    scenario_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, Any]]:
    """The folder of a run, and the figures that it printed."""
    folder = tmp_path_factory.mktemp("run") / "day"
    done = commonwatt("demo", "--scenario", scenario_file, "--output", folder, "--json")
    assert done.returncode == 0, done.stderr
    return folder, json.loads(done.stdout)


@pytest.fixture
def copied(finished: tuple[Path, dict[str, Any]], tmp_path: Path) -> Path:
    """A copy of the run that a test may damage."""
    return Path(shutil.copytree(finished[0], tmp_path / "copy"))


def lines(folder: Path, name: str) -> list[dict[str, Any]]:
    content = (folder / "published" / f"{name}.jsonl").read_text()
    return [json.loads(line) for line in content.splitlines()]


def test_a_day_is_run_and_its_audit_passes(finished: tuple[Path, dict[str, Any]]) -> None:
    folder, figures = finished
    assert figures["audit"]["passed"]
    assert figures["audit"]["values"] > 10_000
    assert figures["intervals"] == 96
    assert (figures["mechanism"], figures["k"]) == ("uniform-price", 500)
    assert figures["traded_wh"] > 0
    assert (folder / "report.html").stat().st_size > 100_000


def test_every_interval_went_through_every_step(
    finished: tuple[Path, dict[str, Any]],
) -> None:
    folder, _ = finished
    engine = create_engine(f"sqlite:///{folder / 'commonwatt.sqlite'}")
    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT step, COUNT(*), MIN(state), MAX(state) FROM outbox GROUP BY step")
        )
        steps = {step: (count, first, last) for step, count, first, last in rows}
    engine.dispose()
    for step in ("clear", "attest", "settle"):
        assert steps[step] == (96, "confirmed", "confirmed")
    assert steps["tariffs"][0] == 1
    assert steps["commit-0"][0] > 90


def test_money_and_energy_are_conserved_over_the_day(
    finished: tuple[Path, dict[str, Any]],
) -> None:
    folder, figures = finished
    settled = lines(folder, "settlements")
    positions = [position for one in settled for position in one["positions"]]
    assert sum(p["bought_wh"] for p in positions) == sum(p["sold_wh"] for p in positions)
    assert sum(p["bought_wh"] for p in positions) == figures["traded_wh"]
    paid = sum(p["payment"] for p in positions)
    assert paid == sum(one["grid_payment"] for one in settled)
    assert paid == sum(member["paid"] for member in figures["participants"])
    balances = lines(folder, "balances")
    assert sum(b["currency"] for b in balances) == sum(b["deposited"] for b in balances)
    assert sum(b["energy"] for b in balances) == sum(p["exported_wh"] for p in positions)


def test_the_local_price_lies_within_the_tariff(finished: tuple[Path, dict[str, Any]]) -> None:
    prices = lines(finished[0], "prices")
    traded = [price for price in prices if price["price"] is not None]
    assert len(prices) == 96
    assert traded
    assert all(price["feed_in"] <= price["price"] <= price["retail"] for price in traded)


def test_no_secret_and_no_name_is_published(finished: tuple[Path, dict[str, Any]]) -> None:
    folder, _ = finished
    scenario = load_scenario("benetutti")
    published = b"".join(path.read_bytes() for path in (folder / "published").iterdir())
    log = (folder / "node.log").read_bytes()
    assert b"Bearer" not in log
    for participant in scenario.participants:
        assert participant.name.encode() not in published


def test_audit_passes_on_the_stored_run(finished: tuple[Path, dict[str, Any]]) -> None:
    done = commonwatt("audit", finished[0])
    assert done.returncode == 0, done.stdout
    assert "PASSED" in done.stdout


@pytest.mark.parametrize("name", FILES)
def test_audit_names_a_changed_value(copied: Path, name: str) -> None:
    path = copied / "published" / f"{name}.jsonl"
    content = path.read_bytes().splitlines(keepends=True)
    number = len(content) // 2
    line = content[number]
    digit = max(i for i, byte in enumerate(line) if chr(byte).isdigit())
    changed = b"1" if line[digit : digit + 1] != b"1" else b"2"
    content[number] = line[:digit] + changed + line[digit + 1 :]
    path.write_bytes(b"".join(content))

    done = commonwatt("audit", copied, "--json")

    assert done.returncode == 1, done.stderr
    findings = json.loads(done.stdout)["findings"]
    start = json.loads(line).get("interval_start")
    named = [one for one in findings if one["file"] == f"{name}.jsonl"]
    assert any(one["line"] == number + 1 for one in named) or any(
        one["interval"] == start for one in findings if start is not None
    ), findings


def test_a_folder_that_is_no_run_is_bad_usage(tmp_path: Path) -> None:
    done = commonwatt("audit", tmp_path)
    assert done.returncode == 2
    assert "manifest.json" in done.stderr or "chain-state" in done.stderr


def test_a_folder_in_use_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "keep.txt").write_text("mine")
    done = commonwatt("demo", "--output", tmp_path)
    assert done.returncode == 2
    assert "not empty" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["keep.txt"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            ("--mechanism", "vcg"),
            "--mechanism: expected a mechanism that the contract proves (bill",
        ),
        (("--mechanism", "lottery"), "--mechanism: expected one of: bill-sharing, "),
        (("--mechanism", "mid-market-rate", "--k", "500"), "--k: expected no value"),
        (("--k", "1001"), "--k: expected an integer from 0 to 1000"),
    ],
)
def test_a_market_that_cannot_be_run_is_bad_usage(
    tmp_path: Path, options: tuple[str, ...], words: str
) -> None:
    done = commonwatt("demo", "--output", tmp_path / "run", *options)
    assert done.returncode == 2
    assert words in done.stderr
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("options", "market"),
    [
        ((None, None), MarketPlan("pay-as-bid", 250)),
        ((None, 600), MarketPlan("pay-as-bid", 600)),
        (("uniform-price", None), MarketPlan("uniform-price", None)),
        (("pay-as-bid", 0), MarketPlan("pay-as-bid", 0)),
        (("bill-sharing", None), MarketPlan("bill-sharing", None)),
    ],
)
def test_options_speak_before_the_scenario(
    options: tuple[str | None, int | None], market: MarketPlan
) -> None:
    scenario = replace(load_scenario("benetutti"), market=MarketPlan("pay-as-bid", 250))
    assert demo._with_market(scenario, *options).market == market


@pytest.fixture
def running(scenario_file: Path, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A demo in a process group of its own, as a terminal would start it."""
    command = [*COMMAND, "demo", "--scenario", str(scenario_file), "--output", str(tmp_path / "r")]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    ) as process:
        yield process
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)


def children_of(pid: int) -> list[int]:
    """Return a process's children, by the kernel's own account."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[1]) == pid:
            found.append(int(stat.parent.name))
    return found


def wait_until(happened: Any, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if happened():
            return True
        time.sleep(0.05)
    return False


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs Linux's /proc")
@pytest.mark.parametrize("blow", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_process_is_left_behind(
    running: subprocess.Popen[str], tmp_path: Path, blow: signal.Signals
) -> None:
    log = tmp_path / "r" / "node.log"
    assert wait_until(lambda: log.exists() and "/v1/orders" in log.read_text(), 60)
    chains = children_of(running.pid)
    assert chains, "the demo has a chain as its child"

    os.killpg(running.pid, blow)

    running.wait(timeout=30)
    if blow is signal.SIGINT:
        assert running.returncode == 130
    assert wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in chains), 10)
