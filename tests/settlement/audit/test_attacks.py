"""Runs of an operator or a gateway that cheats as well as the contracts let it, and is found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chain.anvil import Anvil
from chain.connection import Chain
from domain.trade import Fill
from domain.units import Money, WattHours
from identity.canonical import canonical_bytes
from settlement.audit import Finding, audit_run

pytestmark = pytest.mark.chain

FIRST = 1_743_458_400
DROPPED = (2, "bid", 300, 25_000)


@pytest.fixture
def attack(tiny_run: Any, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Play the run with something changed before it begins, and audit what is published of it."""
    kind = type(tiny_run.play)

    @contextmanager
    def played(prepare: Callable[[Any], object]) -> Iterator[Any]:
        with Anvil(timestamp=FIRST - 3_600) as anvil:
            play = kind(Chain(anvil.url))
            prepare(play)
            play.play()
            anvil.dump_state(tmp_path / "chain-state.json.gz")
            play.write(tmp_path)
            yield play
            play.engine.dispose()
            play.chain.close()

    return played


@pytest.fixture
def findings(attack: Any, tmp_path: Path) -> Callable[..., list[Finding]]:
    def audited(prepare: Callable[[Any], object]) -> list[Finding]:
        with attack(prepare) as play:
            return audit_run(tmp_path, play.chain).findings

    return audited


def named(findings: list[Finding]) -> set[tuple[str, str]]:
    return {(finding.check, finding.item) for finding in findings}


def test_a_run_that_nobody_tampers_with_passes(findings: Any) -> None:
    assert findings(lambda play: None) == []


def test_an_order_dropped_after_its_receipt(attack: Any, tmp_path: Path) -> None:
    """Nothing published tells of it; the receipt that its participant kept does."""
    kept = tmp_path / "receipts.jsonl"
    with attack(lambda play: play.books[0][0].remove(DROPPED)) as play:
        orders = (play.order(0, 0, 0, 1, "bid", 300, 25_000), play.order(0, 0, 1, *DROPPED))
        kept.write_bytes(b"".join(canonical_bytes(line(play, one)) + b"\n" for one in orders))
        assert audit_run(tmp_path, play.chain).passed
        verdict = audit_run(tmp_path, play.chain, receipts=kept)
        (finding,) = verdict.findings
        assert (finding.check, finding.line, finding.interval) == ("kept receipts", 2, FIRST)
        assert finding.item == "the order of account 2 is in its book"

        forged = line(play, orders[1]) | {"receipt": "0x" + "11" * 65}
        kept.write_bytes(canonical_bytes(forged) + b"\n[]\n")
        verdict = audit_run(tmp_path, play.chain, receipts=kept)
        assert [(one.check, one.line) for one in verdict.findings] == [
            ("kept receipts", 2),
            ("kept receipts", 1),
        ]


def line(play: Any, order: Any) -> dict[str, Any]:
    received, receipt = play.receipt(order)
    return {
        "interval_start": order.interval.start,
        "account": order.account,
        "side": order.side.label,
        "quantity_wh": order.quantity,
        "price": order.price,
        "salt": f"0x{order.salt:032x}",
        "received_at": received,
        "receipt": "0x" + receipt.hex(),
    }


def test_a_signed_order_replayed_in_another_interval(findings: Any) -> None:
    def prepare(play: Any) -> None:
        play.books[1].append([DROPPED])
        replayed = lambda: play.sign_order(play.order(0, 0, 1, *DROPPED))[1]  # noqa: E731
        play.forged[1, 1, 0] = replayed

    (finding,) = findings(prepare)
    assert (finding.check, finding.interval) == ("order signatures", FIRST + 900)
    assert finding.item == "signer of order 1/0 of account 2"


def test_a_signed_order_committed_twice(findings: Any) -> None:
    def prepare(play: Any) -> None:
        order = play.order

        def copied(at: int, number: int, index: int, *specified: Any) -> Any:
            return (
                order(0, 0, 0, *specified)
                if (at, number) == (0, 3)
                else order(at, number, index, *specified)
            )

        play.order = copied
        play.books[0].append([play.books[0][0][0]])

    (finding,) = [one for one in findings(prepare) if one.check == "order digests"]
    assert (finding.interval, finding.item) == (FIRST, "order 3/0 of account 1")
    assert finding.expected == "an order of its own, not that of line 1"


def test_an_order_that_nobody_signed(findings: Any) -> None:
    def prepare(play: Any) -> None:
        play.books[1].append([(1, "offer", 40, 8_500)])
        play.forged[1, 1, 0] = lambda: None

    (finding,) = findings(prepare)
    assert (finding.check, finding.interval) == ("direct orders", FIRST + 900)
    assert (finding.item, finding.got) == ("order 1/0 of account 1", "none in its batch")


def test_energy_shifted_between_two_buyers(findings: Any) -> None:
    """The contract sees the same totals; the books say who bought what."""

    def shifted(at: int, fills: list[Fill]) -> list[Fill]:
        if at:
            return fills
        price = fills[0].payment // fills[0].bought

        def moved(fill: Fill, wh: int) -> Fill:
            payment = Money(fill.payment + wh * price)
            return replace(fill, bought=WattHours(fill.bought + wh), payment=payment)

        return [moved(fills[0], 7), moved(fills[1], -7), *fills[2:]]

    found = findings(lambda play: setattr(play, "allocate", shifted))
    assert {finding.interval for finding in found} == {FIRST}
    assert named(found) >= {
        ("allocations", "quantity of order 0/0 of account 1"),
        ("allocations", "payment of order 0/1 of account 2"),
        ("settlements", "bought Wh of account 1"),
        ("settlements", "positions hash of the event"),
        ("settlements", "stored positions hash"),
        ("payments", "payment of account 2"),
    }


def test_a_reading_that_its_gateway_leaves_out(findings: Any) -> None:
    (finding,) = findings(lambda play: play.omitted.add((1, 2)))
    assert (finding.check, finding.interval) == ("completeness", FIRST + 900)
    assert (finding.item, finding.got) == ("readings of device 2", "0")
