"""Deposits taken back, money given up and pay-outs: the audit replays them all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chain.anvil import Anvil
from chain.connection import Chain
from chain.development import advance_to
from identity.hashing import keccak256
from settlement.audit import Finding, audit_run

pytestmark = pytest.mark.chain

FIRST = 1_743_458_400
DAY = 86_400


def document(name: str) -> bytes:
    return keccak256(name.encode())


def take_back(play: Any) -> None:
    currency = play.contracts.currency
    deposit = keccak256(play.keys["2"].address.encode())
    play.send("minter", currency.reverse_mint(deposit, 1_000, document("note")))
    play.taken_back[2] = 1_000


def give_up(play: Any) -> None:
    play.send("1", play.contracts.currency.burn(2_500))


def pay_out(play: Any) -> None:
    """Four pay-outs: one is paid, one rejected, one expires, and one stays open."""
    currency = play.contracts.currency
    for number in range(1, 4):
        call = currency.request_payout(10_000 * number, document("account at a bank"))
        play.send(str(number), call)
    play.send("minter", currency.confirm_payout(1, document("bank transfer")))
    play.send("minter", currency.reject_payout(2, document("no such account")))
    advance_to(play.chain, play.chain.block_time() + 14 * DAY)
    play.send("3", currency.expire_payout(3))
    play.send("2", currency.request_payout(777, document("account at a bank")))


@pytest.fixture
def findings(tiny_run: Any, tmp_path: Path) -> Callable[..., list[Finding]]:
    """Play a run at whose end something happens to the money, and return what an audit finds."""

    def audited(*steps: Callable[[Any], object]) -> list[Finding]:
        with Anvil(timestamp=FIRST - 3_600) as anvil:
            play = type(tiny_run.play)(Chain(anvil.url))
            play.after[3] = lambda: [step(play) for step in steps]
            play.play()
            anvil.dump_state(tmp_path / "chain-state.json.gz")
            play.write(tmp_path)
            found = audit_run(tmp_path, play.chain).findings
            play.engine.dispose()
            play.chain.close()
            return found

    return audited


def test_everything_that_may_happen_to_money_is_replayed(findings: Any) -> None:
    assert findings(take_back, give_up, pay_out) == []


def test_a_deposit_that_was_taken_back_is_no_deposit_any_more(findings: Any) -> None:
    def hide(play: Any) -> None:
        play.taken_back.clear()

    (finding,) = findings(take_back, hide)
    assert (finding.check, finding.item) == ("balances", "deposits of account 2")


def test_money_that_got_past_a_payout_is_found(findings: Any) -> None:
    """Tokens that the settlement role moves to the token's contract stand for no pay-out."""

    def push(play: Any) -> None:
        currency, thief = play.contracts.currency, play.keys["g1"].address
        role = currency.settlement_role()
        play.send("admin", currency.grant_role(role, thief))
        wallet = play.keys["1"].address
        play.send("g1", currency.settle([wallet], [5], currency.address))

    items = {(one.check, one.item) for one in findings(push)}
    assert ("supplies", "set aside for open pay-outs") in items
