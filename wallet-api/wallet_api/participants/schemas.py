"""A participant as it sees itself."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from wallet_api.fields import AccountNumber, Address, Output, Second

RoleName = Literal["prosumer", "aggregator", "grid", "operator", "auditor", "validator"]


class MeOut(Output):
    """Who is signed in."""

    account: AccountNumber
    wallet: Address
    caip10: str = Field(
        description="The wallet as a chain-agnostic account id (CAIP-10).",
        examples=["eip155:31337:0x70997970C51812dc3A010C7d01b50e0d17dc79C8"],
    )
    role: RoleName = Field(description="As registered.")
    active: bool = Field(description="Whether the registry lets it trade.")
    session_expires_at: Second = Field(description="UTC second at which to sign in again.")
