"""Runs under each mechanism that the contract proves: right ones pass, changed ones do not."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from identity.hashing import keccak256

pytestmark = pytest.mark.chain

FILES = ("manifest.json", "orders", "prices", "fills", "settlements")


@pytest.fixture
def spoilt(mechanism_run, spoilt_run, tmp_path: Path) -> Any:
    """A copy of the run of one mechanism, still right."""
    folder = tmp_path / "run"
    shutil.copytree(mechanism_run.folder, folder)
    return spoilt_run(folder, mechanism_run.play.chain, mechanism_run.play)


def test_a_right_run_passes_every_check(spoilt) -> None:
    verdict = spoilt.audit()
    assert verdict.findings == []
    assert [check.name for check in verdict.checks if check.count == 0] == []
    prices = spoilt.play.lines["prices"]
    assert any(line["status"] == "cleared" for line in prices)
    assert any(line["status"] == "no-trade" for line in prices)


@pytest.mark.parametrize("name", FILES)
def test_any_flipped_byte_is_found_in_its_file(spoilt, name: str) -> None:
    path = spoilt.path(name)
    right = path.read_bytes()
    chance = random.Random(name)
    for _ in range(5):
        wrong = bytearray(right)
        at = chance.randrange(len(wrong))
        wrong[at] ^= 1 << chance.randrange(8)
        path.write_bytes(bytes(wrong))
        findings = spoilt.audit().findings
        context = right[max(at - 30, 0) : at + 10]
        assert path.name in [finding.file for finding in findings], (at, context, findings)


@pytest.mark.parametrize("name", ["prices", "fills", "settlements"])
def test_any_changed_digit_is_found_on_its_line(spoilt, name: str) -> None:
    path = spoilt.path(name)
    right = path.read_bytes()
    chance = random.Random(name)
    digits = [at for at, byte in enumerate(right) if byte in b"0123456789"]
    for at in chance.sample(digits, 6):
        wrong = bytearray(right)
        wrong[at] = chance.choice(b"0123456789".replace(right[at : at + 1], b""))
        path.write_bytes(bytes(wrong))
        places = [(finding.file, finding.line) for finding in spoilt.audit().findings]
        line = right[:at].count(b"\n") + 1
        assert (path.name, line) in places, (at, right[max(at - 30, 0) : at + 10])


def publish(spoilt: Any, change: Callable[[dict[str, Any]], object]) -> None:
    """Let the operator sign a changed manifest."""
    manifest = spoilt.play.manifest
    changed = dict(manifest)
    change(changed)
    spoilt.play.manifest = changed
    try:
        spoilt.play.sign_manifest()
        spoilt.change("manifest.json", 1, lambda old: (old.clear(), old.update(changed)))
    finally:
        spoilt.play.manifest = manifest


def test_another_mechanism_than_the_chain_s_is_named(spoilt) -> None:
    chosen = spoilt.play.mechanism
    other = "pay-as-bid" if chosen == "uniform-price" else "uniform-price"
    publish(spoilt, lambda manifest: manifest.update(mechanism=other, k=500))
    finding = spoilt.find("community", "mechanism")
    assert (finding.file, finding.expected, finding.got) == ("manifest.json", chosen, other)
    assert not spoilt.audit().passed


def test_another_point_than_the_chain_s_is_named(spoilt) -> None:
    chosen = spoilt.play.k
    publish(spoilt, lambda manifest: manifest.update(k=501))
    found = [one for one in spoilt.audit().findings if one.item == "k"]
    (finding,) = found
    check, expected = ("community", str(chosen)) if chosen is not None else ("manifest", "null")
    assert (finding.check, finding.file, finding.got) == (check, "manifest.json", "501")
    assert finding.expected.startswith(expected)


def test_balances_are_replayed_though_an_order_was_changed(spoilt) -> None:
    """A change in one file is found there, and not in every one that follows from it."""
    spoilt.change("orders", 1, lambda line: line.update(quantity_wh=line["quantity_wh"] + 1))
    findings = spoilt.audit().findings
    assert "order digests" in {finding.check for finding in findings}
    assert {"balances", "supplies"}.isdisjoint(finding.check for finding in findings)


def test_the_chain_holds_the_allocation_only_where_no_price_tells_it(mechanism_run) -> None:
    play = mechanism_run.play
    market = play.contracts.market
    for interval, line in zip(play.intervals, play.lines["prices"], strict=True):
        allocated = play.mechanism == "pay-as-bid" and line["status"] == "cleared"
        assert any(market.allocation_hash(interval)) is allocated
        record = play.settlements.interval(interval).record
        assert record == market.price_record(interval)
        assert record.is_allocated is allocated


def test_participants_pay_what_their_fills_say(mechanism_run) -> None:
    play = mechanism_run.play
    for interval in play.intervals:
        fills = [one for one in play.lines["fills"] if one["interval_start"] == interval.start]
        settled = play.settlements.interval(interval)
        for share in settled.positions:
            account = share.position.account
            paid = sum(fill["payment"] for fill in fills if fill["account"] == account)
            statement = play.settlements.statement(1, account, interval.start, interval.end)
            assert statement.trade_payment == paid
            assert share.payment == statement.payment
        assert sum(fill["payment"] for fill in fills) == 0


def test_the_price_hash_covers_the_mechanism(mechanism_run) -> None:
    play = mechanism_run.play
    chosen = play.contracts.market.mechanism(1)
    assert (chosen.id, chosen.k) == (keccak256(play.mechanism.encode()), play.k or 0)
