"""Runs with fees and corrected settlements: right ones pass, and what is not right is found."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from chain.anvil import Anvil
from chain.connection import Chain
from domain.reading import Metered
from domain.units import Account, WattHours
from settlement.audit import Finding, audit_run

pytestmark = pytest.mark.chain

FIRST = 1_743_458_400
RATE, RECEIVER, GRID = 700, 2, 4

Meters = Mapping[Account, Metered]


def meters(*counted: tuple[int, int]) -> Meters:
    """Return imported and exported Wh of the accounts from 1 on."""
    return {
        Account(account): Metered(WattHours(imported), WattHours(exported))
        for account, (imported, exported) in enumerate(counted, start=1)
    }


# Of the first quarter, whose totals are 630 and 395 Wh.
MISTAKEN = meters((340, 0), (290, 0), (0, 395))
STILL_MISTAKEN = meters((350, 5), (280, 0), (0, 390))


class Played:
    """A run that was played with corrections, and its folder."""

    def __init__(self, play: Any, folder: Path) -> None:
        self.play = play
        self.folder = folder

    def audit(self) -> list[Finding]:
        return audit_run(self.folder, self.play.chain).findings

    def lines(self, name: str) -> Path:
        return self.folder / "published" / f"{name}.jsonl"


@pytest.fixture(scope="module")
def start(tiny_run: Any, tmp_path_factory: Any) -> Iterator[Callable[..., Played]]:
    """Play runs on chains of their own, two days before which a fee can be announced."""
    chains = []

    def played(prepare: Callable[[Any], object], **options: Any) -> Played:
        anvil = Anvil(timestamp=FIRST - 3 * 86_400).__enter__()
        play = type(tiny_run.play)(Chain(anvil.url), **options)
        chains.append((anvil, play))
        prepare(play)
        play.play()
        folder = tmp_path_factory.mktemp("corrected")
        anvil.dump_state(folder / "chain-state.json.gz")
        play.write(folder)
        return Played(play, folder)

    yield played
    for anvil, play in chains:
        play.engine.dispose()
        play.chain.close()
        anvil.__exit__(None, None, None)


def correct_twice(play: Any) -> None:
    """Take the first quarter's meters for others, twice; account 3 uses its certificates up."""
    play.mistaken[0] = MISTAKEN

    def use_up_and_correct() -> None:
        held = play.contracts.energy.balance_of(play.keys["3"].address)
        play.send("3", play.contracts.energy.retire(held))
        play.correct_settlement(0, STILL_MISTAKEN)

    play.after[0] = use_up_and_correct
    play.after[1] = lambda: play.correct_settlement(0, play.metered(0))


@pytest.fixture(
    scope="module",
    params=[("uniform-price", 500, RECEIVER), ("pay-as-bid", 400, GRID)],
    ids=["uniform-price", "pay-as-bid"],
)
def corrected(start: Callable[..., Played], request: pytest.FixtureRequest) -> Played:
    """Two corrections of the first quarter, and a fee for a participant or for the grid."""
    mechanism, k, receiver = request.param
    return start(correct_twice, mechanism=mechanism, k=k, fee=(RATE, receiver))


def test_a_run_with_a_fee_and_corrections_passes(corrected: Played) -> None:
    assert corrected.audit() == []
    settlement = corrected.play.contracts.settlement
    record = settlement.record(corrected.play.intervals[0])
    assert record.corrections == 2
    assert record.fee == corrected.play.lines["settlements"][0]["fee"] > 0
    assert len(corrected.play.lines["corrections"]) == 2


def test_certificates_that_were_gone_are_owed_and_kept_later(corrected: Played) -> None:
    """Account 3 used up 395 Wh or so of which 5 were not its own; the second quarter gave 200."""
    lines = corrected.play.lines
    first, _ = lines["corrections"]
    before = {entry["account"]: entry for entry in lines["settlements"][0]["positions"]}
    after = {entry["account"]: entry for entry in first["positions"]}
    assert before[3]["exported_wh"] - after[3]["exported_wh"] == 5
    assert corrected.play.contracts.settlement.certificate_debts() == 0


def test_any_changed_digit_of_a_correction_is_found(corrected: Played) -> None:
    path = corrected.lines("corrections")
    right = path.read_bytes()
    chance = random.Random(7)
    digits = [at for at, byte in enumerate(right) if byte in b"0123456789"]
    try:
        for at in chance.sample(digits, 8):
            wrong = bytearray(right)
            wrong[at] = chance.choice(b"0123456789".replace(right[at : at + 1], b""))
            path.write_bytes(bytes(wrong))
            found = [one.file for one in corrected.audit()]
            assert path.name in found, right[max(at - 30, 0) : at + 10]
    finally:
        path.write_bytes(right)


@pytest.mark.parametrize("line", [0, 1])
def test_a_correction_that_is_not_published_is_found(corrected: Played, line: int) -> None:
    path = corrected.lines("corrections")
    right = path.read_bytes()
    lines = right.splitlines(keepends=True)
    try:
        path.write_bytes(lines[1 - line])
        items = {(one.check, one.item) for one in corrected.audit()}
    finally:
        path.write_bytes(right)
    assert ("completeness", "corrections of the interval") in items
    assert ("settlements", "number of the correction") in items or line == 1


def test_another_fee_is_found(corrected: Played) -> None:
    path = corrected.lines("settlements")
    right = path.read_bytes()
    paid = json.loads(right.splitlines()[0])["fee"]
    try:
        path.write_bytes(right.replace(b'"fee":%d' % paid, b'"fee":%d' % (paid + 1), 1))
        (finding,) = (one for one in corrected.audit() if one.item == "fee")
    finally:
        path.write_bytes(right)
    assert (finding.check, finding.line) == ("payments", 1)
    assert (finding.expected, finding.got) == (str(paid), str(paid + 1))


def test_a_correction_to_other_meters_is_found(start: Callable[..., Played]) -> None:
    """The totals are the gateways', so the contract takes it: whose they are, the audit knows."""

    def prepare(play: Any) -> None:
        play.after[0] = lambda: play.correct_settlement(0, MISTAKEN)

    played = start(prepare)
    findings = played.audit()
    assert {one.interval for one in findings if one.file == "corrections.jsonl"} == {FIRST}
    items = {(one.check, one.file, one.item) for one in findings}
    assert ("settlements", "corrections.jsonl", "imported Wh of account 1") in items
    assert ("payments", "corrections.jsonl", "payment of account 1") in items
    assert ("settlements", "chain", "stored positions hash") in items
    assert not [one for one in findings if one.file == "settlements.jsonl"]


def test_intervals_that_are_settled_together_pass(start: Callable[..., Played]) -> None:
    played = start(lambda play: None, together=True, fee=(RATE, RECEIVER))
    assert played.audit() == []
    settled = played.play.settlements.between(1, FIRST, FIRST + 3_600)
    assert len(settled) == 4
    assert len({one.transaction_hash for one in settled}) == 1
