"""Runs whose books were challenged: what was answered passes, what was upheld is reported."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from chain.anvil import Anvil
from chain.commitments import batch_commitment
from chain.connection import Chain
from chain.contracts import OrderProof
from chain.development import advance_to
from chain.openings import BookLink, open_batch
from chain.roles import ARBITER_ROLE
from domain.order import pack_orders
from identity.hashing import keccak256
from settlement.audit import Finding, audit_run

pytestmark = pytest.mark.chain

FIRST = 1_743_458_400
DECISION = b"\x41" * 32


@pytest.fixture
def findings(tiny_run: Any, tmp_path: Path) -> Callable[..., list[Finding]]:
    """Play a run that a function disturbs after each clearing; return what an audit finds."""
    kind = type(tiny_run.play)

    @contextmanager
    def played(disturb: Callable[[Any, int, Any], object], **options: Any) -> Iterator[Any]:
        with Anvil(timestamp=FIRST - 3_600) as anvil:
            play = kind(Chain(anvil.url), **options)
            clear = play._clear

            def clear_and_disturb(at: int, book: Any) -> Any:
                fills = clear(at, book)
                disturb(play, at, book)
                return fills

            play._clear = clear_and_disturb
            play.play()
            anvil.dump_state(tmp_path / "chain-state.json.gz")
            play.write(tmp_path)
            yield play
            play.engine.dispose()
            play.chain.close()

    def audited(disturb: Callable[[Any, int, Any], object], **options: Any) -> list[Finding]:
        with played(disturb, **options) as play:
            return audit_run(tmp_path, play.chain).findings

    return audited


def ask_and_answer(play: Any, at: int, book: Any) -> None:
    """Account 2 asks who signed the first order of the first quarter, and is told."""
    if at:
        return
    disputes = play.contracts.disputes
    play.send("2", disputes.challenge_unsigned(play.intervals[0], 0, 0))
    links = [
        BookLink(
            batch_commitment(
                pack_orders(order for order, _ in batch),
                keccak256(b"".join(digest for _, digest in batch)),
            ),
            len(batch),
        )
        for batch in book
    ]
    packed = pack_orders(order for order, _ in book[0])
    opening = open_batch(links, 0, packed, b"".join(digest for _, digest in book[0]))
    order, _ = book[0][0]
    _, signature = play.sign_order(order)
    proof = OrderProof(order.salt, order.interval.start - 1_000, signature)
    play.send("operator", disputes.answer_unsigned(1, opening, packed, proof))


def dispute_last(decide: str) -> Callable[[Any, int, Any], None]:
    """Let nobody answer in the last quarter, and the arbiter decide."""

    def disturb(play: Any, at: int, _book: Any) -> None:
        if at != 3:
            return
        disputes, interval = play.contracts.disputes, play.intervals[3]
        admin = play.keys["admin"].address
        play.send("admin", disputes.grant_role(ARBITER_ROLE, admin))
        play.send("2", disputes.challenge_unsigned(interval, 0, 0))
        advance_to(play.chain, disputes.challenge_of(1).answer_by)
        play.send("2", disputes.uphold(1))
        play.send("admin", getattr(disputes, decide)(interval, DECISION))

    return disturb


def test_an_answered_challenge_passes(findings: Any) -> None:
    assert findings(ask_and_answer) == []


@pytest.mark.parametrize("mechanism", [("uniform-price", 500), ("pay-as-bid", 400)])
@pytest.mark.parametrize("decide", ["dismiss", "annul"])
def test_an_upheld_challenge_is_reported(findings: Any, decide: str, mechanism: Any) -> None:
    """Everything else agrees: an annulled interval is settled without trades."""
    name, k = mechanism
    found = findings(dispute_last(decide), mechanism=name, k=k)
    assert len(found) == 1, found
    (finding,) = found
    assert (finding.check, finding.interval) == ("disputes", FIRST + 2_700)
    assert finding.item == "challenge 1, unsigned order"
    assert (finding.expected, finding.got) == ("answered", "upheld")


def test_published_trades_of_an_annulled_interval_are_found(
    findings: Any, tiny_run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The chain does not take them, so that only the file can tell of them."""
    kind = type(tiny_run.play)
    write = kind.write

    def write_with_trades(play: Any, run: Path) -> None:
        entry = play.lines["settlements"][3]["positions"][0]
        entry["bought_wh"], entry["sold_wh"] = 5, 5
        write(play, run)

    monkeypatch.setattr(kind, "write", write_with_trades)
    found = findings(dispute_last("annul"))
    (annulled,) = [one for one in found if "annulled trades" in one.item]
    assert (annulled.file, annulled.expected, annulled.got) == ("settlements.jsonl", "0", "10")
