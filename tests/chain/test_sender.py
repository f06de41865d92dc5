"""Sending: refused before it is sent, in sequence, by many threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from chain import errors
from chain.calls import Call
from chain.errors import ContractRefusedError
from chain.failures import RpcError, TransactionPendingError
from chain.sender import Sender
from domain.errors import RefusedError
from identity.keys import EvmKey

pytestmark = pytest.mark.chain

INVALID_ROLE = 9


@pytest.fixture
def registrar(chain, keys) -> Sender:
    return Sender(chain, keys.registrar)


def registering(contracts, role: int = 1) -> Call:
    return contracts.registry.register_participant(EvmKey.generate().address, bytes(32), role)


def test_a_receipt(contracts, chain, registrar) -> None:
    receipt = registrar.send(registering(contracts))
    kept = chain.receipt(receipt.tx_hash)
    assert kept is not None
    assert int(kept["blockNumber"], 16) == receipt.block_number == chain.block_number()
    assert receipt.block_time == chain.block_time()
    assert 50_000 < receipt.gas_used < 200_000
    assert receipt.contract is None


def test_a_refusal_costs_no_transaction(contracts, chain, registrar) -> None:
    before = chain.transaction_count(registrar.address)
    with pytest.raises(errors.InvalidRole) as refusal:
        registrar.send(registering(contracts, INVALID_ROLE))
    assert isinstance(refusal.value, RefusedError)
    assert (refusal.value.error, refusal.value.code) == ("InvalidRole", "invalid-role")
    assert refusal.value.arguments == {"role": INVALID_ROLE}
    assert "InvalidRole(role=9)" in str(refusal.value)
    assert chain.transaction_count(registrar.address) == before


def test_threads_share_a_key(contracts, chain, registrar) -> None:
    before = chain.transaction_count(registrar.address)
    with ThreadPoolExecutor(8) as pool:
        receipts = list(pool.map(lambda _: registrar.send(registering(contracts)), range(40)))
    assert len({receipt.tx_hash for receipt in receipts}) == 40
    assert contracts.registry.participant_count() == 40
    assert chain.transaction_count(registrar.address) == before + 40


def test_threads_read_beside_it(contracts, registrar) -> None:
    registrar.send(registering(contracts))
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: contracts.registry.participant(1), range(200)))
    assert len(set(found)) == 1


def test_a_nonce_that_somebody_else_took_is_looked_up_again(contracts, chain, keys) -> None:
    one, other = Sender(chain, keys.registrar), Sender(chain, keys.registrar)
    one.send(registering(contracts))
    other.send(registering(contracts))
    with pytest.raises(RpcError, match="nonce"):
        one.send(registering(contracts))
    one.send(registering(contracts))
    assert contracts.registry.participant_count() == 3


def test_what_goes_wrong_before_sending_sends_nothing(contracts, chain, registrar) -> None:
    before = chain.transaction_count(registrar.address)

    def fail(_transaction: object) -> None:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        registrar.send(registering(contracts), before_sending=fail)
    assert chain.transaction_count(registrar.address) == before
    registrar.send(registering(contracts))


def test_handing_in_twice_is_handing_in_once(contracts, registrar) -> None:
    sent = []
    registrar.send(registering(contracts), before_sending=sent.append)
    registrar.submit(sent[0])
    assert contracts.registry.participant_count() == 1


def test_a_refusal_in_the_block_is_explained(contracts, chain, keys, registrar) -> None:
    """Two of them pass the simulation before either is in a block; the second is refused there."""
    wallet = EvmKey.generate().address
    call = contracts.registry.register_participant(wallet, bytes(32), 1)
    rival = Sender(chain, keys.admin)
    rival.send(contracts.registry.grant_role(contracts.registry.registrar_role(), rival.address))
    with pytest.raises(errors.WalletAlreadyRegistered) as refusal:
        registrar.send(call, before_sending=lambda _transaction: rival.send(call) and None)
    assert refusal.value.arguments == {"wallet": wallet, "account": 1}
    assert contracts.registry.participant_count() == 1


def test_a_transaction_without_a_block_is_reported(contracts, chain, keys) -> None:
    impatient = Sender(chain, keys.registrar, inclusion_seconds=0.05)
    chain.rpc.request("evm_setAutomine", False)
    try:
        with pytest.raises(TransactionPendingError) as pending:
            impatient.send(registering(contracts))
        assert contracts.registry.participant_count() == 0
    finally:
        chain.rpc.request("evm_setAutomine", True)
        chain.rpc.request("evm_mine")
    assert contracts.registry.participant_count() == 1
    assert chain.receipt(pending.value.tx_hash) is not None


@pytest.mark.parametrize(
    ("data", "name", "arguments"),
    [
        ("08c379a0" + f"{32:064x}{2:064x}" + "6e6f".ljust(64, "0"), "Error", {"message": "no"}),
        (
            "4e487b71" + f"{0x11:064x}",
            "Panic",
            {"code": 0x11, "meaning": "an arithmetic overflow"},
        ),
        ("", "Reverted", {}),
        ("deadbeef", "Reverted", {"data": bytes.fromhex("deadbeef")}),
        ("08c379a0" + "ff" * 32, "Reverted", {"data": bytes.fromhex("08c379a0" + "ff" * 32)}),
    ],
)
def test_refusals_that_are_no_custom_error(data, name, arguments) -> None:
    refusal = errors.decode_refusal(bytes.fromhex(data))
    assert isinstance(refusal, ContractRefusedError)
    assert (refusal.error, refusal.arguments) == (name, arguments)


def test_an_unknown_error_has_no_class() -> None:
    with pytest.raises(AttributeError, match="no contract has an error 'Nonsense'"):
        _ = errors.Nonsense
