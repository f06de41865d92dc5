"""Steps reach the chain exactly once: repeated, raced, killed in the middle, and resumed."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, select

from chain import errors
from chain.calls import Call
from chain.connection import Chain
from chain.failures import TransactionPendingError
from chain.outbox import Outbox, State, metadata, outbox_table
from chain.sender import Sender
from domain.errors import InvalidValueError, RefusedError
from identity.keys import EvmKey

pytestmark = pytest.mark.chain

COMMUNITY, START, STEP = 7, 1_743_458_400, "register"
WALLET = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"

# A node that is killed while it delivers a step: before the network has the transaction, or after.
KILLED_NODE = """
import json, os, signal, sys
from sqlalchemy import create_engine
from chain.calls import Call
from chain.connection import Chain
from chain.outbox import Outbox
from chain.sender import Sender
from identity.keys import EvmKey

given = json.loads(sys.argv[1])
sender = Sender(Chain(given["url"]), EvmKey.from_secret(bytes.fromhex(given["secret"])))
die = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
setattr(sender, given["dies_in"], die)
outbox = Outbox(create_engine(given["database"]), sender)
call = Call(given["to"], bytes.fromhex(given["data"]), "Registry.registerParticipant")
outbox.deliver(given["community"], given["start"], given["step"], call)
"""


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    database = create_engine(f"sqlite:///{tmp_path}/node.sqlite")
    metadata.create_all(database)
    yield database
    database.dispose()


@pytest.fixture
def registrar(chain: Chain, keys) -> Sender:
    return Sender(chain, keys.registrar)


@pytest.fixture
def outbox(engine: Engine, registrar: Sender) -> Outbox:
    return Outbox(engine, registrar)


@pytest.fixture
def call(contracts) -> Call:
    return contracts.registry.register_participant(WALLET, bytes(32), 1)


@pytest.fixture
def other_call(contracts) -> Call:
    return contracts.registry.register_participant(EvmKey.generate().address, bytes(32), 1)


@pytest.fixture
def kill_node(engine: Engine, chain: Chain, keys, call: Call):
    def kill_node(dies_in: str) -> None:
        given = {
            "url": chain.url,
            "database": engine.url.render_as_string(hide_password=False),
            "secret": keys.registrar.export_secret().hex(),
            "dies_in": dies_in,
            "to": call.to,
            "data": call.data.hex(),
            "community": COMMUNITY,
            "start": START,
            "step": STEP,
        }
        ended = subprocess.run([sys.executable, "-c", KILLED_NODE, json.dumps(given)], check=False)
        assert ended.returncode == -signal.SIGKILL

    return kill_node


def rows(engine: Engine) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(select(outbox_table).order_by(outbox_table.c.nonce)))


def test_a_step_is_made_once(outbox, engine, contracts, call) -> None:
    receipt = outbox.deliver(COMMUNITY, START, STEP, call)
    assert outbox.deliver(COMMUNITY, START, STEP, call) == receipt
    assert contracts.registry.participant_count() == 1
    (row,) = rows(engine)
    assert (row.state, row.label, row.attempts) == ("confirmed", "Registry.registerParticipant", 1)
    assert (row.tx_hash, row.block_number) == (receipt.tx_hash, receipt.block_number)


def test_another_call_under_its_name_is_refused(outbox, contracts, call, other_call) -> None:
    outbox.deliver(COMMUNITY, START, STEP, call)
    with pytest.raises(RefusedError) as refusal:
        outbox.deliver(COMMUNITY, START, STEP, other_call)
    assert refusal.value.code == "step-taken"
    assert contracts.registry.participant_count() == 1


@pytest.mark.parametrize(
    "key",
    [(COMMUNITY + 1, START, STEP), (COMMUNITY, START + 900, STEP), (COMMUNITY, START, "again")],
)
def test_another_name_is_another_step(outbox, contracts, call, other_call, key) -> None:
    outbox.deliver(COMMUNITY, START, STEP, call)
    outbox.deliver(*key, other_call)
    assert contracts.registry.participant_count() == 2


def test_a_name_has_letters_but_not_too_many(outbox, call) -> None:
    for step in ("", "x" * 65):
        with pytest.raises(InvalidValueError):
            outbox.deliver(COMMUNITY, START, step, call)


def test_a_refused_step_leaves_no_trace_and_can_be_made_later(outbox, engine, contracts, call):
    invalid = contracts.registry.register_participant(WALLET, bytes(32), 9)
    with pytest.raises(errors.InvalidRole):
        outbox.deliver(COMMUNITY, START, STEP, invalid)
    assert rows(engine) == []
    outbox.deliver(COMMUNITY, START, STEP, call)


@pytest.mark.parametrize("dies_in", ["submit", "wait"])
def test_a_killed_node_resumes(kill_node, outbox, engine, contracts, chain, keys, dies_in) -> None:
    before = chain.transaction_count(keys.registrar.address)
    kill_node(dies_in)
    (left,) = rows(engine)
    assert (left.state, left.block_number) == ("signed", None)
    assert chain.knows_transaction(left.tx_hash) == (dies_in == "wait")

    (receipt,) = outbox.resume()
    assert receipt.tx_hash == left.tx_hash
    assert outbox.resume() == []
    assert rows(engine)[0].state == State.CONFIRMED
    assert contracts.registry.participant_count() == 1
    assert chain.transaction_count(keys.registrar.address) == before + 1


@pytest.mark.parametrize("dies_in", ["submit", "wait"])
def test_a_killed_node_delivers_again(kill_node, outbox, contracts, chain, keys, call, dies_in):
    before = chain.transaction_count(keys.registrar.address)
    kill_node(dies_in)
    receipt = outbox.deliver(COMMUNITY, START, STEP, call)
    assert outbox.deliver(COMMUNITY, START, STEP, call) == receipt
    assert contracts.registry.participant_count() == 1
    assert chain.transaction_count(keys.registrar.address) == before + 1


def test_a_transaction_without_its_receipt_yet_is_not_replaced(
    kill_node, outbox, engine, contracts, registrar, chain, call, monkeypatch
) -> None:
    kill_node("wait")
    (left,) = rows(engine)
    registrar.wait(left.tx_hash, call)
    shown, asked = chain.receipt, []

    def late_receipt(tx_hash: bytes) -> dict[str, Any] | None:
        asked.append(tx_hash)
        return None if len(asked) <= 2 else shown(tx_hash)

    monkeypatch.setattr(chain, "receipt", late_receipt)
    receipt = outbox.deliver(COMMUNITY, START, STEP, call)
    assert receipt.tx_hash == left.tx_hash
    assert contracts.registry.participant_count() == 1


def test_a_lost_nonce_is_replaced(kill_node, outbox, engine, contracts, registrar, other_call):
    kill_node("submit")
    registrar.send(other_call)
    (left,) = rows(engine)
    (receipt,) = outbox.resume()
    assert receipt.tx_hash != left.tx_hash
    (row,) = rows(engine)
    assert (row.state, row.attempts, row.nonce) == ("confirmed", 2, left.nonce + 1)
    assert contracts.registry.participant_count() == 2


def test_a_step_that_lost_its_nonce_can_be_made_with_another_call(
    kill_node, outbox, engine, contracts, registrar, call, other_call
) -> None:
    kill_node("submit")
    assert outbox.sent(COMMUNITY, START, STEP) == call
    registrar.send(other_call)
    assert outbox.sent(COMMUNITY, START, STEP) is None
    another = contracts.registry.register_participant(EvmKey.generate().address, bytes(32), 1)
    outbox.deliver(COMMUNITY, START, STEP, another)
    assert outbox.sent(COMMUNITY, START, STEP) == another
    (row,) = rows(engine)
    assert (row.state, row.attempts) == ("confirmed", 2)
    assert contracts.registry.participant_count() == 2


def test_a_step_refused_in_its_block_can_be_made_again(
    kill_node, outbox, engine, contracts, chain, keys, call, other_call
) -> None:
    assert outbox.sent(COMMUNITY, START, STEP) is None
    kill_node("submit")
    assert outbox.sent(COMMUNITY, START, STEP) == call
    rival = Sender(chain, keys.admin)
    rival.send(contracts.registry.grant_role(contracts.registry.registrar_role(), rival.address))
    rival.send(call)
    # The stored transaction goes out as it is, and is refused in its block.
    assert outbox.resume() == []
    (row,) = rows(engine)
    assert row.state == State.REVERTED
    assert outbox.sent(COMMUNITY, START, STEP) is None
    with pytest.raises(errors.WalletAlreadyRegistered):
        outbox.deliver(COMMUNITY, START, STEP, call)
    outbox.deliver(COMMUNITY, START, STEP, other_call)
    assert outbox.sent(COMMUNITY, START, STEP) == other_call
    (row,) = rows(engine)
    assert (row.state, row.attempts) == ("confirmed", 2)
    assert contracts.registry.participant_count() == 2


def test_a_slow_chain_is_waited_for_later(engine, contracts, chain, keys, call) -> None:
    outbox = Outbox(engine, Sender(chain, keys.registrar, inclusion_seconds=0.05))
    chain.rpc.request("evm_setAutomine", False)
    try:
        with pytest.raises(TransactionPendingError):
            outbox.deliver(COMMUNITY, START, STEP, call)
        with pytest.raises(TransactionPendingError):
            outbox.resume()
    finally:
        chain.rpc.request("evm_setAutomine", True)
        chain.rpc.request("evm_mine")
    assert len(outbox.resume()) == 1
    assert contracts.registry.participant_count() == 1


def test_threads_that_race_for_a_step(engine, contracts, chain, keys, call) -> None:
    sender = Sender(chain, keys.registrar)
    before = chain.transaction_count(sender.address)
    outboxes = [Outbox(engine, sender) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        receipts = list(
            pool.map(lambda outbox: outbox.deliver(COMMUNITY, START, STEP, call), outboxes)
        )
    assert len(set(receipts)) == 1
    assert contracts.registry.participant_count() == 1
    assert chain.transaction_count(sender.address) == before + 1


def test_a_step_may_create_a_contract(outbox) -> None:
    creation = Call(None, bytes.fromhex("6001600c60003960016000f300"), "create nothing")
    receipt = outbox.deliver(COMMUNITY, START, "create", creation)
    assert receipt.contract is not None
    assert outbox.deliver(COMMUNITY, START, "create", creation) == receipt
