"""Who a request comes from."""

from __future__ import annotations

from dataclasses import dataclass

from domain.units import Account


@dataclass(frozen=True, slots=True)
class Subject:
    """A signed-in participant.

    Attributes:
        account: number in the registry.
        wallet: EIP-55 address.
        role: the registry's number of what it is (`ParticipantRole` in `chain.contracts`).
        expires_at: UTC second at which the session ends.
    """

    account: Account
    wallet: str
    role: int
    expires_at: int
