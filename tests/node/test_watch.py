"""A running node does its duties by itself, and goes on where it cannot."""

from __future__ import annotations

import runpy
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest
from structlog.testing import capture_logs

from chain.anvil import Anvil
from chain.failures import ChainUnavailableError
from chain.sender import Sender
from domain.errors import RefusedError
from domain.interval import Interval
from node.duties import duties_of
from node.watch import Duty, Outcome, Watch
from settlement.service import SettlementWaitsError

world = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("interval_process.py"))))
INTERVAL = Interval(1, 1_743_458_400)


def outcome(number: int, refusal: RefusedError | None = None) -> Outcome:
    return Outcome({"challenge": number, "interval": str(INTERVAL)}, refusal)


def saying(*answers: Exception | list[Outcome]) -> tuple[Duty, threading.Event]:
    """A duty that finds one of these each time, and what tells that it has found them all."""
    left, done = iter(answers), threading.Event()

    def answer() -> Iterator[Outcome]:
        found = next(left, None)
        if isinstance(found, Exception):
            raise found
        if found is None:
            done.set()
        yield from found or []

    return Duty("answer challenges", answer), done


def told(logs: Sequence[Mapping[str, object]]) -> list[tuple[object, ...]]:
    return [(entry["event"], entry["duty"], entry.get("challenge")) for entry in logs]


def test_an_unreachable_chain_is_asked_again_and_a_refusal_is_told_once() -> None:
    refusal = RefusedError("unanswerable", "not here")
    duty, done = saying(
        ChainUnavailableError("http://127.0.0.1:1", "refused"),
        ChainUnavailableError("http://127.0.0.1:1", "refused"),
        [outcome(1, refusal), outcome(2)],
        [outcome(1, refusal)],
        [outcome(1, RefusedError("unanswerable", "not there either"))],
        ChainUnavailableError("http://127.0.0.1:1", "refused"),
    )
    with capture_logs() as logs, Watch([duty], every=0.001):
        assert done.wait(10)
    assert told(logs) == [
        ("the chain does not answer", duty.name, None),
        ("refused", duty.name, 1),
        ("done", duty.name, 2),
        ("refused", duty.name, 1),
        ("the chain does not answer", duty.name, None),
    ]
    assert [entry.get("reason") for entry in logs][1::2] == ["not here", "not there either"]


def test_a_duty_that_fails_keeps_no_other_from_being_performed() -> None:
    wrong = ValueError("a mistake of ours")
    failing = Duty("fail", lambda: (_ for _ in ()).throw(wrong))
    duty, done = saying([outcome(1)], [outcome(2)])
    with capture_logs() as logs, Watch([failing, duty, failing], every=0.001):
        assert done.wait(10)
    assert told(logs) == [
        ("failed", "fail", None),
        ("done", duty.name, 1),
        ("done", duty.name, 2),
    ]
    assert logs[0]["exc_info"] is wrong


def test_a_duty_with_much_to_do_goes_on_after_the_others() -> None:
    much, done = saying([outcome(number) for number in range(3)])
    other = Duty("look", lambda: [outcome(9)])
    with capture_logs() as logs, Watch([much, other], every=0.001, at_once=0):
        assert done.wait(10)
    numbers = [entry["challenge"] for entry in logs]
    assert numbers[:3] == [0, 9, 1]
    assert [number for number in numbers if number != 9] == [0, 1, 2]


def test_a_watch_ends_between_two_things_to_do() -> None:
    begun, ended = threading.Event(), threading.Event()

    def answer() -> Iterator[Outcome]:
        yield outcome(1)
        begun.set()
        ended.wait(10)
        yield outcome(2)
        yield outcome(3)

    with capture_logs() as logs, ThreadPoolExecutor(1) as threads:
        with Watch([Duty("answer challenges", answer)], every=0.001) as watch:
            assert begun.wait(10)
            threads.submit(lambda: (watch._stop.wait(10), ended.set()))
        assert [entry["challenge"] for entry in logs] == [1, 2]


@pytest.mark.chain
@pytest.mark.parametrize("mechanism", ["uniform-price", "pay-as-bid"])
def test_a_running_node_answers_and_settles_afterwards(tmp_path: Path, mechanism: str) -> None:
    one = world.interval(0)
    with Anvil(timestamp=world.FIRST - 3_600) as anvil:
        run = world.Run(anvil.url, tmp_path, mechanism)
        node, disputes = run.node, run.node.contracts.disputes
        node.tariffs.post(one, [world.TARIFF])
        run.place(one, world.BUYER, world.Side.BID, 20_000)
        run.place(one, world.SELLER, world.Side.OFFER, 10_000)
        node.market.commit(one)
        run.move_to(one.start - world.GATE_LEAD)
        node.clear(one)
        run.move_to(one.end - 30)
        ask = Sender(run.chain, world.key(str(world.SELLER)))
        for index in range(3):
            ask.send(disputes.challenge_unsigned(one, 0, index))
        with capture_logs() as logs, Watch(duties_of(node), every=0.05):
            wait_for(logs, 3)
        assert disputes.dispute_of(one).open_challenges == 0

        ask.send(disputes.challenge_unsigned(one, 0, 0))
        run.move_to(one.end)
        with pytest.raises(SettlementWaitsError, match="DisputeOpen") as waits:
            node.settle(one)
        assert waits.value.until is None
        assert [found.number for found in node.answer_challenges()] == [4]
        assert node.answer_challenges() == []
        run.go_through(one)
        assert [settled.record.interval for settled in run.settled()] == [one]


@pytest.mark.chain
@pytest.mark.parametrize("mechanism", ["uniform-price", "pay-as-bid"])
def test_an_annulled_interval_is_settled_without_trades(tmp_path: Path, mechanism: str) -> None:
    one = world.interval(0)
    with Anvil(timestamp=world.FIRST - 3_600) as anvil:
        run = world.Run(anvil.url, tmp_path, mechanism)
        node, disputes = run.node, run.node.contracts.disputes
        admin, arbiter = (Sender(run.chain, world.key(name)) for name in ("admin", "registrar"))
        admin.send(disputes.grant_role(disputes.arbiter_role(), world.key("registrar").address))
        node.tariffs.post(one, [world.TARIFF])
        run.place(one, world.BUYER, world.Side.BID, 20_000)
        run.place(one, world.SELLER, world.Side.OFFER, 10_000)
        node.market.commit(one)
        run.move_to(one.start - world.GATE_LEAD)
        node.clear(one)
        run.challenge(one)
        run.move_to(disputes.challenge_of(1).answer_by)
        assert node.answer_challenges() == []
        arbiter.send(disputes.uphold(1))
        with pytest.raises(SettlementWaitsError, match="DisputeUndecided"):
            node.settle(one)
        arbiter.send(disputes.annul(one, b"\x11" * 32))
        run.go_through(one)
        (settled,) = run.settled()
        traded = [(share.position.bought, share.position.sold) for share in settled.positions]
        assert traded == [(0, 0), (0, 0)]
        assert [share.payment for share in settled.positions] == [700 * 30_000, -600 * 8_000]
        assert settled.record.volume == 500
        assert run.held() == 0


def wait_for(logs: Sequence[Mapping[str, object]], number: int) -> None:
    """Wait until the log tells that so many challenges were answered, the first ones."""
    deadline = time.monotonic() + 20
    while len(logs) < number:
        assert time.monotonic() < deadline, "the challenges are not answered"
        time.sleep(0.02)
    assert told(logs) == [("done", "answer challenges", n + 1) for n in range(number)]
