"""A connection to one chain: reading its state from any thread."""

from __future__ import annotations

import threading
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from chain.errors import decode_refusal
from chain.failures import RpcError
from chain.rpc import JsonRpc

if TYPE_CHECKING:
    from web3 import Web3

LATEST: Final = "latest"
PENDING: Final = "pending"
"""The state and the time of the block that comes next."""

_OVERTAKEN: Final = "BlockOutOfRangeError"
"""How anvil answers where a block of another thread's comes while it looks for the latest one."""

_OVERTAKEN_AT_MOST: Final = 9

_REVERT_CODE: Final = 3
_REVERT_WORD: Final = "revert"


class Chain:
    """One chain behind one node's JSON-RPC door. All methods may be called from any thread."""

    def __init__(self, url: str) -> None:
        """Connect.

        Args:
            url: ``http://HOST:PORT`` or ``https://HOST:PORT``.

        Raises:
            InvalidValueError: where the URL is none.
            ChainUnavailableError: where no node answers there.
        """
        self.rpc = JsonRpc(url)
        self.url = url
        self.chain_id = int(self.rpc.request("eth_chainId"), 16)
        self._block_times: dict[int, int] = {}
        self._block_times_lock = threading.Lock()

    @cached_property
    def web3(self) -> Web3:
        """A web3.py client of the same node, for what this class does not offer."""
        # web3.py takes a second to load, which few programs need.
        from web3 import HTTPProvider, Web3
        from web3.middleware import ExtraDataToPOAMiddleware

        client = Web3(HTTPProvider(self.url))
        client.middleware_onion.inject(ExtraDataToPOAMiddleware, layer=0)
        return client

    def block_number(self) -> int:
        """Return the number of the latest block."""
        return int(self.rpc.request("eth_blockNumber"), 16)

    def block_time(self, number: int | None = None) -> int:
        """Return the UTC second of a block, by default of the latest."""
        if number is None:
            return _timestamp(self.rpc.request("eth_getBlockByNumber", LATEST, False))
        known = self._block_times.get(number)
        if known is None:
            known = _timestamp(self.rpc.request("eth_getBlockByNumber", hex(number), False))
            self.remember_block_time(number, known)
        return known

    def remember_block_time(self, number: int, second: int) -> None:
        """Keep a block's second that came with something else, so that nobody asks for it."""
        with self._block_times_lock:
            self._block_times[number] = second

    def call(
        self, to: str, data: bytes, *, sender: str | None = None, block: str = LATEST
    ) -> bytes:
        """Run a contract's function without a transaction and return what it returns.

        Args:
            to: the contract's address.
            data: calldata.
            sender: who would call it; by default nobody.
            block: ``LATEST`` for the state as recorded, ``PENDING`` to see what a transaction would
                do now.

        Raises:
            ContractRefusedError: the subclass named by the contract's error.
        """
        return _unhex(self._execute("eth_call", to, data, sender, block))

    def estimate_gas(self, to: str | None, data: bytes, *, sender: str) -> int:
        """Return the gas that a transaction would need now.

        Raises:
            ContractRefusedError: where it would be refused.
        """
        return int(self._execute("eth_estimateGas", to, data, sender, PENDING), 16)

    def transaction_count(self, address: str, block: str = LATEST) -> int:
        """Return how many transactions an address has sent: its next nonce."""
        return int(self.rpc.request("eth_getTransactionCount", address, block), 16)

    def receipt(self, tx_hash: bytes) -> dict[str, Any] | None:
        """Return a transaction's receipt as the node gives it, or None while no block holds it."""
        found: dict[str, Any] | None = self.rpc.request(
            "eth_getTransactionReceipt", "0x" + tx_hash.hex()
        )
        return found

    def knows_transaction(self, tx_hash: bytes) -> bool:
        """Tell whether the node has a transaction, in a block or waiting for one."""
        return self.rpc.request("eth_getTransactionByHash", "0x" + tx_hash.hex()) is not None

    def close(self) -> None:
        """Close the connections to the node."""
        self.rpc.close()

    def _execute(
        self, method: str, to: str | None, data: bytes, sender: str | None, block: str
    ) -> str:
        transaction = {"data": "0x" + data.hex(), "gasPrice": "0x0"}
        if to is not None:
            transaction["to"] = to
        if sender is not None:
            transaction["from"] = sender
        try:
            return self._ask(method, transaction, block)
        except RpcError as error:
            if _is_refusal(error):
                raise decode_refusal(error.data or b"") from error
            raise

    def _ask(self, method: str, transaction: dict[str, str], block: str) -> str:
        for _ in range(_OVERTAKEN_AT_MOST):
            try:
                return str(self.rpc.request(method, transaction, block))
            except RpcError as error:
                if _OVERTAKEN not in error.message:
                    raise
        return str(self.rpc.request(method, transaction, block))


def _is_refusal(error: RpcError) -> bool:
    if error.code == _REVERT_CODE or error.data:
        return True
    return _REVERT_WORD in error.message.lower()


def _timestamp(block: dict[str, Any]) -> int:
    return int(block["timestamp"], 16)


def _unhex(digits: str) -> bytes:
    return bytes.fromhex(digits.removeprefix("0x"))
