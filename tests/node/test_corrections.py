"""Settlements follow corrected readings by themselves: from any thread, after any kill."""

from __future__ import annotations

import json
import runpy
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from chain.anvil import Anvil
from chain.development import advance_to
from chain.failures import ChainUnavailableError
from chain.outbox import outbox_table
from chain.sender import Sender
from domain.interval import Interval
from domain.reading import Reading
from domain.units import Account, WattHours
from identity.attestation import CorrectionReason
from node.composition import CommunityNode
from node.duties import duties_of
from node.watch import Watch
from settlement.service import CorrectionTooLateError

pytestmark = pytest.mark.chain

SCRIPT = Path(__file__).with_name("correction_process.py")
script = SimpleNamespace(**runpy.run_path(str(SCRIPT)))
world = script.world
ONE: Interval = world.interval(0)
RETAIL = 30_000
PAID = 500 * 15_000 + 200 * RETAIL
DAY = 86_400


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Any]:
    """A node before its first interval."""
    with Anvil(timestamp=world.FIRST - 3_600) as anvil:
        yield world.Run(anvil.url, tmp_path, "uniform-price")


def imports(run: Any, one: Interval = ONE) -> list[int]:
    """What the buyer was settled to have taken, first and after each correction."""
    settled = run.node.settlements.interval(one)
    return [version.positions[0].position.imported for version in settled.versions]


def require_consistent(run: Any, one: Interval = ONE) -> None:
    """Database and chain say the same, and nothing is left to do or held back."""
    settled = run.node.settlements.interval(one)
    record = run.node.contracts.settlement.record(one)
    assert settled.positions_hash == record.positions_hash
    assert settled.grid_payment == record.grid_payment
    assert len(settled.superseded) == record.corrections
    totals = run.node.contracts.metering.totals(one)
    assert totals.imported == sum(share.position.imported for share in settled.positions)
    assert run.node.ingest.unsettled(1) == []
    assert run.held() == 0


def wait_for(done: Any) -> None:
    deadline = time.monotonic() + 30
    while not done():
        assert time.monotonic() < deadline, "it is not done"
        time.sleep(0.02)


def test_a_running_node_follows_corrected_readings(run: Any) -> None:
    run.go_through(ONE)
    with capture_logs() as logs, Watch(duties_of(run.node), every=0.01):
        for more in (10, 25):
            script.correct_reading(run, ONE, more)
            wait_for(lambda more=more: imports(run)[-1] == 700 + more)
        wait_for(lambda: len(logs) == 4)
    assert imports(run) == [700, 710, 725]
    require_consistent(run)
    wallet = world.key(str(world.BUYER)).address
    balance = run.node.contracts.currency.balance_of(wallet)
    assert balance == world.DEPOSIT - PAID - 25 * RETAIL
    said = [(entry["event"], entry["duty"]) for entry in logs]
    assert (
        said
        == [
            ("done", "bring corrections of readings"),
            ("done", "correct settlements"),
        ]
        * 2
    )


def test_a_settlement_that_rests_on_a_correction_already_stays(run: Any) -> None:
    """The correction comes between the attestation and the settlement."""
    settle, run.node.settle = run.node.settle, run.node.ingest.attest
    run.go_through(ONE)
    script.correct_reading(run, ONE)
    assert [outcome.refusal for outcome in script.perform_duties(run)] == [None]
    assert [one.interval for one in run.node.ingest.unsettled(1)] == [ONE]
    settle(ONE)
    assert script.perform_duties(run) == []
    assert imports(run) == [710]
    require_consistent(run)


def test_a_correction_that_changes_no_account_is_done_with(run: Any) -> None:
    run.go_through(ONE)
    for more in (10, 0):
        script.correct_reading(run, ONE, more)
        list(run.node.bring_corrections())
    assert list(run.node.correct_settlements()) == []
    assert imports(run) == [700]
    require_consistent(run)


def test_settling_and_correcting_from_many_threads_end_in_one_state(run: Any) -> None:
    """The main thread settles while the watch corrects, and both are asked by others as well."""
    node = run.node
    ones = [world.interval(number) for number in range(4)]

    def settle_again(one: Interval) -> None:
        (settled,) = node.settle(one)
        assert settled.record.interval == one

    def correct_again(one: Interval) -> None:
        list(node.bring_corrections())
        assert node.correct(one).record.interval == one

    settle, node.settle = node.settle, node.ingest.attest
    with Watch(duties_of(node), every=0.001), ThreadPoolExecutor(4) as threads:
        for one in ones:
            run.go_through(one)
            script.correct_reading(run, one)
            settle(one)
            script.correct_reading(run, one, 30)
            node.settle = settle
            jobs = [
                threads.submit(job, one) for _ in range(3) for job in (settle_again, correct_again)
            ]
            for job in jobs:
                job.result()
            node.settle = node.ingest.attest
        wait_for(lambda: node.ingest.unsettled(1) == [])
    for one in ones:
        assert imports(run, one)[-1] == 730
        require_consistent(run, one)
    with run.engine.connect() as connection:
        states = set(connection.scalars(select(outbox_table.c.state)))
    assert states == {"confirmed"}


def lose_next(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the network fail once, after the operator's transaction was stored."""
    sender = run.node._outbox._sender
    submit = sender.submit

    def lost(_transaction: object) -> None:
        monkeypatch.setattr(sender, "submit", submit)
        sender._nonce = None
        raise ChainUnavailableError("http://127.0.0.1:1", "refused")

    monkeypatch.setattr(sender, "submit", lost)


def test_a_settlement_that_never_reached_the_chain_rests_on_the_meters_of_now(
    run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A correction of readings took the nonce of the settlement that the network lost."""
    settle, run.node.settle = run.node.settle, run.node.ingest.attest
    run.go_through(ONE)
    lose_next(run, monkeypatch)
    with pytest.raises(ChainUnavailableError):
        settle(ONE)
    script.correct_reading(run, ONE)
    script.perform_duties(run)
    settle(ONE)
    script.perform_duties(run)
    assert imports(run) == [710]
    require_consistent(run)


def test_a_correction_that_never_reached_the_chain_rests_on_the_meters_of_now(
    run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.go_through(ONE)
    script.correct_reading(run, ONE)
    list(run.node.bring_corrections())
    lose_next(run, monkeypatch)
    with pytest.raises(ChainUnavailableError):
        list(run.node.correct_settlements())
    script.correct_reading(run, ONE, 30)
    assert [outcome.refusal for outcome in script.perform_duties(run)] == [None, None]
    assert imports(run) == [700, 730]
    require_consistent(run)


def test_what_is_too_late_is_told_once_and_left(run: Any) -> None:
    run.go_through(ONE)
    script.correct_reading(run, ONE)
    list(run.node.bring_corrections())
    run.move_to(ONE.end + 90 * DAY)
    (outcome,) = script.perform_duties(run)
    assert isinstance(outcome.refusal, CorrectionTooLateError)
    assert script.perform_duties(run) == []
    assert imports(run) == [700]
    require_no_rest(run)


def test_readings_that_are_corrected_too_late_are_told_once_and_left(run: Any) -> None:
    """The gateway handed the correction in on the last day, and the chain is past it."""
    run.go_through(ONE)
    script.correct_reading(run, ONE)
    advance_to(run.chain, ONE.end + 60 * DAY)
    with capture_logs() as logs, Watch(duties_of(run.node), every=0.01):
        wait_for(lambda: logs)
        time.sleep(0.1)
    (entry,) = logs
    assert (entry["event"], entry["gateway"], entry["sequence"]) == ("refused", 1, 2)
    assert "CorrectionPeriodOver" in entry["reason"]
    assert imports(run) == [700]
    require_no_rest(run)


def require_no_rest(run: Any) -> None:
    assert run.node.ingest.unsettled(1) == []
    assert list(run.node.bring_corrections()) == []
    assert run.held() == 0


def test_what_a_participant_cannot_pay_is_held_back_until_it_can(run: Any) -> None:
    node, currency = run.node, run.node.contracts.currency
    buyer, seller = (world.key(str(one)) for one in (world.BUYER, world.SELLER))
    run.go_through(ONE)
    script.correct_reading(run, ONE)
    left = 10 * RETAIL - 1
    spent = currency.balance_of(buyer.address) - left
    Sender(run.chain, buyer).send(currency.transfer(seller.address, spent))
    with capture_logs() as logs, Watch(duties_of(node), every=0.01):
        wait_for(lambda: run.held() == 10 * RETAIL)
        time.sleep(0.2)
    assert [entry["event"] for entry in logs] == ["done", "refused"]
    assert node._funds.available(Account(world.BUYER)) == -1

    again = CommunityNode(run.chain, run.engine, node.settings)
    again.resume()
    list(again.correct_settlements())
    assert again._funds.available(Account(world.BUYER)) == -1
    Sender(run.chain, seller).send(currency.transfer(buyer.address, 1))
    (followed,) = again.correct_settlements()
    assert followed.refusal is None
    assert again._funds.available(Account(world.BUYER)) == 0
    assert imports(run) == [700, 710]


def test_meters_that_fit_no_settlement_hold_up_no_other(run: Any) -> None:
    """The buyer has two meters, each of which counted as much as one can."""
    registry = run.node.contracts.registry
    device = registry.register_device(1, world.BUYER, 1, bytes(32), 0)
    Sender(run.chain, world.key("registrar")).send(device)
    run.gateway._devices = frozenset({1, 2, 3})
    two = world.interval(1)
    for one in (ONE, two):
        run.go_through(one)
    most = [Reading(ONE, device, WattHours(2**32 - 1), WattHours(0)) for device in (1, 3)]
    batch = run.gateway.correct(ONE, CorrectionReason.METER_FAULT, most)
    run.node.ingest.receive(batch)
    run.gateway.acknowledge(batch.attestation.sequence)
    script.correct_reading(run, two)
    *_, impossible, followed = script.perform_duties(run)
    assert impossible.refusal.code == "correction-impossible"
    assert followed.refusal is None
    assert (imports(run), imports(run, two)) == ([700], [700, 710])
    (left,) = run.node.ingest.unsettled(1)
    assert left.interval == ONE


def start(url: str, folder: Path, number: int, *death: str) -> list[dict[str, Any]]:
    """Run one process; tell what it said."""
    command = [sys.executable, str(SCRIPT), url, str(folder), str(number), *death]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == (-signal.SIGKILL if death else 0), ended.stderr
    return [json.loads(line) for line in ended.stdout.splitlines()]


def test_a_node_killed_at_any_step_of_a_correction_goes_on(tmp_path: Path) -> None:
    """The gateway states each interval twice, so the numbers of its corrections are even."""
    deaths = [
        (kind, moment)
        for kind in ("reading", "settlement")
        for moment in ("signed", "sent", "noted")
    ]
    with Anvil(timestamp=world.FIRST - 3_600) as anvil:
        for number, (kind, moment) in enumerate(deaths):
            step = f"correct-1-{2 * number + 2}" if kind == "reading" else "correct-1"
            _, went_on = start(anvil.url, tmp_path, number, step, moment)
            assert went_on == {"unsettled": [], "versions": [2] * number}, (kind, moment)
        *_, corrected, end = start(anvil.url, tmp_path, len(deaths))
    count = len(deaths) + 1
    assert corrected == {"unsettled": [], "versions": [2] * count}
    assert set(end["states"]) == {"confirmed"}
    assert end["events"]["ReadingsCorrected"] == end["events"]["SettlementCorrected"] == count
    paid = count * (PAID + script.MORE * RETAIL)
    assert end["payments"][0] == paid
    assert end["balances"][0] == world.DEPOSIT - paid
    assert end["held"] == 0
