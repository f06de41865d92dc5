"""A call that changes the chain, before it becomes a transaction."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Call:
    """What to ask of a contract.

    Attributes:
        to: the contract's address; None creates a contract.
        data: calldata, or creation code.
        label: name for people (``Market.clear``).
    """

    to: str | None
    data: bytes
    label: str
