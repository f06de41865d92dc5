"""Sending transactions of one key: simulated first, in sequence, waited for."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from chain.calls import Call
from chain.connection import LATEST, PENDING, Chain
from chain.errors import decode_refusal
from chain.failures import ChainError, RpcError, TransactionPendingError
from chain.transactions import SignedTransaction, sign_transaction
from identity.address import address_bytes, checksum_address
from identity.keys import EvmKey

_GAS_MARGIN_PERCENT: Final = 20
"""What a transaction may use beyond the estimate, since the state can change before its block."""

_FIRST_PAUSE_SECONDS: Final = 0.001
_LONGEST_PAUSE_SECONDS: Final = 0.5
_INCLUSION_SECONDS: Final = 120.0


@dataclass(frozen=True, slots=True)
class Receipt:
    """A transaction that a block holds and that was not refused.

    Attributes:
        tx_hash: the transaction's name, 32 bytes.
        block_number: its block.
        block_time: UTC second of the block.
        gas_used: gas that it used.
        contract: address of the contract that it created, or None.
    """

    tx_hash: bytes
    block_number: int
    block_time: int
    gas_used: int
    contract: str | None = None


class Sender:
    """Sends transactions signed by one key. Several threads may share it.

    Only one sender may use a key at a time, since it counts the nonces itself.
    """

    def __init__(
        self, chain: Chain, key: EvmKey, *, inclusion_seconds: float = _INCLUSION_SECONDS
    ) -> None:
        """Prepare to send.

        Args:
            chain: where to.
            key: who sends. It needs no balance: gas costs nothing.
            inclusion_seconds: how long to wait for a block to hold a transaction.
        """
        self.chain = chain
        self.address = key.address
        self._key = key
        self._inclusion_seconds = inclusion_seconds
        self._lock = threading.Lock()
        self._nonce: int | None = None

    def send(
        self, call: Call, *, before_sending: Callable[[SignedTransaction], None] | None = None
    ) -> Receipt:
        """Simulate a call, send it as a transaction and wait until a block holds it.

        Args:
            call: what to ask of which contract.
            before_sending: gets the signed transaction before the network does; where it raises,
                nothing is sent.

        Raises:
            ContractRefusedError: where the contract refuses it, almost always before it is sent.
            TransactionPendingError: where no block holds it in time.
            ChainError: where the node does not take it.
        """
        with self._lock:
            transaction = self._sign(call, self._simulate(call))
            if before_sending is not None:
                before_sending(transaction)
            self.submit(transaction)
            self._nonce = transaction.nonce + 1
        return self.wait(transaction.tx_hash, call)

    def submit(self, transaction: SignedTransaction) -> None:
        """Hand a signed transaction to the node; one that it knows already is handed in.

        Raises:
            ChainError: where the node does not take it.
        """
        try:
            self.chain.rpc.request("eth_sendRawTransaction", "0x" + transaction.raw.hex())
        except ChainError as error:
            self._nonce = None
            if not isinstance(error, RpcError):
                raise
            if not self.chain.knows_transaction(transaction.tx_hash):
                raise

    def wait(self, tx_hash: bytes, call: Call) -> Receipt:
        """Wait until a block holds a transaction.

        Args:
            tx_hash: the transaction's name, 32 bytes.
            call: what it asked, to explain a refusal.

        Raises:
            ContractRefusedError: where it was refused in its block.
            TransactionPendingError: where no block holds it in time.
        """
        deadline = time.monotonic() + self._inclusion_seconds
        pause = _FIRST_PAUSE_SECONDS
        while (found := self.chain.receipt(tx_hash)) is None:
            if time.monotonic() >= deadline:
                raise TransactionPendingError(tx_hash, self._inclusion_seconds)
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
        return self._read_receipt(found, tx_hash, call)

    def _simulate(self, call: Call) -> int:
        # The call first: every client explains a refusal there, not every one in an estimate.
        if call.to is not None:
            self.chain.call(call.to, call.data, sender=self.address, block=PENDING)
        needed = self.chain.estimate_gas(call.to, call.data, sender=self.address)
        return min(needed * (100 + _GAS_MARGIN_PERCENT) // 100, self._block_gas_limit)

    def _sign(self, call: Call, gas: int) -> SignedTransaction:
        if self._nonce is None:
            self._nonce = self.chain.transaction_count(self.address, PENDING)
        chain_id = self.chain.chain_id
        return sign_transaction(call, self._key, chain_id=chain_id, nonce=self._nonce, gas=gas)

    @cached_property
    def _block_gas_limit(self) -> int:
        return int(self.chain.rpc.request("eth_getBlockByNumber", LATEST, False)["gasLimit"], 16)

    def _read_receipt(self, found: dict[str, Any], tx_hash: bytes, call: Call) -> Receipt:
        if int(found["status"], 16) != 1:
            self._explain_refusal(call)
        number = int(found["blockNumber"], 16)
        created = found.get("contractAddress")
        return Receipt(
            tx_hash=tx_hash,
            block_number=number,
            block_time=self.chain.block_time(number),
            gas_used=int(found["gasUsed"], 16),
            contract=checksum_address(address_bytes(created)) if created else None,
        )

    def _explain_refusal(self, call: Call) -> None:
        if call.to is not None:
            self.chain.call(call.to, call.data, sender=self.address)
        raise decode_refusal(b"")
