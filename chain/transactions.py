"""Legacy transactions, signed for one chain and free of charge (EIP-155)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from chain.calls import Call
from identity.address import address_bytes
from identity.hashing import keccak256
from identity.keys import EvmKey

_GAS_PRICE: Final = 0
_VALUE: Final = 0
_SHORT: Final = 55
"""Bytes up to which RLP writes a length in one byte (Ethereum Yellow Paper, appendix B)."""
_STRING: Final = 0x80
_LIST: Final = 0xC0
_PROTECTED: Final = 35 - 27
"""What EIP-155 adds to v beside twice the chain's number, from a v of 27 or 28."""


@dataclass(frozen=True, slots=True)
class SignedTransaction:
    """A transaction as the network takes it.

    Attributes:
        nonce: its place among the sender's transactions.
        raw: its bytes.
        tx_hash: its name, 32 bytes.
    """

    nonce: int
    raw: bytes
    tx_hash: bytes


def sign_transaction(
    call: Call, key: EvmKey, *, chain_id: int, nonce: int, gas: int
) -> SignedTransaction:
    """Sign a call as a legacy transaction with a gas price of 0.

    Args:
        call: what to ask of which contract.
        key: who asks.
        chain_id: the only chain that will take it.
        nonce: its place among the sender's transactions.
        gas: the most that it may use.
    """
    to = b"" if call.to is None else address_bytes(call.to, "to")
    fields = [_integer(nonce), _integer(_GAS_PRICE), _integer(gas), to, _integer(_VALUE), call.data]
    unsigned = _rlp_list([*fields, _integer(chain_id), b"", b""])
    signature = key.sign(keccak256(unsigned))
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big")
    v = signature[64] + _PROTECTED + 2 * chain_id
    raw = _rlp_list([*fields, _integer(v), _integer(r), _integer(s)])
    return SignedTransaction(nonce, raw, keccak256(raw))


def _integer(value: int) -> bytes:
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def _rlp_list(items: list[bytes]) -> bytes:
    content = b"".join(map(_rlp_string, items))
    return _rlp_head(_LIST, len(content)) + content


def _rlp_string(item: bytes) -> bytes:
    if len(item) == 1 and item[0] < _STRING:
        return item
    return _rlp_head(_STRING, len(item)) + item


def _rlp_head(offset: int, length: int) -> bytes:
    if length <= _SHORT:
        return bytes((offset + length,))
    digits = _integer(length)
    return bytes((offset + _SHORT + len(digits),)) + digits
