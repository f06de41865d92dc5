"""A running node answers challenges by itself, and goes on where it cannot."""

from __future__ import annotations

import runpy
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from structlog.testing import capture_logs

from chain.anvil import Anvil
from chain.contracts import Challenge, ChallengeKind, ChallengeStatus
from chain.failures import ChainUnavailableError
from chain.sender import Sender
from domain.errors import RefusedError
from domain.interval import Interval
from market.challenges import Answered
from node.watch import ChallengeWatch
from settlement.service import SettlementWaitsError

world = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("interval_process.py"))))
INTERVAL = Interval(1, 1_743_458_400)


def answered(number: int, refusal: RefusedError | None = None) -> Answered:
    kind, status = ChallengeKind.UNSIGNED, ChallengeStatus.OPEN
    return Answered(number, Challenge(INTERVAL, kind, status, 0, 0, 0, bytes(32)), refusal)


def test_an_unreachable_chain_is_asked_again_and_a_refusal_is_told_once() -> None:
    refusal = RefusedError("unanswerable", "not here")
    answers = iter(
        [
            ChainUnavailableError("http://127.0.0.1:1", "refused"),
            [answered(1, refusal), answered(2)],
            [answered(1, refusal)],
        ]
    )
    done = threading.Event()

    def answer() -> list[Answered]:
        found = next(answers, None)
        if found is None:
            done.set()
            return []
        if isinstance(found, Exception):
            raise found
        return found

    with capture_logs() as logs, ChallengeWatch(answer, every=0.001):
        assert done.wait(10)
    assert [(entry["event"], entry.get("challenge")) for entry in logs] == [
        ("challenges cannot be read", None),
        ("challenge not answered", 1),
        ("challenge answered", 2),
    ]
    assert logs[1]["reason"] == "not here"


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
        answered: list[Answered] = []

        def answer() -> list[Answered]:
            answered.extend(node.answer_challenges())
            return answered

        with ChallengeWatch(answer, every=0.05):
            wait_for(answered, 3)
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


def wait_for(answered: list[Answered], number: int) -> None:
    """Wait without asking the chain, which answers one thread while it mines for another."""
    deadline = time.monotonic() + 20
    while len(answered) < number:
        assert time.monotonic() < deadline, "the challenges are not answered"
        time.sleep(0.02)
    assert [one.refusal for one in answered] == [None] * number
