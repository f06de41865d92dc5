"""What the clients of the three processes of stored energy share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from chain.calls import Call
from chain.contracts.client import PausableClient, TypedDataClient
from domain.errors import InvalidValueError

BY_SENDER: Final = b""
"""In place of a validator's signature, where the validator sends the transaction itself."""


class DeliveryProcessClient(PausableClient, TypedDataClient):
    """A process of stored energy: validated, bundled, paused."""

    def multicall(self, data: Sequence[Call]) -> Call:
        """Put several calls of this contract into one transaction; all succeed or none.

        Raises:
            InvalidValueError: where one of them is of another contract.
        """
        for call in data:
            if call.to != self.address:
                raise InvalidValueError("call", f"one of {self.address}", call.to)
        return self._call("multicall", [call.data for call in data])

    def validator_role(self) -> bytes:
        """Return the role that validates and rejects."""
        return bytes(self._read_one("VALIDATOR_ROLE"))
