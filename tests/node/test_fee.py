"""A community's fee on a running node: shown ahead, demanded of a bid, held back, paid."""

from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from chain.anvil import Anvil
from chain.sender import Sender
from domain.units import Account
from identity.keys import EvmKey
from identity.sign_in import SignInMessage, personal_message_digest
from market.errors import InsufficientFundsError
from wallet_api.server import Server
from wallet_api.settings import ApiSettings

pytestmark = pytest.mark.chain

world = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("interval_process.py"))))
ONE = world.interval(0)
RATE = 1_000
COST = 500 * (20_000 + RATE)


def community(run: Any, key: EvmKey) -> dict[str, Any]:
    """What the API tells a participant that signs in."""
    app = run.node.wallet_api(ApiSettings.at("http://market.test"))
    with Server(app) as server, httpx.Client(base_url=server.url) as http:
        asked = http.post("/v1/sign-in/nonce").json()
        names = ("domain", "uri", "chain_id", "nonce", "issued_at", "statement", "expiration_time")
        lines = {name: asked[name] for name in names}
        message = SignInMessage(address=key.address, **lines).to_text()
        signature = key.sign(personal_message_digest(message))
        body = {"message": message, "signature": "0x" + signature.hex()}
        token = http.post("/v1/sign-in", json=body).json()["token"]
        answer = http.get("/v1/community", headers={"authorization": f"Bearer {token}"})
        told: dict[str, Any] = answer.raise_for_status().json()
        return told


def test_a_fee_is_told_demanded_held_back_and_paid(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Anvil(timestamp=world.FIRST - 2 * 86_400) as anvil:
        run = world.Run(anvil.url, tmp_path, "uniform-price")
        node, buyer = run.node, world.key(str(world.BUYER))
        settlement, currency = node.contracts.settlement, node.contracts.currency
        set_fee = settlement.set_fee(1, world.SELLER, RATE, ONE.start)
        Sender(run.chain, world.key("admin")).send(set_fee)
        node.tariffs.post(ONE, [world.TARIFF])
        run.move_to(ONE.start - world.GATE_LEAD - 60)
        told = community(run, buyer)
        assert told["fee"] == {"mct_per_kwh": 0, "account": None}
        coming = {"mct_per_kwh": RATE, "account": world.SELLER, "valid_from": ONE.start}
        assert told["next_fee"] == coming
        assert [one["fee_mct_per_kwh"] for one in told["intervals"]] == [RATE]

        spare = currency.balance_of(buyer.address) - COST + 1
        back = world.key(str(world.SELLER))
        Sender(run.chain, buyer).send(currency.transfer(back.address, spare))
        with pytest.raises(InsufficientFundsError, match="fees included"):
            run.place(ONE, world.BUYER, world.Side.BID, 20_000)
        Sender(run.chain, back).send(currency.transfer(buyer.address, spare))
        stored_when_held = []
        note_cleared = node._funds.note_cleared

        def held(interval, fills, fee):
            stored_when_held.append(node.market_records.price(interval))
            note_cleared(interval, fills, fee)

        monkeypatch.setattr(node._funds, "note_cleared", held)
        run.go_through(ONE)
        assert stored_when_held == [None]
        (settled,) = run.settled()
        assert settled.positions[0].fee == 500 * RATE
        assert node._funds.available(Account(world.BUYER)) == currency.balance_of(buyer.address)
        assert currency.balance_of(buyer.address) == (
            world.DEPOSIT - 500 * (15_000 + RATE) - 200 * 30_000
        )
