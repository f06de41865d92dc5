"""What can go wrong between this machine and the chain, other than a contract's refusal.

CommonwattError
└── ChainError                     the chain could not do what was asked, for no rule's sake
    ├── ChainUnavailableError      no node answers, or not in JSON-RPC
    ├── RpcError                   the node answered with an error
    ├── ChainStartError            a development chain did not start
    ├── TransactionPendingError    a transaction was sent and is not in a block in time
    └── MissingArtifactError       the contracts were not compiled
"""

from __future__ import annotations

from typing import Any

from domain.errors import CommonwattError


class ChainError(CommonwattError):
    """The chain could not do what was asked, for no rule's sake."""


class ChainUnavailableError(ChainError):
    """No node answers at the address, or something that is no node.

    Attributes:
        url: where it was sought.
    """

    def __init__(self, url: str, cause: str) -> None:
        super().__init__(f"no chain answers at {url} ({cause})")
        self.url = url


class RpcError(ChainError):
    """The node answered a request with an error.

    Attributes:
        method: what was asked.
        code: number of the error (JSON-RPC 2.0, section 5.1).
        message: the node's sentence.
        data: what a contract returned with its refusal, or None.
    """

    def __init__(self, method: str, code: int, message: str, data: bytes | None = None) -> None:
        super().__init__(f"{method}: {message} (code {code})")
        self.method = method
        self.code = code
        self.message = message
        self.data = data

    @classmethod
    def of_answer(cls, method: str, error: Any) -> RpcError:
        """Read the ``error`` member of an answer, in the forms that clients give to ``data``."""
        if not isinstance(error, dict):
            return cls(method, 0, str(error))
        message = str(error.get("message", "no message"))
        return cls(method, int(error.get("code", 0)), message, _revert_data(error.get("data")))


class ChainStartError(ChainError):
    """A development chain did not start."""


class TransactionPendingError(ChainError):
    """A transaction was sent and no block holds it yet; it may still be included.

    Attributes:
        tx_hash: its hash, 32 bytes.
    """

    def __init__(self, tx_hash: bytes, seconds: float) -> None:
        super().__init__(f"transaction 0x{tx_hash.hex()} is in no block after {seconds:g} s")
        self.tx_hash = tx_hash


class MissingArtifactError(ChainError):
    """A contract's compiled form is not there."""

    def __init__(self, contract: str) -> None:
        super().__init__(
            f"the compiled contract {contract} is missing: run 'python -m chain.compile' first"
        )


def _revert_data(data: Any) -> bytes | None:
    if isinstance(data, dict):
        data = data.get("data")
    if not isinstance(data, str):
        return None
    digits = data.removeprefix("Reverted ").removeprefix("0x")
    try:
        return bytes.fromhex(digits)
    except ValueError:
        return None
