"""Orders that agents signed, judged by the mandates of their time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chain.anvil import Anvil
from chain.connection import Chain
from chain.contracts import Mandate, Sides
from identity.keys import EvmKey
from settlement.audit import Finding, audit_run

pytestmark = pytest.mark.chain

FIRST = 1_743_458_400
AGENT = EvmKey.from_secret(b"\x0a" * 32)
MANDATE = Mandate(0, FIRST + 86_400, Sides.BIDS, 300, 0, 25_000)
"""For account 2, whose bid in quarter 0 is 300 Wh at 25,000, received 1,000 s before it begins."""


@pytest.fixture
def findings(tiny_run: Any, tmp_path: Path) -> Callable[..., list[Finding]]:
    """Play a run in which the agent signs that bid, and audit it."""
    kind = type(tiny_run.play)

    def audited(mandate: Mandate | None, then: Callable[[Any], object] | None = None) -> Any:
        with Anvil(timestamp=FIRST - 3_600) as anvil:
            play = kind(Chain(anvil.url))
            sign_by_agent(play)
            describe = play._describe

            def described() -> None:
                describe()
                if mandate is not None:
                    play.send("2", play.contracts.agents.mandate(AGENT.address, mandate))
                if then is not None:
                    then(play)

            play._describe = described
            play.play()
            anvil.dump_state(tmp_path / "chain-state.json.gz")
            play.write(tmp_path)
            found = audit_run(tmp_path, play.chain).findings
            play.engine.dispose()
            play.chain.close()
            return found

    return audited


def sign_by_agent(play: Any) -> None:
    def signed() -> bytes:
        digest, _ = play.sign_order(play.order(0, 0, 1, *play.books[0][0][1]))
        return AGENT.sign(digest)

    play.forged[0, 0, 1] = signed


def refused(found: list[Finding]) -> bool:
    if not found:
        return False
    (finding,) = found
    assert (finding.check, finding.interval) == ("order signatures", FIRST)
    assert (finding.item, finding.got) == ("signer of order 0/1 of account 2", AGENT.address)
    return True


def test_an_order_within_the_mandate(findings: Any) -> None:
    assert findings(MANDATE) == []


@pytest.mark.parametrize(
    "change",
    [
        {"max_quantity": 299},
        {"highest_bid": 24_999},
        {"sides": Sides.OFFERS},
        {"valid_from": FIRST - 999},
        {"valid_until": FIRST - 1_060},
    ],
    ids=str,
)
def test_an_order_beyond_the_mandate(findings: Any, change: dict[str, Any]) -> None:
    assert refused(findings(replace(MANDATE, **change)))


def test_the_operator_has_a_minute_to_notice_the_end(findings: Any) -> None:
    assert findings(replace(MANDATE, valid_until=FIRST - 1_059)) == []


def test_an_order_without_a_mandate(findings: Any) -> None:
    assert refused(findings(None))


def test_a_mandate_revoked_long_before(findings: Any) -> None:
    def revoke(play: Any) -> None:
        play.send("2", play.contracts.agents.revoke(AGENT.address))

    assert refused(findings(MANDATE, revoke))


def test_a_mandate_ends_with_the_wallet_that_gave_it(findings: Any) -> None:
    """The order is signed by the agent of the wallet that was exchanged, long before."""
    other = EvmKey.from_secret(b"\x0b" * 32)

    def exchange(play: Any) -> None:
        registry, currency = play.contracts.registry, play.contracts.currency
        deposit = currency.balance_of(play.keys["2"].address)
        play.send("2", currency.transfer(other.address, deposit))
        play.send("registrar", registry.propose_wallet(2, other.address))
        play.keys["2"] = other
        play.senders.pop("2", None)
        play.send("2", registry.accept_wallet(2))

    found = findings(MANDATE, exchange)
    assert ("order signatures", "signer of order 0/1 of account 2") in {
        (one.check, one.item) for one in found
    }
