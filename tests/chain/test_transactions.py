"""Signed transactions, compared with eth-account's."""

from __future__ import annotations

from eth_account import Account
from hypothesis import example, given
from hypothesis import strategies as st

from chain.calls import Call
from chain.transactions import sign_transaction
from identity.address import checksum_address
from identity.hashing import keccak256
from identity.keys import EvmKey

SECRET = keccak256(b"a sender")


@given(
    data=st.binary(max_size=400),
    to=st.binary(min_size=20, max_size=20),
    nonce=st.integers(0, 2**63),
    gas=st.integers(0, 2**40),
    chain_id=st.integers(1, 2**40),
)
@example(data=b"", to=bytes(20), nonce=0, gas=0, chain_id=1)
@example(data=b"\x7f", to=bytes(20), nonce=127, gas=128, chain_id=31337)
@example(data=b"\x80", to=bytes(20), nonce=128, gas=255, chain_id=110)
@example(data=bytes(55), to=bytes(20), nonce=1, gas=256, chain_id=1)
@example(data=bytes(56), to=bytes(20), nonce=1, gas=256, chain_id=1)
@example(data=bytes(100_000), to=bytes(20), nonce=1, gas=256, chain_id=1)
def test_byte_for_byte_eth_accounts(data, to, nonce, gas, chain_id) -> None:
    address = checksum_address(to)
    signed = sign_transaction(
        Call(address, data, "test"),
        EvmKey.from_secret(SECRET),
        chain_id=chain_id,
        nonce=nonce,
        gas=gas,
    )
    fields = {"to": address, "value": 0, "gasPrice": 0, "data": data}
    reference = Account.sign_transaction(
        {**fields, "nonce": nonce, "gas": gas, "chainId": chain_id}, SECRET
    )
    assert signed.raw == bytes(reference.raw_transaction)
    assert signed.tx_hash == bytes(reference.hash)
    assert signed.nonce == nonce


def test_a_contract_is_created_by_sending_to_nobody() -> None:
    key = EvmKey.from_secret(SECRET)
    signed = sign_transaction(Call(None, b"\x60\x00", "create"), key, chain_id=5, nonce=3, gas=9)
    assert Account.recover_transaction(signed.raw) == key.address
